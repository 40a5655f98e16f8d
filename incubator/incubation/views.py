"""Agreements with the incubator: who is in, how far they have come, who has left and why."""

from typing import Any

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.core import clock, db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.errors import RuleBroken, Stale
from incubator.core.forms import Form, whole_number
from incubator.core.refusals import sentence
from incubator.core.sheets import Cell, SheetOut, as_csv, as_xlsx
from incubator.core.web import download, go_to, is_htmx, page
from incubator.ideas import queries as ideas
from incubator.incubation import operations, queries
from incubator.incubation.forms import EndForm, PhaseForm
from incubator.incubation.queries import Agreement
from incubator.incubation.words import PHASES, REASON_LABELS
from incubator.reference.queries import choose_region

bp = Blueprint("incubation", __name__, url_prefix="/inkubator")

MOST_EXPORTED = 20_000


@bp.get("")
@requires(Permission.COMPANY_SEE)
def index() -> ResponseReturnValue:
    viewer = current_actor()
    region_id = choose_region(viewer, whole_number(request.args.get("region")))
    is_running = request.args.get("vis") != "avsluttet"
    number = max(1, whole_number(request.args.get("side")) or 1)
    found = queries.list_agreements(
        db.session, viewer, region_id, is_running=is_running, number=number
    )
    running, ended = queries.count_agreements(db.session, viewer, region_id)
    return page(
        "incubation/index.html",
        region={"id": region_id, "name": viewer.region_names[region_id]},
        agreements=found[: queries.PAGE],
        is_running=is_running,
        running=running,
        ended=ended,
        number=number,
        has_more=len(found) > queries.PAGE,
        reasons=REASON_LABELS,
        today=clock.today(),
    )


@bp.get("/eksport.<any(csv, xlsx):kind>")
@requires(Permission.COMPANY_SEE)
def export(kind: str) -> ResponseReturnValue:
    """Answer with the list as a file: the rows that the page shows, all of them."""
    viewer = current_actor()
    region_id = choose_region(viewer, whole_number(request.args.get("region")))
    is_running = request.args.get("vis") != "avsluttet"
    found = queries.list_agreements(
        db.session, viewer, region_id, is_running=is_running, size=MOST_EXPORTED
    )
    if len(found) > MOST_EXPORTED:
        raise RuleBroken("too_many_rows", most=MOST_EXPORTED)
    header = (
        _("Company"), _("Admitted"), _("Phase"), _("The period began"), _("Left"), _("Reason"),
        _("Ideas"),
    )  # fmt: skip
    sheet = SheetOut(_("The incubator"), header, [_cells(one) for one in found])
    name = f"{_('The incubator')} {viewer.region_names[region_id]} {clock.today()}.{kind}"
    return download(as_csv(sheet) if kind == "csv" else as_xlsx(sheet), name)


def _cells(one: Agreement) -> list[Cell]:
    incubation, reason = one.incubation, REASON_LABELS[one.end.reason] if one.end else None
    return [
        one.company, incubation.occurred_on, incubation.phase, incubation.period_started_on,
        incubation.left_on, str(reason) if reason else None, one.ideas,
    ]  # fmt: skip


@bp.get("/<int:incubation_id>")
@requires(Permission.COMPANY_SEE)
def agreement(incubation_id: int) -> ResponseReturnValue:
    found = queries.get_agreement(db.session, current_actor(), incubation_id)
    return _page(found)


def _page(found: Agreement) -> str:
    viewer = current_actor()
    incubation = found.incubation
    return page(
        "incubation/agreement.html",
        agreement=found,
        incubation=incubation,
        ideas=queries.ideas_in(db.session, incubation.id),
        stages={stage.id: stage.label(viewer.locale) for stage in ideas.list_stages(db.session)},
        reason=REASON_LABELS[found.end.reason] if found.end else None,
        may_edit=viewer.may(Permission.IDEA_MOVE) and incubation.left_on is None,
        today=clock.today(),
        region={
            "id": incubation.region_id,
            "name": viewer.region_names.get(incubation.region_id, ""),
        },
    )


@bp.get("/<int:incubation_id>/fase")
@requires(Permission.IDEA_MOVE)
def phase_form(incubation_id: int) -> ResponseReturnValue:
    found = queries.get_agreement(db.session, current_actor(), incubation_id)
    phase, started = found.incubation.phase, found.incubation.period_started_on
    form = PhaseForm(
        formdata=None,
        data={
            "phase": phase, "period_started_on": started,
            "was_phase": phase or "", "was_period": started.isoformat() if started else "",
        },
    )  # fmt: skip
    return _dialog(found, form, "fase")


@bp.post("/<int:incubation_id>/fase")
@requires(Permission.IDEA_MOVE)
def set_phase(incubation_id: int) -> ResponseReturnValue:
    viewer, form = current_actor(), PhaseForm()
    found = queries.get_agreement(db.session, viewer, incubation_id)
    if not form.validate():
        return _dialog(found, form, "fase"), 422
    try:
        operations.set_phase(
            db.session, viewer, found.incubation, phase=form.phase.data or "",
            period_started_on=form.period_started_on.data, seen=form.seen(),
        )  # fmt: skip
    except (RuleBroken, Stale) as no:
        return _refused(found, form, "fase", no)
    flash(_("Saved."), "success")
    return go_to(f"/inkubator/{incubation_id}")


@bp.get("/<int:incubation_id>/avslutt")
@requires(Permission.IDEA_MOVE)
def end_form(incubation_id: int) -> ResponseReturnValue:
    found = queries.get_agreement(db.session, current_actor(), incubation_id)
    return _dialog(found, EndForm(formdata=None, data={"on": clock.today()}), "avslutt")


@bp.post("/<int:incubation_id>/avslutt")
@requires(Permission.IDEA_MOVE)
def end(incubation_id: int) -> ResponseReturnValue:
    viewer, form = current_actor(), EndForm()
    found = queries.get_agreement(db.session, viewer, incubation_id)
    if not form.validate():
        return _dialog(found, form, "avslutt"), 422
    try:
        operations.end_incubation(
            db.session, viewer, found.incubation, on=form.day(), reason=form.chosen(),
            note=form.note.data or "",
        )  # fmt: skip
    except RuleBroken as no:
        return _refused(found, form, "avslutt", no)
    flash(_("%(company)s has left the incubator.", company=found.company), "success")
    return go_to(f"/inkubator/{incubation_id}")


def _refused(
    found: Agreement, form: Form, verb: str, no: RuleBroken | Stale
) -> ResponseReturnValue:
    fields: Any = getattr(no, "fields", None) or ("",)
    for name in fields:
        form.add_error(name, sentence(no.code, no.details))
    if isinstance(form, PhaseForm) and isinstance(no, Stale):
        # What is stored now has been shown; to save again is to mean it.
        form.was_phase.data = found.incubation.phase or ""
        started = found.incubation.period_started_on
        form.was_period.data = started.isoformat() if started else ""
    return _dialog(found, form, verb), 409 if isinstance(no, Stale) else 422


def _dialog(found: Agreement, form: Form, verb: str) -> str:
    return page(
        "incubation/dialog.html",
        block="dialog" if is_htmx() else None,
        company=found.company,
        form=form,
        verb=verb,
        back=f"/inkubator/{found.incubation.id}",
        action=f"/inkubator/{found.incubation.id}/{verb}",
        phases=PHASES,
        stored=found.incubation,
    )
