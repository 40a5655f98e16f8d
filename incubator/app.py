"""Put the application together: foundations, rooms and edges, in one list."""

from typing import Any
from urllib.parse import urlencode

from flask import Flask, g, request
from flask_babel import gettext as _
from flask_wtf import CSRFProtect

from config import ROOT, Settings, load
from incubator import cli
from incubator.accounts import guard, security as sign_in
from incubator.accounts.views import bp as accounts
from incubator.admin.views import bp as admin
from incubator.analysis.views import bp as analysis
from incubator.api import views as api
from incubator.audit import once
from incubator.background.views import bp as background
from incubator.companies.views import bp as companies
from incubator.core import db, formats, log, meter, outages, security, templates, web
from incubator.core.access import Actor, Permission
from incubator.core.forms import whole_number
from incubator.followups.queries import list_items as promises
from incubator.followups.views import bp as followups
from incubator.followups.views.calendar import SOURCES
from incubator.funding.calendar import list_items as deadlines
from incubator.funding.views import bp as funding
from incubator.goals.views import bp as goals, programmes
from incubator.home.views import bp as home
from incubator.incubation.views import bp as incubation
from incubator.jobs.views import bp as jobs
from incubator.pipeline.views import bp as pipeline
from incubator.privacy.views import bp as privacy
from incubator.search import indexing
from incubator.summaries.views import bp as summaries
from incubator.summaries.views.stop import stopping
from incubator.transfer.views import bp as transfer
from incubator.upkeep.views import bp as upkeep
from incubator.visits.views import bp as visits, of_company as visits_of_company, without_coverage

ROOMS = (
    accounts,
    companies,
    followups,
    visits,
    funding,
    incubation,
    jobs,
    visits_of_company,
    without_coverage,
    pipeline,
    background,
    goals,
    programmes,
    analysis,
)
EDGES = (summaries, stopping, home, transfer, admin, privacy, api.bp, api.pages, api.about, upkeep)
# What has a day in a person's calendar: its view lies below some of the rooms that know of one.
CALENDAR = (promises, deadlines)


def create_app(settings: Settings | None = None, **overrides: Any) -> Flask:
    """Make the application. Raises BadSetting when the environment has a wrong value."""
    app = Flask(
        __name__,
        template_folder=str(ROOT / "templates"),
        static_folder=None,
    )
    app.config.update((settings or load()).for_flask())
    app.config.update(WTF_CSRF_TIME_LIMIT=None, TEMPLATES_AUTO_RELOAD=False, **overrides)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    log.init_app(app)
    meter.init_app(app)
    templates.init_app(app)
    formats.init_app(app)
    outages.init_app(app)
    web.init_app(app, ROOT / "static")
    security.init_app(app)
    CSRFProtect(app)
    guard.init_app(app)
    sign_in.init_app(app)
    once.init_app(app)
    for room in (*ROOMS, *EDGES):
        app.register_blueprint(room)
    api.init_app(app)
    app.extensions[SOURCES] = CALENDAR
    db.init_app(app)
    indexing.init_app()
    app.context_processor(_place)
    cli.init_app(app)
    return app


def _place() -> dict[str, Any]:
    """Give templates the region that a page is about, and the menu."""
    viewer: Actor | None = g.get("actor")
    if viewer is None:
        return {"regions": [], "region": None, "nav": []}
    regions = [{"id": number, "name": name} for number, name in viewer.region_names.items()]
    wanted = whole_number(request.args.get("region"))
    region = next((r for r in regions if r["id"] == wanted), regions[0] if regions else None)
    return {"regions": regions, "region": region, "nav": _menu(viewer, region)}


def _menu(viewer: Actor, region: dict[str, Any] | None) -> list[tuple[str, str, bool]]:
    is_choice = region is not None and len(viewer.region_names) > 1
    query = "?" + urlencode({"region": region["id"]}) if region and is_choice else ""
    entries = (
        ("/", _("Board"), Permission.BOARD_SEE),
        ("/bedrifter", _("Companies"), Permission.COMPANY_SEE),
        ("/besok", _("Visits"), Permission.VISIT_SEE),
        ("/mal", _("Goals"), Permission.COUNTS_SEE),
        ("/mote", _("Meeting"), Permission.IDEA_MOVE),
        ("/soknader", _("Applications"), Permission.COMPANY_SEE),
        ("/analyse", _("Analysis"), Permission.COUNTS_SEE),
        ("/rapporter", _("Reports"), Permission.GOAL_EDIT),
        ("/import", _("Import"), Permission.IMPORT),
        ("/oppsett", _("Settings"), Permission.ADMIN),
    )
    # A page of a company may be drawn by any room: the longest entry that its address begins with.
    places = [address for address, *_ in entries if f"{request.path}/".startswith(f"{address}/")]
    here = max(places, key=len, default="/" if request.blueprint == "pipeline" else "")
    return [
        (address + query, label, address == here)
        for address, label, permission in entries
        if viewer.may(permission)
    ]
