"""Read agreements, what was told, and what is to be told."""

from incubator.summaries.queries.agreements import (
    Agreement,
    agreements,
    get_agreement,
    get_recipient,
    recipients,
)
from incubator.summaries.queries.news import (
    MOST_NAMED,
    closed_in,
    deadlines_ahead,
    moved_in,
    rows_of,
    shared_news,
    standing_still,
    unknown,
)
from incubator.summaries.queries.told import (
    PAGE,
    Line,
    Sent,
    deliveries,
    first_told_month,
    frozen_rows,
    get_summary,
    last_told,
    latest_of_month,
    list_summaries,
)

__all__ = [
    "MOST_NAMED",
    "PAGE",
    "Agreement",
    "Line",
    "Sent",
    "agreements",
    "closed_in",
    "deadlines_ahead",
    "deliveries",
    "first_told_month",
    "frozen_rows",
    "get_agreement",
    "get_recipient",
    "get_summary",
    "last_told",
    "latest_of_month",
    "list_summaries",
    "moved_in",
    "recipients",
    "rows_of",
    "shared_news",
    "standing_still",
    "unknown",
]
