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
RECENT = 2000  # entries of a kind that are looked at before the index is asked, on PostgreSQL


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


def candidates(session: Session, kind: Kind, named: Wanted, anywhere: Wanted) -> AnySelect:
    """Pick the entries of a kind to be ranked: the latest that match, by their name and at all.

    Here alone the two databases differ: in how they find them, not in which those are.
    """
    if session.get_bind().dialect.name == "sqlite":
        asked = (_FTS5.write(wanted) for wanted in (named, anywhere))
        return _union(*(_latest(_fts5.c.rowid, _fts5.c.search_words.op("MATCH")(q)) for q in asked))
    return _of_postgresql(
        kind, *(sa.cast(_TSQUERY.write(one), TSQUERY) for one in (named, anywhere))
    )


def _of_postgresql(kind: Kind, named: Any, anywhere: Any) -> AnySelect:
    """Look at the latest entries first, and in the index only where too few of them match.

    PostgreSQL reads all that the index finds before it knows which are the latest: of a word
    that stands everywhere, that is most of the table.
    """
    entry = SearchEntry
    latest = sa.select(entry.id, entry.words).where(entry.kind == kind)
    window = latest.order_by(entry.record_id.desc()).limit(RECENT).subquery()
    is_named = window.c.words.op("@@")(named).label("is_named")
    recent = sa.select(window.c.id, is_named).where(window.c.words.op("@@")(anywhere)).cte("recent")
    parts = []
    for asked, among in ((named, recent.c.is_named), (anywhere, sa.true())):
        number = sa.select(sa.func.count()).select_from(recent).where(among).scalar_subquery()
        parts += [
            _latest(recent.c.id, among),
            # Not by the key as it is: PostgreSQL would go through all entries from the latest on.
            _latest(entry.id, entry.words.op("@@")(asked), number < CANDIDATES, by=entry.id + 0),
        ]
    return _union(*parts)


def _latest(number: Any, *such: sa.ColumnElement[bool], by: Any = None) -> Any:
    order = (number if by is None else by).desc()
    return sa.select(number.label("id")).where(*such).order_by(order).limit(CANDIDATES).subquery()


def _union(*parts: Any) -> AnySelect:
    return sa.select(sa.union(*(sa.select(one.c.id) for one in parts)).subquery().c.id)


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
    return [words.SHARED, *(f"{letter}{one}" for letter, one in own if one is not None)]


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
    if not viewer.may(Permission.IDEA_SEE):
        scope.append(Term(f"{kind.letter}{words.SHARED}"))
    named, anywhere = (
        All((*scope, *ask))
        for ask in (
            _words(kind, asked, source.names),
            _words(kind, asked, source.names + others, readers),
        )
    )
    query = sa.select(source.table.id, SearchEntry.title, SearchEntry.id, *source.columns)
    shown = _joined(query.select_from(SearchEntry), source)
    # The tokens only narrow what is looked at: who may see a record is asked of the record.
    picked = SearchEntry.id.in_(candidates(session, kind, named, anywhere))
    return shown.where(SearchEntry.kind == kind, picked, _visible(viewer, source))


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
