"""Say of each record by which words it is found."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.companies.models import Company, Contact
from incubator.core.db import AnySelect
from incubator.funding.models import Application, Instrument
from incubator.ideas.models import Comment, Idea, IdeaTag, Tag
from incubator.search import words
from incubator.search.models import Kind
from incubator.visits.models import Visit

Ids = Collection[int] | None  # None: all there are


@dataclass(frozen=True)
class Entry:
    """What a record is found by."""

    kind: Kind
    record_id: int
    title: str
    words: str


def _entry(
    kind: Kind,
    record_id: int,
    name: str | None,
    *,
    open_: Sequence[str | None] = (),
    inner: Sequence[str | None] = (),
    notes: Sequence[str | None] = (),
    tokens: Sequence[str] = (),
) -> Entry:
    named = words.stems(name)
    places = (
        (words.NAME, named),
        (words.PART, words.parts(named)),
        (words.OPEN, words.stems(*open_)),
        (words.INNER, words.stems(*inner)),
        (words.NOTES, words.stems(*notes)),
    )
    found = {f"{place}{stem}": None for place, stems in places for stem in stems}
    written = " ".join(f"{kind.letter}{token}" for token in (*tokens, *found))
    return Entry(kind, record_id, " ".join(named), written)


class Query:
    """Asks for all rows or for some. It is built once: every write of a record asks it."""

    def __init__(self, query: AnySelect, key: Any) -> None:
        self._some = query.where(key.in_(sa.bindparam("ids", expanding=True)))
        self._all = query.order_by(key)

    def rows(self, session: Session, ids: Ids) -> Sequence[Any]:
        connection = session.connection()
        if ids is None:
            return connection.execute(self._all).all()
        return connection.execute(self._some, {"ids": list(ids)}).all()


def _said_beside(text: Any, of: Any) -> sa.ScalarSelect[str]:
    """Give all that such rows say of an idea in one text."""
    said = sa.select(sa.func.aggregate_strings(text, "\n")).where(of.idea_id == Idea.id, of.known())
    return said.correlate(Idea).scalar_subquery()


IDEAS = Query(
    sa.select(
        Idea.id, Idea.region_id, Idea.title, Company.name,
        sa.func.coalesce(User.name, Idea.owner_name), Idea.problem, Idea.description,
        _said_beside(Tag.name, IdeaTag).where(Tag.id == IdeaTag.tag_id),
        _said_beside(Comment.body, Comment),
        Idea.is_shared,
    )
    .outerjoin(Company, Company.id == Idea.company_id)
    .outerjoin(User, User.id == Idea.owner_id)
    .where(Idea.known()),
    Idea.id,
)  # fmt: skip
COMPANIES = Query(
    sa.select(Company.id, Company.name, Company.orgnr).where(Company.known()), Company.id
)
CONTACTS = Query(
    sa.select(
        Contact.id, Contact.name, Contact.title, Contact.email, Contact.telephone, Company.name
    )
    .join(Company, Company.id == Contact.company_id)
    .where(Contact.known(), Company.known()),
    Contact.id,
)  # fmt: skip
VISITS = Query(
    sa.select(
        Visit.id, Visit.region_id, Visit.organisation_id, Visit.visitor_id, Visit.is_shared,
        Company.name, sa.func.coalesce(User.name, Visit.visitor_name), Visit.about, Visit.needs,
    )
    .join(Company, Company.id == Visit.company_id)
    .outerjoin(User, User.id == Visit.visitor_id)
    .where(Visit.known()),
    Visit.id,
)  # fmt: skip
APPLICATIONS = Query(
    sa.select(
        Application.id, Application.region_id, sa.func.coalesce(Application.title, Idea.title),
        Instrument.name, Company.name, Application.reference,
    )
    .outerjoin(Idea, sa.and_(Idea.id == Application.idea_id, Idea.known()))
    .outerjoin(Instrument, Instrument.id == Application.instrument_id)
    .outerjoin(Company, Company.id == Application.company_id)
    .where(Application.known()),
    Application.id,
)  # fmt: skip


def _ideas(session: Session, ids: Ids) -> Iterator[Entry]:
    for row in IDEAS.rows(session, ids):
        number, region_id, title, *open_, tags, comments, is_shared = row
        yield _entry(
            Kind.IDEA, number, title, open_=open_, inner=[tags, comments],
            tokens=[f"r{region_id}", *([words.SHARED] if is_shared else [])],
        )  # fmt: skip


def _companies(session: Session, ids: Ids) -> Iterator[Entry]:
    for number, name, orgnr in COMPANIES.rows(session, ids):
        yield _entry(Kind.COMPANY, number, name, inner=[orgnr])


def _contacts(session: Session, ids: Ids) -> Iterator[Entry]:
    for number, name, title, email, telephone, company in CONTACTS.rows(session, ids):
        dialled = "".join(sign for sign in telephone or "" if sign.isdigit())
        local = dialled[2:] if dialled.startswith("47") and len(dialled) == 10 else dialled
        yield _entry(Kind.CONTACT, number, name, inner=[title, email, local, company])


def _visits(session: Session, ids: Ids) -> Iterator[Entry]:
    for row in VISITS.rows(session, ids):
        number, region_id, organisation_id, visitor_id, is_shared, company, visitor, *notes = row
        readers = (("g", organisation_id), ("u", visitor_id))
        tokens = [f"{letter}{one}" for letter, one in readers if one is not None]
        tokens += [words.SHARED] if is_shared else []
        yield _entry(
            Kind.VISIT, number, company, open_=[visitor], notes=notes,
            tokens=[f"r{region_id}", *tokens],
        )  # fmt: skip


def _applications(session: Session, ids: Ids) -> Iterator[Entry]:
    for row in APPLICATIONS.rows(session, ids):
        number, region_id, title, *inner = row
        yield _entry(Kind.APPLICATION, number, title, inner=inner, tokens=[f"r{region_id}"])


SOURCES: dict[Kind, Callable[[Session, Ids], Iterator[Entry]]] = {
    Kind.COMPANY: _companies,
    Kind.CONTACT: _contacts,
    Kind.IDEA: _ideas,
    Kind.VISIT: _visits,
    Kind.APPLICATION: _applications,
}
