"""A person's calendar by a secret address, and the page on which it is made and withdrawn."""

import logging
import re
from datetime import date

from flask import Response, current_app, flash, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext as _

from incubator.accounts.store import public_address
from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor, public, requires
from incubator.core.errors import NotFound
from incubator.core.formats import LOCALES
from incubator.core.web import etag_of, go_to, has, page
from incubator.followups import calendar, operations, queries
from incubator.followups.queries import Item, Source
from incubator.followups.views.blueprint import bp
from incubator.ideas import comments
from incubator.mail.letters import texts_in

SOURCES = "calendar_sources"  # where `app`, above all rooms, puts what fills a calendar
SETTINGS = "/oppfolginger/kalender"
# Nobody between us and the calendar program may keep it.
HEADERS = {"Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex"}
SECRET = re.compile(r"(/(?:kalender|dagsbrev)/)[^/\s\"'?]+")


class HideSecrets(logging.Filter):
    """Keeps what opens a calendar out of the log, as when an error tells of its address."""

    def filter(self, record: logging.LogRecord) -> bool:
        told = record.getMessage()
        if SECRET.search(told):
            record.msg, record.args = SECRET.sub(r"\1…", told), None
        return True


@bp.record_once
def _keep_secrets(state: BlueprintSetupState) -> None:
    state.app.logger.addFilter(HideSecrets())


@bp.get("/kalender/<token>.ics")
@public
def feed(token: str) -> ResponseReturnValue:
    person = queries.person_of_feed(db.session, operations.hash_of(token))
    if person is None:
        raise NotFound("no_such_feed")
    today = clock.today()
    items = _items(person, today - calendar.LOOK_BACK)
    with force_locale(person.locale if person.locale in LOCALES else "nb"):
        body = calendar.write(items, _words(person.locale), public_address()["site"], today)
    etag = etag_of(body)
    headers = {**HEADERS, "ETag": etag}
    if has(etag):
        return Response(status=304, headers=headers)
    answer = Response(body, content_type="text/calendar; charset=utf-8", headers=headers)
    answer.headers["Content-Disposition"] = 'inline; filename="oppfolginger.ics"'
    answer.last_modified = max((item.changed_at for item in items), default=None)
    return answer


def _items(person: Actor, since: date) -> list[Item]:
    """Gather what has a day from every room that `app` names, in the order of the days."""
    sources: tuple[Source, ...] = current_app.extensions[SOURCES]
    found = (item for source in sources for item in source(db.session, person, since))
    return sorted(found, key=lambda item: item.due_on)


def _words(locale: str) -> calendar.Words:
    """Give the words of a calendar in the language of its person, who is not signed in here."""
    texts = texts_in(locale if locale in LOCALES else "nb")
    name, idea, company = map(texts.ugettext, ("Follow-ups", "Idea", "Company"))
    return calendar.Words(f"Idéløypa: {name}", idea, company)


@bp.get(SETTINGS)
@requires(Permission.FOLLOWUP_EDIT)
def settings() -> ResponseReturnValue:
    return _settings()


def _settings(token: str = "") -> str:
    viewer = current_actor()
    site = public_address()["site"]
    return page(
        "followups/calendar.html",
        made_at=queries.feed_made_at(db.session, viewer.id),
        seen=_seen(viewer),
        wants_digest=queries.wants_digest(db.session, viewer.id),
        wants_mentions=comments.wants_mail(db.session, viewer.id),
        feed_url=f"{site}/kalender/{token}.ics" if token else "",
        email=viewer.email,
    )


def _seen(viewer: Actor) -> str:
    """Name the address that a person has now, so that one press makes one address."""
    made_at = queries.feed_made_at(db.session, viewer.id)
    return made_at.isoformat() if made_at else ""


@bp.post(SETTINGS)
@requires(Permission.FOLLOWUP_EDIT)
def make_feed() -> ResponseReturnValue:
    """Answer with the page itself: the address is shown this once and then never again."""
    if request.form.get("seen", "") != _seen(current_actor()):
        # The page was loaded anew: another address would end the one that was just copied.
        flash(_("The address was made already. Make a new one if you have lost it."), "info")
        return go_to(SETTINGS)
    token = operations.make_feed(db.session, current_actor())
    return _settings(token), 200, {"Cache-Control": "private, no-store"}


@bp.post(f"{SETTINGS}/trekk-tilbake")
@requires(Permission.FOLLOWUP_EDIT)
def revoke_feed() -> ResponseReturnValue:
    operations.revoke_feed(db.session, current_actor())
    flash(_("The link is withdrawn. Calendars that use it get nothing any more."), "success")
    return go_to(SETTINGS)


@bp.post("/oppfolginger/dagsbrev")
@requires(Permission.FOLLOWUP_EDIT)
def choose_digest() -> ResponseReturnValue:
    wants_it = request.form.get("wants_digest") == "1"
    operations.choose_digest(db.session, current_actor(), wants_it=wants_it)
    flash(_("The daily mail is on.") if wants_it else _("The daily mail is off."), "success")
    return go_to(SETTINGS)
