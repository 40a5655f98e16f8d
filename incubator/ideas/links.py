"""Links between ideas of a region: related, builds on, duplicate of; both sides are shown."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core.access import Actor
from incubator.core.db import flush
from incubator.core.errors import NotFound, RuleBroken
from incubator.core.facts import void_all
from incubator.ideas.models import Idea, IdeaLink, LinkKind
from incubator.ideas.operations import must_be_allowed
from incubator.ideas.queries import may_see
from incubator.reference.queries import lock_region


@dataclass(frozen=True)
class Linked:
    """The other end of a link; `is_from` when the link is said from the idea that one looks at."""

    id: int
    kind: LinkKind
    is_from: bool
    idea_id: int
    title: str


_ENDS = sa.union_all(
    *(
        sa.select(IdeaLink.id, IdeaLink.kind, is_from.label("is_from"), far.label("far"))
        .where(near == sa.bindparam("idea_id"), IdeaLink.known())
        for near, far, is_from in (
            (IdeaLink.idea_id, IdeaLink.other_id, sa.literal(1)),
            (IdeaLink.other_id, IdeaLink.idea_id, sa.literal(0)),
        )
    )
).subquery()  # fmt: skip
_LINKS = (
    sa.select(_ENDS.c.id, _ENDS.c.kind, _ENDS.c.is_from, Idea.id, Idea.title)
    .join(Idea, Idea.id == _ENDS.c.far)
    .order_by(_ENDS.c.id)
)


def list_links(session: Session, viewer: Actor, idea_id: int) -> list[Linked]:
    """List the links of an idea to those that the viewer may see, in one query."""
    rows = session.execute(_LINKS.where(may_see(viewer)), {"idea_id": idea_id})
    return [Linked(row[0], LinkKind(row[1]), bool(row[2]), row[3], row[4]) for row in rows]


def link_ideas(session: Session, actor: Actor, idea: Idea, other: Idea, kind: LinkKind) -> Change:
    """Say that an idea has to do with another one, which the actor may see.

    Raises RuleBroken when they are one, lie in two regions, or are linked so already.
    """
    must_be_allowed(actor, idea)
    if idea.id == other.id:
        raise RuleBroken("same_idea", fields=["other"])
    if idea.region_id != other.region_id:
        raise RuleBroken("one_region", fields=["other"])
    lock_region(session, idea.region_id)
    if _are_linked(session, idea, other, kind):
        raise RuleBroken("linked_already", fields=["other"])
    change = _record(session, actor, "idea.linked", idea)
    row = IdeaLink(idea_id=idea.id, other_id=other.id, kind=kind)
    audit.stamp(row, change)
    session.add(row)
    audit.note_values(
        session, change, "idea", idea.id, {"link": (None, f"{kind.value} {other.id}")}
    )
    flush(session)
    return change


def _are_linked(session: Session, idea: Idea, other: Idea, kind: LinkKind) -> bool:
    """Say whether two ideas are linked so: related is the same from both sides."""
    ends = [(idea.id, other.id)]
    if kind == LinkKind.RELATED:
        ends.append((other.id, idea.id))
    query = sa.select(IdeaLink.id).where(
        sa.tuple_(IdeaLink.idea_id, IdeaLink.other_id).in_(ends),
        IdeaLink.kind == kind,
        IdeaLink.known(),
    )
    return session.scalar(query.limit(1)) is not None


def unlink_ideas(session: Session, actor: Actor, idea: Idea, link_id: int) -> Change:
    """Take a link of an idea away. Raises NotFound for one that is not its own."""
    must_be_allowed(actor, idea)
    link = session.get(IdeaLink, link_id)
    if link is None or link.is_voided or idea.id not in (link.idea_id, link.other_id):
        raise NotFound("no_such_link")
    lock_region(session, idea.region_id)
    change = _record(session, actor, "idea.unlinked", idea)
    void_all(session, IdeaLink, IdeaLink.id == link.id, change)
    other_id = link.other_id if link.idea_id == idea.id else link.idea_id
    told = {"link": (f"{link.kind.value} {other_id}", None)}
    audit.note_values(session, change, "idea", idea.id, told)
    flush(session)
    return change


def _record(session: Session, actor: Actor, verb: str, idea: Idea) -> Change:
    return audit.record(
        session, actor, verb, kind="idea", subject_id=idea.id, region_id=idea.region_id
    )


def give_back(session: Session, done: Change, undo: Change) -> None:
    """Make links anew that a change took away, as an undo does."""
    lost = sa.select(IdeaLink).where(
        IdeaLink.void_change_id == done.id, IdeaLink.change_id != done.id
    )
    for link in session.scalars(lost).all():
        row = IdeaLink(idea_id=link.idea_id, other_id=link.other_id, kind=link.kind)
        audit.stamp(row, undo)
        session.add(row)
    flush(session)
