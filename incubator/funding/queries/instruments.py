"""Read funding schemes, their money, and what is left of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.companies.models import Company
from incubator.core.access import Actor
from incubator.core.db import AnySelect
from incubator.core.errors import NotFound
from incubator.funding.models import Application, ApplicationEvent, Frame, Instrument
from incubator.funding.queries.facts import IS_GRANT
from incubator.ideas.models import Idea
from incubator.reference.models import Organisation


def instrument_choices(session: Session) -> list[tuple[int, str]]:
    """List the funding schemes by name."""
    rows = session.execute(
        sa.select(Instrument.id, Instrument.name).order_by(Instrument.sort_key, Instrument.id)
    )
    return [(row[0], row[1]) for row in rows]


def get_instrument(session: Session, instrument_id: int) -> Instrument:
    """Give a funding scheme. Raises NotFound."""
    found = session.get(Instrument, instrument_id)
    if found is None:
        raise NotFound("no_such_instrument")
    return found


class Kept(NamedTuple):
    """A funding scheme with the name of its funder."""

    instrument: Instrument
    funder: str | None


class Left(NamedTuple):
    """A frame, and what has been granted of it, everywhere."""

    frame: Frame
    granted_nok: int
    grants: int

    @property
    def left_nok(self) -> int:
        return self.frame.amount_nok - self.granted_nok


def list_instruments(session: Session) -> list[tuple[Kept, list[Left]]]:
    """List the funding schemes by name with their frames, the latest first; two queries."""
    kept = session.execute(
        sa.select(Instrument, Organisation.name)
        .outerjoin(Organisation, Organisation.id == Instrument.funder_id)
        .order_by(Instrument.sort_key, Instrument.id)
    )
    frames: dict[int, list[Left]] = {}
    for left in _with_grants(session, sa.true()):
        frames.setdefault(left.frame.instrument_id, []).append(left)
    return [(Kept(*row), frames.get(row[0].id, [])) for row in kept]


def get_frame(session: Session, frame_id: int) -> tuple[Left, Instrument]:
    """Give a frame with what has been granted of it, and its funding scheme. Raises NotFound."""
    found = _with_grants(session, Frame.id == frame_id)
    if not found:
        raise NotFound("no_such_frame")
    return found[0], session.get_one(Instrument, found[0].frame.instrument_id)


def _with_grants(session: Session, which: sa.ColumnElement[bool]) -> list[Left]:
    grants = _grants().subquery()
    rows = session.execute(
        sa.select(
            Frame,
            sa.cast(sa.func.coalesce(sa.func.sum(grants.c.amount_nok), 0), sa.BigInteger),
            sa.func.count(grants.c.frame_id),
        )
        .outerjoin(grants, grants.c.frame_id == Frame.id)
        .where(which)
        .group_by(*Frame.__table__.c)
        .order_by(Frame.year.desc(), Frame.deadline_on.desc(), Frame.id.desc())
    )
    return [Left(*row) for row in rows]


def _grants() -> AnySelect:
    """Build the grants of each frame: for its deadline when it has one, else in its year.

    What was granted for a deadline that has a frame of its own is not taken of the year's too.
    """
    own = aliased(Frame)
    has_own = sa.exists().where(
        own.instrument_id == Application.instrument_id,
        own.deadline_on == Application.deadline_on,
    )
    in_its_year = sa.and_(
        Frame.deadline_on.is_(None),
        sa.extract("year", ApplicationEvent.occurred_on) == Frame.year,
        ~has_own,
    )
    for_its_deadline = Frame.deadline_on == Application.deadline_on
    return (
        sa.select(
            Frame.id.label("frame_id"), Application.id.label("application_id"),
            Application.region_id, Application.company_id, Application.idea_id,
            Application.title, ApplicationEvent.occurred_on, ApplicationEvent.amount_nok,
            ApplicationEvent.id.label("event_id"),
        )
        .select_from(Frame)
        .join(Application, Application.instrument_id == Frame.instrument_id)
        .join(ApplicationEvent, ApplicationEvent.application_id == Application.id)
        .where(
            Application.known(), ApplicationEvent.known(), IS_GRANT,
            sa.or_(for_its_deadline, in_its_year),
        )
    )  # fmt: skip


class Granted(NamedTuple):
    """A grant of a frame: the application, and what was decided on a day."""

    id: int
    what: str | None
    company: str | None
    occurred_on: date
    amount_nok: int


@dataclass(frozen=True)
class Grants:
    """The grants of a frame that the viewer may see, and what there is in other regions."""

    rows: Sequence[Granted]
    elsewhere: int
    elsewhere_nok: int


def list_grants_of(session: Session, viewer: Actor, left: Left) -> Grants:
    """List the grants that were taken of a frame: those elsewhere as a number and a sum."""
    grants = _grants().where(Frame.id == left.frame.id).subquery()
    rows = session.execute(
        sa.select(
            grants.c.application_id, sa.func.coalesce(Idea.title, grants.c.title), Company.name,
            grants.c.occurred_on, grants.c.amount_nok,
        )
        .outerjoin(Idea, sa.and_(Idea.id == grants.c.idea_id, Idea.known()))
        .outerjoin(Company, Company.id == grants.c.company_id)
        .where(viewer.in_regions(grants.c.region_id))
        .order_by(grants.c.occurred_on.desc(), grants.c.event_id.desc())
    )  # fmt: skip
    seen = [Granted(*row) for row in rows]
    return Grants(
        seen, left.grants - len(seen), left.granted_nok - sum(row.amount_nok for row in seen)
    )
