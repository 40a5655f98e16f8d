"""What the address of a list of visits asks for, and addresses that ask for more."""

from datetime import date
from urllib.parse import urlencode

from flask import request

from incubator.core.errors import RuleBroken
from incubator.core.forms import parse_day, whole_number
from incubator.visits.models import VisitKind
from incubator.visits.queries import Edge, Filter, Page, Whose


def asked_filter() -> Filter:
    """Read the filter from the address. Raises RuleBroken for what is no date."""
    args = request.args
    whose, kind = args.get("hvem", ""), args.get("type", "")
    return Filter(
        whose=Whose(whose) if whose in set(Whose) else Whose.ALL,
        kind=VisitKind(kind) if kind in set(VisitKind) else None,
        company_id=whole_number(args.get("bedrift")),
        municipality_id=whole_number(args.get("kommune")),
        first=_day("fra"),
        last=_day("til"),
        text=args.get("q", "")[:100],
    )


def _day(name: str) -> date | None:
    text = request.args.get(name, "").strip()
    found = parse_day(text) if text else None
    if text and found is None:
        raise RuleBroken("bad_date")
    return found


def asked_edge() -> Edge | None:
    """Read from the address beside which visit a page begins, if it is not the first."""
    for name in ("eldre", "nyere"):
        day, _, number = request.args.get(name, "").partition(".")
        first, visit_id = parse_day(day), whole_number(number)
        if first is not None and visit_id is not None:
            return Edge(first, visit_id, is_newer=name == "nyere")
    return None


def address(path: str, region_id: int | None, narrowed: Filter, **more: object) -> str:
    """Write a filter as an address."""
    values = {
        "region": region_id,
        "hvem": "" if narrowed.whose == Whose.ALL else narrowed.whose.value,
        "type": narrowed.kind.value if narrowed.kind else "",
        "bedrift": narrowed.company_id,
        "kommune": narrowed.municipality_id,
        "fra": narrowed.first,
        "til": narrowed.last,
        "q": narrowed.text.strip(),
        **more,
    }
    return f"{path}?" + urlencode({k: v for k, v in values.items() if v not in (None, "")})


def edges(found: Page) -> dict[str, str]:
    """Name the edges of a page, for the links to the newer and the older visits."""
    first, last = (f"{row.occurred_on}.{row.id}" for row in (found.rows[0], found.rows[-1]))
    return {
        **({"nyere": first} if found.has_newer else {}),
        **({"eldre": last} if found.has_older else {}),
    }
