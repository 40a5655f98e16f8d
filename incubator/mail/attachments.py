"""What mail carries beside its words: each file is kept once, however many messages share it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from incubator.mail.models import Attachment, File


@dataclass(frozen=True)
class Enclosed:
    """A file as a message carries it; with a content id it is shown in the text."""

    name: str
    media_type: str
    content: bytes
    content_id: str | None = None


@dataclass(frozen=True)
class Kept:
    """A file that is kept, under the name that a message gives it."""

    file_id: int
    name: str
    content_id: str | None = None


def keep(session: Session, content: bytes, media_type: str) -> int:
    """Keep a file, or find the same one, and give its number."""
    sha256 = hashlib.sha256(content).hexdigest()
    find = sa.select(File.id).where(File.sha256 == sha256)
    if (known := session.scalar(find)) is not None:
        return known
    file = File(sha256=sha256, media_type=media_type, content=content)
    try:
        with session.begin_nested():
            session.add(file)
    except IntegrityError:  # somebody kept the same in this instant
        return session.scalars(find).one()
    number = file.id
    session.expunge(file)  # its content need not stay in memory
    return number


def enclose(session: Session, message_id: int, files: Sequence[Kept]) -> None:
    """Let a message carry kept files."""
    session.add_all(
        Attachment(
            message_id=message_id, file_id=one.file_id, name=one.name, content_id=one.content_id
        )
        for one in files
    )
    session.flush()


def enclosed_with(session: Session, message_id: int) -> list[Enclosed]:
    """Read what a message carries, in one query."""
    rows = session.execute(
        sa.select(Attachment.name, File.media_type, File.content, Attachment.content_id)
        .join(File, File.id == Attachment.file_id)
        .where(Attachment.message_id == message_id)
        .order_by(Attachment.id)
    )
    return [Enclosed(*row) for row in rows]
