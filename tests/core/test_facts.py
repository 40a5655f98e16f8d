"""Facts carry two times, and are voided, never altered."""

from datetime import date, timedelta

import sqlalchemy as sa

from incubator.core.facts import void, void_all
from incubator.jobs.models import JobRecord
from tests import make

DAY = date(2026, 3, 2)


def standing(session, day=date(2026, 12, 31), known_at=None):
    query = sa.select(JobRecord.id).where(JobRecord.standing(day, known_at))
    return session.scalars(query).all()


def test_a_fact_stands_from_its_day_however_late_it_was_entered(session, clock):
    fact = make.jobs(session, on=DAY)
    assert standing(session, DAY - timedelta(days=1)) == []
    assert standing(session, DAY) == [fact.id]


def test_a_fact_is_known_from_the_instant_it_was_entered(session, clock):
    fact = make.jobs(session, on=DAY)
    at = fact.recorded_at
    assert standing(session, known_at=at) == [fact.id]
    assert standing(session, known_at=at - timedelta(microseconds=1)) == []


def test_a_voided_fact_stands_no_more_but_was_known_until_then(session, clock):
    fact = make.jobs(session, on=DAY)
    entered = fact.recorded_at
    clock.set(entered + timedelta(hours=1))
    change = make.a_change(session)
    void(session, fact, change)
    session.flush()
    assert fact.is_voided and fact.void_change_id == change.id
    assert standing(session) == []
    assert standing(session, known_at=entered) == [fact.id]
    assert standing(session, known_at=change.recorded_at) == []


def test_what_is_voided_once_keeps_who_voided_it(session, clock):
    fact, other = make.jobs(session), make.jobs(session)
    first = make.a_change(session)
    assert void_all(session, JobRecord, JobRecord.id == fact.id, first) == 1
    second = make.a_change(session)
    assert void_all(session, JobRecord, sa.true(), second) == 1
    session.refresh(fact)
    session.refresh(other)
    assert (fact.void_change_id, other.void_change_id) == (first.id, second.id)
