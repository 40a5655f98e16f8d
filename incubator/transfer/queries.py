"""Read what an import must know of the region: companies, people, places, what stands already."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.accounts.models import User
from incubator.accounts.queries import owner_choices
from incubator.audit.models import Change
from incubator.companies.models import Company, CompanyMerge
from incubator.core.access import Actor
from incubator.core.errors import NotFound
from incubator.core.texts import company_key, fold
from incubator.ideas.models import Idea, Stage, StageKind
from incubator.ideas.queries import list_stages
from incubator.incubation.models import Incubation
from incubator.reference.models import Municipality
from incubator.reference.queries import municipalities_of
from incubator.transfer.lists import IdeaList, ListedCompany
from incubator.transfer.models import ImportMapping, ImportRow, ImportRun
from incubator.transfer.places import Places
from incubator.transfer.words import STAGE_BY_WORD, squeezed

T = TypeVar("T")

CHUNK = 500
LATEST_RUNS = 20


class KnownCompany(NamedTuple):
    """A company that stands in the database."""

    id: int
    name: str
    match_key: str
    orgnr: str | None
    municipality_id: int | None


class Imported(NamedTuple):
    """A row of an earlier list whose idea still stands."""

    orgnr: str | None
    match_key: str
    idea_id: int


@dataclass(frozen=True)
class KnownCompanies:
    """The companies that stand and that the rows of a list may mean."""

    companies_by_orgnr: dict[str, KnownCompany]
    companies_by_key: dict[str, list[KnownCompany]]


@dataclass(frozen=True)
class Known(KnownCompanies):
    """What the plan of an import is made from."""

    imported: dict[str, list[Imported]]
    ideas: dict[tuple[str, int | None], int]
    owners: dict[str, list[int]]
    places: Places


def stages_by_kind(session: Session) -> dict[StageKind, Stage]:
    """Give the first stage of each kind: what a list's word for the kind means here."""
    found: dict[StageKind, Stage] = {}
    for stage in list_stages(session):
        found.setdefault(stage.kind, stage)
    return found


def stage_words(session: Session) -> dict[str, StageKind]:
    """Give the words for stages: the usual ones, and the labels that the users have chosen."""
    labels = {
        squeezed(label): stage.kind
        for stage in list_stages(session)
        for label in (stage.label_nb, stage.label_en, stage.key)
    }
    return {**STAGE_BY_WORD, **labels}


def known_to(session: Session, region_id: int, ideas: IdeaList) -> Known:
    """Load all that the rows of a list may meet, by a number of queries that its length decides."""
    companies = known_companies(session, {row.company for row in ideas.good if row.company})
    titles = {row.title_key for row in ideas.good}
    owners: defaultdict[str, list[int]] = defaultdict(list)
    for user_id, name in people_by_name(session, region_id):
        owners[name].append(user_id)
    return Known(
        companies_by_orgnr=companies.companies_by_orgnr,
        companies_by_key=companies.companies_by_key,
        imported=_imported(session, region_id, titles),
        ideas=_ideas(session, region_id, titles),
        owners=owners,
        places=load_places(session, region_id),
    )


def known_companies(session: Session, listed: Iterable[ListedCompany]) -> KnownCompanies:
    """Load the companies that stand and that those of a list may be."""
    companies = set(listed)
    found = _companies(
        session,
        {company.orgnr for company in companies if company.orgnr},
        {company.match_key for company in companies if company.match_key},
    )
    by_key: defaultdict[str, list[KnownCompany]] = defaultdict(list)
    for company in sorted(found, key=_by_present_name):
        by_key[company.match_key].append(company)
    return KnownCompanies({one.orgnr: one for one in found if one.orgnr}, by_key)


def _companies(session: Session, orgnrs: set[str], keys: set[str]) -> set[KnownCompany]:
    found: set[KnownCompany] = set()
    columns = (
        *(Company.id, Company.name, Company.match_key, Company.orgnr),
        Company.municipality_id,
    )
    for column, wanted in ((Company.orgnr, orgnrs), (Company.match_key, keys)):
        for chunk in chunks(sorted(wanted)):
            query = sa.select(*columns).where(column.in_(chunk), Company.known())
            found.update(KnownCompany(*row) for row in session.execute(query))
            found.update(_merged(session, getattr(_FORMER, column.key).in_(chunk)))
    return found


def _by_present_name(company: KnownCompany) -> tuple[bool, int]:
    """Order companies: one that is called so now before one that was, then the oldest."""
    return company_key(company.name) != company.match_key, company.id


_FORMER = aliased(Company)


def _merged(session: Session, where: sa.ColumnElement[bool]) -> set[KnownCompany]:
    """Give the companies that have become one with those of a list, under the former names."""
    query = (
        sa.select(
            Company.id, Company.name, _FORMER.match_key,
            sa.func.coalesce(_FORMER.orgnr, Company.orgnr), Company.municipality_id,
        )
        .join(CompanyMerge, CompanyMerge.into_id == Company.id)
        .join(_FORMER, _FORMER.id == CompanyMerge.company_id)
        .where(CompanyMerge.known(), where)
    )  # fmt: skip
    return {KnownCompany(*row) for row in session.execute(query)}


