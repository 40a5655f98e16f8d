"""Read agreements on reporting and who gets the mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core.access import Actor
from incubator.core.errors import NotFound
from incubator.core.scope import Places, ProgrammeScope, View
from incubator.goals.programmes import scope
from incubator.reference.models import Municipality, Organisation, Programme, Region
from incubator.reference.places import find_places, municipality_key, programme_key
from incubator.summaries.models import (
    Bounce,
    Partner,
    PartnerMunicipality,
    Recipient,
)  # fmt: skip


@dataclass(frozen=True)
class Agreement:
    """A partner with what it is called and what its summary is about."""

    partner: Partner
    organisation: str
    region: str
    programme: str | None
    municipalities: tuple[tuple[int, str], ...] = ()
    places: Places | None = None  # of the municipalities, with those that they once were
    scope: ProgrammeScope | None = None

    @property
    def place(self) -> str:
        """Name the place as a heading does."""
        return ", ".join(name for _number, name in self.municipalities) or self.region

    def view(self, day: date, known_at: datetime | None) -> View:
        """Look at what the agreement is about."""
        view = View(day, known_at, (self.partner.region_id,), programme=self.scope)
        return view if self.places is None else view.inside(self.places)


def agreements(
    session: Session,
    *,
    viewer: Actor | None = None,
    region_id: int | None = None,
    partner_id: int | None = None,
    also_ended: bool = False,
) -> list[Agreement]:
    """List the standing agreements by name, or those that are over too, in three queries."""
    query = (
        sa.select(Partner, Organisation.name, Region.name, Programme)
        .join(Organisation, Organisation.id == Partner.organisation_id)
        .join(Region, Region.id == Partner.region_id)
        .outerjoin(Programme, Programme.id == Partner.programme_id)
        .order_by(Region.sort_key, Organisation.sort_key, Partner.id)
    )
    if not also_ended:
        query = query.where(Partner.known())
    if viewer is not None:
        query = query.where(viewer.in_regions(Partner.region_id))
    if region_id is not None:
        query = query.where(Partner.region_id == region_id)
    if partner_id is not None:
        query = query.where(Partner.id == partner_id)
    found = session.execute(query).all()
    named = _municipalities(session, [row[0].id for row in found])
    keys = {municipality_key(number) for places in named.values() for number, _name in places}
    keys |= {programme_key(row[3].id) for row in found if row[3] is not None}
    where = find_places(session, keys)
    return [
        Agreement(
            partner, organisation, region, programme.name if programme else None,
            tuple(named.get(partner.id, ())),
            _together([where[municipality_key(n)] for n, _name in named.get(partner.id, ())]),
            scope(programme, where) if programme else None,
        )
        for partner, organisation, region, programme in found
    ]  # fmt: skip


def _municipalities(
    session: Session, partner_ids: Sequence[int]
) -> dict[int, list[tuple[int, str]]]:
    places: dict[int, list[tuple[int, str]]] = {}
    for number, place_id, name in session.execute(
        sa.select(PartnerMunicipality.partner_id, Municipality.id, Municipality.name)
        .join(Municipality, Municipality.id == PartnerMunicipality.municipality_id)
        .where(PartnerMunicipality.known(), PartnerMunicipality.partner_id.in_(partner_ids))
        .order_by(Municipality.sort_key)
    ):
        places.setdefault(number, []).append((place_id, name))
    return places


def _together(places: Sequence[Places]) -> Places | None:
    """Put places together; None where there are none: the whole region is meant then."""
    if not places:
        return None
    return Places(
        tuple(sorted({n for one in places for n in one.municipality_ids})),
        tuple(sorted({n for one in places for n in one.region_ids})),
        tuple(sorted({n for one in places for n in one.part_ids})),
    )


def get_agreement(session: Session, viewer: Actor, partner_id: int) -> Agreement:
    """Give one agreement. Raises NotFound outside the viewer's regions."""
    found = agreements(session, viewer=viewer, partner_id=partner_id)
    if not found:
        raise NotFound("not_found")
    return found[0]


def recipients(session: Session, partner_ids: Sequence[int]) -> dict[int, list[Recipient]]:
    """List the recipients of agreements, also those who have stopped it, in one query."""
    rows = session.scalars(
        sa.select(Recipient)
        .where(Recipient.known(), Recipient.partner_id.in_(partner_ids))
        .order_by(Recipient.partner_id, Recipient.name, Recipient.id)
    )
    found: dict[int, list[Recipient]] = {}
    for row in rows:
        found.setdefault(row.partner_id, []).append(row)
    return found


def bounces(session: Session, recipient_ids: Sequence[int]) -> dict[int, Bounce]:
    """Give, for recipients that mail came back from, when and why; one query."""
    rows = session.scalars(
        sa.select(Bounce)
        .where(Bounce.known(), Bounce.recipient_id.in_(recipient_ids))
        .order_by(Bounce.id)
    )
    return {row.recipient_id: row for row in rows}


def receiving(session: Session, partner_ids: Sequence[int]) -> dict[int, list[Recipient]]:
    """List the recipients to whom mail may go: nobody who stopped it, no dead address."""
    came_back = sa.exists().where(Bounce.recipient_id == Recipient.id, Bounce.known())
    rows = session.scalars(
        sa.select(Recipient)
        .where(Recipient.partner_id.in_(partner_ids), Recipient.known())
        .where(Recipient.stopped_at.is_(None), ~came_back)
        .order_by(Recipient.partner_id, Recipient.name, Recipient.id)
    )
    found: dict[int, list[Recipient]] = {}
    for row in rows:
        found.setdefault(row.partner_id, []).append(row)
    return found


def who_get_it(session: Session, partner_id: int) -> list[Recipient]:
    """List the recipients of one agreement to whom mail may go."""
    return receiving(session, [partner_id]).get(partner_id, [])


def get_recipient(session: Session, viewer: Actor, recipient_id: int) -> Recipient:
    """Give a recipient of the viewer's regions. Raises NotFound."""
    found = session.scalar(
        sa.select(Recipient)
        .join(Partner, Partner.id == Recipient.partner_id)
        .where(Recipient.id == recipient_id, Recipient.known())
        .where(viewer.in_regions(Partner.region_id))
    )
    if found is None:
        raise NotFound("not_found")
    return found
