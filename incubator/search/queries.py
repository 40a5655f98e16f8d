"""Find what a person may see by words: ranked, as one types, on either database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.companies.models import Company, Contact
from incubator.core.access import Actor, Permission
from incubator.core.db import AnySelect
from incubator.funding.models import Application, Instrument
from incubator.ideas import queries as ideas
from incubator.ideas.models import Idea
from incubator.search import words
from incubator.search.models import Kind, SearchEntry
from incubator.visits.models import Visit

CANDIDATES = 100  # of a kind, the latest of those that match, are ranked


@dataclass(frozen=True)
class Term:
    """A token of the index, or the beginning of one."""

    token: str
    is_prefix: bool = False


@dataclass(frozen=True)
class All:
    """That all of some conditions hold."""

    of: tuple[Any, ...]


@dataclass(frozen=True)
class Some:
    """That one of some conditions holds."""

    of: tuple[Any, ...]


Wanted = Term | All | Some


@dataclass(frozen=True)
class Writing:
    """How a database wants a question of its full-text index written; tokens are alphanumeric."""

    exact: str
    beginning: str
    both: str
    either: str

    def write(self, wanted: Wanted) -> str:
        if isinstance(wanted, Term):
            return (self.beginning if wanted.is_prefix else self.exact).format(wanted.token)
        joint = self.both if isinstance(wanted, All) else self.either
        return f"({joint.join(self.write(one) for one in wanted.of)})"


_FTS5 = Writing('"{}"', '"{}" *', " AND ", " OR ")
_TSQUERY = Writing("'{}'", "'{}':*", " & ", " | ")
_fts5 = sa.table("search_words", sa.column("rowid"), sa.column("search_words"))


def matching(session: Session, query: AnySelect, wanted: Wanted) -> AnySelect:
    """Narrow a query of entries to those that match, the latest first.

    Here alone the two databases differ.
    """
    if session.get_bind().dialect.name == "sqlite":
        return (
            query.join(_fts5, _fts5.c.rowid == SearchEntry.id)
            .where(_fts5.c.search_words.op("MATCH")(_FTS5.write(wanted)))
            .order_by(_fts5.c.rowid.desc())
        )
    asked = sa.cast(_TSQUERY.write(wanted), TSQUERY)
    # Not by the key as it is: PostgreSQL would go through all entries from the latest one on.
    latest_first = (SearchEntry.id + 0).desc()
    return query.where(SearchEntry.words.op("@@")(asked)).order_by(latest_first)


def _word(kind: Kind, stem: str, places: str, *, is_last: bool) -> Some:
    return Some(tuple(Term(kind.letter + place + stem, is_last) for place in places))


def _words(
    kind: Kind, asked: Sequence[str], places: str, readers: Sequence[str] = ()
) -> list[Wanted]:
    """Say that each word stands somewhere; in the notes of a visit for those who may read them."""
    found: list[Wanted] = []
    for nth, stem in enumerate(asked, start=1):
        is_last = nth == len(asked)
        anywhere: Wanted = _word(kind, stem, places, is_last=is_last)
        if readers:
            reads = Some(tuple(Term(kind.letter + one) for one in readers))
            in_notes = All((_word(kind, stem, words.NOTES, is_last=is_last), reads))
            anywhere = Some((anywhere, in_notes))
        found.append(anywhere)
    return found


class Hit(NamedTuple):
    """Something that was found, as a line that leads to it."""

    kind: Kind
    id: int
    title: str
    href: str
    about: tuple[Any, ...]
    stems: str


@dataclass(frozen=True)
class Source:
    """How a kind is found: its columns and joins, who may see it, where its words may stand."""

    kind: Kind
    table: Any
    columns: tuple[Any, ...]
    joins: tuple[tuple[Any, Any], ...]
    permission: Permission
    address: str
    names: str = words.NAME + words.PART
    others: str = words.OPEN + words.INNER


SOURCES = (
    Source(
        Kind.IDEA, Idea, (Idea.title, Company.name, Idea.stage_id, Idea.status, Idea.region_id),
        ((Company, Company.id == Idea.company_id),), Permission.BOARD_SEE, "/ideer/{}",
    ),
    Source(
        Kind.COMPANY, Company, (Company.name, Company.orgnr), (), Permission.COMPANY_SEE,
        "/bedrifter/{}",
    ),
    Source(
        Kind.CONTACT, Contact, (Contact.name, Contact.title, Company.name, Contact.company_id),
        ((Company, Company.id == Contact.company_id),), Permission.COMPANY_SEE,
        "/bedrifter/{}/kontakter",
    ),
    Source(
        Kind.VISIT, Visit,
        (Company.name, Visit.occurred_on, sa.func.coalesce(User.name, Visit.visitor_name),
         Visit.region_id),
        ((Company, Company.id == Visit.company_id), (User, User.id == Visit.visitor_id)),
        Permission.VISIT_SEE, "/besok/{}",
    ),
    Source(
        Kind.APPLICATION, Application,
        (sa.func.coalesce(Application.title, Idea.title, Company.name), Instrument.name,
         Company.name, Application.status, Application.region_id),
        ((Idea, sa.and_(Idea.id == Application.idea_id, Idea.known())),
         (Instrument, Instrument.id == Application.instrument_id),
         (Company, Company.id == Application.company_id)),
        Permission.COMPANY_SEE, "/soknader/{}",
    ),
)  # fmt: skip


def _visible(viewer: Actor, source: Source) -> sa.ColumnElement[bool]:
    """Say in SQL which records of a kind a person may see: confidentiality is in the query."""
    if source.kind == Kind.IDEA:
        return ideas.may_see(viewer)
    if source.kind in (Kind.VISIT, Kind.APPLICATION):
        return sa.and_(source.table.known(), viewer.in_regions(source.table.region_id))
    return sa.and_(source.table.known())


def _readers(viewer: Actor) -> list[str]:
    """Give the tokens of visits whose notes a person may read, as `notes_are_read` has it."""
    own = (("u", viewer.id), ("g", viewer.organisation_id))
    return ["h1", *(f"{letter}{one}" for letter, one in own if one is not None)]


def kinds_for(viewer: Actor) -> list[Kind]:
    """List what a person can search for."""
    return [source.kind for source in SOURCES if viewer.may(source.permission)]


def search(session: Session, viewer: Actor, text: str, limit: int) -> dict[Kind, list[Hit]]:
    """Find what a person may see by all words of a text, the last of which may be a beginning.

    One query for each kind; the best first: names above what else is said, whole words above
    their beginnings, the latest first among equals.
    """
    asked = words.asked(text)
    if not asked:
        return {}
    found = {
        source.kind: _found(session, viewer, source, asked, limit)
        for source in SOURCES
        if viewer.may(source.permission)
    }
    return {kind: hits for kind, hits in found.items() if hits}


def _found(
    session: Session, viewer: Actor, source: Source, asked: Sequence[str], limit: int
) -> list[Hit]:
    rows = session.execute(_query(session, viewer, source, asked)).all()
    ranked = sorted(rows, key=lambda row: (-_score(asked, row[1].split()), -row[2]))
    hits = []
    for number, stems, _entry, title, *about in (tuple(row) for row in ranked[:limit]):
        page = about[-1] if source.kind == Kind.CONTACT else number
        href = source.address.format(page)
        hits.append(Hit(source.kind, number, title or "", href, tuple(about), stems))
    return hits


def _query(session: Session, viewer: Actor, source: Source, asked: Sequence[str]) -> AnySelect:
    """Build the query for a kind: the latest of those with the words in the name, and of all."""
    kind, others = source.kind, source.others
    readers: tuple[str, ...] = ()
    if not viewer.may(Permission.IDEA_SEE):
        others = words.OPEN
    if kind == Kind.VISIT and viewer.may(Permission.ADMIN):
        others += words.NOTES
    elif kind == Kind.VISIT:
        readers = tuple(_readers(viewer))
    scope: list[Wanted] = []
    if viewer.region_ids is not None and kind not in (Kind.COMPANY, Kind.CONTACT):
        regions = sorted(viewer.region_ids) or [0]
        scope.append(Some(tuple(Term(f"{kind.letter}r{number}") for number in regions)))
    asks: tuple[list[Wanted], ...] = (
        _words(kind, asked, source.names), _words(kind, asked, source.names + others, readers),
    )  # fmt: skip
    picked = [
        matching(session, _candidates(viewer, source), All((*scope, *ask)))
        .limit(CANDIDATES)
        .subquery()
        for ask in asks
    ]
    either = sa.union(*(sa.select(one.c.id) for one in picked))
    query = sa.select(source.table.id, SearchEntry.title, SearchEntry.id, *source.columns)
    shown = _joined(query.select_from(SearchEntry), source)
    return shown.where(SearchEntry.id.in_(either), _visible(viewer, source))


def _candidates(viewer: Actor, source: Source) -> AnySelect:
    """Pick entries to be ranked; who sees all texts of a region finds its entries by its token.

    What is shown is asked for again where the records are, with all that one may see of them.
    """
    query = sa.select(SearchEntry.id)
    if viewer.may(Permission.IDEA_SEE):
        return query
    return query.join(source.table, source.table.id == SearchEntry.record_id).where(
        SearchEntry.kind == source.kind, _visible(viewer, source)
    )


def _joined(query: AnySelect, source: Source) -> AnySelect:
    query = query.join(source.table, source.table.id == SearchEntry.record_id)
    for table, where in source.joins:
        query = query.outerjoin(table, where)
    return query


def _score(asked: Sequence[str], named: Sequence[str]) -> int:
    """Weigh a name: a whole word more than its beginning, and the first words a little more."""
    score = 0
    for nth, stem in enumerate(asked, start=1):
        if stem in named:
            score += 6 + (named[0] == stem)
        elif nth == len(asked) and any(word.startswith(stem) for word in named):
            score += 4 + named[0].startswith(stem)
        elif any(stem in word for word in named):
            score += 2
    return score
