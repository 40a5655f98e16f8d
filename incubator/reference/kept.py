"""What administrators set by page. The environment comes first, where it sets the same."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy.orm import Session

from config import Settings
from incubator.audit import operations as audit
from incubator.audit.models import Change, ChangeValue
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush, lock_table
from incubator.core.errors import Stale
from incubator.reference.models import Setting

MAIL = ("server", "port", "security", "username", "password", "sender", "reply_to")
SECRET = "mail_password"  # noqa: S105
STRONG_ROLES = "strong_roles"  # whose password alone is not enough, with commas between
HIDDEN = "***"


def all_settings(session: Session) -> dict[str, str]:
    """Give what is set by page."""
    rows = session.execute(sa.select(Setting.key, Setting.value))
    return {row[0]: row[1] for row in rows}


def with_mail(session: Session, settings: Settings) -> Settings:
    """Give the settings with the mail server that was set by page, unless the environment
    names one."""
    if settings.mail_server is not None:
        return settings
    kept = all_settings(session)
    if not kept.get("mail_server"):
        return settings
    return replace(
        settings,
        mail_server=kept["mail_server"],
        mail_port=int(kept.get("mail_port", "587")),
        mail_security=kept.get("mail_security", "starttls"),
        mail_username=kept.get("mail_username") or None,
        mail_password=_opened(settings, kept.get(SECRET)),
        mail_sender=kept.get("mail_sender") or settings.mail_sender,
        mail_reply_to=kept.get("mail_reply_to") or settings.mail_reply_to,
    )


@dataclass(frozen=True)
class Lock:
    """Locks secrets with the key of the installation, so that a copy of the database is none."""

    settings: Settings

    def _box(self) -> Fernet:
        key = hashlib.sha256(b"settings:" + self.settings.secret_key.encode()).digest()
        return Fernet(base64.urlsafe_b64encode(key))

    def close(self, text: str) -> str:
        return self._box().encrypt(text.encode()).decode()

    def open(self, locked: str) -> str | None:
        try:
            return self._box().decrypt(locked.encode()).decode()
        except InvalidToken:
            return None  # from before the key was changed: it must be written anew


def _opened(settings: Settings, locked: str | None) -> str | None:
    return Lock(settings).open(locked) if locked else None


def mark_of(session: Session, keys: Iterable[str]) -> int | None:
    """Give the number of the latest change of some settings: what a form was filled from."""
    return session.scalar(
        sa.select(sa.func.max(ChangeValue.change_id)).where(
            ChangeValue.subject_kind == "setting", ChangeValue.field.in_(list(keys))
        )
    )


def change_settings(
    session: Session,
    actor: Actor,
    wanted: Mapping[str, str | None],
    *,
    seen: int | None,
    form: Iterable[str] = (),
) -> Change | None:
    """Set what administrators keep; None where nothing is different.

    `seen` is the mark of the fields of the form (those of `wanted`, where no more are named) as
    they were when it was filled. Raises Stale where somebody set one of
    these to something else meanwhile. Of a secret the log says only that it was changed.
    """
    must(actor, Permission.ADMIN)
    lock_table(session, Setting)
    stored = all_settings(session)
    altered = {
        key: (stored.get(key), value or None)
        for key, value in wanted.items()
        if (stored.get(key) or None) != (value or None)
    }
    if not altered:
        return None
    if mark_of(session, {*wanted, *form}) != seen:
        raise Stale("changed_meanwhile")
    for key, (_old, new) in altered.items():
        row = session.get(Setting, key)
        if new is None and row is not None:
            session.delete(row)
        elif new is not None and row is not None:
            row.value = new
        elif new is not None:
            session.add(Setting(key=key, value=new))
    change = audit.record(session, actor, "setting.changed", kind="setting")
    told = {
        key: tuple(HIDDEN if key == SECRET and one else one for one in pair)
        for key, pair in altered.items()
    }
    audit.note_values(session, change, "setting", 0, told)  # type: ignore[arg-type]
    flush(session)
    return change
