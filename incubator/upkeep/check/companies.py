"""Companies: whatever is theirs stands on one that stands, and a duplicate leads to one."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from incubator.companies.models import Company, CompanyMerge
from incubator.pipeline.merging import BELONGINGS
from incubator.upkeep.check.finding import Find, Listing, all_of


def belongings() -> Find:
    """Find what stands but belongs to a company that is voided."""
    return all_of(_of_a_voided_one(one.table, one.column) for one in BELONGINGS)


def _of_a_voided_one(table: Any, column: Any) -> Listing:
    query = (
        sa.select(table.id, column)
        .join(Company, Company.id == column)
        .where(table.known(), Company.voided_at.isnot(None))
        .order_by(table.id)
    )
    return Listing(table.__tablename__, query, "belongs to company {0}, which is voided")


def merged() -> Listing:
    """Find companies that stand though they were merged with another, or with themselves."""
    kept = aliased(Company)
    query = (
        sa.select(CompanyMerge.id, CompanyMerge.company_id, CompanyMerge.into_id)
        .join(Company, Company.id == CompanyMerge.company_id)
        .join(kept, kept.id == CompanyMerge.into_id)
        .where(CompanyMerge.known(), sa.or_(Company.voided_at.is_(None), Company.id == kept.id))
        .order_by(CompanyMerge.id)
    )
    what = "says that company {0} is a part of company {1}, but it stands by itself"
    return Listing("company_merges", query, what)
