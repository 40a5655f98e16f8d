"""Comments on ideas: written, changed and taken back; who is mentioned is told of it by mail.

What people say about an idea among themselves is never a partner's to read, shared or not.
"""

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts import queries as people
from incubator.accounts.models import User
from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core import clock
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import NotAllowed, NotFound, RuleBroken, Stale
from incubator.core.facts import void, void_all
from incubator.core.links import Kind, Place, stop_token
from incubator.ideas.models import Comment, Idea, Mention, MentionStop
from incubator.mail import letters, operations as mail
from incubator.reference.queries import lock_region

LONGEST = 5000
MOST_MENTIONED = 20


class Said(NamedTuple):
    """A comment with who wrote it."""

    comment: Comment
    who: str | None


_COMMENTS = (
    sa.select(Comment, User.name)
    .outerjoin(User, User.id == Comment.recorded_by_id)
    .where(Comment.idea_id == sa.bindparam("idea_id"), Comment.known())
    .order_by(Comment.recorded_at, Comment.id)
)


def list_comments(session: Session, viewer: Actor, idea_id: int) -> list[Said]:
    """List the comments on an idea, the first first; nothing for whoever may not read them."""
    if not viewer.may(Permission.IDEA_SEE):
        return []
    return [Said(*row) for row in session.execute(_COMMENTS, {"idea_id": idea_id})]


def get_comment(session: Session, idea: Idea, comment_id: int) -> Comment:
    """Give a comment on an idea that the caller may see. Raises NotFound."""
    comment = session.get(Comment, comment_id)
    if comment is None or comment.idea_id != idea.id or comment.is_voided:
        raise NotFound("no_such_comment")
    return comment


def may_edit(actor: Actor, comment: Comment) -> bool:
    return comment.recorded_by_id is not None and comment.recorded_by_id == actor.id


def may_delete(actor: Actor, comment: Comment) -> bool:
    return may_edit(actor, comment) or actor.may(Permission.IDEA_CORRECT_ANY)


def mentionable(session: Session, region_id: int) -> list[tuple[int, str]]:
    """List who can be mentioned on the ideas of a region: who works there, and no partner."""
    return people.owner_choices(session, region_id)


def mentioned(text: str, choices: Sequence[tuple[int, str]]) -> set[int]:
    """Say who is mentioned in a text: "@" and the whole name, in any case."""
    by_name: dict[str, list[int]] = {}
    for user_id, name in choices:
        by_name.setdefault(name.casefold(), []).append(user_id)
    longest_first = sorted(by_name, key=len, reverse=True)
    if not longest_first:
        return set()
    pattern = r"(?<!\w)@(" + "|".join(map(re.escape, longest_first)) + r")(?!\w)"
    found = re.findall(pattern, text.casefold())
    return {user_id for name in found for user_id in by_name[name]}


def comment_idea(session: Session, actor: Actor, idea: Idea, body: str, place: Place) -> Change:
    """Say something about an idea, and tell who is mentioned.

    Raises RuleBroken for nothing, or for too much.
    """
    must(actor, Permission.FOLLOWUP_EDIT, idea.region_id)
    text = _text(body)
    lock_region(session, idea.region_id)
    change = _record(session, actor, "idea.commented", idea)
    comment = Comment(idea_id=idea.id, body=text, edited_at=None)
    audit.stamp(comment, change)
    session.add(comment)
    flush(session)
    _mention(session, actor, change, idea, comment, place)
    return change


def edit_comment(
    session: Session, actor: Actor, idea: Idea, comment: Comment, body: str, place: Place,
    *, was: str,
) -> Change | None:  # fmt: skip
    """Say it better; who is mentioned only now is told. None when nothing is different.

    Raises NotAllowed for somebody else's, Stale when it was changed since it said `was`.
    """
    if not may_edit(actor, comment):
        raise NotAllowed("comment_not_yours")
    text = _text(body)
    if text == comment.body:
        return None
    if comment.body != _plain(was):
        raise Stale("changed_meanwhile")
    lock_region(session, idea.region_id)
    change = _record(session, actor, "idea.comment_edited", idea)
    now = clock.now()
    values = {"body": (comment.body, text), "edited_at": (comment.edited_at, now)}
    audit.note_values(session, change, "comment", comment.id, values)
    comment.body, comment.edited_at = text, now
    flush(session)
    _mention(session, actor, change, idea, comment, place)
    return change


