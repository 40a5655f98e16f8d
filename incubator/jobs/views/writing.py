"""Enter jobs, correct them, take them back, confirm them, and say what came of expected ones."""

from collections.abc import Callable
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.companies import queries as companies
from incubator.companies.models import Company
from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.errors import NotFound, RuleBroken, Stale
from incubator.core.forms import Form, whole_number
from incubator.core.refusals import sentence
from incubator.core.web import go_to, is_htmx, page
from incubator.ideas.queries import get_visible
from incubator.jobs import operations
from incubator.jobs.forms import ConfirmForm, JobsForm, RealiseForm, VoidForm
from incubator.jobs.models import Evidence, JobKind, JobRecord, JobState, JobUnit
from incubator.jobs.views.blueprint import bp, region_of
from incubator.reference.models import Municipality
from incubator.reference.queries import choose_region, municipalities_of

DIALOG, RECORD = "jobs/dialog.html", "/arbeidsplasser/"


@bp.get("/arbeidsplasser/ny")
@requires(Permission.IDEA_MOVE)
def new_form() -> ResponseReturnValue:
    viewer, args = current_actor(), request.args
    idea_id = whole_number(args.get("ide"))
    idea = get_visible(db.session, viewer, idea_id) if idea_id is not None else None
    wanted = idea.region_id if idea else whole_number(args.get("region"))
    company_id = idea.company_id if idea else whole_number(args.get("bedrift"))
    name = companies.get_company(db.session, company_id).name if company_id else ""
    form = JobsForm(
        formdata=None,
        data={
            "kind": JobKind.NEW.value, "state": JobState.REALISED.value,
            "unit": JobUnit.HEADS.value, "evidence": Evidence.TOLD.value, "on": clock.today(),
            "region": choose_region(viewer, wanted), "company": name, "was_company": name,
            "company_id": company_id or "", "idea_id": idea.id if idea else "",
        },
    )  # fmt: skip
    return _new_dialog(viewer, form)


@bp.post("/arbeidsplasser")
@requires(Permission.IDEA_MOVE)
def make() -> ResponseReturnValue:
    viewer, form = current_actor(), JobsForm()
    region_id = choose_region(viewer, whole_number(form.region.data))
    form.offer_municipalities(municipalities_of(db.session, region_id))
    idea_id = whole_number(form.idea_id.data)
    if not _is_whole(form, needs_company=idea_id is None):
        return _new_dialog(viewer, form), 422
    company_id, company_name = _company(form)
    try:
        made = operations.record_jobs(
            db.session, viewer, region_id=region_id, on=form.day(), idea_id=idea_id,
            company_id=company_id, company_name=company_name,
            municipality_id=form.municipality_id.data, is_once=True, **form.kinds(),
            **form.counted(), **form.said(),
        )  # fmt: skip
    except RuleBroken as no:
        return _new_dialog(viewer, _told(form, no)), 422
    flash(_("The jobs are entered."), "success")
    return go_to(f"{RECORD}{made.id}")


def _is_whole(form: JobsForm, *, needs_company: bool) -> bool:
    is_valid = form.validate()
    if needs_company and not (form.company.data or "").strip():
        form.add_error("company", sentence("company_missing"))
        return False
    return bool(is_valid)


def _company(form: JobsForm) -> tuple[int | None, str]:
    """Give the company that was there already, or the name of the one written instead."""
    written = (form.company.data or "").strip()
    if written and written == (form.was_company.data or "").strip():
        return whole_number(form.company_id.data), ""
    return None, written


def _told(form: Any, no: RuleBroken | Stale) -> Any:
    for field in getattr(no, "fields", None) or ("",):
        form.add_error(field, sentence(no.code, no.details))
    return form


def _new_dialog(viewer: Actor, form: JobsForm) -> str:
    region_id = choose_region(viewer, whole_number(str(form.region.data)))
    form.offer_municipalities(municipalities_of(db.session, region_id))
    idea_id = whole_number(str(form.idea_id.data))
    idea = get_visible(db.session, viewer, idea_id) if idea_id is not None else None
    company_id = whole_number(str(form.company_id.data))
    back = f"/arbeidsplasser?region={region_id}"
    if idea:
        back = f"/ideer/{idea.id}"
    elif company_id:
        back = f"/bedrifter/{company_id}/arbeidsplasser"
    return page(
        DIALOG, block="dialog" if is_htmx() else None, form=form, verb="ny",
        action="/arbeidsplasser", back=back, about=idea.title if idea else "",
        region=region_of(viewer, region_id),
    )  # fmt: skip


