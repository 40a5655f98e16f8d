"""People who sign in: one organisation, one role, one or more regions."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from flask_security import AsaList, UserMixin, WebAuthnMixin
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import relationship

from incubator.core.db import Base, Id, Mapped, enum_column, mapped_column


class Role(StrEnum):
    ADMIN = "admin"
    MANAGER = "manager"
    DEVELOPER = "developer"
    ADVISOR = "advisor"
    PARTNER = "partner"


class User(Base, UserMixin):
    """A person with a sign-in. `fs_uniquifier` is what the session cookie names."""

    __tablename__ = "users"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(index=True)
    sort_key: Mapped[str]
    initials: Mapped[str]
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(unique=True)
    role: Mapped[Role] = enum_column(Role, "role")
    organisation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisations.id"))
    locale: Mapped[str] = mapped_column(sa.String(2), default="nb")
    created_at: Mapped[datetime]
    wants_digest: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    # The names of these are Flask-Security's.
    tf_primary_method: Mapped[str | None]
    tf_totp_secret: Mapped[str | None]
    tf_last_step: Mapped[int | None] = mapped_column(sa.BigInteger)  # when the last code was shown
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(AsaList()))
    fs_webauthn_user_handle: Mapped[str | None] = mapped_column(  # type: ignore[assignment]
        sa.String(64), unique=True, index=True
    )

    # Read by Flask-Security's own pages alone, on which it is one person's.
    webauthn: Mapped[list["Passkey"]] = relationship(  # type: ignore[assignment]
        back_populates="user", lazy="select", cascade="all, delete-orphan"
    )
    regions: Mapped[list["UserRegion"]] = relationship(
        back_populates="user", lazy="raise_on_sql", cascade="all, delete-orphan"
    )

    @property
    def has_second_factor(self) -> bool:
        """Say whether signing in with the password asks for more."""
        return self.tf_primary_method is not None or bool(self.webauthn)

    @property
    def roles(self) -> list[object]:  # type: ignore[override]
        """Flask-Security's own roles are not used: `Role` and the permission table are."""
        return []


class UserRegion(Base):
    """A region in which a person works."""

    __tablename__ = "user_regions"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), primary_key=True)
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("regions.id"), primary_key=True)

    user: Mapped[User] = relationship(back_populates="regions", lazy="raise_on_sql")


class Invitation(Base):
    """A link by e-mail with which a new person chooses a password; only its hash is kept."""

    __tablename__ = "invitations"

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class SignIn(Base):
    """A person is signed in with one browser. The cookie holds the key, this its hash."""

    __tablename__ = "sign_ins"

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    key_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    began_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    browser: Mapped[str]
    is_strong: Mapped[bool] = mapped_column(default=False)  # more than a password was shown
    # What one's own organisation said, which it wants to hear again when one signs out.
    id_token: Mapped[str | None]


class Passkey(Base, WebAuthnMixin):
    """A passkey of a person; its columns are named as Flask-Security wants them."""

    __tablename__ = "passkeys"

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(sa.LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(sa.LargeBinary)
    sign_count: Mapped[int | None]  # type: ignore[assignment]
    transports: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(AsaList()))
    extensions: Mapped[str | None]
    name: Mapped[str]
    usage: Mapped[str]
    backup_state: Mapped[bool]
    device_type: Mapped[str]
    lastuse_datetime: Mapped[datetime]

    user: Mapped[User] = relationship(back_populates="webauthn", lazy="select")


class SignInAttempt(Base):
    """Failed sign-ins for one address: after too many it is locked for a while.

    Kept for addresses that are nobody's too, so that the answer does not tell who exists.
    """

    __tablename__ = "sign_in_attempts"

    email_key: Mapped[str] = mapped_column(primary_key=True)
    failed: Mapped[int] = mapped_column(default=0)
    last_failed_at: Mapped[datetime]
    locked_until: Mapped[datetime | None]