def delete_comment(session: Session, actor: Actor, idea: Idea, comment: Comment) -> Change:
    """Take a comment back. Raises NotAllowed unless it is the actor's, or they correct any."""
    if not may_delete(actor, comment):
        raise NotAllowed("comment_not_yours")
    lock_region(session, idea.region_id)
    change = _record(session, actor, "idea.comment_deleted", idea)
    void(session, comment, change)
    values = {"voided_at": (None, comment.voided_at), "void_change_id": (None, change.id)}
    audit.note_values(session, change, "comment", comment.id, values)
    flush(session)
    return change


def _record(session: Session, actor: Actor, verb: str, idea: Idea) -> Change:
    return audit.record(
        session, actor, verb, kind="idea", subject_id=idea.id, region_id=idea.region_id
    )


def _plain(body: str) -> str:
    return body.replace("\r\n", "\n").replace("\x00", "").strip()


def _text(body: str) -> str:
    text = _plain(body)
    if not text:
        raise RuleBroken("comment_missing", fields=["body"])
    if len(text) > LONGEST:
        raise RuleBroken("comment_too_long", fields=["body"], most=LONGEST)
    return text


def _mention(
    session: Session, actor: Actor, change: Change, idea: Idea, comment: Comment, place: Place
) -> None:
    """Keep who a comment mentions, and write to those whom it did not mention before."""
    known = set(session.scalars(sa.select(Mention.user_id).where(Mention.comment_id == comment.id)))
    meant = mentioned(comment.body, mentionable(session, idea.region_id))
    for user_id in sorted(meant - known)[:MOST_MENTIONED]:
        row = Mention(comment_id=comment.id, user_id=user_id)
        audit.stamp(row, change)
        session.add(row)
    flush(session)
    _tell(session, actor, idea, comment, meant - known - {actor.id}, place)


def _tell(
    session: Session,
    actor: Actor,
    idea: Idea,
    comment: Comment,
    user_ids: Collection[int | None],
    place: Place,
) -> None:
    """Queue a mail to each, without a word of the idea: it can become a public record."""
    stopped = sa.select(MentionStop.user_id).where(MentionStop.known())
    query = sa.select(User).where(User.id.in_(user_ids), User.active, User.id.notin_(stopped))
    for user in session.scalars(query.order_by(User.id)):
        reader = people.actor_of_session(session, user.fs_uniquifier)
        if reader is None or not (
            reader.may(Permission.IDEA_SEE) and reader.works_in(idea.region_id)
        ):
            continue
        stop = stop_address(place, user.id)
        letter = letters.write(
            "mention", user.locale, reader=user.name, who=actor.name, stop_url=stop,
            address=f"{place.site}/ideer/{idea.id}#kommentar-{comment.id}",
        )  # fmt: skip
        mail.queue(
            session, to=user.email, subject=letter.subject, text=letter.text, html=letter.html,
            unsubscribe_url=stop,
        )  # fmt: skip


def stop_address(place: Place, user_id: int) -> str:
    """Give the address at which a person turns this mail off."""
    return f"{place.site}/omtaler/{stop_token(place.secret, Kind.MENTIONS, user_id)}"


def wants_mail(session: Session, user_id: int | None) -> bool:
    """Say whether a person gets mail when a comment mentions them."""
    query = sa.select(MentionStop.id).where(MentionStop.user_id == user_id, MentionStop.known())
    return session.scalar(query.limit(1)) is None


def choose_mail(session: Session, actor: Actor, *, wants_it: bool) -> bool:
    """Turn the mail about mentions on or off for a person; False when it was so already."""
    if actor.id is None or wants_mail(session, actor.id) == wants_it:
        return False
    change = audit.record(session, actor, "user.mentions_chosen", kind="user", subject_id=actor.id)
    audit.note_values(
        session, change, "user", actor.id, {"wants_mentions": (not wants_it, wants_it)}
    )
    if wants_it:
        void_all(session, MentionStop, MentionStop.user_id == actor.id, change)
    else:
        row = MentionStop(user_id=actor.id)
        audit.stamp(row, change)
        session.add(row)
    flush(session)
    return True


def stop_mail(session: Session, user_id: int) -> None:
    """Turn the mail off by the link in it. Raises NotFound for nobody's."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound("bad_link")
    by_link = Actor(user.id, user.name, user.role, frozenset(), frozenset())
    choose_mail(session, by_link, wants_it=False)
