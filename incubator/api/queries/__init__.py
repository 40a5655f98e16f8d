"""Read tokens, and what the API tells."""

from incubator.api.queries.records import (
    Asked,
    Records,
    get_application,
    get_company,
    get_idea,
    get_visit,
    list_applications,
    list_companies,
    list_ideas,
    list_visits,
)
from incubator.api.queries.tokens import Known, known_by, list_tokens, regions_of

__all__ = [
    "Asked",
    "Known",
    "Records",
    "get_application",
    "get_company",
    "get_idea",
    "get_visit",
    "known_by",
    "list_applications",
    "list_companies",
    "list_ideas",
    "list_tokens",
    "list_visits",
    "regions_of",
]
