"""The list of companies and the first tab of one; correcting what is known of it."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.companies import queries
from incubator.companies.forms import SECTION_LABELS, CompanyForm, section_choices
from incubator.companies.models import Company
from incubator.companies.operations import EDITABLE
from incubator.companies.rules import SECTIONS
from incubator.companies.views import put_errors, seen
from incubator.core import clock, db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.errors import RuleBroken, Stale
from incubator.core.forms import whole_number
from incubator.core.merge import Conflict, merge
from incubator.core.web import go_to, is_htmx, page, paging
from incubator.ideas import queries as ideas
from incubator.pipeline import companies, renaming
from incubator.pipeline.companies import INDUSTRY, NEVER, Filter, Order
from incubator.pipeline.views.blueprint import bp
from incubator.reference import queries as reference

AGES = (30, 90, 180, 365)  # days since the last contact that the filter offers
CHOSEN = frozenset({"1"})
Answer = Callable[..., ResponseReturnValue]


def asked_companies() -> Filter:
    """Read from the address what the list of companies is narrowed to."""
    asked = request.args
    age, section = asked.get("kontakt", ""), asked.get("naering", "")
    incubated = {"ja": True, "nei": False}.get(asked.get("inkubator", ""))
    return Filter(
        text=asked.get("q", "")[:100],
        municipality_id=whole_number(asked.get("kommune")),
        section=section if section in (*SECTIONS, INDUSTRY) else "",
        untouched_days=whole_number(age),
        is_untouched=age == NEVER,
        is_incubated=incubated,
        has_open_ideas=asked.get("ideer") in CHOSEN,
        is_mine=asked.get("mine") in CHOSEN,
    )


def asked_order() -> Order:
    """Read from the address how the list of companies is sorted."""
    asked = request.args.get("sorter", "")
    return Order(asked) if asked in {order.value for order in Order} else Order.NAME


def _query_of(narrowed: Filter, order: Order) -> dict[str, Any]:
    """Write filter and order as the values of an address; what is not narrowed stays away."""
    untouched = NEVER if narrowed.is_untouched else narrowed.untouched_days
    incubated = {True: "ja", False: "nei", None: ""}[narrowed.is_incubated]
    values = {
        "q": narrowed.text.strip(),
        "kommune": narrowed.municipality_id,
        "naering": narrowed.section,
        "kontakt": untouched,
        "inkubator": incubated,
        "ideer": 1 if narrowed.has_open_ideas else None,
        "mine": 1 if narrowed.is_mine else None,
        "sorter": order.value if order != Order.NAME else None,
    }
    return {key: value for key, value in values.items() if value not in (None, "")}


@bp.get("/bedrifter")
@requires(Permission.COMPANY_SEE)
def companies_index() -> ResponseReturnValue:
    viewer, narrowed, order = current_actor(), asked_companies(), asked_order()
    number = max(1, whole_number(request.args.get("side")) or 1)
    offset = (number - 1) * queries.PAGE
    found = companies.list_companies(
        db.session, viewer, narrowed, clock.today(), order=order, offset=offset
    )
    query = _query_of(narrowed, order)

    def address(side: int) -> str:
        more = {"side": side} if side > 1 else {}
        return f"/bedrifter?{urlencode({**query, **more})}".rstrip("?")

    if found.total and not found.rows:
        return go_to(address(-(-found.total // queries.PAGE)))
    return page(
        "companies/index.html",
        companies=found.rows,
        total=found.total,
        filters=narrowed,
        asked=query,
        is_narrowed=bool(query.keys() - {"q"}),
        municipalities=reference.municipalities_in(db.session, viewer),
        sections=section_choices(),
        section_labels=SECTION_LABELS,
        ages=AGES,
        today=clock.today(),
        exports=[
            (label, f"/{name}.{kind}?{urlencode(query)}".rstrip("?"))
            for label, name, kind in (
                ("Excel", "bedrifter", "xlsx"),
                ("CSV", "bedrifter", "csv"),
                (_("Contacts"), "kontakter", "xlsx"),
            )
        ],
        pages=paging(number, queries.PAGE, found.total, address),
    )


@bp.get("/bedrifter/<int:company_id>")
@requires(Permission.COMPANY_SEE)
def company(company_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = queries.get_company(db.session, company_id)
    return page(
        "companies/company.html",
        company=found,
        known=companies.overview(db.session, viewer, found),
        stages={s.id: s.label(viewer.locale) for s in ideas.list_stages(db.session)},
        section_labels=SECTION_LABELS,
        today=clock.today(),
    )


def behind_others_of(view: Answer) -> Answer:
    """Try a view of a company anew where somebody wrote to the company in the same instant."""

    @wraps(view)
    def attempt(company_id: int) -> ResponseReturnValue:
        try:
            return view(company_id)
        except Stale as late:
            if late.code != "changed_meanwhile":
                raise
        db.start_over()
        db.session.expire_all()
        return view(company_id)

    return attempt


@bp.get("/bedrifter/<int:company_id>/rediger")
@requires(Permission.COMPANY_EDIT)
def edit_company_form(company_id: int) -> ResponseReturnValue:
    found = queries.get_company(db.session, company_id)
    stored = _values(found)
    was = {f"was_{field}": _text(value) for field, value in stored.items()}
    return _dialog(found, CompanyForm(formdata=None, data={**stored, **was}))


def _values(found: Company) -> dict[str, Any]:
    return {field: getattr(found, field) for field in EDITABLE}


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _dialog(found: Company, form: CompanyForm, conflicts: list[Conflict] | None = None) -> str:
    _set_choices(form, found)
    shown = [
        {"label": form[c.field].label.text, "stored": _shown(form, c)} for c in conflicts or ()
    ]
    return page(
        "companies/edit.html",
        block="dialog" if is_htmx() else None,
        company=found,
        form=form,
        alike=(),
        conflicts=shown,
        title=_("Edit the company"),
        action=f"/bedrifter/{found.id}/rediger",
        back=f"/bedrifter/{found.id}",
    )


def _set_choices(form: CompanyForm, found: Company) -> None:
    places: list[tuple[Any, str]] = [*reference.municipalities_in(db.session, current_actor())]
    if found.municipality_id is not None and found.municipality_id not in dict(places):
        name = companies.municipality_of(db.session, found)
        places.append((found.municipality_id, name or _("(outside the region)")))
    form.municipality_id.choices = [("", "–"), *places]
    form.industry_section.choices = [("", "–"), *section_choices()]


def _shown(form: CompanyForm, conflict: Conflict) -> str:
    choices = dict(getattr(form[conflict.field], "choices", None) or ())
    return _text(choices.get(conflict.stored, conflict.stored))


@bp.post("/bedrifter/<int:company_id>/rediger")
@requires(Permission.COMPANY_EDIT)
@behind_others_of
def edit_company(company_id: int) -> ResponseReturnValue:
    found = queries.get_company(db.session, company_id)
    form = CompanyForm()
    _set_choices(form, found)
    if not form.validate():
        return _dialog(found, form), 422
    values, conflicts = merge(form.original(), form.answers(), _values(found))
    if conflicts:
        seen(form, conflicts)
        return _dialog(found, form, conflicts), 409
    try:
        renaming.edit_company(db.session, current_actor(), found, values)
    except RuleBroken as no:
        put_errors(form, no)
        return _dialog(found, form), 422
    return go_to(f"/bedrifter/{company_id}")
