"""Merge a company with a duplicate: choose it, look at both, say which values are right."""

from dataclasses import dataclass
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l

from incubator.companies import queries
from incubator.companies.forms import SECTION_LABELS
from incubator.companies.models import Company
from incubator.companies.operations import EDITABLE
from incubator.companies.words import FIELD_LABELS
from incubator.core import db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.errors import Refusal, RuleBroken, Stale
from incubator.core.formats import day
from incubator.core.forms import Form, whole_number
from incubator.core.refusals import sentence
from incubator.core.web import go_to, page
from incubator.pipeline import companies
from incubator.pipeline.merging import Seen, merge_companies
from incubator.pipeline.views.blueprint import bp

KINDS = (
    ("idea", _l("Ideas")),
    ("visit", _l("Visits")),
    ("contact", _l("Contacts")),
    ("follow_up", _l("Follow-ups")),
    ("application", _l("Applications")),
    ("incubation", _l("Agreements with the incubator")),
    ("job_record", _l("Records of jobs")),
)
KEPT, OTHER = "kept", "other"


@dataclass(frozen=True)
class Choice:
    """A field of which one of two values is kept."""

    field: str
    label: Any
    kept: str
    other: str
    is_others: bool

    @property
    def is_same(self) -> bool:
        return self.kept == self.other


@bp.get("/bedrifter/<int:company_id>/sla-sammen")
@requires(Permission.COMPANY_EDIT)
def merge_form(company_id: int) -> ResponseReturnValue:
    kept = queries.get_company(db.session, company_id)
    other_id = whole_number(request.args.get("med"))
    other = queries.get_standing(db.session, other_id) if other_id else kept
    return _choose(kept) if other is kept else _compare(kept, other)


def _choose(kept: Company) -> str:
    """Let somebody choose the duplicate: the likely ones first, any by name."""
    text = request.args.get("q", "").strip()[:100]
    found = queries.list_companies(db.session, text)[:20] if text else []
    return page(
        "companies/merge.html",
        company=kept,
        other=None,
        text=text,
        found=[one for one in found if one.id != kept.id],
        alike=queries.list_alike(db.session, kept.name, orgnr=kept.orgnr, but_not=kept.id),
    )


def _compare(kept: Company, other: Company, refusal: Refusal | None = None) -> str:
    numbers = companies.count_belongings(db.session, kept.id, other.id)
    return page(
        "companies/merge.html",
        company=kept,
        other=other,
        choices=[_choice(kept, other, field) for field in EDITABLE],
        kinds=[
            (label, numbers[kept.id].get(k, 0), numbers[other.id].get(k, 0)) for k, label in KINDS
        ],
        refusal=sentence(refusal.code, refusal.details) if refusal else None,
        form=Form(formdata=None),
    )


def _choice(kept: Company, other: Company, field: str) -> Choice:
    """Offer both values; the one that is known is right until somebody says otherwise."""
    mine, theirs = getattr(kept, field), getattr(other, field)
    chosen = request.form.get(field)
    is_others = chosen == OTHER if chosen else mine is None and theirs is not None
    return Choice(field, FIELD_LABELS[field], _shown(kept, field), _shown(other, field), is_others)


def _shown(company: Company, field: str) -> str:
    value = getattr(company, field)
    if value is None:
        return ""
    if field == "municipality_id":
        return companies.municipality_of(db.session, company) or ""
    if field == "industry_section":
        return f"{value} – {SECTION_LABELS[value]}" if value in SECTION_LABELS else value
    return day(value) if field == "founded_on" else str(value)


@bp.post("/bedrifter/<int:company_id>/sla-sammen")
@requires(Permission.COMPANY_EDIT)
def merge_company(company_id: int) -> ResponseReturnValue:
    kept = queries.get_company(db.session, company_id)
    other = queries.get_standing(db.session, whole_number(request.form.get("med")) or 0)
    if other is kept:
        return go_to(f"/bedrifter/{kept.id}")
    seen = Seen(*(whole_number(request.form.get(f"{one}_version")) or 0 for one in (KEPT, OTHER)))
    take = [field for field in EDITABLE if request.form.get(field) == OTHER]
    called = other.name
    try:
        merge_companies(db.session, current_actor(), kept, other, take=take, seen=seen)
    except RuleBroken as no:
        return _compare(kept, other, no), 422
    except Stale as late:
        db.start_over()
        db.session.expire_all()
        kept = queries.get_company(db.session, company_id)
        return _compare(kept, queries.get_standing(db.session, other.id), late), 409
    flash(_("%(name)s is a part of this company now.", name=called), "success")
    return go_to(f"/bedrifter/{kept.id}")
