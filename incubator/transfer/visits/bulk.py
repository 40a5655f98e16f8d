"""Write what the rows of a list of visits say, many at a time, as parts of one change.

The facts are those that logging each visit by hand would leave. `flask check` holds them to it.
"""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from incubator.companies.models import Company, Contact
from incubator.core.errors import Stale
from incubator.transfer.bulk import Rows, Work
from incubator.transfer.lists import ListedCompany
from incubator.transfer.visits import queries
from incubator.transfer.visits.cells import Person
from incubator.transfer.visits.plan import PlannedVisit
from incubator.visits.models import Visit, VisitColleague, VisitContact

PLACE_IN_LIST = "Sted i lista"  # beside the same word on ideas
_TELL_APART = ("company_id", "occurred_on", "kind", "visitor_id", "visitor_name")


def write_visits(
    work: Work,
    rows: Sequence[PlannedVisit],
    company_ids: dict[ListedCompany, int],
    organisation_id: int | None,
) -> list[int]:
    """Make the visits; they belong to the visitor's organisation, else to the one given."""
    places: dict[ListedCompany, int] = {}
    for row in rows:
        if row.municipality_id:
            places.setdefault(row.row.company, row.municipality_id)
    visits = [
        {
            **_visit(work, row, company_ids[row.row.company], organisation_id),
            "municipality_id": row.municipality_id or places.get(row.row.company),
        }
        for row in rows
    ]
    work.insert(Visit, visits)
    made = work.made(Visit, *(getattr(Visit, name) for name in _TELL_APART))
    return [made[tuple(visit[name] for name in _TELL_APART)] for visit in visits]


def _visit(
    work: Work, row: PlannedVisit, company_id: int, organisation_id: int | None
) -> dict[str, object]:
    visit, visitors = row.row.visit, row.visitors
    return {
        "region_id": work.region_id,
        "organisation_id": row.organisation_id or organisation_id,
        "company_id": company_id,
        "visitor_id": visitors.user_id,
        "visitor_name": visitors.name,
        "kind": visit.kind,
        "occurred_on": visit.occurred_on,
        "about": _about(row),
        "needs": visit.needs,
        "is_shared": False,
        **work.stamp,
    }


def _about(row: PlannedVisit) -> str | None:
    """Keep with the notes a place that nobody knows, as on an idea."""
    lines = [row.row.visit.about or ""]
    lines += [
        f"{PLACE_IN_LIST}: {warned.value}"
        for warned in row.warnings
        if warned.code in ("many_municipalities_of_visit", "unknown_municipality_of_visit")
    ]
    return "\n".join(filter(None, lines)) or None


def write_contacts(
    work: Work,
    rows: Sequence[PlannedVisit],
    visit_ids: Sequence[int],
    company_ids: dict[ListedCompany, int],
) -> None:
    """Let those whom a list names take part; who is not known at the company becomes a contact."""
    met = [
        (visit_id, company_ids[row.row.company], person)
        for row, visit_id in zip(rows, visit_ids, strict=True)
        for person in row.row.visit.contacts
    ]
    if not met:
        return
    known = queries.contacts_of(work.session, {company_id for _, company_id, _ in met})
    new: dict[tuple[int, str], Person] = {}
    for _, company_id, person in met:
        if (company_id, person.key) not in known:
            first = new.setdefault((company_id, person.key), person)
            new[company_id, person.key] = first if first.title else person
    work.insert(Contact, [_contact(work, company_id, one) for (company_id, _), one in new.items()])
    made = work.made(Contact, Contact.company_id, Contact.sort_key)
    known |= {(company_id, key): made[company_id, key] for company_id, key in new}
    work.insert(
        VisitContact,
        [
            {"visit_id": visit_id, "contact_id": known[company_id, person.key], **work.stamp}
            for visit_id, company_id, person in met
        ],
    )


def _contact(work: Work, company_id: int, person: Person) -> dict[str, object]:
    return {
        "company_id": company_id,
        "name": person.name,
        "sort_key": person.key,
        "title": person.title,
        **work.stamp,
    }


def write_colleagues(work: Work, rows: Iterable[PlannedVisit], visit_ids: Iterable[int]) -> None:
    """Let the other users of a row take part beside the visitor."""
    colleagues: Rows = [
        {"visit_id": visit_id, "user_id": user_id, **work.stamp}
        for row, visit_id in zip(rows, visit_ids, strict=True)
        for user_id in row.visitors.user_ids[1:]
    ]
    work.insert(VisitColleague, colleagues)


def show_latest_contact(work: Work) -> None:
    """Let the companies show these visits as their latest, unless there is a later one.

    They are waited for one after the other in one order, so that two at once do not stand and
    wait for each other. Raises Stale when one of them was taken back meanwhile.
    """
    visited = sa.select(Visit.company_id).where(Visit.change_id == work.change.id)
    among = Company.id.in_(visited)
    held = sa.select(Company.voided_at).where(among).order_by(Company.id).with_for_update()
    if any(work.session.scalars(held)):
        raise Stale("changed_meanwhile")
    latest = (
        sa.select(sa.func.max(Visit.occurred_on))
        .where(Visit.company_id == Company.id, Visit.known())
        .scalar_subquery()
    )
    work.session.execute(
        sa.update(Company)
        .where(among)
        .values(last_contact_on=latest)
        .execution_options(synchronize_session="fetch")
    )
