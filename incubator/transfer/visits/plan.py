"""Decide what becomes of each good row of a list of visits."""

from dataclasses import dataclass, field

from incubator.core.texts import fold
from incubator.transfer.plan import Companies, PlannedCompany, Warned, identity_of, is_same_company
from incubator.transfer.visits.cells import split_names
from incubator.transfer.visits.queries import Identity, KnownToVisits, Visitor, source_key
from incubator.transfer.visits.rows import GoodVisit, VisitList
from incubator.transfer.words import squeezed


@dataclass(frozen=True)
class Visitors:
    """Who visited: users, the first of them in charge, or a name that is no user's."""

    user_ids: tuple[int, ...] = ()
    name: str | None = None
    warning: str | None = None

    @property
    def user_id(self) -> int | None:
        return self.user_ids[0] if self.user_ids else None

    @property
    def identity(self) -> Visitor:
        return Visitor(self.user_id, fold(self.name or ""))


@dataclass(frozen=True)
class PlannedVisit:
    """A row that is imported."""

    row: GoodVisit
    company: PlannedCompany
    municipality_id: int | None
    visitors: Visitors
    organisation_id: int | None  # of the visitor; the importer's where there is none
    warnings: tuple[Warned, ...]


@dataclass(frozen=True)
class RepeatedVisit:
    """A row that is not imported again: it stands in the list above, or in the region."""

    row: GoodVisit
    of_row: int | None = None
    visit_id: int | None = None


@dataclass
class VisitPlan:
    """What an import would do with a list of visits."""

    listed: VisitList
    rows: list[PlannedVisit] = field(default_factory=list)
    repeated: list[RepeatedVisit] = field(default_factory=list)


def make_visit_plan(visits: VisitList, known: KnownToVisits) -> VisitPlan:
    """Plan the import of a list of visits; nothing is written."""
    plan = VisitPlan(visits)
    companies, people = Companies(known), _People(known)
    first: dict[tuple[object, ...], int] = {}
    for row in visits.good:
        company, visitors = companies.of(row.company), people.of(row.visit.visitor)
        visit = row.visit
        identity = (identity_of(company), visit.occurred_on, visit.kind, visitors.identity)
        if visit_id := _stands_as(row, company, visitors, known):
            plan.repeated.append(RepeatedVisit(row, visit_id=visit_id))
        elif identity in first:
            plan.repeated.append(RepeatedVisit(row, of_row=first[identity]))
        else:
            first[identity] = row.number
            plan.rows.append(_planned(row, company, visitors, known))
    return plan


class _People:
    """Finds who visited among the users of the region: by name, e-mail address or initials."""

    def __init__(self, known: KnownToVisits) -> None:
        self._known = known
        self._found: dict[str | None, Visitors] = {None: Visitors()}

    def of(self, written: str | None) -> Visitors:
        if written not in self._found:
            self._found[written] = self._look_for(written or "")
        return self._found[written]

    def _look_for(self, written: str) -> Visitors:
        found = self._users(written)
        if len(found) > 1:
            return Visitors(name=written, warning="many_visitors")
        if found:
            return Visitors((found[0],))
        # "KN og OH" are two users, or else one name: half of them would be a wrong answer.
        parts = [self._users(part) for part in split_names(written)]
        if len(parts) > 1 and all(len(part) == 1 for part in parts):
            return Visitors(tuple(dict.fromkeys(part[0] for part in parts)))
        return Visitors(name=written)

    def _users(self, written: str) -> list[int]:
        by_name = self._known.users.get(fold(written), [])
        return by_name or self._known.initials.get(squeezed(written), [])


def _stands_as(
    row: GoodVisit, company: PlannedCompany, visitors: Visitors, known: KnownToVisits
) -> int | None:
    """Find the visit that a row has become already, also one that was corrected since."""
    for earlier in known.imported.get(source_key(row.visit), []):
        if is_same_company(row.company, earlier.orgnr, earlier.match_key):
            return earlier.visit_id
    if company.known is None:
        return None
    visit = row.visit
    return known.standing.get(
        Identity(company.known.id, visit.occurred_on, visit.kind, visitors.identity)
    )


def _planned(
    row: GoodVisit, company: PlannedCompany, visitors: Visitors, known: KnownToVisits
) -> PlannedVisit:
    warnings, municipality_id = [], None
    if place := row.visit.place:
        municipality_id, warning = known.places.locate(place)
        if warning:
            code = warning if warning == "outside_region" else f"{warning}_of_visit"
            warnings.append(Warned(code, place.written))
    if municipality_id is None and company.known:
        municipality_id = company.known.municipality_id
    if visitors.warning:
        warnings.append(Warned(visitors.warning, visitors.name or ""))
    return PlannedVisit(
        row=row,
        company=company,
        municipality_id=municipality_id,
        visitors=visitors,
        organisation_id=known.organisations.get(visitors.user_id or 0),
        warnings=tuple(warnings),
    )
