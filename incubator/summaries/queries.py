"""Read agreements, their recipients, and what was told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.core.access import Actor
from incubator.core.clock import Period
from incubator.core.errors import NotFound
from incubator.core.scope import Places, ProgrammeScope, View
from incubator.funding.models import Application, ApplicationStatus, Instrument
from incubator.goals import metrics
from incubator.goals.metrics import METRICS, Metric, Question
from incubator.goals.programmes import scope
from incubator.ideas.models import Idea, Stage, StageEvent, Status, StatusEvent
from incubator.ideas.queries.past import statuses_as_of
from incubator.mail.models import Message
from incubator.reference.models import Municipality, Organisation, Programme, Region
from incubator.reference.places import find_places, municipality_key, programme_key
from incubator.summaries.models import (
    Delivery,
    Partner,
    PartnerMunicipality,
    Recipient,
    Span,
    Summary,
    SummaryRow,
    SummaryStatus,
)  # fmt: skip
from incubator.summaries.rules import FrozenRow

MOST_NAMED = 25
PAGE = 100


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
) -> list[Agreement]:
    """List the standing agreements by name, in three queries."""
    query = (
        sa.select(Partner, Organisation.name, Region.name, Programme)
        .join(Organisation, Organisation.id == Partner.organisation_id)
        .join(Region, Region.id == Partner.region_id)
        .outerjoin(Programme, Programme.id == Partner.programme_id)
        .where(Partner.known())
        .order_by(Region.sort_key, Organisation.sort_key, Partner.id)
    )
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


def latest_of_month(session: Session, partner_id: int, month: date) -> Summary | None:
    """Give the newest version of a month's summary."""
    return session.scalar(
        sa.select(Summary)
        .where(Summary.partner_id == partner_id, Summary.month == month)
        .order_by(Summary.version.desc())
        .limit(1)
    )


def last_told(session: Session, partner_id: int, month: date) -> Summary | None:
    """Give what the partner was told last, of a month up to this one."""
    return session.scalar(
        sa.select(Summary)
        .where(
            Summary.partner_id == partner_id,
            Summary.month <= month,
            Summary.status == SummaryStatus.APPROVED,
        )
        .order_by(Summary.month.desc(), Summary.version.desc())
        .limit(1)
    )


def first_told_month(session: Session, partner_id: int) -> date | None:
    """Give the first month that the partner was told of."""
    return session.scalar(
        sa.select(sa.func.min(Summary.month)).where(
            Summary.partner_id == partner_id, Summary.status == SummaryStatus.APPROVED
        )
    )


@dataclass(frozen=True)
class Line:
    """A summary in the list of a month."""

    summary: Summary
    organisation: str
    region: str
    sent: int
    waiting: int
    failed: int


def list_summaries(
    session: Session, viewer: Actor, region_id: int | None, offset: int = 0
) -> list[Line]:
    """List summaries, the latest month first, with how their mail went; one query."""
    mail = (
        sa.select(
            Delivery.summary_id,
            sa.func.count(Message.sent_at).label("sent"),
            sa.func.count(Message.given_up_at).label("failed"),
            sa.func.count(Delivery.id).label("all"),
        )
        .join(Message, Message.id == Delivery.message_id)
        .group_by(Delivery.summary_id)
        .subquery()
    )
    query = (
        sa.select(
            Summary, Organisation.name, Region.name,
            sa.func.coalesce(mail.c.sent, 0), sa.func.coalesce(mail.c.failed, 0),
            sa.func.coalesce(mail.c.all, 0),
        )
        .join(Partner, Partner.id == Summary.partner_id)
        .join(Organisation, Organisation.id == Partner.organisation_id)
        .join(Region, Region.id == Partner.region_id)
        .outerjoin(mail, mail.c.summary_id == Summary.id)
        .where(viewer.in_regions(Partner.region_id))
        .order_by(Summary.month.desc(), Organisation.sort_key, Summary.version.desc())
        .offset(offset)
        .limit(PAGE + 1)
    )  # fmt: skip
    if region_id is not None:
        query = query.where(Partner.region_id == region_id)
    return [
        Line(summary, organisation, region, sent, total - sent - failed, failed)
        for summary, organisation, region, sent, failed, total in session.execute(query)
    ]


def get_summary(session: Session, viewer: Actor, summary_id: int) -> tuple[Summary, Agreement]:
    """Give a summary of the viewer's regions and its agreement. Raises NotFound."""
    summary = session.get(Summary, summary_id)
    if summary is None:
        raise NotFound("not_found")
    return summary, get_agreement(session, viewer, summary.partner_id)


@dataclass(frozen=True)
class Sent:
    """A delivery and how its mail went."""

    recipient: Recipient
    message: Message


def deliveries(session: Session, summary_id: int) -> list[Sent]:
    """List the deliveries of a summary, in one query."""
    rows = session.execute(
        sa.select(Recipient, Message)
        .join(Delivery, Delivery.recipient_id == Recipient.id)
        .join(Message, Message.id == Delivery.message_id)
        .where(Delivery.summary_id == summary_id)
        .order_by(Recipient.name, Recipient.id)
    )
    return [Sent(row[0], row[1]) for row in rows]


def rows_of(session: Session, metric: Metric, view: View, period: Period) -> list[FrozenRow]:
    """Read the rows behind a metric, as they can be frozen."""
    found = metrics.rows_of(metric, view, period)
    amount = found.c.amount if metric.is_sum else sa.null()
    stored = sa.type_coerce(amount, sa.BigInteger)
    rows = session.execute(sa.select(found.c.id, found.c.day, stored).order_by(found.c.id))
    return [FrozenRow(row[0], row[1], row[2]) for row in rows]


