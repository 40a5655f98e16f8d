"""The outbox: mail is a row, written with the change that it tells of."""

from datetime import datetime

import sqlalchemy as sa

from incubator.core.db import Base, Id, Mapped, mapped_column


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
