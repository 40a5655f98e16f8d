"""Find files on their way in, and how far they have come."""

import json
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core.access import Actor
from incubator.core.errors import NotFound
from incubator.transfer.models import ImportPage, ImportUpload, State

WORKING = (State.READING, State.IMPORTING)
# Whoever works shows it every second while reading, and at the start of each further step, none
# of which takes as long as this for 20,000 rows.
STALE = timedelta(seconds=60)
PATIENCE = timedelta(seconds=10)  # before it is said that nobody takes a file up
MOST_ATTEMPTS = 3
UNDER_WAY = 20


def is_waiting(now: datetime) -> sa.ColumnElement[bool]:
    """Say which files wait for somebody to work on them."""
    is_free = sa.or_(ImportUpload.claim.is_(None), ImportUpload.seen_at < now - STALE)
    return sa.and_(ImportUpload.state.in_(WORKING), is_free)


def anything_waits(session: Session, now: datetime) -> bool:
    """Say whether there is work; asked every second, and so as cheap as can be."""
    query = sa.select(ImportUpload.id).where(is_waiting(now)).limit(1)
    return session.scalar(query) is not None


def anything_old(session: Session, is_old: sa.ColumnElement[bool]) -> bool:
    """Say whether a file has stayed for as long as it may."""
    return session.scalar(sa.select(ImportUpload.id).where(is_old).limit(1)) is not None


def find_upload(session: Session, actor: Actor, upload_id: int) -> ImportUpload | None:
    """Find a file that the same person handed in for a region of theirs."""
    upload = session.get(ImportUpload, upload_id)
    if upload is None or upload.user_id != actor.id or not actor.works_in(upload.region_id):
        return None
    return upload


def get_upload(session: Session, actor: Actor, upload_id: int) -> ImportUpload:
    """Give a file that the same person handed in for a region of theirs. Raises NotFound."""
    upload = find_upload(session, actor, upload_id)
    if upload is None:
        raise NotFound("no_such_import")
    return upload


def upload_of_run(session: Session, actor: Actor, run_id: int) -> ImportUpload | None:
    """Find what is kept of the file of an import, for the one who handed it in."""
    query = sa.select(ImportUpload).where(
        ImportUpload.run_id == run_id, ImportUpload.user_id == actor.id
    )
    return session.scalar(query.limit(1))


def under_way(session: Session, actor: Actor, region_id: int) -> list[ImportUpload]:
    """List the files of a person that are not imported yet, the latest first."""
    query = sa.select(ImportUpload).where(
        ImportUpload.user_id == actor.id,
        ImportUpload.region_id == region_id,
        ImportUpload.state != State.DONE,
    )
    return list(session.scalars(query.order_by(ImportUpload.id.desc()).limit(UNDER_WAY)))


def page_of(session: Session, upload_id: int, outcome: str, nth: int) -> list[dict[str, Any]]:
    """Give a page of the preview; nothing where there is no such page."""
    found = session.get(ImportPage, (upload_id, outcome, nth))
    return json.loads(found.lines) if found else []


class Progress(NamedTuple):
    """How far a file has come, and whether anybody works on it."""

    state: State
    rows_done: int
    rows_total: int
    is_claimed: bool
    is_interrupted: bool
    is_forsaken: bool  # nobody has taken it up, and nobody is busy with another


def progress_of(session: Session, upload: ImportUpload, now: datetime) -> Progress:
    """Say how far a file has come."""
    busy = sa.exists().where(
        ImportUpload.claim.is_not(None),
        ImportUpload.state.in_(WORKING),
        ImportUpload.seen_at >= now - PATIENCE,
    )
    is_claimed = upload.claim is not None
    waits = upload.state in WORKING and upload.asked_at < now - PATIENCE
    is_silent = is_claimed and (upload.seen_at is None or upload.seen_at < now - STALE)
    return Progress(
        upload.state,
        upload.rows_done,
        upload.rows_total,
        is_claimed,
        is_interrupted=waits and is_silent,
        is_forsaken=waits and not is_claimed and not session.scalar(sa.select(busy)),
    )
