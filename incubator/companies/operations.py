"""Make companies and contacts, and correct them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.companies import queries
from incubator.companies.models import Company, Contact, LegalBasis
from incubator.companies.rules import dialled, is_email, is_industry_code, section_of, valid_orgnr
from incubator.core import clock
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import RuleBroken
from incubator.core.facts import void
from incubator.core.texts import collapse, company_key, sort_key

EDITABLE = (
    "name", "orgnr", "municipality_id", "industry_code", "industry_section", "employees",
    "founded_on",
)  # fmt: skip
TEXTS_OF_A_CONTACT = ("name", "title", "telephone", "email", "purpose", "source")
OF_A_CONTACT = (*TEXTS_OF_A_CONTACT, "legal_basis", "review_on")
MOST_EMPLOYEES = 1_000_000


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
        name=collapse(name),
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


def new_company(session: Session, actor: Actor, values: Mapping[str, Any]) -> Company:
    """Write down a company that nothing else brought in. Raises RuleBroken on a wrong value."""
    must(actor, Permission.COMPANY_EDIT)
    known = checked(session, values)
    change = audit.record(session, actor, "company.added", kind="company")
    company = add_company(session, change, **known)
    change.subject_id = company.id
    given = {field: (None, value) for field, value in known.items() if value is not None}
    audit.note_values(session, change, "company", company.id, given)
    flush(session)
    return company


def checked(
    session: Session, values: Mapping[str, Any], company: Company | None = None
) -> dict[str, Any]:
    """Give fields of a company as they are stored.

    Raises RuleBroken with the field when a value cannot be, or a number is another company's.
    """
    found = {field: value for field, value in values.items() if field in EDITABLE}
    if "name" in found:
        found["name"] = collapse(found["name"] or "")
        if not company_key(found["name"]):
            raise RuleBroken("name_missing", fields=["name"])
    if found.get("orgnr"):
        found["orgnr"] = _free_orgnr(session, found["orgnr"], company)
    if found.get("industry_code"):
        _must_be_a_code(found)
    employees, founded_on = found.get("employees"), found.get("founded_on")
    if employees is not None and not 0 <= employees <= MOST_EMPLOYEES:
        raise RuleBroken("bad_number", fields=["employees"])
    if founded_on is not None and founded_on > clock.today():
        raise RuleBroken("in_the_future", fields=["founded_on"])
    return {field: None if value == "" else value for field, value in found.items()}


def _must_be_a_code(found: dict[str, Any]) -> None:
    found["industry_code"] = found["industry_code"].strip()
    if not is_industry_code(found["industry_code"]):
        raise RuleBroken("bad_industry_code", fields=["industry_code"])
    if "industry_section" in found and not found["industry_section"]:
        found["industry_section"] = section_of(found["industry_code"])


def set_values(
    session: Session, change: Change, company: Company, values: Mapping[str, Any]
) -> None:
    """Set fields of a company as part of a change, and keep what they were.

    Raises Stale when somebody wrote to the company in the same instant.
    """
    noted = {field: (getattr(company, field), value) for field, value in values.items()}
    audit.note_values(session, change, "company", company.id, noted)
    for field, value in values.items():
        setattr(company, field, value)
    company.match_key, company.sort_key = company_key(company.name), sort_key(company.name)
    flush(session)


def set_orgnr(session: Session, change: Change, company: Company, orgnr: str) -> None:
    """Give a company its organisation number. Raises RuleBroken on a wrong or taken one."""
    number = _free_orgnr(session, orgnr, company)
    audit.note_values(session, change, "company", company.id, {"orgnr": (company.orgnr, number)})
    company.orgnr = number
    flush(session)


def _free_orgnr(session: Session, orgnr: str, company: Company | None = None) -> str:
    number = valid_orgnr(orgnr)
    if number is None:
        raise RuleBroken("bad_orgnr", fields=["orgnr"])
    taken = queries.find_by_orgnr(session, number)
    if taken is not None and taken is not company:
        raise RuleBroken("orgnr_taken", fields=["orgnr"], company_id=taken.id, name=taken.name)
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
    purpose: str | None = None,
    legal_basis: LegalBasis | None = None,
    source: str | None = None,
    review_on: date | None = None,
) -> Contact:
    """Make a contact, at a company or a founder without one, as part of a change."""
    contact = Contact(
        name=collapse(name),
        sort_key=sort_key(name),
        company_id=company_id,
        title=title,
        telephone=telephone,
        email=email,
        purpose=purpose,
        legal_basis=legal_basis,
        source=source,
        review_on=review_on,
    )
    audit.stamp(contact, change)
    session.add(contact)
    flush(session)
    return contact


def new_contact(
    session: Session, actor: Actor, company: Company, values: Mapping[str, Any]
) -> Contact:
    """Write down a person at a company. Raises RuleBroken on a wrong value."""
    must(actor, Permission.COMPANY_EDIT)
    known = _checked_contact(values)
    change = audit.record(session, actor, "contact.added", kind="contact")
    contact = add_contact(session, change, company_id=company.id, **known)
    change.subject_id = contact.id
    given = {field: (None, value) for field, value in known.items() if value is not None}
    audit.note_values(session, change, "contact", contact.id, given)
    flush(session)
    return contact


def edit_contact(
    session: Session, actor: Actor, contact: Contact, values: Mapping[str, Any]
) -> Change | None:
    """Correct what is known of a person; give the change, or None when nothing was different."""
    must(actor, Permission.COMPANY_EDIT)
    known = _checked_contact(values)
    changed = {f: (getattr(contact, f), v) for f, v in known.items() if getattr(contact, f) != v}
    if not changed:
        return None
    change = _record(session, actor, "contact.edited", contact)
    audit.note_values(session, change, "contact", contact.id, changed)
    for field, (_, value) in changed.items():
        setattr(contact, field, value)
    contact.sort_key = sort_key(contact.name)
    flush(session)
    return change


def move_contact(session: Session, actor: Actor, contact: Contact, company: Company) -> Change:
    """Let a person work at another company from now on; visits stay where they were made."""
    must(actor, Permission.COMPANY_EDIT)
    if contact.company_id == company.id:
        raise RuleBroken("same_company", fields=["company_name"])
    change = _record(session, actor, "contact.moved", contact)
    moved = {"company_id": (contact.company_id, company.id)}
    audit.note_values(session, change, "contact", contact.id, moved)
    contact.company_id = company.id
    flush(session)
    return change


def remove_contact(session: Session, actor: Actor, contact: Contact) -> Change:
    """Take a person off the company's list; who took part in a visit stays known there."""
    must(actor, Permission.COMPANY_EDIT)
    change = _record(session, actor, "contact.removed", contact)
    void(session, contact, change)
    flush(session)
    return change


def _record(session: Session, actor: Actor, verb: str, contact: Contact) -> Change:
    return audit.record(session, actor, verb, kind="contact", subject_id=contact.id)


def _checked_contact(values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        field: (collapse(value or "") or None) if field in TEXTS_OF_A_CONTACT else value
        for field, value in values.items()
        if field in OF_A_CONTACT
    }
    if "name" in found and not found["name"]:
        raise RuleBroken("name_missing", fields=["name"])
    if found.get("telephone") and dialled(found["telephone"] or "") is None:
        raise RuleBroken("bad_telephone", fields=["telephone"])
    if found.get("email") and not is_email(found["email"] or ""):
        raise RuleBroken("not_an_email", fields=["email"])
    return found
