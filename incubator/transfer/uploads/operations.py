"""Keep a file on its way in, claim the work on it, write down what was found or done.

A claim is a word that the file holds: whoever works says it with everything they write, and
nothing is written for one who was taken for dead meanwhile. The import itself begins with that
in its own transaction, so that a list comes in once, whoever is killed when.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core import clock
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import NotFound
from incubator.reference.numbers import UPLOAD_DAYS, value
from incubator.transfer.models import ImportPage, ImportUpload, State
from incubator.transfer.uploads.looking import Asked, Looked, is_large
from incubator.transfer.uploads.queries import MOST_ATTEMPTS, WORKING, is_waiting

INTERRUPTED = json.dumps({"kind": "own", "code": "interrupted", "details": {}})


class Overtaken(Exception):
    """Somebody else works on the file now, or it was let go."""


@dataclass(frozen=True)
class Claim:
    """A piece of work that was taken up."""

    upload_id: int
    word: str
    state: State
    user_id: int | None
    file_name: str
    file_sha256: str
    locale: str
    holds: str
    asked: Asked


def keep_upload(
    session: Session,
    actor: Actor,
    asked: Asked,
    *,
    file_name: str,
    locale: str = "nb",
    looked: Looked | None = None,
) -> ImportUpload:
    """Keep a file for its import, with what was found in it or to be read by the worker."""
    must(actor, Permission.IMPORT, asked.region_id)
    forget_uploads(session)
    now = clock.now()
    upload = ImportUpload(
        user_id=actor.id,
        region_id=asked.region_id,
        file_name=file_name,
        content=asked.content,
        file_sha256=hashlib.sha256(asked.content).hexdigest(),
        locale=locale,
        said=asked.said,
        sheet=asked.sheet,
        mapping=asked.mapping,
        is_large=is_large(asked.content),
        uploaded_at=now,
        state=State.READING,
        asked_at=now,
    )
    session.add(upload)
    flush(session)
    if looked is not None:
        _write_look(session, upload.id, looked)
    return upload


def ask_again(
    session: Session,
    actor: Actor,
    upload: ImportUpload,
    asked: Asked,
    *,
    locale: str,
    looked: Looked | None = None,
) -> None:
    """Let a file be read anew, as its user says now: another sheet, other columns.

    Raises NotFound when it has been imported or is being imported.
    """
    must(actor, Permission.IMPORT, upload.region_id)
    values = {
        "state": State.READING, "asked_at": clock.now(), "claim": None, "attempts": 0,
        "rows_done": 0, "rows_total": 0, "problem": None, "said": asked.said,
        "sheet": asked.sheet, "mapping": asked.mapping, "locale": locale,
    }  # fmt: skip
    ready = ImportUpload.state.not_in((State.IMPORTING, State.DONE))
    if not _write(session, upload.id, values, ready):
        raise NotFound("no_such_import")
    session.expire(upload)
    if looked is not None:
        _write_look(session, upload.id, looked)


def begin_import(session: Session, actor: Actor, upload: ImportUpload) -> bool:
    """Ask for the import of a file whose preview stands; False when it was asked for before."""
    must(actor, Permission.IMPORT, upload.region_id)
    values = {
        "state": State.IMPORTING, "asked_at": clock.now(), "claim": None, "attempts": 0,
        "rows_done": 0,
    }  # fmt: skip
    return _write(session, upload.id, values, ImportUpload.state == State.READY)


def begin_again(session: Session, actor: Actor, upload: ImportUpload) -> None:
    """Let a piece of work that was interrupted be taken up at once, whoever had it."""
    must(actor, Permission.IMPORT, upload.region_id)
    values = {"claim": None, "attempts": 0, "asked_at": clock.now()}
    _write(session, upload.id, values, ImportUpload.state.in_(WORKING))


def claim_next(session: Session) -> Claim | None:
    """Claim the file that has waited longest; None when none waits.

    One that was taken up several times and never finished is given up, and says so.
    """
    now = clock.now()
    query = sa.select(ImportUpload).where(is_waiting(now))
    query = query.order_by(ImportUpload.asked_at, ImportUpload.id).limit(1)
    upload = session.scalar(query.with_for_update(skip_locked=True))
    if upload is None:
        return None
    if upload.attempts >= MOST_ATTEMPTS:
        upload.state, upload.problem, upload.claim = State.REFUSED, INTERRUPTED, None
        flush(session)
        return claim_next(session)
    upload.attempts += 1
    upload.claim, upload.seen_at, upload.rows_done = secrets.token_hex(8), now, 0
    flush(session)
    return Claim(
        upload_id=upload.id,
        word=upload.claim,
        state=upload.state,
        user_id=upload.user_id,
        file_name=upload.file_name,
        file_sha256=upload.file_sha256,
        locale=upload.locale,
        holds=upload.holds or "",
        asked=Asked(
            region_id=upload.region_id,
            content=upload.content or b"",
            said=upload.said,
            sheet=upload.sheet,
            mapping=upload.mapping,
        ),
    )


def note_progress(session: Session, claim: Claim, **counts: int) -> None:
    """Write down how far the work has come. Raises Overtaken."""
    _must_write(session, claim, {"seen_at": clock.now(), **counts})


def note_look(session: Session, claim: Claim, looked: Looked) -> None:
    """Write down what was found in a file. Raises Overtaken."""
    _must_write(session, claim, {"claim": None})
    _write_look(session, claim.upload_id, looked)


def note_refusal(session: Session, claim: Claim, problem: str) -> None:
    """Write down why a file cannot be read or imported. Raises Overtaken."""
    _must_write(session, claim, {"state": State.REFUSED, "problem": problem, "claim": None})


def release(session: Session, claim: Claim) -> None:
    """Leave a piece of work to whoever takes it up next. Raises Overtaken."""
    _must_write(session, claim, {"claim": None})


def take_turn(session: Session, claim: Claim) -> None:
    """Begin the transaction of an import: from here on it is this claim's alone. Raises Overtaken.

    On PostgreSQL the row stays locked, so that nobody else finds it waiting.
    """
    _must_write(session, claim, {"seen_at": clock.now()})


def note_import(session: Session, upload_id: int, run_id: int | None) -> None:
    """Write down that a file was imported, and let it and its preview go.

    The rows to mend stay for a day, as a file of their own.
    """
    values = {"state": State.DONE, "run_id": run_id, "content": None, "claim": None}
    _write(session, upload_id, values, sa.true())
    session.execute(sa.delete(ImportPage).where(ImportPage.upload_id == upload_id))


def drop_upload(session: Session, actor: Actor, upload: ImportUpload) -> None:
    """Let a file go that its user does not want after all; one being imported stays."""
    must(actor, Permission.IMPORT, upload.region_id)
    _forget(session, ImportUpload.id == upload.id, ImportUpload.state != State.IMPORTING)


def forget_uploads(session: Session) -> None:
    """Let files go that have stayed for as long as the settings say."""
    _forget(session, is_old(session, clock.now()))


def is_old(session: Session, now: datetime) -> sa.ColumnElement[bool]:
    """Say which files have stayed for as long as they may."""
    return ImportUpload.uploaded_at < now - timedelta(days=value(session, UPLOAD_DAYS))


def _forget(session: Session, *which: sa.ColumnElement[bool]) -> None:
    ids = sa.select(ImportUpload.id).where(*which)
    session.execute(sa.delete(ImportPage).where(ImportPage.upload_id.in_(ids)))
    session.execute(sa.delete(ImportUpload).where(*which))


def forget_claims_of_the_only_worker(session: Session) -> None:
    """Take back, at the start of a worker, what was claimed before by one that is gone.

    On SQLite there is one worker alone. On PostgreSQL others may be at work; what was dropped
    there is taken up when nobody has been seen at it for a while.
    """
    if session.get_bind().dialect.name == "sqlite":
        is_claimed = ImportUpload.claim.is_not(None)
        session.execute(sa.update(ImportUpload).where(is_claimed).values(claim=None))


def _write_look(session: Session, upload_id: int, looked: Looked) -> None:
    session.execute(sa.delete(ImportPage).where(ImportPage.upload_id == upload_id))
    values = {
        "state": looked.state,
        "holds": looked.holds,
        "mapping": looked.mapping,
        "is_remembered": looked.is_remembered,
        "sheets": json.dumps(looked.sheets, ensure_ascii=False) if looked.sheets else None,
        "rows_total": looked.rows_total,
        "found": json.dumps(looked.found, ensure_ascii=False),
        "to_mend": looked.to_mend,
        "problem": None,
    }
    _write(session, upload_id, values, sa.true())
    pages = [
        {"upload_id": upload_id, "outcome": outcome, "nth": nth, "lines": lines}
        for outcome, nth, lines in looked.pages
    ]
    if pages:
        session.execute(sa.insert(ImportPage), pages)


def _must_write(session: Session, claim: Claim, values: dict[str, Any]) -> None:
    is_mine = sa.and_(ImportUpload.claim == claim.word, ImportUpload.state == claim.state)
    if not _write(session, claim.upload_id, values, is_mine):
        raise Overtaken


def _write(
    session: Session, upload_id: int, values: dict[str, Any], where: sa.ColumnElement[bool]
) -> bool:
    query = sa.update(ImportUpload).where(ImportUpload.id == upload_id, where).values(**values)
    # The session holds no copy that would have to be brought up to date.
    done = session.execute(query, execution_options={"synchronize_session": False})
    return cast("sa.CursorResult[Any]", done).rowcount > 0
