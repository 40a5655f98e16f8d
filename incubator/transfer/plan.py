"""Decide what becomes of each good row of a list, from what the region knows already."""

from dataclasses import dataclass, field

from incubator.core.texts import fold
from incubator.transfer.lists import GoodRow, IdeaList, ListedCompany
from incubator.transfer.queries import Imported, Known, KnownCompanies, KnownCompany
from incubator.transfer.values import show


@dataclass(frozen=True)
class Warned:
    """Something to notice about a row that is imported all the same."""

    code: str
    value: str


@dataclass(frozen=True)
class PlannedCompany:
    """The company of a row: one that stands, perhaps about to get its number, or a new one."""

    listed: ListedCompany
    known: KnownCompany | None
    gets_orgnr: bool = False

    @property
    def name(self) -> str:
        if self.known:
            return self.known.name
        # A row may give the number alone; the company is called by it until somebody knows more.
        return self.listed.name or f"Org.nr. {self.listed.orgnr}"


@dataclass(frozen=True)
class PlannedRow:
    """A row that is imported."""

    row: GoodRow
    company: PlannedCompany | None
    municipality_id: int | None
    owner_id: int | None
    warnings: tuple[Warned, ...]

    @property
    def owner_name(self) -> str | None:
        """The owner of the list who is no user here."""
        return None if self.owner_id else self.row.idea.owner


@dataclass(frozen=True)
class Repeated:
    """A row that is not imported again: it stands in the list above, or in the region."""

    row: GoodRow
    of_row: int | None = None
    idea_id: int | None = None


@dataclass
class Plan:
    """What an import would do with a list."""

    ideas: IdeaList
    rows: list[PlannedRow] = field(default_factory=list)
    repeated: list[Repeated] = field(default_factory=list)

    @property
    def listed(self) -> IdeaList:
        """The list that is planned for, under the name that plans of all kinds have for it."""
        return self.ideas


def make_plan(ideas: IdeaList, known: Known) -> Plan:
    """Plan the import of a list; nothing is written."""
    plan = Plan(ideas, repeated=[Repeated(one.row, one.of) for one in ideas.duplicates])
    companies = Companies(known)
    first: dict[tuple[str, int | ListedCompany | None], int] = {}
    for row in ideas.good:
        company = companies.of(row.company) if row.company else None
        identity = (row.title_key, identity_of(company))
        if idea_id := _stands_as(row, company, known):
            plan.repeated.append(Repeated(row, idea_id=idea_id))
        elif identity in first:
            plan.repeated.append(Repeated(row, of_row=first[identity]))
        else:
            first[identity] = row.number
            plan.rows.append(_planned(row, company, known))
    plan.repeated.sort(key=lambda one: one.row.number)
    return plan


class Companies:
    """Finds the companies of a list among those that stand: by number, else by name."""

    def __init__(self, known: KnownCompanies) -> None:
        self._known = known
        self._planned: dict[ListedCompany, PlannedCompany] = {}
        self._numbered: set[int] = set()

    def of(self, listed: ListedCompany) -> PlannedCompany:
        """Give the company that a list means, the same for all its rows."""
        if listed not in self._planned:
            self._planned[listed] = self._plan(listed)
        return self._planned[listed]

    def _plan(self, listed: ListedCompany) -> PlannedCompany:
        if listed.orgnr and (same := self._known.companies_by_orgnr.get(listed.orgnr)):
            return PlannedCompany(listed, same)
        namesakes = self._known.companies_by_key.get(listed.match_key, [])
        if not listed.orgnr:
            return PlannedCompany(listed, namesakes[0] if namesakes else None)
        # A namesake with another number is another company; one without gets this number.
        free = (one for one in namesakes if not one.orgnr and one.id not in self._numbered)
        same = next(free, None)
        if same:
            self._numbered.add(same.id)
        return PlannedCompany(listed, same, gets_orgnr=same is not None)


def identity_of(company: PlannedCompany | None) -> int | ListedCompany | None:
    """Give what tells a company from the others of a plan."""
    if company is None:
        return None
    return company.known.id if company.known else company.listed


def _stands_as(row: GoodRow, company: PlannedCompany | None, known: Known) -> int | None:
    """Find the idea that a row has become already, also one that was renamed since."""
    for earlier in known.imported.get(row.title_key, []):
        if _is_same_source(row.company, earlier):
            return earlier.idea_id
    if company is None:
        return known.ideas.get((row.title_key, None))
    return known.ideas.get((row.title_key, company.known.id)) if company.known else None


def _is_same_source(company: ListedCompany | None, earlier: Imported) -> bool:
    if company is None:
        return earlier.orgnr is None and not earlier.match_key
    return is_same_company(company, earlier.orgnr, earlier.match_key)


def is_same_company(company: ListedCompany, orgnr: str | None, match_key: str) -> bool:
    """Tell whether a company of a list is the one of a row that was imported before."""
    if company.orgnr and orgnr:
        return company.orgnr == orgnr
    return bool(company.match_key) and company.match_key == match_key


def _planned(row: GoodRow, company: PlannedCompany | None, known: Known) -> PlannedRow:
    warnings = []
    idea = row.idea
    municipality_id = None
    if idea.place:
        municipality_id, warning = known.places.locate(idea.place)
        if warning:
            warnings.append(Warned(warning, idea.place.written))
    owners = known.owners.get(fold(idea.owner), []) if idea.owner else []
    if len(owners) > 1:
        warnings.append(Warned("many_owners", idea.owner or ""))
    warnings += [Warned("estimated", show(idea.dates[stage])) for stage in idea.estimated]
    return PlannedRow(
        row=row,
        company=company,
        municipality_id=municipality_id,
        owner_id=owners[0] if len(owners) == 1 else None,
        warnings=tuple(warnings),
    )
