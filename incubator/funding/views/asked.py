"""What the address of a list of applications asks for, and addresses that ask for more."""

from urllib.parse import urlencode

from flask import request

from incubator.core.forms import whole_number
from incubator.funding.models import ApplicationStatus
from incubator.funding.queries import Filter
from incubator.funding.rules import Group


def asked_filter() -> Filter:
    """Read the filter from the address; nonsense asks for nothing."""
    args = request.args
    group, status, year = args.get("gruppe"), args.get("status"), whole_number(args.get("aar"))
    return Filter(
        group=Group(group) if group in set(Group) else None,
        status=ApplicationStatus(status) if status in set(ApplicationStatus) else None,
        instrument_id=whole_number(args.get("virkemiddel")),
        owner_id=whole_number(args.get("ansvarlig")),
        year=year if year is not None and 1900 <= year <= 2999 else None,
        text=args.get("q", "")[:100],
    )


def address(path: str, region_id: int, narrowed: Filter, **more: object) -> str:
    """Write a filter as an address."""
    values = {
        "region": region_id,
        "gruppe": narrowed.group.value if narrowed.group else "",
        "status": narrowed.status.value if narrowed.status else "",
        "virkemiddel": narrowed.instrument_id,
        "ansvarlig": narrowed.owner_id,
        "aar": narrowed.year,
        "q": narrowed.text.strip(),
        **more,
    }
    return f"{path}?" + urlencode({k: v for k, v in values.items() if v not in (None, "")})
