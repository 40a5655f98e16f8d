"""Read what an import of visits must know: who made them, who was met, what stands already."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.accounts.models import User
from incubator.accounts.queries import owner_choices
from incubator.audit.models import Change
from incubator.companies.models import Contact
from incubator.core.texts import fold
from incubator.transfer.models import ImportVisitRow
from incubator.transfer.places import Places
from incubator.transfer.queries import (
    KnownCompanies,
    chunks,
    known_companies,
    load_places,
    people_by_name,
)
from incubator.transfer.visits.rows import ParsedVisit, VisitList
from incubator.transfer.words import squeezed
from incubator.visits.models import Visit, VisitKind


class Visitor(NamedTuple):
    """Somebody who visited: a user, or a name from a list."""

    user_id: int | None
    name_key: str = ""


class Identity(NamedTuple):
    """What tells the visits of a company apart."""

    company_id: int
    occurred_on: date
    kind: VisitKind
    visitor: Visitor


class Imported(NamedTuple):
    """A row of an earlier list whose visit still stands, perhaps corrected."""

    orgnr: str | None
    match_key: str
    visit_id: int


@dataclass(frozen=True)
class KnownToVisits(KnownCompanies):
    """What the plan of an import of visits is made from."""

    imported: dict[str, list[Imported]]
    standing: dict[Identity, int]
    users: dict[str, list[int]]  # by name and by e-mail address
    initials: dict[str, list[int]]
    organisations: dict[int, int | None]  # of each user
    places: Places


def known_to_visits(session: Session, region_id: int, visits: VisitList) -> KnownToVisits:
    """Load all that the rows of a list may meet, by a number of queries that its length decides."""
    companies = known_companies(session, {row.company for row in visits.good})
    known = [*companies.companies_by_orgnr.values()]
    known += [one for same in companies.companies_by_key.values() for one in same]
    users: defaultdict[str, list[int]] = defaultdict(list)
    for user_id, name in people_by_name(session, region_id):
        users[name].append(user_id)
    initials, organisations = _initials(session, region_id)
    return KnownToVisits(
        companies_by_orgnr=companies.companies_by_orgnr,
        companies_by_key=companies.companies_by_key,
        imported=_imported(session, region_id, {source_key(row.visit) for row in visits.good}),
        standing=_standing(session, region_id, {one.id for one in known}, visits),
        users=users,
        initials=initials,
        organisations=organisations,
        places=load_places(session, region_id),
    )


def source_key(visit: ParsedVisit) -> str:
    """Give the digest by which a row of a list is known again, beside its company."""
    said = (visit.occurred_on.isoformat(), visit.kind.value, fold(visit.visitor or ""))
    return sha256("\n".join(said).encode()).hexdigest()


def _initials(
    session: Session, region_id: int
) -> tuple[dict[str, list[int]], dict[int, int | None]]:
    ids = [user_id for user_id, _ in owner_choices(session, region_id)]
    columns = (User.id, User.initials, User.organisation_id)
    found: defaultdict[str, list[int]] = defaultdict(list)
    organisations = {}
    for user_id, initials, organisation_id in session.execute(
        sa.select(*columns).where(User.id.in_(ids)).order_by(User.id)
    ):
        found[squeezed(initials)].append(user_id)
        organisations[user_id] = organisation_id
    return found, organisations


def _standing(
    session: Session, region_id: int, company_ids: Collection[int], visits: VisitList
) -> dict[Identity, int]:
    days = [row.visit.occurred_on for row in visits.good]
    columns = (
        Visit.id, Visit.company_id, Visit.occurred_on, Visit.kind, Visit.visitor_id,
        Visit.visitor_name,
    )  # fmt: skip
    found: dict[Identity, int] = {}
    for chunk in chunks(sorted(company_ids)):
        query = sa.select(*columns).where(
            Visit.company_id.in_(chunk),
            Visit.region_id == region_id,
            Visit.occurred_on.between(min(days), max(days)),
            Visit.known(),
        )
        for visit_id, company_id, day, kind, user_id, name in session.execute(query):
            visitor = Visitor(user_id, "" if user_id else fold(name or ""))
            found.setdefault(Identity(company_id, day, kind, visitor), visit_id)
    return found


def _imported(session: Session, region_id: int, keys: set[str]) -> dict[str, list[Imported]]:
    rows: list[Any] = []
    for chunk in chunks(sorted(keys)):
        rows += session.execute(
            sa.select(
                *(ImportVisitRow.source_key, ImportVisitRow.orgnr),
                *(ImportVisitRow.company_match_key, ImportVisitRow.visit_id, Visit.voided_at),
            )
            .join(Visit, Visit.id == ImportVisitRow.visit_id)
            .where(ImportVisitRow.region_id == region_id, ImportVisitRow.source_key.in_(chunk))
        ).all()
    right = _corrected(session, {row.visit_id for row in rows if row.voided_at})
    found: defaultdict[str, list[Imported]] = defaultdict(list)
    for key, orgnr, match_key, visit_id, voided_at in rows:
        standing = right.get(visit_id) if voided_at else visit_id
        if standing is not None:
            found[key].append(Imported(orgnr, match_key, standing))
    return found


def _corrected(session: Session, voided: set[int]) -> dict[int, int]:
    """Give the visit that stands today in the place of each that was corrected.

    A correction voids a visit and makes the right one; so does the undo of a correction, and the
    undo of a void. One that was taken back has none in its place.
    """
    present = {visit_id: visit_id for visit_id in voided}
    standing: dict[int, int] = {}
    while present:
        next_of = _next_of(session, set(present.values()))
        steps = {first: next_of[last] for first, last in present.items() if last in next_of}
        standing |= {first: visit_id for first, (visit_id, is_gone) in steps.items() if not is_gone}
        present = {first: visit_id for first, (visit_id, is_gone) in steps.items() if is_gone}
    return standing


def _next_of(session: Session, visit_ids: Iterable[int]) -> dict[int, tuple[int, bool]]:
    right, undo = aliased(Visit), aliased(Change)
    found: dict[int, tuple[int, bool]] = {}
    for chunk in chunks(sorted(visit_ids)):
        query = (
            sa.select(Visit.id, right.id, right.voided_at.is_not(None))
            .outerjoin(undo, undo.undoes_id == Visit.void_change_id)
            .join(right, right.change_id.in_((Visit.void_change_id, undo.id)))
            .where(Visit.id.in_(chunk))
            .order_by(right.id)
        )
        for visit_id, right_id, is_gone in session.execute(query):
            found.setdefault(visit_id, (right_id, bool(is_gone)))
    return found


def contacts_of(session: Session, company_ids: Collection[int]) -> dict[tuple[int, str], int]:
    """Give the standing contacts of companies, by company and by the key of the name."""
    found: dict[tuple[int, str], int] = {}
    for chunk in chunks(sorted(company_ids)):
        query = (
            sa.select(Contact.id, Contact.company_id, Contact.sort_key)
            .where(Contact.company_id.in_(chunk), Contact.known())
            .order_by(Contact.id)
        )
        for contact_id, company_id, key in session.execute(query):
            if company_id is not None:
                found.setdefault((company_id, key), contact_id)
    return found
