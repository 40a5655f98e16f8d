"""The outbox: mail is a row, written with the change that it tells of."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from incubator.core.db import Base, Id, Mapped, enum_column, mapped_column


class Outcome(StrEnum):
    """How an attempt ended, and with that what comes next."""

    SENT = "sent"
    FILED = "filed"  # no mail server is set: it was written to a file
    NEVER = "never"  # the server will have none of this message, or it is none
    LATER = "later"
    NO_SERVER = "no_server"  # nor will it take the next one
    UNANSWERED = "unanswered"  # it may have it
    BROKEN_OFF = "broken_off"  # the worker ended before it could write down how it went


class Message(Base):
    """One e-mail to one address. The worker sends it, and writes down how that went."""

    __tablename__ = "messages"
    __table_args__ = (sa.Index("ix_messages_waiting", "sent_at", "given_up_at", "not_before"),)

    id: Mapped[Id]
    message_id: Mapped[str] = mapped_column(unique=True)
    to_address: Mapped[str]
    subject: Mapped[str]
    text_body: Mapped[str]
    html_body: Mapped[str | None]
    # Where one click ends mail of this kind; said to mail programs in a header (RFC 8058).
    unsubscribe_url: Mapped[str | None]
    queued_at: Mapped[datetime]
    not_before: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]
    # A letter began to leave, and nobody has written down yet what the server said.
    began_at: Mapped[datetime | None]
    # It was sent once more after such a silence: a copy may have arrived, with the same number.
    uncertain_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]


class Attempt(Base):
    """One attempt to hand over a message: when, how it ended, and what was answered."""

    __tablename__ = "mail_attempts"

    id: Mapped[Id]
    message_id: Mapped[int] = mapped_column(sa.ForeignKey("messages.id"), index=True)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[Outcome | None] = enum_column(Outcome, "outcome")  # None: under way
    answer: Mapped[str | None]


class File(Base):
    """What is attached to mail: kept once, however many messages carry it."""

    __tablename__ = "mail_files"

    id: Mapped[Id]
    sha256: Mapped[str] = mapped_column(unique=True)
    media_type: Mapped[str]
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)


class Attachment(Base):
    """A file that a message carries: attached by name, or shown in it by content id."""

    __tablename__ = "mail_attachments"
    __table_args__ = (sa.UniqueConstraint("message_id", "name"),)

    id: Mapped[Id]
    message_id: Mapped[int] = mapped_column(sa.ForeignKey("messages.id"))
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("mail_files.id"), index=True)
    name: Mapped[str]
    content_id: Mapped[str | None]  # None: not shown in the text
