"""Read applications and funding schemes."""

from incubator.funding.queries.days import Days, days_of
from incubator.funding.queries.facts import by_event, mark_of, turns_of
from incubator.funding.queries.instruments import (
    get_frame,
    get_instrument,
    instrument_choices,
    list_grants_of,
    list_instruments,
)
from incubator.funding.queries.lists import (
    OfCompany,
    of_company,
    of_idea,
    of_ideas,
    totals_of,
    with_instruments,
)
from incubator.funding.queries.overview import (
    MOST_EXPORTED,
    PAGE,
    Filter,
    Listed,
    Sums,
    list_applications,
    owners_of_applications,
    sums_by_group,
    years_of_applications,
)
from incubator.funding.queries.single import (
    ApplicationPage,
    get_application,
    get_page,
    get_payment,
)

__all__ = [
    "MOST_EXPORTED",
    "PAGE",
    "ApplicationPage",
    "Days",
    "Filter",
    "Listed",
    "OfCompany",
    "Sums",
    "by_event",
    "days_of",
    "get_application",
    "get_frame",
    "get_instrument",
    "get_page",
    "get_payment",
    "instrument_choices",
    "list_applications",
    "list_grants_of",
    "list_instruments",
    "mark_of",
    "of_company",
    "of_idea",
    "of_ideas",
    "owners_of_applications",
    "sums_by_group",
    "totals_of",
    "turns_of",
    "with_instruments",
    "years_of_applications",
]
