"""The page of a visit, and what is done on it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.companies.models import Company
from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.errors import NotAllowed, NotFound, RuleBroken
from incubator.core.forms import Form
from incubator.core.merge import Conflict, merge
from incubator.core.refusals import sentence
from incubator.core.web import go_to, is_htmx, page
from incubator.ideas.queries import list_stages
from incubator.visits import device, operations, queries, rules
from incubator.visits.correct_form import MERGED, NOTES, CorrectForm, IdeaForm, VoidForm, as_text
from incubator.visits.models import Visit, VisitKind
from incubator.visits.operations import TookPart
from incubator.visits.queries import VisitPage
from incubator.visits.views.blueprint import bp
from incubator.visits.words import KIND_LABELS, STATUS_LABELS

JUST_LOGGED = timedelta(days=1)


@bp.get("/<int:visit_id>")
@requires(Permission.VISIT_SEE)
def visit(visit_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = queries.get_page(db.session, viewer, visit_id)
    if found.visit.is_voided:
        return _led_on(visit_id)
    may_correct = viewer.may(Permission.VISIT_LOG) and rules.may_correct(viewer, found.visit)
    return page(
        "visits/visit.html",
        found=found,
        visit=found.visit,
        kind=KIND_LABELS[found.visit.kind],
        stages={stage.id: stage.label(viewer.locale) for stage in list_stages(db.session)},
        status_labels=STATUS_LABELS,
        may_correct=may_correct,
        may_share=may_correct and rules.owns_notes(viewer, found.visit),
        undo_url=_undo_url(viewer, found),
        today=clock.today(),
    )


def _led_on(visit_id: int) -> ResponseReturnValue:
    """Lead from a visit that was corrected to the one that took its place."""
    right = queries.standing_id(db.session, visit_id)
    found = db.session.get_one(Visit, right)
    if found.is_voided:
        raise NotFound("visit_taken_back")
    return go_to(f"/besok/{right}")


def _undo_url(viewer: Actor, found: VisitPage) -> str | None:
    """Give the way to undo what the viewer has just logged or corrected."""
    visit = found.visit
    is_mine = viewer.id is not None and visit.recorded_by_id == viewer.id
    is_known = found.verb in ("visit.logged", "visit.corrected")
    is_new = clock.now() - visit.recorded_at < JUST_LOGGED
    return f"/endringer/{visit.change_id}/angre" if is_mine and is_known and is_new else None


def _to_correct(viewer: Actor, visit_id: int) -> Visit:
    """Give a visit that the viewer may correct. Raises NotFound or NotAllowed."""
    found = queries.get_page(db.session, viewer, visit_id).visit
    if found.is_voided:
        found = db.session.get_one(Visit, queries.standing_id(db.session, visit_id))
    if found.is_voided:
        raise NotFound("visit_taken_back")
    if not rules.may_correct(viewer, found):
        raise NotAllowed("not_your_visit")
    return found


@bp.get("/<int:visit_id>/rediger")
@requires(Permission.VISIT_LOG)
def edit_form(visit_id: int) -> ResponseReturnValue:
    found = _to_correct(current_actor(), visit_id)
    stored = _stored(found)
    was = {f"was_{field}": as_text(value) for field, value in stored.items()}
    return _edit_dialog(found, CorrectForm(formdata=None, data={**stored, **was}))


def _stored(visit: Visit) -> dict[str, Any]:
    contacts, colleagues = queries.who_took_part(db.session, visit.id)
    return {
        "company": db.session.get_one(Company, visit.company_id).name,
        "kind": visit.kind.value,
        "occurred_on": visit.occurred_on,
        "about": visit.about or "",
        "needs": visit.needs or "",
        "is_shared": visit.is_shared,
        "contact_ids": tuple(row.id for row in contacts),
        "colleague_ids": tuple(row.id for row in colleagues),
    }


def _edit_dialog(found: Visit, form: CorrectForm, conflicts: list[Conflict] | None = None) -> str:
    viewer = current_actor()
    owns_notes = rules.owns_notes(viewer, found)
    if not owns_notes and "about" in form:
        form.leave_notes_out()
    contacts: list[Any] = []
    colleagues: list[Any] = []
    if owns_notes:
        contacts, colleagues = _people(viewer, found)
    return page(
        "visits/edit.html",
        block="dialog" if is_htmx() else None,
        visit=found,
        form=form,
        owns_notes=owns_notes,
        contacts=contacts,
        colleagues=colleagues,
        conflicts=[_told(form, c, [*contacts, *colleagues]) for c in conflicts or []],
        action=f"/besok/{found.id}/rediger",
        back=f"/besok/{found.id}",
    )


def _people(viewer: Actor, visit: Visit) -> tuple[list[Any], list[Any]]:
    """List who can be ticked: those who took part, and those of the company and the region."""
    took_part = queries.who_took_part(db.session, visit.id)
    offered = (
        device.list_contacts(db.session, visit.company_id),
        device.list_colleagues(db.session, viewer),
    )
    both = []
    for there, more in zip(took_part, offered, strict=True):
        known = {row.id for row in there}
        both.append([*there, *(r for r in more if r.id not in known and r.id != visit.visitor_id)])
    return both[0], both[1]


def _told(form: CorrectForm, conflict: Conflict, people: list[Any]) -> dict[str, str]:
    """Say what is stored by now in a field that two changed."""
    stored = str(conflict.stored)
    if conflict.field == "kind":
        stored = str(KIND_LABELS[VisitKind(stored)])
    if conflict.field == "is_shared":
        stored = _("yes") if stored else _("no")
    if conflict.field in ("contact_ids", "colleague_ids"):
        names = {str(row.id): row.name for row in people}
        stored = ", ".join(names.get(number, "–") for number in stored.split(",") if number)
    return {"label": str(form[conflict.field].label.text), "stored": stored}


@bp.post("/<int:visit_id>/rediger")
@requires(Permission.VISIT_LOG)
def edit(visit_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = queries.get_to_change(db.session, viewer, visit_id)
    if not rules.may_correct(viewer, found):
        raise NotAllowed("not_your_visit")
    form = CorrectForm()
    if not rules.owns_notes(viewer, found):
        form.leave_notes_out()
    if not form.validate():
        return _edit_dialog(found, form), 422
    values, conflicts = _merged(form, found)
    if conflicts:
        for conflict in conflicts:
            # What is stored now has been seen: saving again keeps what was typed.
            form[f"was_{conflict.field}"].data = conflict.stored
        return _edit_dialog(found, form, conflicts), 409
    try:
        right = _save(viewer, found, form, values)
    except RuleBroken as no:
        db.start_over()
        for field in no.fields or ("",):
            form.add_error(field, sentence(no.code, no.details))
        return _edit_dialog(_to_correct(viewer, visit_id), form), 422
    return go_to(f"/besok/{right.id}")


def _merged(form: CorrectForm, found: Visit) -> tuple[set[str], list[Conflict]]:
    """Give the fields that were changed here, and those that another changed meanwhile too."""
    asked = [field for field in MERGED if field in form]
    stored = {field: as_text(value) for field, value in _stored(found).items() if field in asked}
    mine = {field: as_text(form[field].data) for field in asked}
    original = {field: form.was(field).replace("\r\n", "\n") for field in asked}
    values, conflicts = merge(original, mine, stored)
    return set(values), conflicts


def _save(viewer: Actor, found: Visit, form: CorrectForm, changed: set[str]) -> Visit:
    values: dict[str, Any] = {
        field: form[field].data
        for field in ("occurred_on", "about", "needs", "is_shared")
        if field in changed
    }
    if "kind" in changed:
        values["kind"] = VisitKind(form.kind.data)
    return operations.correct_visit(
        db.session, viewer, found, values,
        company_name=form.company.data if "company" in changed else "",
        took_part=_took_part(form, found, changed),
    )  # fmt: skip


def _took_part(form: CorrectForm, found: Visit, changed: set[str]) -> TookPart | None:
    if not set(NOTES) & {field.name for field in form}:
        return None
    new = form.new_contacts.names()
    if not new and not {"contact_ids", "colleague_ids"} & changed:
        return None
    stored = _stored(found)
    ids = {
        field: form[field].data if field in changed else stored[field]
        for field in ("contact_ids", "colleague_ids")
    }
    # Those of another company did not take part: the form cannot have known who did.
    contact_ids = () if "company" in changed else ids["contact_ids"]
    return TookPart(contact_ids, new, ids["colleague_ids"])


@bp.post("/<int:visit_id>/del")
@requires(Permission.VISIT_LOG)
def share(visit_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = queries.get_to_change(db.session, viewer, visit_id)
    is_shared = request.form.get("is_shared") == "1"
    operations.share_notes(db.session, viewer, found, is_shared=is_shared)
    return go_to(f"/besok/{found.id}")


@bp.get("/<int:visit_id>/ide")
@requires(Permission.VISIT_LOG)
def idea_form(visit_id: int) -> ResponseReturnValue:
    found = _to_correct(current_actor(), visit_id)
    return _small_dialog(found, IdeaForm(formdata=None), "ide")


@bp.post("/<int:visit_id>/ide")
@requires(Permission.VISIT_LOG)
def idea(visit_id: int) -> ResponseReturnValue:
    def add(viewer: Actor, found: Visit, form: IdeaForm) -> str:
        title, text = form.title.data or "", form.text.data or ""
        made = operations.add_idea(db.session, viewer, found, title=title, text=text)
        flash(_("The idea is on the board: %(title)s", title=made.title), "success")
        return f"/besok/{found.id}"

    return _done(visit_id, IdeaForm(), "ide", add)


@bp.get("/<int:visit_id>/trekk-tilbake")
@requires(Permission.VISIT_LOG)
def void_form(visit_id: int) -> ResponseReturnValue:
    found = _to_correct(current_actor(), visit_id)
    return _small_dialog(found, VoidForm(formdata=None), "trekk-tilbake")


@bp.post("/<int:visit_id>/trekk-tilbake")
@requires(Permission.VISIT_LOG)
def void(visit_id: int) -> ResponseReturnValue:
    def take_back(viewer: Actor, found: Visit, form: VoidForm) -> str:
        operations.void_visit(db.session, viewer, found, reason=form.reason.data or "")
        flash(_("The visit is taken back, and counts nowhere."), "success")
        return f"/besok?region={found.region_id}"

    return _done(visit_id, VoidForm(), "trekk-tilbake", take_back)


def _small_dialog(found: Visit, form: Form, path: str) -> str:
    return page(
        "visits/dialog.html",
        block="dialog" if is_htmx() else None,
        visit=found,
        company=db.session.get_one(Company, found.company_id),
        form=form,
        is_idea=path == "ide",
        action=f"/besok/{found.id}/{path}",
        back=f"/besok/{found.id}",
    )


def _done(
    visit_id: int, form: Form, path: str, do: Callable[[Actor, Visit, Any], str]
) -> ResponseReturnValue:
    viewer = current_actor()
    found = queries.get_to_change(db.session, viewer, visit_id)
    if not rules.may_correct(viewer, found):
        raise NotAllowed("not_your_visit")
    if not form.validate():
        return _small_dialog(found, form, path), 422
    try:
        return go_to(do(viewer, found, form))
    except RuleBroken as no:
        for field in no.fields or ("",):
            form.add_error(field, sentence(no.code, no.details))
        return _small_dialog(found, form, path), 422
