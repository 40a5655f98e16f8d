"""The rows behind every number: a permanent address, as a page and as files."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.core import clock, db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.errors import NotFound, RuleBroken
from incubator.core.forms import whole_number
from incubator.core.sheets import SheetOut, as_csv, as_xlsx
from incubator.core.web import download, page
from incubator.goals import metrics, queries
from incubator.goals.metrics import BY_KEY, Question, Sharing, Unit
from incubator.goals.views.asked import NARROWED_BY, Asked, chips, described, read
from incubator.goals.views.blueprint import bp, region_came_from
from incubator.goals.words import ATTRIBUTED_WORDS
from incubator.visits.words import KIND_LABELS

# What a form that narrows the number keeps of the address.
KEPT = ("region", "fylke", "fra_region", "netto", "delt", "over")
EXPORTS = ("xlsx", "csv")
# What no idea stands behind: a partner learns how many there are, and not which.
NAMELESS = (metrics.Subject.INCUBATION, metrics.Subject.VISIT, metrics.Subject.COMPANY)


@bp.get("/tall/<key>")
@requires(Permission.COUNTS_SEE)
def rows(key: str) -> ResponseReturnValue:
    viewer = current_actor()
    if key not in BY_KEY:
        raise NotFound("no_such_metric")
    asked = read(BY_KEY[key])
    question = asked.question
    number = max(1, whole_number(request.args.get("side")) or 1)
    found = queries.rows_page(db.session, viewer, question, offset=(number - 1) * queries.ROWS_PAGE)
    if number > 1 and not found.rows:
        raise NotFound("not_found")
    return page(
        "goals/rows.html",
        exports=[(kind.upper(), _export_address(key, kind)) for kind in EXPORTS],
        key=key,
        title=str(question.metric.label),
        filters_text=described(asked),
        chips=chips(asked),
        form=_form(asked),
        total=found.total,
        rule="",
        withheld=found.withheld,
        is_of_ideas=question.metric.subject not in NAMELESS,
        unknown=_unknown(question),
        is_unknown=question.unknown,
        is_of_industry=question.metric.unknown is not None,
        amount_label=_amount_label(question),
        rows=[_row(row, question) for row in found.rows],
        pages=_pages(number, found),
        region=region_came_from(viewer),
    )


def _amount_label(question: Question) -> str:
    is_number = question.metric.unit != Unit.NOK
    return str(_("Number") if is_number else _("Amount"))


def _export_address(key: str, kind: str) -> str:
    values = {name: value for name, value in request.args.items() if name != "side"}
    return f"/mal/tall/{key}.{kind}?{urlencode(values)}"


@bp.get("/tall/<key>.<any(csv, xlsx):kind>")
@requires(Permission.COUNTS_SEE)
def export(key: str, kind: str) -> ResponseReturnValue:
    """Answer with the rows behind a number as a file: those that the page shows, all of them."""
    if key not in BY_KEY:
        raise NotFound("no_such_metric")
    question = read(BY_KEY[key]).question
    found = queries.rows_page(db.session, current_actor(), question, limit=queries.MOST_EXPORTED)
    if found.has_more:
        raise RuleBroken("too_many_rows", most=queries.MOST_EXPORTED)
    sheet = _sheet(found, question)
    name = f"{question.metric.label} {question.period.first} {question.view.as_of}.{kind}"
    content = as_csv(sheet) if kind == "csv" else as_xlsx(sheet)
    return download(content, name)


def _sheet(found: queries.RowsPage, question: Question) -> SheetOut:
    header = [_("Number in the list"), _("What"), _("Company"), _("Municipality"), _("Date")]
    has_origin = question.metric.subject == metrics.Subject.IDEA
    if has_origin:
        header += [_("Visit on"), _("Visit by")]
    if question.is_sum:
        header.append(_amount_label(question))
    rows = []
    for record in found.rows:
        row = _row(record, question)
        cells = [record["id"], str(row["label"]), record["company"], row["municipality"], row["on"]]
        if has_origin:
            origin = row.get("origin", {})
            cells += [origin.get("on"), origin.get("who")]
        if question.is_sum:
            cells.append(float(row["amount"]) if row["amount"] is not None else None)
        rows.append(cells)
    return SheetOut(str(question.metric.label), header, rows)


def _unknown(question: Question) -> dict[str, Any] | None:
    if not question.can_be_unknown or question.unknown:
        return None
    asked = replace(question, unknown=True, sharing=Sharing.WHOLE)
    values = {k: v for k, v in request.args.items() if k != "side"} | {"ukjent": "1"}
    address = f"/mal/tall/{question.metric.key}?{urlencode(values)}"
    return {"count": metrics.value(db.session, asked), "href": address}


def _form(asked: Asked) -> dict[str, Any]:
    """Give the form that narrows the number, filled with what the address asks for."""
    question, choices = asked.question, asked.choices
    view, period = question.view, question.period
    named = [(one.id, one.name) for one in choices.programmes]
    kept = {name: request.args[name] for name in KEPT if request.args.get(name)}
    return {
        "kept": kept,
        "selects": [
            ("kommune", _("Municipality"), choices.municipalities, request.args.get("kommune")),
            ("program", _("Programme"), named, request.args.get("program")),
            ("satsing", _("Focus area"), choices.areas, request.args.get("satsing")),
            ("organisasjon", _("Organisation"), choices.organisations,
             request.args.get("organisasjon")),
        ],
        "days": [
            ("fra", _("From"), period.first), ("til", _("To"), period.last),
            ("per", _("As of"), view.as_of),
            ("kjent", _("As known on"), view.known_at and clock.day_of(view.known_at)),
        ],
        "is_narrowed": any(request.args.get(name) for name in (*NARROWED_BY, "kjent")),
    }  # fmt: skip


def _row(row: dict[str, Any], question: Question) -> dict[str, Any]:
    amount = row.get("amount")
    return {
        "label": row["title"] or row.get("what") or row["company"] or _("Without a name"),
        "href": f"/ideer/{row['idea_id']}" if row["idea_id"] else None,
        "sub": row["company"],
        "municipality": row["municipality"],
        "on": row["day"],
        "amount": _amount(amount, question),
        "claims": _claims_address(row, question),
        **_SHOWN_AS.get(question.metric.subject, _nothing_more)(row),
    }


def _claims_address(row: dict[str, Any], question: Question) -> str | None:
    """Give where a result is attributed to programmes, to those who may."""
    kind, viewer = question.metric.attributed, current_actor()
    if kind is None or not viewer.may(Permission.GOAL_EDIT):
        return None
    return f"/mal/tilskriving/{ATTRIBUTED_WORDS[kind]}/{row['id']}"


def _amount(stored: Any, question: Question) -> Any:
    if not question.is_sum or (question.unknown and not question.metric.is_sum):
        return None
    is_shared = question.sharing == metrics.Sharing.SHARED and not question.unknown
    return metrics.as_number(question, int(stored)) if is_shared else stored


def _nothing_more(_row: dict[str, Any]) -> dict[str, Any]:
    return {}


def _as_visit(row: dict[str, Any]) -> dict[str, Any]:
    kind = KIND_LABELS[row["visit_kind"]]
    parts = (str(kind), row["visitor"], row["organisation"])
    return {"label": " · ".join(filter(None, parts)), "href": f"/besok/{row['id']}"}


def _as_incubation(row: dict[str, Any]) -> dict[str, Any]:
    return {"href": f"/inkubator/{row['id']}", "sub": None}


def _as_application(row: dict[str, Any]) -> dict[str, Any]:
    """Lead to the application; a partner, who may know of a shared idea alone, to that."""
    if not current_actor().may(Permission.COMPANY_SEE):
        return {}
    return {"href": f"/soknader/{row['id']}"}


def _as_company(row: dict[str, Any]) -> dict[str, Any]:
    return {"href": f"/bedrifter/{row['id']}/besok", "sub": None}


def _as_idea(row: dict[str, Any]) -> dict[str, Any]:
    """Say at which visit an idea came up, where the viewer may know of visits."""
    if not row.get("visit_id"):
        return {}
    who = " · ".join(filter(None, (row["visitor"], row["organisation"])))
    origin = {"href": f"/besok/{row['visit_id']}", "on": row["visited_on"], "who": who}
    return {"origin": origin}


_SHOWN_AS = {
    metrics.Subject.VISIT: _as_visit,
    metrics.Subject.COMPANY: _as_company,
    metrics.Subject.INCUBATION: _as_incubation,
    metrics.Subject.APPLICATION: _as_application,
    metrics.Subject.IDEA: _as_idea,
}


def _pages(number: int, found: queries.RowsPage) -> dict[str, Any]:
    visible = found.count - found.withheld

    def address(nth: int) -> str:
        return f"{request.path}?{urlencode({**request.args.to_dict(), 'side': nth})}"

    return {
        "number": number,
        "of": max(1, -(-visible // queries.ROWS_PAGE)),
        "previous_url": address(number - 1) if number > 1 else None,
        "next_url": address(number + 1) if found.has_more else None,
    }
