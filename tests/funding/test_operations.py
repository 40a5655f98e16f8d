"""Applications: what happens to them, in which order, and what of it counts."""

from datetime import date

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.core.access import command_line
from incubator.core.errors import NotAllowed, RuleBroken
from incubator.core.scope import View
from incubator.funding import operations as funding, queries
from incubator.funding.models import Application, ApplicationEvent, ApplicationStatus
from incubator.ideas.models import Idea
from incubator.upkeep import check
from tests import make

ME = command_line()
DAY = date(2026, 3, 2)
SENT, GRANTED, REFUSED = (
    ApplicationStatus.SENT,
    ApplicationStatus.GRANTED,
    ApplicationStatus.REFUSED,
)


@pytest.fixture
def application(session, clock):
    return make.application(session)


def enter(session, application, status, on=DAY, by=ME, **over):
    return funding.set_status(session, by, application, status, on=on, **over)


def rows(session, status, day=date(2026, 5, 12)):
    found = session.execute(queries.by_event(View(day), status)).all()
    return [(row.id, row.day, row.amount) for row in found]


def test_an_application_goes_from_draft_to_sent_to_granted(session, application):
    enter(session, application, SENT)
    enter(session, application, GRANTED, date(2026, 4, 1), amount_nok=300_000)
    assert application.status == GRANTED
    events = session.scalars(sa.select(ApplicationEvent.status).order_by(ApplicationEvent.id)).all()
    assert events == [ApplicationStatus.DRAFT, SENT, GRANTED]
    assert list(check.broken(session)) == []


def test_of_two_events_on_one_day_the_last_holds(session, application):
    enter(session, application, SENT)
    enter(session, application, GRANTED, amount_nok=1)
    assert application.status == GRANTED
    assert list(check.broken(session)) == []


def test_a_grant_needs_its_amount_and_a_refusal_its_reason(session, application):
    enter(session, application, SENT)
    with pytest.raises(RuleBroken, match="amount_missing"):
        enter(session, application, GRANTED)
    with pytest.raises(RuleBroken, match="reason_missing"):
        enter(session, application, REFUSED, reason=" ")
    enter(session, application, REFUSED, reason="For lite nytt.")


def test_a_grant_of_nothing_is_an_amount(session, application):
    enter(session, application, SENT)
    enter(session, application, GRANTED, amount_nok=0)
    assert rows(session, GRANTED) == [(application.id, DAY, 0)]


@pytest.mark.parametrize(
    ("on", "code"),
    [(date(2026, 5, 13), "in_the_future"), (date(2026, 3, 1), "before_latest_of_application")],
)
def test_nothing_happens_in_the_future_or_before_what_happened_last(session, application, on, code):
    enter(session, application, SENT)
    with pytest.raises(RuleBroken, match=code):
        enter(session, application, GRANTED, on, amount_nok=1)
    assert application.status == SENT


def test_an_application_counts_from_the_day_it_was_sent(session, application):
    enter(session, application, SENT)
    assert rows(session, SENT) == [(application.id, DAY, None)]
    assert rows(session, SENT, date(2026, 3, 1)) == []


def test_a_decision_in_two_parts_is_one_grant_of_their_sum(session, application):
    enter(session, application, SENT)
    enter(session, application, GRANTED, amount_nok=200_000)
    enter(session, application, GRANTED, date(2026, 4, 1), amount_nok=100_000)
    assert rows(session, GRANTED) == [(application.id, DAY, 300_000)]
    assert rows(session, GRANTED, date(2026, 3, 31)) == [(application.id, DAY, 200_000)]


def test_a_sent_application_no_longer_shows_a_deadline_on_its_card(session, clock):
    idea = make.ripe_idea(session)
    make.move(session, idea, "rd_application", DAY, deadline_on=date(2026, 9, 1))
    application = session.scalars(sa.select(Application)).one()
    event = enter(session, application, SENT)
    assert (idea.deadline_on, idea.last_change_id) == (None, event.change_id)


def test_the_nearest_deadline_of_the_unsent_ones_is_shown(session, clock):
    idea = make.ripe_idea(session)
    make.move(session, idea, "rd_application", DAY, deadline_on=date(2026, 9, 1))
    change = make.a_change(session)
    change.region_id = idea.region_id
    funding.open_application(session, idea, change, on=DAY, deadline_on=date(2026, 6, 15))
    assert idea.deadline_on == date(2026, 6, 15)


def test_an_advisor_keeps_own_applications_and_nobody_elses(session, application):
    advisor = make.actor(session, Role.ADVISOR)
    with pytest.raises(NotAllowed, match="not_yours"):
        enter(session, application, SENT, by=advisor)
    session.get_one(Idea, application.idea_id).owner_id = advisor.id
    enter(session, application, SENT, by=advisor)


def test_a_stranger_and_a_partner_keep_none(session, application):
    for actor in (
        make.actor(session, region_name="Hamarregionen"), make.actor(session, Role.PARTNER),
    ):  # fmt: skip
        with pytest.raises(NotAllowed):
            enter(session, application, SENT, by=actor)


def test_the_funding_schemes_are_loaded_once(session):
    assert funding.load_instruments(session) == 0
    assert len(queries.instrument_choices(session)) > 5
