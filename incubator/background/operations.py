"""Write background figures: series, single figures, and whole files of them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.background import queries
from incubator.background.loading import EARLIEST_YEAR, MOST, Entry, Places
from incubator.background.models import Figure, Series
from incubator.core import clock
from incubator.core.access import Actor, Permission, must
from incubator.core.db import flush, lock_table
from incubator.core.errors import NotAllowed, NotFound, RuleBroken
from incubator.core.facts import void
from incubator.core.texts import sort_key

FIELDS = ("name", "unit", "source", "source_url", "note")
RESERVED = "ny"  # the address at which a series is made
KEY = re.compile(r"[a-z][a-z0-9_]{1,39}")


@dataclass(frozen=True)
class Loaded:
    """What a file brought: new figures, changed ones, and those that stood there already."""

    added: int
    changed: int
    same: int


def make_series(session: Session, actor: Actor, *, key: str, **values: Any) -> Series:
    """Make a series of figures. Raises RuleBroken for a key that is taken or no key."""
    must(actor, Permission.GOAL_EDIT)
    key = key.strip().lower()
    if key == RESERVED or not KEY.fullmatch(key):
        raise RuleBroken("bad_series_key", fields=["key"])
    clean = _clean(values)
    lock_table(session, Series)
    if session.scalar(sa.select(Series.id).where(Series.key == key)) is not None:
        raise RuleBroken("series_taken", fields=["key"])
    change = audit.record(session, actor, "series.made", kind="series")
    series = Series(key=key, sort_key=sort_key(clean["name"]), **clean)
    session.add(series)
    flush(session)
    change.subject_id = series.id
    noted = {field: (None, clean[field]) for field in FIELDS if clean[field]}
    audit.note_values(session, change, "series", series.id, noted)
    flush(session)
    return series


def edit_series(
    session: Session, actor: Actor, series: Series, values: Mapping[str, Any]
) -> Change | None:
    """Change what a series is called and where it comes from; its key stays."""
    must(actor, Permission.GOAL_EDIT)
    clean = _clean(values)
    changed = {f: (getattr(series, f), v) for f, v in clean.items() if getattr(series, f) != v}
    if not changed:
        return None
    change = audit.record(session, actor, "series.edited", kind="series", subject_id=series.id)
    audit.note_values(session, change, "series", series.id, changed)
    for field, (_old, new) in changed.items():
        setattr(series, field, new)
    series.sort_key = sort_key(series.name)
    flush(session)
    return change


def _clean(values: Mapping[str, Any]) -> dict[str, Any]:
    clean = {field: (values.get(field) or "").strip() or None for field in FIELDS}
    for field, code in (("name", "name_missing"), ("source", "source_missing")):
        if clean[field] is None:
            raise RuleBroken(code, fields=[field])
    address = clean["source_url"]
    if address is not None and not re.match(r"https?://\S+$", address):
        raise RuleBroken("bad_address", fields=["source_url"])
    return clean


def enter_figure(
    session: Session,
    actor: Actor,
    series: Series,
    *,
    municipality_id: int,
    on: date,
    value: Decimal,
    source: str = "",
    retrieved_on: date | None = None,
) -> Figure:
    """Write down a figure; one that said otherwise of that day is voided and stays readable.

    Raises RuleBroken for a day ahead, a value that is too large or has more than two decimals,
    NotAllowed for a municipality of others.
    """
    must(actor, Permission.GOAL_EDIT)
    if on > clock.today():
        raise RuleBroken("in_the_future", fields=["on"])
    if on.year < EARLIEST_YEAR:
        raise RuleBroken("too_long_ago", fields=["on"])
    _must_be_mine(session, actor, municipality_id)
    municipality_id = Places(queries.places(session, actor)).on(municipality_id, on).id
    if abs(value) > MOST or value != value.quantize(Decimal("0.01")):
        raise RuleBroken("bad_number", fields=["value"])
    lock_table(session, Figure)
    before = queries.standing_values(session, series.id, [municipality_id])
    old = before.get((municipality_id, on))
    said = {"source": source.strip() or None, "retrieved_on": retrieved_on}
    if old is not None and old.value == value and all(
        getattr(old, field) == new for field, new in said.items()
    ):  # fmt: skip
        return old
    change = audit.record(session, actor, "figure.entered", kind="series", subject_id=series.id)
    return _put(session, change, old, Figure(
        series_id=series.id, municipality_id=municipality_id, occurred_on=on, value=value, **said,
    ))  # fmt: skip


def _must_be_mine(session: Session, actor: Actor, municipality_id: int) -> None:
    if not queries.is_of(session, actor, municipality_id):
        raise NotAllowed("other_region")


def _put(session: Session, change: Change, old: Figure | None, new: Figure) -> Figure:
    if old is not None:
        void(session, old, change)
        flush(session)
    audit.stamp(new, change)
    session.add(new)
    flush(session)
    noted = {"value": (old.value if old else None, new.value)}
    audit.note_values(session, change, "figure", new.id, noted)
    return new


def load_figures(
    session: Session,
    actor: Actor,
    series: Series,
    entries: Sequence[Entry],
    *,
    file_name: str,
    retrieved_on: date | None = None,
) -> Loaded:
    """Write down the figures of a file, as one change; what stands already is left alone."""
    must(actor, Permission.GOAL_EDIT)
    if not all(entry.place.is_mine for entry in entries):
        raise NotAllowed("other_region")
    lock_table(session, Figure)
    before = queries.standing_values(session, series.id, {e.place.id for e in entries})
    new = [e for e in entries if (e.place.id, e.on) not in before]
    changed = [
        e for e in entries
        if (e.place.id, e.on) in before and before[e.place.id, e.on].value != e.value
    ]  # fmt: skip
    if new or changed:
        change = audit.record(
            session, actor, "figures.loaded", kind="series", subject_id=series.id, note=file_name
        )
        for entry in (*new, *changed):
            old = before.get((entry.place.id, entry.on))
            _put(session, change, old, Figure(
                series_id=series.id, municipality_id=entry.place.id, occurred_on=entry.on,
                value=entry.value, source=old.source if old else None,
                retrieved_on=retrieved_on or clock.today(),
            ))  # fmt: skip
    return Loaded(len(new), len(changed), len(entries) - len(new) - len(changed))


def void_figure(session: Session, actor: Actor, figure: Figure, *, reason: str) -> Change:
    """Take back a figure that was entered by mistake."""
    must(actor, Permission.GOAL_EDIT)
    _must_be_mine(session, actor, figure.municipality_id)
    if not reason.strip():
        raise RuleBroken("reason_missing", fields=["reason"])
    lock_table(session, Figure)
    session.refresh(figure)
    if figure.is_voided:
        raise NotFound("no_such_figure")
    change = audit.record(
        session, actor, "figure.voided", kind="series", subject_id=figure.series_id,
        note=reason.strip(),
    )  # fmt: skip
    void(session, figure, change)
    flush(session)
    return change
