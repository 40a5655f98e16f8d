"""Lists as files: the companies, their contacts, the cards of the board, the closed ideas.

A file holds what the page shows with the same filter to the same person, all of it.
"""

from collections.abc import Iterable, Sequence

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.companies.forms import SECTION_LABELS
from incubator.core import clock, db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.errors import RuleBroken
from incubator.core.sheets import Cell, SheetOut, as_csv, as_xlsx
from incubator.core.web import download
from incubator.ideas import queries as ideas
from incubator.ideas.models import Status
from incubator.pipeline import card, companies
from incubator.pipeline.views.blueprint import asked_filter, asked_region, bp
from incubator.pipeline.views.companies import asked_companies, asked_order

MOST_EXPORTED = 20_000
AT_ONCE = 500


def answer(
    kind: str, title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]], where: str = ""
) -> ResponseReturnValue:
    """Answer with a list as a file that is called by its title, its region and the day."""
    sheet = SheetOut(title, header, rows)
    name = " ".join(filter(None, (title, where, str(clock.today()))))
    return download(as_csv(sheet) if kind == "csv" else as_xlsx(sheet), f"{name}.{kind}")


def _must_fit(total: int) -> None:
    if total > MOST_EXPORTED:
        raise RuleBroken("too_many_rows", most=MOST_EXPORTED)


@bp.get("/bedrifter.<any(csv, xlsx):kind>")
@requires(Permission.COMPANY_SEE)
def companies_export(kind: str) -> ResponseReturnValue:
    found = companies.list_companies(
        db.session, current_actor(), asked_companies(), clock.today(), order=asked_order(),
        limit=MOST_EXPORTED,
    )  # fmt: skip
    _must_fit(found.total)
    header = (
        _("Name"), _("Organisation number"), _("Municipality"), _("Industry"), _("Industry code"),
        _("Founded"), _("Employees"), _("Last contact"), _("Open ideas"), _("In the incubator"),
    )  # fmt: skip
    yes_no = {True: _("yes"), False: _("no")}
    return answer(kind, _("Companies"), header, (
        (
            one.name, one.orgnr, one.municipality,
            str(SECTION_LABELS.get(one.industry_section, "")) or None,
            one.industry_code, one.founded_on, one.employees, one.last_contact_on, one.open_ideas,
            yes_no[bool(one.is_incubated)],
        )
        for one in found.rows
    ))  # fmt: skip


@bp.get("/kontakter.<any(csv, xlsx):kind>")
@requires(Permission.COMPANY_SEE)
def contacts_export(kind: str) -> ResponseReturnValue:
    """Answer with the people at the companies that the list shows."""
    found = companies.list_people(
        db.session, current_actor(), asked_companies(), clock.today(), limit=MOST_EXPORTED + 1
    )
    _must_fit(len(found))
    header = (
        _("Company"), _("Organisation number"), _("Name"), _("Title"), _("Telephone"), _("E-mail")
    )  # fmt: skip
    return answer(kind, _("Contacts"), header, [tuple(one) for one in found])


@bp.get("/tavle.<any(csv, xlsx):kind>")
@requires(Permission.BOARD_SEE)
def board_export(kind: str) -> ResponseReturnValue:
    """Answer with the cards of the board, column by column in the order of the screen."""
    viewer, region = current_actor(), asked_region(current_actor())
    found = ideas.matching(db.session, viewer, region.id, asked_filter())
    stages = [stage for stage in ideas.list_stages(db.session) if stage.id in found]
    ids = [idea_id for stage in stages for idea_id in found[stage.id]]
    _must_fit(len(ids))
    labels = {stage.id: stage.label(viewer.locale) for stage in stages}
    header = (
        _("Stage"), _("Title"), _("Company"), _("Organisation number"), _("In the stage since"),
        _("Owner"), _("Next step"), _("To be done by"), _("Deadline"), _("Shared"),
    )  # fmt: skip
    cards = [row for some in _batched(ids) for row in ideas.cards_in_order(db.session, some)]
    yes_no = {True: _("yes"), False: _("no")}
    return answer(kind, _("Board"), header, (
        (
            labels[one.stage_id], one.title, one.company, one.orgnr, one.stage_on, one.owner_name,
            one.next_step, one.next_step_on, one.deadline_on, yes_no[one.is_shared],
        )
        for one in cards
    ), region.name)  # fmt: skip


def _batched(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))


@bp.get("/ideer.<any(csv, xlsx):kind>")
@requires(Permission.BOARD_SEE)
def closed_export(kind: str) -> ResponseReturnValue:
    """Answer with the ideas that are parked, stopped or launched."""
    viewer, region = current_actor(), asked_region(current_actor())
    asked = request.args.get("status", "")
    status = Status(asked) if asked in {s.value for s in Status} else Status.PARKED
    rows = ideas.list_closed(
        db.session, viewer, region.id, status, offset=0, limit=MOST_EXPORTED + 1
    )
    _must_fit(len(rows))
    stages = {s.id: s.label(viewer.locale) for s in ideas.list_stages(db.session)}
    header = (
        _("Idea"), _("Company"), _("Stage"), _("Since"), _("Why"), _("What was learnt"),
        _("Look again"),
    )  # fmt: skip
    return answer(kind, str(card.STATUS_LABELS[status]), header, (
        (
            one.title, one.company, stages[one.stage_id], one.status_on, one.reason, one.learnt,
            one.look_again_on,
        )
        for one in rows
    ), region.name)  # fmt: skip