@bp.get("/arbeidsplasser/<int:record_id>/rett")
@requires(Permission.IDEA_CORRECT)
def correct_form(record_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    one = operations.get_to_change(db.session, viewer, record_id)
    name = db.session.get_one(Company, one.company_id).name if one.company_id else ""
    form = JobsForm(
        formdata=None,
        data={
            "kind": one.kind.value, "state": one.state.value, "unit": one.unit.value,
            "number": one.number, "women": one.women, "men": one.men, "on": one.occurred_on,
            "company": name, "was_company": name, "company_id": one.company_id or "",
            "idea_id": one.idea_id or "", "municipality_id": one.municipality_id,
            "region": one.region_id, **_said(one),
        },
    )  # fmt: skip
    return _dialog(viewer, one, form, "rett")


def _said(one: JobRecord) -> dict[str, Any]:
    return {
        "source": one.source or "", "evidence": one.evidence.value,
        "next_check_on": one.next_check_on, "note": one.note or "",
    }  # fmt: skip


@bp.post("/arbeidsplasser/<int:record_id>/rett")
@requires(Permission.IDEA_CORRECT)
def correct(record_id: int) -> ResponseReturnValue:
    def do(viewer: Actor, one: JobRecord, form: JobsForm) -> str:
        company_id, company_name = _company(form)
        values = {
            **form.kinds(), **form.counted(), **form.said(), "occurred_on": form.on.data,
            "municipality_id": form.municipality_id.data,
        }  # fmt: skip
        if not company_name:
            values["company_id"] = company_id
        right = operations.correct_jobs(
            db.session, viewer, one, values, company_name=company_name
        )  # fmt: skip
        if right.id != one.id:
            flash(_("Corrected. What was entered before stands in the history."), "success")
        return f"{RECORD}{right.id}"

    return _done(record_id, JobsForm(), "rett", do)


@bp.get("/arbeidsplasser/<int:record_id>/realiser")
@requires(Permission.IDEA_MOVE)
def realise_form(record_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    one = operations.get_to_change(db.session, viewer, record_id)
    left = operations.left_of(db.session, one)
    form = RealiseForm(
        formdata=None,
        data={
            "number": left or one.number, "on": clock.today(),
            "evidence": Evidence.TOLD.value,
        },
    )  # fmt: skip
    return _dialog(viewer, one, form, "realiser")


@bp.post("/arbeidsplasser/<int:record_id>/realiser")
@requires(Permission.IDEA_MOVE)
def realise(record_id: int) -> ResponseReturnValue:
    def do(viewer: Actor, one: JobRecord, form: RealiseForm) -> str:
        made = operations.realise_jobs(
            db.session, viewer, one, on=form.day(), is_once=True,
            **form.counted(), **form.said(),
        )  # fmt: skip
        flash(_("The jobs are entered as realised."), "success")
        return f"{RECORD}{made.id}"

    return _done(record_id, RealiseForm(), "realiser", do)


@bp.get("/arbeidsplasser/<int:record_id>/belegg")
@requires(Permission.IDEA_MOVE)
def confirm_form(record_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    one = operations.get_to_change(db.session, viewer, record_id)
    return _dialog(viewer, one, ConfirmForm(formdata=None, data=_said(one)), "belegg")


@bp.post("/arbeidsplasser/<int:record_id>/belegg")
@requires(Permission.IDEA_MOVE)
def confirm(record_id: int) -> ResponseReturnValue:
    def do(viewer: Actor, one: JobRecord, form: ConfirmForm) -> str:
        if operations.confirm_jobs(db.session, viewer, one, form.said()):
            flash(_("Saved."), "success")
        return f"{RECORD}{one.id}"

    return _done(record_id, ConfirmForm(), "belegg", do)


@bp.get("/arbeidsplasser/<int:record_id>/trekk-tilbake")
@requires(Permission.IDEA_CORRECT)
def void_form(record_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    one = operations.get_to_change(db.session, viewer, record_id)
    return _dialog(viewer, one, VoidForm(formdata=None), "trekk-tilbake")


@bp.post("/arbeidsplasser/<int:record_id>/trekk-tilbake")
@requires(Permission.IDEA_CORRECT)
def void(record_id: int) -> ResponseReturnValue:
    def do(viewer: Actor, one: JobRecord, form: VoidForm) -> str:
        operations.void_jobs(db.session, viewer, one, reason=form.reason.data or "")
        flash(_("The record is taken back, and counts nowhere."), "success")
        return f"{RECORD}{one.id}"

    return _done(record_id, VoidForm(), "trekk-tilbake", do)


def _done(
    record_id: int, form: Form, verb: str, do: Callable[[Actor, JobRecord, Any], str]
) -> ResponseReturnValue:
    viewer = current_actor()
    one = operations.get_to_change(db.session, viewer, record_id)
    if isinstance(form, JobsForm):
        _offer(form, one)
        is_valid = _is_whole(form, needs_company=one.idea_id is None)
    else:
        is_valid = form.validate()
    if not is_valid:
        return _dialog(viewer, one, form, verb), 422
    try:
        return go_to(do(viewer, one, form))
    except RuleBroken as no:
        return _dialog(viewer, one, _told(form, no), verb), 422


def _offer(form: JobsForm, one: JobRecord) -> None:
    kept = db.session.get(Municipality, one.municipality_id) if one.municipality_id else None
    found = municipalities_of(db.session, one.region_id)
    form.offer_municipalities(found, (kept.id, kept.name) if kept else None)


def _dialog(viewer: Actor, one: JobRecord, form: Form, verb: str) -> str:
    if isinstance(form, JobsForm):
        _offer(form, one)
    if not viewer.works_in(one.region_id):
        raise NotFound("no_such_jobs")
    company = db.session.get(Company, one.company_id) if one.company_id else None
    return page(
        DIALOG, block="dialog" if is_htmx() else None, form=form, verb=verb, record=one,
        action=f"{RECORD}{one.id}/{verb}", back=f"{RECORD}{one.id}",
        about=company.name if company else "", region=region_of(viewer, one.region_id),
    )  # fmt: skip
