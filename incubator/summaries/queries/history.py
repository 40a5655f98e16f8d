"""Read what was sent to a recipient, and how an agreement was changed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.audit.models import Change, ChangeValue
from incubator.core.db import AnyRow
from incubator.mail.models import Message, Outcome
from incubator.reference.models import Municipality, Programme
from incubator.summaries.models import Delivery, Recipient, Summary, SummaryComment
from incubator.summaries.queries.told import last_outcome

MOST = 50
NUMBER = re.compile(r"\d+")


class Altered(NamedTuple):
    """A field of an agreement, or of one of its recipients, before a change and after it."""

    recipient: str | None
    field: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Line:
    """One change of an agreement."""

    verb: str
    at: datetime
    who: str | None
    via: str
    values: list[Altered] = field(default_factory=list)


def changes_of(session: Session, partner_id: int, recipient_id: int | None = None) -> list[Line]:
    """List how an agreement was changed, or what of it is about one recipient; the latest first."""
    query = (
        sa.select(Change, User.name)
        .outerjoin(User, User.id == Change.actor_id)
        .where(Change.subject_kind == "partner", Change.subject_id == partner_id)
        .order_by(Change.id.desc())
        .limit(MOST)
    )
    if recipient_id is not None:
        about = sa.select(ChangeValue.change_id).where(
            ChangeValue.subject_kind == "recipient", ChangeValue.subject_id == recipient_id
        )
        query = query.where(Change.id.in_(about))
    found = session.execute(query).all()
    lines = {
        change.id: Line(change.verb, change.recorded_at, who, change.via.value)
        for change, who in found
    }
    for change_id, value in _values(session, list(lines)):
        lines[change_id].values.append(value)
    return list(lines.values())


def _values(session: Session, change_ids: Sequence[int]) -> list[tuple[int, Altered]]:
    rows = session.execute(
        sa.select(ChangeValue, Recipient.name)
        .outerjoin(
            Recipient,
            sa.and_(
                ChangeValue.subject_kind == "recipient", Recipient.id == ChangeValue.subject_id
            ),
        )
        .where(ChangeValue.change_id.in_(change_ids))
        .order_by(ChangeValue.id)
    ).all()
    names = {
        "municipalities": _names(session, Municipality, "municipalities", rows),
        "programme_id": _names(session, Programme, "programme_id", rows),
    }
    return [
        (
            value.change_id,
            Altered(
                recipient, value.field, _named(names, value.field, value.old),
                _named(names, value.field, value.new),
            ),
        )
        for value, recipient in rows
    ]  # fmt: skip


def _names(
    session: Session,
    table: type[Municipality] | type[Programme],
    field: str,
    rows: Sequence[AnyRow],
) -> dict[int, str]:
    told = " ".join(f"{row[0].old} {row[0].new}" for row in rows if row[0].field == field)
    ids = {int(number) for number in NUMBER.findall(told)}
    found = session.execute(sa.select(table.id, table.name).where(table.id.in_(ids)))
    return {row[0]: row[1] for row in found}


def _named(names: dict[str, dict[int, str]], field: str, text: str | None) -> str | None:
    """Write numbers of other records by what they are called."""
    if field not in names or text is None:
        return text
    return ", ".join(names[field].get(int(n), n) for n in NUMBER.findall(text))


class SentTo(NamedTuple):
    """A summary that was written to a recipient, and how its mail went."""

    summary: Summary
    message: Message
    is_filed: bool


def sent_to(session: Session, recipient: Recipient) -> list[SentTo]:
    """List what was written to a recipient, the latest first; one query."""
    rows = session.execute(
        sa.select(Summary, Message, last_outcome())
        .join(Delivery, Delivery.summary_id == Summary.id)
        .join(Message, Message.id == Delivery.message_id)
        .where(Delivery.recipient_id == recipient.id)
        .order_by(Summary.month.desc(), Summary.version.desc())
        .limit(MOST)
    )
    return [SentTo(row[0], row[1], row[2] == Outcome.FILED) for row in rows]


class Said(NamedTuple):
    """A comment and who made it."""

    comment: SummaryComment
    who: str | None


def comments_of(session: Session, summary_id: int) -> list[Said]:
    """List what was said about a summary, the first first; one query."""
    rows = session.execute(
        sa.select(SummaryComment, User.name)
        .outerjoin(User, User.id == SummaryComment.recorded_by_id)
        .where(SummaryComment.summary_id == summary_id, SummaryComment.known())
        .order_by(SummaryComment.id)
    )
    return [Said(row[0], row[1]) for row in rows]


def approver_of(session: Session, summary: Summary) -> str | None:
    """Name the person who approved a summary."""
    return session.scalar(sa.select(User.name).where(User.id == summary.approved_by_id))