def unknown(session: Session, view: View, period: Period) -> dict[str, int]:
    """Count, for each metric, what could not be classified: one query."""
    questions = [Question(metric, view, period, unknown=True) for metric in METRICS]
    asked = [question for question in questions if question.can_be_unknown]
    answers = metrics.values(session, asked)
    return {q.metric.key: int(n) for q, n in zip(asked, answers, strict=True) if n}


def frozen_rows(session: Session, summary_id: int, metric: str, span: Span) -> list[SummaryRow]:
    """List the rows that a summary kept behind a number, the latest first."""
    return list(
        session.scalars(
            sa.select(SummaryRow)
            .where(
                SummaryRow.summary_id == summary_id,
                SummaryRow.metric == metric,
                SummaryRow.span == span,
            )
            .order_by(SummaryRow.day.desc(), SummaryRow.subject_id)
        )
    )


def closed_in(session: Session, view: View, period: Period) -> dict[str, list[FrozenRow]]:
    """Give the ideas that were parked, stopped or launched in a period, by status."""
    rows = session.execute(
        sa.select(StatusEvent.status, StatusEvent.idea_id, StatusEvent.occurred_on)
        .join(Idea, Idea.id == StatusEvent.idea_id)
        .where(
            StatusEvent.status != Status.OPEN,
            StatusEvent.occurred_on.between(period.first, period.last),
            view.standing(StatusEvent),
            *view.within(Idea),
        )
        .order_by(StatusEvent.occurred_on, StatusEvent.nth)
    )
    found: dict[str, dict[int, date]] = {}
    for status, idea_id, day in rows:
        found.setdefault(Status(status).value, {})[idea_id] = day
    return {
        status: [FrozenRow(number, day, None) for number, day in sorted(ideas.items())]
        for status, ideas in found.items()
    }


def _stays(view: View) -> sa.Subquery:
    """Build one row per idea: the stage it stood in when the day ended, since when, as which."""
    latest_first = (StageEvent.occurred_on.desc(), StageEvent.nth.desc())
    nth = sa.func.row_number().over(partition_by=StageEvent.idea_id, order_by=latest_first)
    entered = sa.func.count().over(partition_by=StageEvent.idea_id)
    ranked = (
        sa.select(
            StageEvent.idea_id, StageEvent.stage_id, StageEvent.occurred_on,
            nth.label("nth"), entered.label("entered"),
        )
        .join(Idea, Idea.id == StageEvent.idea_id)
        .where(view.standing(StageEvent), *view.within(Idea))
        .subquery()
    )  # fmt: skip
    return sa.select(ranked).where(ranked.c.nth == 1).subquery()


def moved_in(session: Session, view: View, period: Period) -> list[FrozenRow]:
    """Give the ideas that came from one stage to another in a period, with the day they did."""
    stays = _stays(view)
    rows = session.execute(
        sa.select(stays.c.idea_id, stays.c.occurred_on)
        .where(stays.c.occurred_on.between(period.first, period.last), stays.c.entered > 1)
        .order_by(stays.c.idea_id)
    )
    return [FrozenRow(row[0], row[1], None) for row in rows]


def standing_still(session: Session, view: View) -> list[FrozenRow]:
    """Give the open ideas that had stood in their stage beyond its threshold when the day ended."""
    stays, statuses = _stays(view), statuses_as_of(view)
    rows = session.execute(
        sa.select(stays.c.idea_id, stays.c.occurred_on, Stage.stale_days)
        .join(Stage, Stage.id == stays.c.stage_id)
        .join(statuses, statuses.c.idea_id == stays.c.idea_id)
        .where(statuses.c.value == Status.OPEN, Stage.stale_days > 0)
        .order_by(stays.c.idea_id)
    )
    return [
        FrozenRow(number, since, None)
        for number, since, stale_days in rows
        if (view.as_of - since).days > stale_days
    ]


def deadlines_ahead(session: Session, view: View, until: date) -> list[dict[str, Any]]:
    """List the deadlines that unsent applications work towards: day, scheme, how many."""
    rows = session.execute(
        sa.select(Application.deadline_on, Instrument.name, sa.func.count())
        .outerjoin(Instrument, Instrument.id == Application.instrument_id)
        .where(
            Application.status == ApplicationStatus.DRAFT,
            Application.deadline_on > view.as_of,
            Application.deadline_on <= until,
            *view.within(Application),
        )
        .group_by(Application.deadline_on, Instrument.name)
        .order_by(Application.deadline_on, Instrument.name)
    )
    return [
        {"on": on.isoformat(), "scheme": name, "count": count}
        for on, name, count in rows
        if on is not None
    ]


def shared_news(session: Session, view: View, period: Period) -> list[dict[str, Any]]:
    """List the shared ideas that were registered in a period, by name: what partners may read."""
    rows = session.execute(
        sa.select(Idea.id, Idea.title, Idea.registered_on, Stage.key)
        .join(Stage, Stage.id == Idea.stage_id)
        .where(
            Idea.is_shared,
            Idea.registered_on.between(period.first, period.last),
            *view.within(Idea),
        )
        .order_by(Idea.registered_on, Idea.id)
        .limit(MOST_NAMED)
    )
    return [
        {"id": row[0], "title": row[1], "on": row[2].isoformat(), "stage": row[3]} for row in rows
    ]
