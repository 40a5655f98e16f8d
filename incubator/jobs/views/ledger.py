"""The ledger: the list with its filters and totals, as a page and as a file."""

from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from incubator.core import clock, db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.errors import NotFound, RuleBroken
from incubator.core.forms import whole_number
from incubator.core.sheets import SheetOut, as_csv, as_xlsx
from incubator.core.web import download, page, paging
from incubator.jobs import ledger
from incubator.jobs.ledger import Filter, Row, Total
from incubator.jobs.models import Evidence, JobKind, JobState, JobUnit
from incubator.jobs.views.blueprint import WORDS, bp, region_of
from incubator.jobs.words import EVIDENCE_LABELS, KIND_LABELS, STATE_LABELS, UNIT_LABELS
from incubator.reference.queries import choose_region

Word = TypeVar("Word", bound=StrEnum)


@bp.get("/arbeidsplasser")
@requires(Permission.COMPANY_SEE)
def index() -> ResponseReturnValue:
    viewer, today = current_actor(), clock.today()
    region_id = choose_region(viewer, whole_number(request.args.get("region")))
    narrowed = asked_filter()
    number = max(1, whole_number(request.args.get("side")) or 1)
    rows = ledger.list_jobs(db.session, viewer, region_id, narrowed, today, number=number)
    if number > 1 and not rows:
        raise NotFound("not_found")
    totals = ledger.totals(db.session, viewer, region_id, narrowed, today)
    count = sum(total.records for total in totals)
    return page(
        "jobs/index.html",
        region=region_of(viewer, region_id),
        narrowed=narrowed,
        rows=rows,
        totals=[_total(total, region_id, narrowed) for total in totals],
        count=count,
        years=ledger.years(db.session, viewer, region_id),
        pages=paging(
            number, ledger.PAGE, count, lambda nth: address(region_id, narrowed, side=nth)
        ),
        exports=[
            (kind.upper(), address(region_id, narrowed, path=f"/arbeidsplasser/eksport.{kind}"))
            for kind in ("xlsx", "csv")
        ],
        clear_url=f"/arbeidsplasser?region={region_id}",
        may_add=viewer.may(Permission.IDEA_MOVE),
        today=today,
        **WORDS,
    )


def _total(total: Total, region_id: int, narrowed: Filter) -> dict[str, Any]:
    """Say what records of one kind, state and unit add up to, and where exactly those are."""
    its = replace(narrowed, kind=total.kind, state=total.state, unit=total.unit)
    return {
        "number": total.number,
        "label": f"{KIND_LABELS[total.kind]}, {STATE_LABELS[total.state]}",
        "unit": UNIT_LABELS[total.unit],
        "is_counted": total.state == JobState.REALISED,
        "href": address(region_id, its),
    }


@bp.get("/arbeidsplasser/eksport.<any(csv, xlsx):kind>")
@requires(Permission.COMPANY_SEE)
def export(kind: str) -> ResponseReturnValue:
    """Answer with the list as a file: the rows that the page shows, all of them."""
    viewer, today = current_actor(), clock.today()
    region_id = choose_region(viewer, whole_number(request.args.get("region")))
    rows = ledger.list_to_export(db.session, viewer, region_id, asked_filter(), today)
    if len(rows) > ledger.MOST_EXPORTED:
        raise RuleBroken("too_many_rows", most=ledger.MOST_EXPORTED)
    content = as_csv(_sheet(rows)) if kind == "csv" else as_xlsx(_sheet(rows))
    return download(content, f"{_('Jobs')} {viewer.region_names[region_id]} {today}.{kind}")


def _sheet(rows: list[Row]) -> SheetOut:
    header = (
        _("Number in the list"), _("Date"), _("Kind"), _("State"), _("Number"), _("Counts"),
        _("Counted in"), _("Of them women"), _("Of them men"), _("Company"), _("Municipality"),
        _("Idea"), _("Source"), _("Evidence"), _("Next check"), _("Note"),
    )  # fmt: skip
    return SheetOut(_("Jobs"), header, [_cells(row) for row in rows])


def _cells(row: Row) -> list[Any]:
    one = row.record
    return [
        one.id, one.occurred_on, str(KIND_LABELS[one.kind]), str(STATE_LABELS[one.state]),
        _plain(one.number), _plain(row.left), str(UNIT_LABELS[one.unit]), one.women, one.men,
        row.company, row.municipality, row.idea, one.source, str(EVIDENCE_LABELS[one.evidence]),
        one.next_check_on, one.note,
    ]  # fmt: skip


def _plain(number: Decimal) -> int | float:
    """Write a number as a spreadsheet keeps it, whole where it is."""
    return int(number) if number == number.to_integral_value() else float(number)


def asked_filter() -> Filter:
    """Read the filter from the address."""
    return Filter(
        kind=_word(JobKind, "slag"),
        state=_word(JobState, "tilstand"),
        unit=_word(JobUnit, "enhet"),
        evidence=_word(Evidence, "belegg"),
        company_id=whole_number(request.args.get("bedrift")),
        year=_year(),
        text=request.args.get("q", "")[:100],
        needs_check=request.args.get("sjekk") == "1",
    )


def _word(kind: type[Word], name: str) -> Word | None:
    asked = request.args.get(name, "")
    return kind(asked) if asked in set(kind) else None


def _year() -> int | None:
    year = whole_number(request.args.get("ar"))
    return year if year is not None and 1900 <= year <= 9999 else None


def address(
    region_id: int, narrowed: Filter, *, path: str = "/arbeidsplasser", **more: object
) -> str:
    """Write a filter as an address."""
    values = {
        "region": region_id, "slag": narrowed.kind, "tilstand": narrowed.state,
        "enhet": narrowed.unit, "belegg": narrowed.evidence, "bedrift": narrowed.company_id,
        "ar": narrowed.year, "q": narrowed.text.strip(),
        "sjekk": "1" if narrowed.needs_check else "", **more,
    }  # fmt: skip
    return f"{path}?" + urlencode({k: v for k, v in values.items() if v not in (None, "")})
