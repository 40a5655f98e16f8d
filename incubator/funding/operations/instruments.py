"""Keep the funding schemes and their money: names change, the key does not."""

import csv
import re
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush
from incubator.core.errors import RuleBroken, Stale
from incubator.core.texts import collapse, fold, sort_key
from incubator.funding.models import Frame, Instrument, Intake
from incubator.reference.models import Organisation

INSTRUMENTS = Path(__file__).parent.parent / "instruments.csv"
YEARS = range(1990, 2100)


@dataclass(frozen=True)
class InstrumentEntry:
    """What is kept of a funding scheme, beside its key."""

    name: str
    funder_id: int | None = None
    intake: Intake = Intake.ROLLING
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True)
class FrameEntry:
    """The money of a funding scheme in a year, or for one of its deadlines."""

    year: int
    amount_nok: int
    deadline_on: date | None = None


def load_instruments(session: Session) -> int:
    """Add the funding schemes of the file that the database lacks; give their number."""
    known = set(session.scalars(sa.select(Instrument.key)))
    with INSTRUMENTS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["key"] not in known]
    session.add_all(
        Instrument(
            key=row["key"],
            name=row["name"],
            sort_key=sort_key(row["name"]),
            intake=Intake(row["intake"]),
        )
        for row in rows
    )
    flush(session)
    return len(rows)


def add_instrument(session: Session, actor: Actor, entry: InstrumentEntry) -> Instrument:
    """Add a funding scheme. Raises RuleBroken without a name, or for one that is taken."""
    must(actor, Permission.GOAL_EDIT)
    values = _checked(session, entry)
    key = _key_for(session, values["name"])
    instrument = Instrument(key=key, sort_key=sort_key(values["name"]), **values)
    session.add(instrument)
    flush(session)
    change = audit.record(
        session, actor, "instrument.added", kind="instrument", subject_id=instrument.id
    )
    noted = {field: (None, value) for field, value in values.items() if value is not None}
    audit.note_values(session, change, "instrument", instrument.id, noted)
    return instrument


def edit_instrument(
    session: Session,
    actor: Actor,
    instrument: Instrument,
    entry: InstrumentEntry,
    *,
    seen: InstrumentEntry,
) -> Change | None:
    """Change what is kept of a funding scheme; None when that changes nothing.

    Raises Stale when somebody wrote something else than `seen` first.
    """
    must(actor, Permission.GOAL_EDIT)
    session.refresh(instrument, with_for_update=True)
    values = _checked(session, entry, instrument.id)
    stored = {field: getattr(instrument, field) for field in values}
    changed = {field: value for field, value in values.items() if value != stored[field]}
    if not changed:
        return None
    if stored != asdict(seen):
        raise Stale("changed_meanwhile")
    change = audit.record(
        session, actor, "instrument.edited", kind="instrument", subject_id=instrument.id
    )
    _set(session, change, "instrument", instrument, changed)
    instrument.sort_key = sort_key(instrument.name)
    flush(session)
    return change


def _checked(session: Session, entry: InstrumentEntry, own_id: int | None = None) -> dict[str, Any]:
    name = collapse(entry.name)
    if not name:
        raise RuleBroken("name_missing", fields=["name"])
    others = session.execute(sa.select(Instrument.id, Instrument.name))
    if any(fold(row.name) == fold(name) and row.id != own_id for row in others):
        raise RuleBroken("name_taken", fields=["name"])
    if entry.valid_from and entry.valid_to and entry.valid_to < entry.valid_from:
        raise RuleBroken("period_order", fields=["valid_to"])
    if entry.funder_id is not None and session.get(Organisation, entry.funder_id) is None:
        raise RuleBroken("no_such_organisation", fields=["funder_id"])
    return asdict(entry) | {"name": name}


def _key_for(session: Session, name: str) -> str:
    """Make a key of a name, which then stays whatever the name becomes."""
    plain = fold(name).replace("æ", "ae").replace("ø", "o").replace("å", "a")
    base = re.sub(r"[^a-z0-9]+", "_", plain).strip("_") or "virkemiddel"
    taken = set(session.scalars(sa.select(Instrument.key)))
    tries = (base, *(f"{base}_{n}" for n in range(2, len(taken) + 3)))
    return next(key for key in tries if key not in taken)


def set_frame(
    session: Session,
    actor: Actor,
    instrument: Instrument,
    *,
    year: int,
    amount_nok: int,
    deadline_on: date | None = None,
) -> Frame:
    """Write down the money of an instrument in a year, and the deadline for it.

    Raises RuleBroken when that is written down already.
    """
    must(actor, Permission.GOAL_EDIT)
    entry = FrameEntry(year, amount_nok, deadline_on)
    session.refresh(instrument, with_for_update=True)
    _must_be_one(session, instrument.id, entry)
    frame = Frame(instrument_id=instrument.id, **asdict(entry))
    session.add(frame)
    flush(session)
    change = audit.record(session, actor, "frame.set", kind="frame", subject_id=frame.id)
    noted = {field: (None, value) for field, value in asdict(entry).items() if value is not None}
    audit.note_values(session, change, "frame", frame.id, noted)
    return frame


def edit_frame(
    session: Session, actor: Actor, frame: Frame, entry: FrameEntry, *, seen: FrameEntry
) -> Change | None:
    """Correct a frame; None when that changes nothing. Raises Stale as `edit_instrument` does."""
    must(actor, Permission.GOAL_EDIT)
    session.get_one(Instrument, frame.instrument_id, with_for_update=True)
    session.refresh(frame)
    values = asdict(entry)
    stored = {field: getattr(frame, field) for field in values}
    changed = {field: value for field, value in values.items() if value != stored[field]}
    if not changed:
        return None
    if stored != asdict(seen):
        raise Stale("changed_meanwhile")
    _must_be_one(session, frame.instrument_id, entry, frame.id)
    change = audit.record(session, actor, "frame.edited", kind="frame", subject_id=frame.id)
    _set(session, change, "frame", frame, changed)
    flush(session)
    return change


def _must_be_one(
    session: Session, instrument_id: int, entry: FrameEntry, own_id: int | None = None
) -> None:
    if entry.year not in YEARS:
        raise RuleBroken("bad_year", fields=["year"])
    same = sa.select(Frame.id).where(
        Frame.instrument_id == instrument_id,
        Frame.year == entry.year,
        Frame.deadline_on.is_not_distinct_from(entry.deadline_on),
    )
    if any(found != own_id for found in session.scalars(same)):
        raise RuleBroken("frame_taken", fields=["year"])


def _set(session: Session, change: Change, kind: str, row: Any, values: dict[str, Any]) -> None:
    noted = {field: (getattr(row, field), value) for field, value in values.items()}
    audit.note_values(session, change, kind, row.id, noted)
    for field, value in values.items():
        setattr(row, field, value)
