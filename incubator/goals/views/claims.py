"""Who claims a result: the dialog for one, and the totals of a region."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.core import clock, db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.clock import Period
from incubator.core.errors import RuleBroken, Stale
from incubator.core.formats import span
from incubator.core.forms import parse_day, whole_number
from incubator.core.web import go_to, is_htmx, page
from incubator.goals import attribution, operations, programmes
from incubator.goals.attribution import Figure, Subject
from incubator.goals.forms import ClaimsForm, as_seen
from incubator.goals.metrics import Sharing, Unit
from incubator.goals.operations import Claim
from incubator.goals.views.blueprint import bp
from incubator.goals.views.programmes import say_no
from incubator.goals.words import ATTRIBUTED_WORDS, KIND_LABELS
from incubator.reference.queries import choose_region

KINDS = {word: kind for kind, word in ATTRIBUTED_WORDS.items()}
RESULT = "<any(ide, inkubasjon, soknad, arbeidsplasser):result>"
EMPTY_LINES = 3


@bp.get(f"/tilskriving/{RESULT}/<int:subject_id>")
@requires(Permission.GOAL_EDIT)
def claims_form(result: str, subject_id: int) -> ResponseReturnValue:
    subject = attribution.get_subject(db.session, current_actor(), KINDS[result], subject_id)
    standing = _standing(subject)
    lines: list[dict[str, Any]] = [
        {"programme_id": c.programme_id, "share": c.share, "is_lead": c.is_lead} for c in standing
    ]
    data = {"claims": [*lines, *({} for _nth in range(EMPTY_LINES))], "seen": as_seen(standing)}
    return _dialog(subject, ClaimsForm(formdata=None, data=data))


def _standing(subject: Subject) -> list[Claim]:
    found = attribution.claims_on(db.session, subject.kind, subject.id)
    return [Claim(one.programme_id, one.is_lead, one.share) for one in found]


@bp.post(f"/tilskriving/{RESULT}/<int:subject_id>")
@requires(Permission.GOAL_EDIT)
def set_claims(result: str, subject_id: int) -> ResponseReturnValue:
    viewer, form = current_actor(), ClaimsForm()
    subject = attribution.get_subject(db.session, viewer, KINDS[result], subject_id)
    _set_choices(form, subject)
    if not form.validate():
        return _dialog(subject, form), 422
    try:
        operations.attribute(
            db.session, viewer, subject.kind, subject.id, form.wanted(), seen=form.was()
        )
    except (RuleBroken, Stale) as no:
        say_no(form, no)
        if isinstance(no, Stale):
            # It has been said; to save again is to mean it.
            form.seen.data = as_seen(_standing(subject))
        return _dialog(subject, form), 409 if isinstance(no, Stale) else 422
    total = sum(claim.share for claim in form.wanted())
    if total > 100:
        flash(_("Saved. The shares add up to %(total)s %%: the claims are flagged until they are "
                "at most one whole.", total=total), "warning")  # fmt: skip
    else:
        flash(_("Saved."), "success")
    return go_to(subject.href)


def _dialog(subject: Subject, form: ClaimsForm) -> str:
    _set_choices(form, subject)
    stored = _standing(subject)
    names = {one.id: one.name for one in _programmes(subject)}
    return page(
        "goals/claims.html",
        block="dialog" if is_htmx() else None,
        form=form,
        subject=subject,
        kind=KIND_LABELS[subject.kind],
        stored=[(names.get(c.programme_id, ""), c) for c in stored],
        total=sum(claim.share for claim in stored),
        action=f"/mal/tilskriving/{ATTRIBUTED_WORDS[subject.kind]}/{subject.id}",
    )


def _programmes(subject: Subject) -> list[Any]:
    """List what can claim a result: the programmes of its region, and those that do already."""
    viewer = current_actor()
    named = {claim.programme_id for claim in _standing(subject)}
    found = list(programmes.list_seen(db.session, viewer, subject.region_id))
    missing = named - {one.id for one in found}
    return found + list(programmes.by_ids(db.session, missing))


def _set_choices(form: ClaimsForm, subject: Subject) -> None:
    choices = [("", "–"), *((one.id, one.name) for one in _programmes(subject))]
    for line in form.claims:
        line.form.programme_id.choices = choices


@bp.get("/tilskriving")
@requires(Permission.COUNTS_SEE)
def totals() -> ResponseReturnValue:
    viewer, today = current_actor(), clock.today()
    region_id = choose_region(viewer, whole_number(request.args.get("region")))
    last = min(_day("til", today), today)
    first = _day("fra", date(last.year, 1, 1))
    if last < first:
        raise RuleBroken("period_order")
    found = attribution.totals(db.session, viewer, region_id, Period(first, last), last)
    flagged = attribution.overclaimed(db.session, region_id) if viewer.may(
        Permission.GOAL_EDIT
    ) else []  # fmt: skip
    return page(
        "goals/totals.html",
        region={"id": region_id, "name": viewer.region_names[region_id]},
        period=span(first, last),
        first=first,
        last=last,
        programmes=found.programmes,
        rows=[
            {
                "label": row.metric.label,
                "unit": _("NOK") if row.metric.unit == Unit.NOK else "",
                "own": [_shown(figure) for figure in row.own],
                "shared": _shown(row.shared),
                "region": _shown(row.region),
                "over": _shown(row.over),
            }
            for row in found.rows
        ],
        flagged=[
            {
                "name": one.subject.name,
                "kind": KIND_LABELS[one.subject.kind],
                "company": one.subject.company,
                "share": one.share,
                "href": f"/mal/tilskriving/{ATTRIBUTED_WORDS[one.subject.kind]}/{one.subject.id}",
            }
            for one in flagged
        ],
    )


def _day(name: str, default: date) -> date:
    text = request.args.get(name, "")
    found = parse_day(text) if text else default
    if found is None:
        raise RuleBroken("bad_date")
    return found


def _shown(figure: Figure) -> dict[str, Any]:
    """Give a number with the address of its list."""
    question, view = figure.question, figure.question.view
    assert view.region_ids is not None
    values: dict[str, Any] = {
        "region": view.region_ids[0],
        "program": view.programme.id if view.programme else "",
        "delt": "1" if question.sharing == Sharing.SHARED else "",
        "over": "1" if question.sharing == Sharing.OVER else "",
        "fra": question.period.first.isoformat(),
        "til": question.period.last.isoformat(),
        "per": view.as_of.isoformat(),
    }
    kept = {name: value for name, value in values.items() if value}
    return {"value": figure.value, "href": f"/mal/tall/{question.metric.key}?{urlencode(kept)}"}
