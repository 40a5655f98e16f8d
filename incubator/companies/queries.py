"""Read companies."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.companies.models import Company, CompanyMerge
from incubator.core.errors import NotFound
from incubator.core.texts import company_key, fold

PAGE = 50


def get_company(session: Session, company_id: int) -> Company:
    """Give a company. Raises NotFound."""
    company = session.get(Company, company_id)
    if company is None or company.is_voided:
        raise NotFound("no_such_company")
    return company


def get_standing(session: Session, company_id: int) -> Company:
    """Give a company, or the one that it turned out to be a duplicate of. Raises NotFound.

    A device without coverage may know a company by what it was before.
    """
    seen: set[int] = set()
    while company_id not in seen:
        company = session.get(Company, company_id)
        if company is not None and not company.is_voided:
            return company
        seen.add(company_id)
        into = sa.select(CompanyMerge.into_id).where(
            CompanyMerge.company_id == company_id, CompanyMerge.known()
        )
        company_id = session.scalar(into) or company_id
    raise NotFound("no_such_company")


def find_by_orgnr(session: Session, orgnr: str) -> Company | None:
    """Find the company that has an organisation number."""
    return session.scalar(sa.select(Company).where(Company.orgnr == orgnr, Company.known()))


_BY_NAME = (
    sa.select(Company)
    .where(Company.match_key == sa.bindparam("match_key"), Company.known())
    .order_by(Company.id)
    .limit(1)
)


def find_by_name(session: Session, name: str) -> Company | None:
    """Find a company by name without case, spaces and legal form; the oldest if many."""
    return session.scalar(_BY_NAME, {"match_key": company_key(name)})


def list_companies(session: Session, text: str = "", after: int = 0) -> Sequence[Company]:
    """List companies by name, a page at a time, narrowed to those whose name holds a text."""
    query = sa.select(Company).where(Company.known())
    if text:
        key = company_key(text) or fold(text)
        query = query.where(Company.match_key.contains(key, autoescape=True))
    ordered = query.order_by(Company.sort_key, Company.id).offset(after).limit(PAGE + 1)
    return session.scalars(ordered).all()
