"""The list of follow-ups as a file: what the page shows with the same filter, all of it."""

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.core import clock, db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.errors import RuleBroken
from incubator.core.sheets import SheetOut, as_csv, as_xlsx
from incubator.core.web import download
from incubator.followups import queries
from incubator.followups.views.blueprint import GROUP_LABELS, bp, read_asked

MOST_EXPORTED = 20_000


@bp.get("/oppfolginger.<any(csv, xlsx):kind>")
@requires(Permission.FOLLOWUP_EDIT)
def export(kind: str) -> ResponseReturnValue:
    """Answer with the list as a file."""
    viewer, today = current_actor(), clock.today()
    narrowed = read_asked(request.args).filter(viewer)
    rows = queries.list_steps(db.session, viewer, narrowed, today, limit=MOST_EXPORTED + 1)
    if len(rows) > MOST_EXPORTED:
        raise RuleBroken("too_many_rows", most=MOST_EXPORTED)
    header = (
        _("What"), _("To be done by"), _("Done"), _("When"), _("Who is responsible"), _("Company"),
        _("Idea"), _("Region"),
    )  # fmt: skip
    cells = [
        (
            one.what, one.due_on, one.done_on, str(GROUP_LABELS[one.group]), one.who, one.company,
            one.idea, viewer.region_names.get(one.region_id),
        )
        for one in rows
    ]  # fmt: skip
    sheet = SheetOut(_("Follow-ups"), header, cells)
    content = as_csv(sheet) if kind == "csv" else as_xlsx(sheet)
    return download(content, f"{_('Follow-ups')} {today}.{kind}")