def _imported(session: Session, region_id: int, titles: set[str]) -> dict[str, list[Imported]]:
    found: defaultdict[str, list[Imported]] = defaultdict(list)
    for chunk in chunks(sorted(titles)):
        query = (
            sa.select(
                *(ImportRow.title_key, ImportRow.orgnr),
                *(ImportRow.company_match_key, ImportRow.idea_id),
            )
            .join(Idea, Idea.id == ImportRow.idea_id)
            .where(ImportRow.region_id == region_id, ImportRow.title_key.in_(chunk), Idea.known())
        )
        for title_key, orgnr, match_key, idea_id in session.execute(query):
            found[title_key].append(Imported(orgnr, match_key, idea_id))
    return found


def _ideas(session: Session, region_id: int, titles: set[str]) -> dict[tuple[str, int | None], int]:
    found: dict[tuple[str, int | None], int] = {}
    for chunk in chunks(sorted(titles)):
        query = sa.select(Idea.title_key, Idea.company_id, Idea.id).where(
            Idea.region_id == region_id, Idea.title_key.in_(chunk), Idea.known()
        )
        found.update({(row[0], row[1]): row[2] for row in session.execute(query)})
    return found


def people_by_name(session: Session, region_id: int) -> Iterator[tuple[int, str]]:
    """Yield the people who work on ideas here, by name and by e-mail address."""
    choices = owner_choices(session, region_id)
    for user_id, name in choices:
        yield user_id, fold(name)
    ids = [user_id for user_id, _ in choices]
    for user_id, email in session.execute(sa.select(User.id, User.email).where(User.id.in_(ids))):
        yield user_id, fold(email)


def load_places(session: Session, region_id: int) -> Places:
    """Load the municipalities, those of the region marked."""
    inside = {row[0] for row in municipalities_of(session, region_id)}
    return Places(session.scalars(sa.select(Municipality)).all(), inside)


def incubations_of(session: Session, company_ids: Iterable[int]) -> dict[int, list[Incubation]]:
    """Give the standing incubations of companies, the latest first."""
    found: defaultdict[int, list[Incubation]] = defaultdict(list)
    for chunk in chunks(sorted(company_ids)):
        query = (
            sa.select(Incubation)
            .where(Incubation.company_id.in_(chunk), Incubation.known())
            .order_by(Incubation.occurred_on.desc(), Incubation.id.desc())
        )
        for incubation in session.scalars(query):
            found[incubation.company_id].append(incubation)
    return found


class Run(NamedTuple):
    """An import with who made it, whether it was undone since, and what it brought."""

    run: ImportRun
    who: str | None
    is_undone: bool
    verb: str

    @property
    def holds(self) -> str:
        """Give the kind of list that it was."""
        return self.verb.partition(".")[0]


def _runs() -> Any:
    is_undone = sa.exists().where(Change.undoes_id == ImportRun.change_id)
    made = aliased(Change)
    return (
        sa.select(ImportRun, User.name, is_undone, made.verb)
        .join(made, made.id == ImportRun.change_id)
        .outerjoin(User, User.id == ImportRun.recorded_by_id)
    )


def latest_runs(session: Session, region_id: int) -> list[Run]:
    """List the latest imports of a region."""
    of_region = _runs().where(ImportRun.region_id == region_id)
    query = of_region.order_by(ImportRun.id.desc()).limit(LATEST_RUNS)
    return [Run(*row) for row in session.execute(query)]


def get_run(session: Session, actor: Actor, run_id: int) -> Run:
    """Give an import of one's own region. Raises NotFound."""
    query = _runs().where(ImportRun.id == run_id, actor.in_regions(ImportRun.region_id))
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound("no_such_import")
    return Run(*row)


def headers_key(headers: Iterable[str]) -> str:
    """Give a digest of the headers of a list, by which lists of one make are known."""
    return hashlib.sha256("\n".join(map(squeezed, headers)).encode()).hexdigest()


def saved_mapping(
    session: Session, region_id: int, headers: Iterable[str], holds: str | None = None
) -> ImportMapping | None:
    """Find what somebody of the region said last of lists with these headers."""
    query = sa.select(ImportMapping).where(
        ImportMapping.region_id == region_id, ImportMapping.headers_key == headers_key(headers)
    )
    if holds is not None:
        query = query.where(ImportMapping.holds == holds)
    order = (ImportMapping.saved_at.desc(), ImportMapping.id.desc())
    return session.scalar(query.order_by(*order).limit(1))


def chunks(values: Iterable[T]) -> Iterator[list[T]]:
    """Yield values in lists that one query can take."""
    iterator = iter(values)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
