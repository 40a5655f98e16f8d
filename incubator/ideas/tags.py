"""The tags of ideas: words of a region's own, read, set and taken away for one idea or many."""

from collections.abc import Collection, Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core.access import Actor
from incubator.core.db import flush
from incubator.core.errors import NotFound, RuleBroken
from incubator.core.facts import void_all
from incubator.core.many import write_many
from incubator.core.texts import fold
from incubator.ideas.models import Idea, IdeaTag, Tag
from incubator.ideas.operations import must_be_allowed, touch
from incubator.reference.queries import lock_region

LONGEST = 40
MOST_OFFERED = 12


_TAGS_OF = (
    sa.select(IdeaTag.idea_id, Tag)
    .join(Tag, Tag.id == IdeaTag.tag_id)
    .where(IdeaTag.idea_id.in_(sa.bindparam("ideas", expanding=True)), IdeaTag.known())
    .order_by(Tag.name_key, Tag.id)
)


def tags_of(session: Session, idea_ids: Iterable[int]) -> dict[int, list[Tag]]:
    """Give the tags of ideas by name, in one query; those without any are left out."""
    found: dict[int, list[Tag]] = {}
    for idea_id, tag in session.execute(_TAGS_OF, {"ideas": list(idea_ids)}):
        found.setdefault(idea_id, []).append(tag)
    return found


def list_tags(session: Session, region_id: int, text: str = "", limit: int = 500) -> Sequence[Tag]:
    """List the tags in use in a region that hold a text, by name."""
    in_use = (
        sa.exists()
        .where(IdeaTag.tag_id == Tag.id, IdeaTag.known())
        .where(Idea.id == IdeaTag.idea_id, Idea.known())
    )
    query = sa.select(Tag).where(Tag.region_id == region_id, in_use)
    if key := fold(text):
        query = query.where(Tag.name_key.contains(key, autoescape=True))
    return session.scalars(query.order_by(Tag.name_key, Tag.id).limit(limit)).all()


def get_tag(session: Session, region_id: int, tag_id: int) -> Tag:
    """Give a tag of a region. Raises NotFound."""
    tag = session.get(Tag, tag_id)
    if tag is None or tag.region_id != region_id:
        raise NotFound("no_such_tag")
    return tag


def find_tag(session: Session, region_id: int, name: str) -> Tag | None:
    """Find a tag of a region by its word, without case."""
    return session.scalar(
        sa.select(Tag).where(Tag.region_id == region_id, Tag.name_key == fold(name))
    )


def tag_ideas(session: Session, actor: Actor, ideas: Sequence[Idea], name: str) -> Change | None:
    """Give ideas of one region a tag, made where it is new; None when all of them have it.

    Raises RuleBroken for a name that is none, NotAllowed for an idea that is not the actor's.
    """
    word = _word(name)
    _must_be_allowed(actor, ideas)
    region_id = ideas[0].region_id
    lock_region(session, region_id)
    known = find_tag(session, region_id, word)
    having = _having(session, ideas, known) if known is not None else frozenset()
    lacking = [idea for idea in ideas if idea.id not in having]
    if not lacking:
        return None
    change = _record(session, actor, "idea.tagged", lacking, word)
    add_tag(session, change, lacking, known or _new_tag(session, region_id, word))
    return change


def untag_ideas(session: Session, actor: Actor, ideas: Sequence[Idea], tag: Tag) -> Change | None:
    """Take a tag away from ideas of one region; None when none of them has it."""
    _must_be_allowed(actor, ideas)
    lock_region(session, tag.region_id)
    those = _having(session, ideas, tag)
    having = [idea for idea in ideas if idea.id in those]
    if not having:
        return None
    change = _record(session, actor, "idea.untagged", having, tag.name)
    before = _names(session, having)
    taken = sa.and_(IdeaTag.tag_id == tag.id, IdeaTag.idea_id.in_([idea.id for idea in having]))
    void_all(session, IdeaTag, taken, change)
    _note(session, change, having, before)
    return change


def add_tag(session: Session, change: Change, ideas: Sequence[Idea], tag: Tag) -> None:
    """Give ideas that lack it a tag as part of a change."""
    before = _names(session, ideas)
    _add(session, change, ((idea.id, tag.id) for idea in ideas))
    _note(session, change, ideas, before)


def give_back(session: Session, done: Change, undo: Change) -> None:
    """Give the tags anew that a change took away from ideas, as an undo does."""
    lost = session.execute(
        sa.select(IdeaTag.idea_id, IdeaTag.tag_id)
        .join(Idea, Idea.id == IdeaTag.idea_id)
        .where(IdeaTag.void_change_id == done.id, IdeaTag.change_id != done.id, Idea.known())
        .distinct()
    ).all()
    _add(session, undo, [pair for pair in lost if not _has(session, *pair)])


def _word(name: str) -> str:
    word = " ".join(name.split())
    if not fold(word):
        raise RuleBroken("tag_missing", fields=["tag"])
    if len(word) > LONGEST:
        raise RuleBroken("tag_too_long", fields=["tag"], most=LONGEST)
    return word


def _must_be_allowed(actor: Actor, ideas: Sequence[Idea]) -> None:
    for idea in ideas:
        must_be_allowed(actor, idea)
    if len({idea.region_id for idea in ideas}) != 1:
        raise RuleBroken("one_region")


def _has(session: Session, idea_id: int, tag_id: int) -> bool:
    query = sa.select(IdeaTag.id).where(
        IdeaTag.idea_id == idea_id, IdeaTag.tag_id == tag_id, IdeaTag.known()
    )
    return session.scalar(query.limit(1)) is not None


def _having(session: Session, ideas: Sequence[Idea], tag: Tag) -> Collection[int]:
    query = sa.select(IdeaTag.idea_id).where(
        IdeaTag.idea_id.in_([idea.id for idea in ideas]), IdeaTag.tag_id == tag.id, IdeaTag.known()
    )
    return set(session.scalars(query))


def _new_tag(session: Session, region_id: int, word: str) -> Tag:
    tag = Tag(region_id=region_id, name=word, name_key=fold(word))
    session.add(tag)
    flush(session)
    return tag


def _record(session: Session, actor: Actor, verb: str, ideas: Sequence[Idea], word: str) -> Change:
    only = ideas[0].id if len(ideas) == 1 else None
    return audit.record(
        session, actor, verb, kind="idea", subject_id=only, region_id=ideas[0].region_id, note=word
    )


def _names(session: Session, ideas: Sequence[Idea]) -> dict[int, str | None]:
    found = tags_of(session, (idea.id for idea in ideas))
    return {
        idea.id: ", ".join(tag.name for tag in found.get(idea.id, ())) or None for idea in ideas
    }


def _note(
    session: Session, change: Change, ideas: Sequence[Idea], before: dict[int, str | None]
) -> None:
    now = _names(session, ideas)
    noted = [("idea", idea.id, {"tags": (before[idea.id], now[idea.id])}) for idea in ideas]
    audit.note_many(session, change, noted)
    for idea in ideas:
        touch(idea, change)
    write_many(session)


def _add(session: Session, change: Change, pairs: Iterable[tuple[int, int]]) -> None:
    for idea_id, tag_id in pairs:
        row = IdeaTag(idea_id=idea_id, tag_id=tag_id)
        audit.stamp(row, change)
        session.add(row)
    write_many(session)
