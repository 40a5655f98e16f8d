"""Make companies and correct them."""

from datetime import date

from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.companies import queries
from incubator.companies.models import Company, Contact
from incubator.companies.rules import valid_orgnr
from incubator.core.db import flush
from incubator.core.errors import RuleBroken
from incubator.core.texts import company_key, sort_key


def company_named(
    session: Session, change: Change, name: str, *, municipality_id: int | None = None
) -> Company:
    """Give the company with a name, made on the spot if there is none."""
    known = queries.find_by_name(session, name)
    if known is not None:
        return known
    return add_company(session, change, name=name, municipality_id=municipality_id)


def add_company(
    session: Session,
    change: Change,
    *,
    name: str,
    orgnr: str | None = None,
    municipality_id: int | None = None,
    industry_code: str | None = None,
    industry_section: str | None = None,
    founded_on: date | None = None,
    employees: int | None = None,
) -> Company:
    """Make a company as part of a change. Raises RuleBroken on a wrong or taken number."""
    if not name.strip():
        raise RuleBroken("name_missing", fields=["company_name"])
    number = _free_orgnr(session, orgnr) if orgnr else None
    company = Company(
        name=" ".join(name.split()),
        match_key=company_key(name),
        sort_key=sort_key(name),
        orgnr=number,
        municipality_id=municipality_id,
        industry_code=industry_code,
        industry_section=industry_section,
        founded_on=founded_on,
        employees=employees,
    )
    audit.stamp(company, change)
    session.add(company)
    flush(session)
    return company


def set_orgnr(session: Session, change: Change, company: Company, orgnr: str) -> None:
    """Give a company its organisation number. Raises RuleBroken on a wrong or taken one."""
    number = _free_orgnr(session, orgnr)
    audit.note_values(session, change, "company", company.id, {"orgnr": (company.orgnr, number)})
    company.orgnr = number
    flush(session)


def _free_orgnr(session: Session, orgnr: str) -> str:
    number = valid_orgnr(orgnr)
    if number is None:
        raise RuleBroken("bad_orgnr", fields=["orgnr"])
    if queries.find_by_orgnr(session, number):
        raise RuleBroken("orgnr_taken", fields=["orgnr"])
    return number


def add_contact(
    session: Session,
    change: Change,
    *,
    name: str,
    company_id: int | None = None,
    title: str | None = None,
    telephone: str | None = None,
    email: str | None = None,
) -> Contact:
    """Make a contact, at a company or a founder without one, as part of a change."""
    contact = Contact(
        name=" ".join(name.split()),
        sort_key=sort_key(name),
        company_id=company_id,
        title=title,
        telephone=telephone,
        email=email,
    )
    audit.stamp(contact, change)
    session.add(contact)
    flush(session)
    return contact
