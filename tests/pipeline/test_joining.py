"""Merging two ideas: all of both is kept, it counts once with the earliest dates, and is undone."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit import operations as audit
from incubator.core.access import command_line
from incubator.core.clock import Period
from incubator.core.errors import NotAllowed, RuleBroken, Stale
from incubator.core.scope import View
from incubator.followups import operations as followups
from incubator.followups.models import FollowUp
from incubator.funding.models import Application
from incubator.goals import queries as goals
from incubator.goals.models import Attribution
from incubator.ideas import operations as ideas, queries, tags
from incubator.ideas.course import joined_stages, joined_statuses
from incubator.ideas.models import Idea, IdeaMerge, StageEvent, Status, StatusEvent
from incubator.jobs.models import JobRecord
from incubator.pipeline import joining, parting
from incubator.pipeline.joining import Seen, merge_ideas
from incubator.pipeline.queries import board_as_of
from incubator.pipeline.undo import undo_change
from incubator.tables import metadata
from incubator.upkeep import check
from incubator.visits import queries as visits
from incubator.visits.models import VisitIdea
from tests import make

ME = command_line()
FIRST, SECOND = date(2026, 2, 2), date(2026, 2, 9)
YEAR = Period(date(2026, 1, 1), date(2026, 5, 12))


@pytest.fixture(autouse=True)
def stands_still(clock):
    """All of it happens in May 2026."""


@pytest.fixture
def two(session):
    """Make an idea, and the same one a week later, that came further and has something of all."""
    company = make.company(session)
    kept = make.ripe_idea(session, on=FIRST, company_id=company.id, title="Flis")
    other = make.ripe_idea(session, on=SECOND, company_id=company.id, title="Varme av flis")
    make.move(session, kept, "case", date(2026, 3, 20))
    make.move(session, other, "case", date(2026, 3, 10))
    make.move(session, other, "rd_application", date(2026, 4, 1))
    followups.promise(session, ME, other, what="Ring", due_on=None)
    make.jobs(session, company_id=company.id, idea_id=other.id, region_id=other.region_id)
    tags.tag_ideas(session, ME, [kept, other], "Biokull")
    tags.tag_ideas(session, ME, [other], "Varme")
    came_up(session, other, make.visit(session, company_id=company.id))
    return kept, other


def came_up(session, idea, visit):
    row = VisitIdea(visit_id=visit.id, idea_id=idea.id)
    audit.stamp(row, make.a_change(session))
    session.add(row)
    session.flush()


def path(session, idea):
    keys = {stage.id: key for key, stage in make.stages(session).items()}
    query = sa.select(StageEvent).where(StageEvent.idea_id == idea.id, StageEvent.known())
    found = session.scalars(query.order_by(StageEvent.occurred_on, StageEvent.nth))
    return [(keys[event.stage_id], f"{event.occurred_on:%d.%m}") for event in found]


def everything(session):
    """Give the figures, the boards and what stands, but for the numbers of the cards."""
    days = [date(2026, 2, 5), date(2026, 3, 15), date(2026, 4, 1), YEAR.last]
    return (
        goals.all_values(session, View(YEAR.last), YEAR),
        [board_as_of(session, View(day)) for day in days],
    )


def sound(session):
    session.flush()
    session.expire_all()
    assert [f"{invariant.name} {row}" for invariant, row in check.broken(session)] == []


def test_every_table_that_names_an_idea_is_thought_of():
    pointing = {
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.columns
        if any(key.column is Idea.__table__.c.id for key in column.foreign_keys)
    }
    led = {*joining.BELONGINGS.values()}
    led |= {(name, key) for name, keys in parting.FACTS.items() for key in keys}
    assert pointing - led == {(IdeaMerge.__tablename__, "idea_id")}


def test_it_counts_once_with_the_earliest_dates_and_all_of_both_is_kept(session, two, clock):
    kept, other = two
    clock.set(date(2026, 5, 13))
    before = goals.all_values(session, View(YEAR.last), YEAR)
    change = merge_ideas(session, ME, other, kept, take={"title"})
    sound(session)
    assert (kept.is_voided, other.is_voided, kept.title) == (False, True, "Varme av flis")
    assert path(session, kept) == [
        ("idea", "02.02"), ("case", "10.03"), ("rd_application", "01.04"),
    ]  # fmt: skip
    after = goals.all_values(session, View(YEAR.last), YEAR)
    assert after["ideas_registered"] == before["ideas_registered"] - 1
    assert after["cases_opened"] == before["cases_opened"] - 1
    same = set(before) - {"ideas_registered", "ideas_from_industry", "cases_opened"}
    assert {key: after[key] for key in same} == {key: before[key] for key in same}
    for table in (FollowUp, Application, JobRecord):
        assert set(session.scalars(sa.select(table.idea_id))) == {kept.id}
    assert kept.next_step == "Ring"
    assert [t.name for t in tags.tags_of(session, [kept.id])[kept.id]] == ["Biokull", "Varme"]
    assert visits.origin_of(session, kept.id) is not None
    assert board_as_of(session, View(date(2026, 3, 15)))["stages"]["case"] == 1
    # As it was known before the merge there were two of them.
    was = View(YEAR.last, change.recorded_at - timedelta(seconds=1))
    assert goals.all_values(session, was, YEAR) == before


def test_the_undo_gives_both_back_as_they_were_and_the_old_address_leads_to_the_new_card(
    session, two, clock
):
    kept, other = two
    before = everything(session)
    paths = path(session, kept), path(session, other)
    change = merge_ideas(session, ME, kept, other, take={"title", "problem"})
    merged = everything(session)
    assert merged != before
    clock.set(date(2026, 5, 13))
    undo_change(session, ME, change.id)
    sound(session)
    back = queries.merged_into(session, other.id)
    anew = session.get_one(Idea, back)
    assert (path(session, kept), path(session, anew)) == paths
    assert (kept.title, anew.title) == ("Flis", "Varme av flis")
    assert everything(session) == before
    assert set(session.scalars(sa.select(JobRecord.idea_id))) == {anew.id}
    assert visits.origin_of(session, anew.id) is not None
    assert visits.origin_of(session, kept.id) is None
    # In between, one was known.
    between = View(YEAR.last, change.recorded_at)
    assert goals.all_values(session, between, YEAR)["ideas_registered"] == 1
    with pytest.raises(RuleBroken, match="already_undone"):
        undo_change(session, ME, change.id)


def test_both_visits_tell_of_the_one_that_is_kept(session, two):
    """An idea has one origin; the other visit says what its idea became a part of."""
    kept, other = two
    early, late = (
        make.visit(session, company_id=kept.company_id, occurred_on=on) for on in (FIRST, SECOND)
    )
    came_up(session, kept, early)
    session.execute(
        sa.update(VisitIdea).where(VisitIdea.idea_id == other.id).values(visit_id=late.id)
    )
    viewer = make.actor(session)

    def told(visit):
        return [
            (one.id, one.title, one.was) for one in visits.get_page(session, viewer, visit.id).ideas
        ]

    assert (told(early), told(late)) == (
        [(kept.id, "Flis", None)],
        [(other.id, "Varme av flis", None)],
    )
    change = merge_ideas(session, ME, kept, other)
    assert told(early) == [(kept.id, "Flis", None)]
    assert told(late) == [(kept.id, "Flis", "Varme av flis")]
    undo_change(session, ME, change.id)
    anew = queries.merged_into(session, other.id)
    assert (told(early), told(late)) == ([(kept.id, "Flis", None)], [(anew, "Varme av flis", None)])


def test_what_was_done_before_a_merge_cannot_be_undone_behind_it(session, two):
    kept, other = two
    moved = make.move(session, other, "commercialisation", date(2026, 5, 4))
    tagged = tags.tag_ideas(session, ME, [other], "Sag")
    change = merge_ideas(session, ME, kept, other)
    for earlier in (moved, tagged):
        with pytest.raises(RuleBroken, match="built_upon"):
            undo_change(session, ME, earlier.id)
    make.move(session, kept, "case", date(2026, 5, 6))
    with pytest.raises(RuleBroken, match="built_upon"):
        undo_change(session, ME, change.id)


def test_who_may_correct_both_may_merge_them_and_only_what_was_seen(session, two):
    kept, other = two
    developer = make.actor(session, Role.DEVELOPER)
    with pytest.raises(NotAllowed, match="not_yours"):
        merge_ideas(session, developer, kept, other)
    elsewhere = make.idea(session, region_name="Hamarregionen")
    for third, code in ((kept, "same_idea"), (elsewhere, "one_region")):
        with pytest.raises(RuleBroken, match=code):
            merge_ideas(session, ME, kept, third)
    with pytest.raises(Stale, match="ideas_changed"):
        merge_ideas(session, ME, kept, other, seen=Seen(kept.version, other.version + 1))
    merge_ideas(session, ME, kept, other, seen=Seen(kept.version, other.version))
    with pytest.raises(Stale, match="ideas_changed"):
        merge_ideas(session, ME, kept, other)


def test_nothing_becomes_shared_by_a_merge(session, two):
    kept, other = two
    ideas.share_idea(session, ME, kept, is_shared=True, on=YEAR.last)
    change = merge_ideas(session, ME, kept, other)
    assert kept.is_shared is False
    undo_change(session, ME, change.id)
    assert kept.is_shared is True
    sound(session)


def test_what_the_kept_one_is_claimed_for_holds_and_else_the_other_ones(session, two):
    kept, other = two
    programme = make.programme(session)

    def claim(idea):
        row = Attribution(
            programme_id=programme.id, subject_kind="idea", subject_id=idea.id, share=40
        )
        audit.stamp(row, make.a_change(session))
        session.add(row)
        session.flush()

    claim(other)
    change = merge_ideas(session, ME, kept, other)
    standing = sa.select(Attribution.subject_id).where(Attribution.known())
    assert list(session.scalars(standing)) == [kept.id]
    undo_change(session, ME, change.id)
    assert list(session.scalars(standing)) == [queries.merged_into(session, other.id)]


def stage(nth, day, key):
    return StageEvent(id=nth, stage_id=key, occurred_on=date(2026, 3, day), nth=nth)


def status(nth, day, what):
    return StatusEvent(id=nth, status=what, occurred_on=date(2026, 3, day), nth=nth)


def test_the_kept_one_leads_and_the_other_gives_what_came_earlier():
    kept = [stage(1, 1, "idea"), stage(1, 10, "incubator"), stage(1, 20, "idea")]
    other = [stage(1, 5, "idea"), stage(1, 10, "case"), stage(2, 10, "incubator")]
    other += [stage(1, 25, "case")]
    steps = joined_stages(kept, other)
    assert [(step.event.stage_id, step.on.day, step.nth, step.stays) for step in steps] == [
        ("idea", 1, 1, True), ("incubator", 10, 1, True), ("case", 10, 2, False),
        ("idea", 20, 1, True),
    ]  # fmt: skip


def test_it_is_open_while_either_was_and_closed_as_the_later_one_said():
    opened, parked, stopped, launched = Status.OPEN, Status.PARKED, Status.STOPPED, Status.LAUNCHED
    kept = [status(1, 1, opened), status(1, 8, parked), status(1, 15, opened)]
    other = [status(1, 5, opened), status(1, 12, stopped), status(1, 20, opened)]
    other += [status(2, 20, launched)]
    steps = joined_statuses(kept, other)
    assert [(step.event.status, step.on.day, step.stays) for step in steps] == [
        (opened, 1, True), (stopped, 12, False), (opened, 15, True), (launched, 20, False),
    ]  # fmt: skip
