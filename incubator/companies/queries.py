"""Read companies."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.companies.models import Company, CompanyMerge, Contact
from incubator.companies.rules import SHORTEST_KEY, is_alike
from incubator.core.errors import Moved, NotFound
from incubator.core.texts import company_key, fold
from incubator.reference.models import Municipality

PAGE = 50


def get_company(session: Session, company_id: int) -> Company:
    """Give a company. Raises Moved with the one that it was a duplicate of, NotFound."""
    company = session.get(Company, company_id)
    if company is None:
        raise NotFound("no_such_company")
    if company.is_voided:
        kept = get_standing(session, company_id)
        raise Moved("company_merged", company_id=kept.id, name=kept.name)
    return company


def get_to_write(session: Session, company_id: int) -> Company:
    """Give a company that something is to be written to: it cannot be merged until that is done.

    Whoever writes to several things takes the companies first, those with lower ids before.
    Raises Moved or NotFound as `get_company` does.
    """
    read = {"with_for_update": {"read": True}, "populate_existing": True}
    session.get(Company, company_id, **read)  # type: ignore[arg-type]
    return get_company(session, company_id)


def get_standing(session: Session, company_id: int) -> Company:
    """Give a company, or the one that it turned out to be a duplicate of. Raises NotFound.

    A device without coverage may know a company by what it was before.
    """
    company = session.get(Company, company_id)
    if company is not None and company.is_voided:
        into = sa.select(CompanyMerge.into_id).where(
            CompanyMerge.company_id == company_id, CompanyMerge.known()
        )
        company = session.get(Company, session.scalar(into) or 0)
    if company is None or company.is_voided:
        raise NotFound("no_such_company")
    return company


_FOUND = (
    sa.select(Company, CompanyMerge.into_id)
    .outerjoin(CompanyMerge, sa.and_(CompanyMerge.company_id == Company.id, CompanyMerge.known()))
    .where(sa.or_(Company.known(), CompanyMerge.id.isnot(None)))
    .order_by(Company.voided_at.isnot(None), Company.id)
    .limit(1)
)
_BY_ORGNR = _FOUND.where(Company.orgnr == sa.bindparam("orgnr"))
_BY_NAME = _FOUND.where(Company.match_key == sa.bindparam("match_key"))


def find_by_orgnr(session: Session, orgnr: str) -> Company | None:
    """Find the company that has an organisation number, or had it before it was merged."""
    return _standing(session, session.execute(_BY_ORGNR, {"orgnr": orgnr}).one_or_none())


def find_by_name(session: Session, name: str) -> Company | None:
    """Find a company by name without case, spaces and legal form; the oldest if many.

    Where none has the name now, one that a company had before it was merged leads to it.
    """
    return _standing(session, session.execute(_BY_NAME, {"match_key": company_key(name)}).first())


def _standing(session: Session, found: sa.Row[Company, int | None] | None) -> Company | None:
    if found is None:
        return None
    return found[0] if not found[0].is_voided else session.get(Company, found[1])


@dataclass(frozen=True)
class Alike:
    """A company that may be the same as another."""

    id: int
    name: str
    orgnr: str | None
    municipality: str | None
    is_same_name: bool


MOST_COMPARED = 500  # names that begin alike; more of them would tell nobody anything


def list_alike(
    session: Session, name: str, *, orgnr: str | None = None, but_not: int | None = None
) -> list[Alike]:
    """List companies with the same name, or one much like it, the likeliest first.

    Two with different organisation numbers and different names are two companies.
    """
    key = company_key(name)
    if not key:
        return []
    begins = sa.func.substr(Company.match_key, 1, SHORTEST_KEY) == key[:SHORTEST_KEY]
    rows = session.execute(
        sa.select(Company.id, Company.name, Company.orgnr, Municipality.name, Company.match_key)
        .outerjoin(Municipality, Municipality.id == Company.municipality_id)
        .where(begins, Company.known(), Company.id != (but_not or 0))
        .order_by(Company.match_key != key, Company.sort_key, Company.id)
        .limit(MOST_COMPARED)
    )
    return [
        Alike(row[0], row[1], row[2], row[3], row[4] == key)
        for row in rows
        if row[4] == key or (not (orgnr and row[2]) and is_alike(key, row[4]))
    ][:MOST_ALIKE]


MOST_ALIKE = 5


def list_contacts(session: Session, company_id: int) -> Sequence[Contact]:
    """List the people at a company by name."""
    return session.scalars(
        sa.select(Contact)
        .where(Contact.company_id == company_id, Contact.known())
        .order_by(Contact.sort_key, Contact.id)
        .limit(MOST_CONTACTS)
    ).all()


MOST_CONTACTS = 500


def get_contact(
    session: Session, company_id: int, contact_id: int, *, to_change: bool = False
) -> Contact:
    """Give a person at a company; one to change waits for who is changing them. Raises NotFound."""
    query = sa.select(Contact).where(
        Contact.id == contact_id, Contact.company_id == company_id, Contact.known()
    )
    contact = session.scalar(query.with_for_update() if to_change else query)
    if contact is None:
        raise NotFound("no_such_contact")
    return contact


def list_companies(session: Session, text: str = "", after: int = 0) -> Sequence[Company]:
    """List companies by name, a page at a time, narrowed to those whose name holds a text."""
    query = sa.select(Company).where(Company.known())
    if text:
        key = company_key(text) or fold(text)
        query = query.where(Company.match_key.contains(key, autoescape=True))
    ordered = query.order_by(Company.sort_key, Company.id).offset(after).limit(PAGE + 1)
    return session.scalars(ordered).all()
