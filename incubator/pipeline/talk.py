"""What is said of an idea among those who work with it: tags, links, comments, what was merged.

None of it is a partner's to read, whether the idea is shared or not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy.orm import Session

from incubator.core.access import Actor, Permission
from incubator.ideas import comments, links, queries as ideas, tags
from incubator.ideas.links import Linked
from incubator.ideas.markdown import to_html
from incubator.ideas.models import Idea, Stage, Tag
from incubator.visits import queries as visits


@dataclass(frozen=True)
class Remark:
    """A comment as the page shows it."""

    id: int
    html: Markup
    body: str
    who: str | None
    at: datetime
    edited_at: datetime | None
    may_edit: bool
    may_delete: bool


@dataclass(frozen=True)
class Part:
    """An idea that is a part of this one, and what had happened to it."""

    title: str
    registered_on: date
    at: datetime
    who: str | None
    change_id: int
    course: list[tuple[str, date]]


def contents(
    session: Session, viewer: Actor, idea: Idea, stages: Sequence[Stage]
) -> dict[str, Any]:
    """Give what those who work with an idea say of it, in a bounded number of queries."""
    if not viewer.may(Permission.IDEA_SEE):
        return {"tags": [], "links": [], "comments": [], "parts": [], "origins": []}
    parts = _parts(session, viewer, idea, stages)
    return {
        "tags": _tags(session, idea),
        "links": _links(session, viewer, idea),
        "comments": _comments(session, viewer, idea),
        "parts": parts,
        "origins": visits.merged_origins_of(session, idea.id) if parts else [],
    }


def _tags(session: Session, idea: Idea) -> list[Tag]:
    return tags.tags_of(session, [idea.id]).get(idea.id, [])


def _links(session: Session, viewer: Actor, idea: Idea) -> list[Linked]:
    return links.list_links(session, viewer, idea.id)


def _comments(session: Session, viewer: Actor, idea: Idea) -> list[Remark]:
    said = comments.list_comments(session, viewer, idea.id)
    people = comments.mentionable(session, idea.region_id) if said else []
    names = [name for _number, name in people]
    return [
        Remark(
            one.comment.id, to_html(one.comment.body, names), one.comment.body, one.who,
            one.comment.recorded_at, one.comment.edited_at,
            comments.may_edit(viewer, one.comment), comments.may_delete(viewer, one.comment),
        )
        for one in said
    ]  # fmt: skip


def _parts(session: Session, viewer: Actor, idea: Idea, stages: Sequence[Stage]) -> list[Part]:
    merged = ideas.list_merged(session, idea.id)
    courses = ideas.courses_of(session, merged) if merged else {}
    labels = {stage.id: stage.label(viewer.locale) for stage in stages}
    return [
        Part(
            one.title, one.registered_on, one.at, one.who, one.change_id,
            [(labels[stage_id], day) for stage_id, day in courses.get(one.idea_id, ())],
        )
        for one in merged
    ]  # fmt: skip
