"""Read what the rows of an archive may meet in the region that they come to."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core.texts import fold
from incubator.ideas.models import Idea
from incubator.transfer.lists import ListedCompany
from incubator.transfer.models import ImportRow
from incubator.transfer.queries import KnownCompanies, chunks, known_companies


@dataclass(frozen=True)
class KnownToArchive(KnownCompanies):
    """What the plan of an archive is made from."""

    ideas: Mapping[tuple[str, int | None], tuple[int, ...]]


def known_to_archive(
    session: Session, region_id: int, companies: Iterable[ListedCompany], titles: Iterable[str]
) -> KnownToArchive:
    """Load the companies and ideas that the rows of an archive may be."""
    known = known_companies(session, companies)
    return KnownToArchive(
        known.companies_by_orgnr, known.companies_by_key, _ideas(session, region_id, titles)
    )


def _ideas(
    session: Session, region_id: int, titles: Iterable[str]
) -> dict[tuple[str, int | None], tuple[int, ...]]:
    """Give the ideas by title and company, also by the title under which they were imported."""
    found: defaultdict[tuple[str, int | None], set[int]] = defaultdict(set)
    for chunk in chunks(sorted({fold(title) for title in titles})):
        here = (Idea.region_id == region_id, Idea.known())
        named: Any = sa.select(Idea.title_key, Idea.company_id, Idea.id).where(
            *here, Idea.title_key.in_(chunk)
        )
        imported: Any = (
            sa.select(ImportRow.title_key, Idea.company_id, Idea.id)
            .join(Idea, Idea.id == ImportRow.idea_id)
            .where(*here, ImportRow.region_id == region_id, ImportRow.title_key.in_(chunk))
        )
        for query in (named, imported):
            for title_key, company_id, idea_id in session.execute(query):
                found[title_key, company_id].add(idea_id)
    return {key: tuple(sorted(ids)) for key, ids in found.items()}
