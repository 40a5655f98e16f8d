"""Tokens of programs, what they changed and were answered, and who is told of changes."""

from datetime import datetime

import sqlalchemy as sa

from incubator.core.db import Base, Id, Mapped, mapped_column


class ApiToken(Base):
    """What a program shows instead of a password; of the secret only a hash is kept."""

    __tablename__ = "api_tokens"

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    name: Mapped[str]
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    beginning: Mapped[str]  # by which a person knows it again
    scopes: Mapped[str]  # with spaces between
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class ApiTokenRegion(Base):
    """A region that a token is narrowed to; one without any works in all of its person's."""

    __tablename__ = "api_token_regions"

    token_id: Mapped[int] = mapped_column(sa.ForeignKey("api_tokens.id"), primary_key=True)
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("regions.id"), primary_key=True)


class ApiChange(Base):
    """A change that a program made with a token, in its person's name."""

    __tablename__ = "api_changes"

    change_id: Mapped[int] = mapped_column(sa.ForeignKey("changes.id"), primary_key=True)
    token_id: Mapped[int] = mapped_column(sa.ForeignKey("api_tokens.id"), index=True)


class KeptAnswer(Base):
    """What a request was answered, by the key that it carried: sent again, it gets the same."""

    __tablename__ = "api_answers"
    __table_args__ = (sa.UniqueConstraint("token_id", "key"),)

    id: Mapped[Id]
    token_id: Mapped[int] = mapped_column(sa.ForeignKey("api_tokens.id"))
    key: Mapped[str]
    fingerprint: Mapped[str] = mapped_column(sa.String(64))  # of method, address and body
    status: Mapped[int]
    body: Mapped[str]
    location: Mapped[str | None]
    kept_at: Mapped[datetime] = mapped_column(index=True)


class Webhook(Base):
    """An address that is told of changes in its maker's regions, signed with a secret."""

    __tablename__ = "webhooks"

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    url: Mapped[str]
    secret: Mapped[str]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class WebhookRegion(Base):
    """A region that a webhook is told of, and the last change there that was put in its outbox."""

    __tablename__ = "webhook_regions"

    webhook_id: Mapped[int] = mapped_column(sa.ForeignKey("webhooks.id"), primary_key=True)
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("regions.id"), primary_key=True)
    seen_change_id: Mapped[int]


class WebhookMessage(Base):
    """A change that a webhook is to be told of. The worker sends it, until it is taken."""

    __tablename__ = "webhook_messages"
    __table_args__ = (
        sa.UniqueConstraint("webhook_id", "change_id"),
        sa.Index("ix_webhook_messages_waiting", "sent_at", "given_up_at", "not_before"),
    )

    id: Mapped[Id]
    webhook_id: Mapped[int] = mapped_column(sa.ForeignKey("webhooks.id"))
    change_id: Mapped[int] = mapped_column(sa.ForeignKey("changes.id"))
    not_before: Mapped[datetime]
    attempts: Mapped[int]
    answer: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
