"""Each invariant finds the row that breaks it, and nothing in data that is sound."""

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.companies.models import Company, CompanyMerge
from incubator.core import clock
from incubator.core.access import command_line
from incubator.core.db import Base
from incubator.core.facts import void
from incubator.core.links import Place
from incubator.followups import operations as followups
from incubator.funding import operations as funding
from incubator.funding.models import (
    Application,
    ApplicationEvent,
    ApplicationStatus,
    PaymentKind,
)  # fmt: skip
from incubator.ideas import operations as ideas
from incubator.ideas.models import Idea, IdeaMerge, StageEvent, StatusEvent
from incubator.incubation import operations as incubations
from incubator.incubation.models import EndReason, Incubation, IncubationEnd
from incubator.jobs import operations as jobs
from incubator.jobs.models import JobState
from incubator.mail import operations as mail
from incubator.meetings import operations as meetings
from incubator.meetings.models import DecisionKind, MeetingDecision, MeetingItem
from incubator.pipeline.undo import undo_change
from incubator.reference.models import Municipality, RegionMunicipality
from incubator.search.models import Kind, SearchEntry
from incubator.summaries import operations as summaries, queries as reports
from incubator.summaries.models import Recipient, Span, SummaryRow
from incubator.transfer.models import ImportRow, ImportRun
from incubator.upkeep import check
from incubator.visits import operations as visits
from incubator.visits.models import Visit, VisitContact, VisitFollowUp, VisitIdea
from tests import make
from tests.thorough import dealt

ME = command_line()
DAY = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def stands_still(clock):
    """All of it happens in May 2026."""


@pytest.fixture
def world(session):
    """Give an idea that all sorts of things happened to, beside others."""
    idea = make.ripe_idea(session, "case")
    ideas.share_idea(session, ME, idea, is_shared=True, on=DAY)
    make.move(session, idea, "incubator_company", DAY)
    make.move(session, idea, "rd_application", DAY, deadline_on=date(2026, 9, 1))
    followups.promise(session, ME, idea, what="Ring", due_on=DAY)
    ideas.park_idea(session, ME, idea, on=DAY, reason="Venter.", look_again_on=None)
    make.jobs(session, idea_id=idea.id)
    make.goal(session)
    undo_change(session, ME, make.idea(session, company_name="Feil AS").change_id)
    imported(session, make.idea(session))
    visited(session)
    met(session)
    make.idea(session)
    return idea


def met(session):
    """Hold a meeting that moved a card and parked another, and decided one thing anew."""
    region_id = make.region(session).id
    meeting = meetings.begin_meeting(session, ME, region_id=region_id, user_ids=())
    moved, parked = make.ripe_idea(session), make.ripe_idea(session)
    stage = make.stages(session)["case"]
    for idea, kind, change in (
        (moved, DecisionKind.MOVED, make.move(session, moved, "case")),
        (parked, DecisionKind.PARKED, ideas.park_idea(
            session, ME, parked, on=clock.today(), reason="Venter.", look_again_on=None
        )),
    ):  # fmt: skip
        item = meetings.take_up(session, ME, meeting, idea)
        named = stage if kind == DecisionKind.MOVED else None
        meetings.note_decision(session, ME, meeting, item, kind, change, stage=named)
        meetings.decide(session, ME, meeting, item, DecisionKind.AGAIN)


def visited(session):
    """Log visits that were corrected, undone and taken back, beside one that stands."""
    full = {"new_contacts": ("Per",), "promises": (visits.Promise("Ring"),), "idea_title": "Ny"}
    company_id = make.company(session).id
    made = [make.visit(session, company_id=company_id, **full) for _ in range(4)]
    undo_change(session, ME, made[0].change_id)
    visits.void_visit(session, ME, made[1], reason="Feil")
    right = visits.correct_visit(session, ME, made[2], {"occurred_on": DAY})
    undo_change(session, ME, right.change_id)
    visits.correct_visit(session, ME, made[3], {}, company_name="En annen AS")


def imported(session, idea, accepted=1, **over):
    """Write down that an idea came from a list."""
    run = ImportRun(
        region_id=idea.region_id, change_id=idea.change_id, file_name="liste.xlsx",
        file_sha256="0" * 64, recorded_at=idea.recorded_at, accepted=accepted, rejected=0,
        duplicates=0, skipped=0,
    )  # fmt: skip
    session.add(run)
    session.flush()
    given = {"region_id": idea.region_id, "title_key": idea.title_key, "company_match_key": ""}
    session.add(ImportRow(run_id=run.id, row_number=2, idea_id=idea.id, **{**given, **over}))
    session.flush()


def names(session):
    """Give the names of the invariants that are broken."""
    session.flush()
    return {invariant.name for invariant, _row in check.broken(session)}


def set_by_hand(session, row, **values):
    """Write to a row past all operations."""
    table = type(row).__table__
    key = next(iter(table.primary_key))
    session.execute(sa.update(table).where(key == getattr(row, key.key)).values(**values))


def loosen(session, table):
    """Put a copy in the place of a table, without its constraints, to break them."""
    session.flush()
    session.execute(sa.text(f"ALTER TABLE {table} RENAME TO kept_{table}"))
    session.execute(sa.text(f"CREATE TABLE {table} AS SELECT * FROM kept_{table}"))


def one(session, table, *where):
    return session.scalars(sa.select(table).where(*where).order_by(table.id.desc())).first()


def a_change(session, idea):
    return audit.record(session, ME, "by.hand", kind="idea", region_id=idea.region_id)


def test_sound_data_breaks_nothing(session, world):
    told(session)
    assert list(check.broken(session)) == []


def test_every_invariant_has_a_name_of_its_own_and_says_what_holds():
    assert len({invariant.name for invariant in check.INVARIANTS}) == len(check.INVARIANTS)
    assert all(invariant.says.endswith(".") for invariant in check.INVARIANTS)


def test_every_invariant_is_broken_by_a_test_of_this_file():
    broken_here = {mark for mark, *_ in BY_HAND} | {mark for mark, *_ in BY_STORY}
    assert broken_here == {invariant.name for invariant in check.INVARIANTS}


def on_the_agenda_elsewhere(session, idea):
    elsewhere = make.idea(session, region_name="Hamarregionen")
    item = one(session, MeetingItem, MeetingItem.known())
    set_by_hand(session, item, idea_id=elsewhere.id)


def decided_on_nothing(session, idea):
    moved = one(session, MeetingDecision, MeetingDecision.kind == DecisionKind.MOVED)
    set_by_hand(session, moved, stage_id=None)


def parked_without_parking(session, idea):
    parked = one(session, MeetingDecision, MeetingDecision.kind == DecisionKind.PARKED)
    set_by_hand(session, parked, change_id=idea.change_id)


# What is kept for speed, set to what the facts do not say.
BY_HAND = [
    ("idea_stage", lambda s, idea: {"stage_id": make.stages(s)["commercialisation"].id}),
    ("idea_stage_on", lambda s, idea: {"stage_on": date(2026, 3, 3)}),
    ("idea_status", lambda s, idea: {"status": "open"}),
    ("idea_status_on", lambda s, idea: {"status_on": date(2026, 3, 3)}),
    ("idea_latest_on", lambda s, idea: {"latest_on": date(2026, 3, 3)}),
    ("idea_is_shared", lambda s, idea: {"is_shared": False}),
    ("idea_next_step", lambda s, idea: {"next_step": "Vent"}),
    ("idea_next_step", lambda s, idea: {"next_step_on": None}),
    ("idea_deadline", lambda s, idea: {"deadline_on": None}),
    ("idea_position", lambda s, idea: {"position": None}),
    ("idea_search_key", lambda s, idea: {"search_key": "noe annet"}),
    ("keys", lambda s, idea: {"title_key": "noe annet"}),
    ("idea_last_change", lambda s, idea: {"last_change_id": idea.change_id}),
]


def test_a_card_that_says_something_else_than_its_facts_is_found(session, world):
    assert names(session) == set()
    for name, values in BY_HAND:
        with session.begin_nested() as point:
            set_by_hand(session, world, **values(session, world))
            # The search knows of cards that are shared, too.
            assert names(session) - {"search"} == {name}
            point.rollback()
        session.expire_all()


def double_position(session, idea):
    other = one(session, Idea, Idea.known(), Idea.stage_id != idea.stage_id)
    loosen(session, "ideas")
    set_by_hand(session, one(session, Idea, Idea.id == other.id), position=7)
    twin = session.execute(
        sa.select(Idea.id).where(Idea.stage_id == other.stage_id, Idea.id != other.id, Idea.known())
    ).first()
    session.execute(sa.update(Idea.__table__).where(Idea.id == twin.id).values(position=7))


def voided_with_position(session, idea):
    gone = one(session, Idea, Idea.voided_at.isnot(None))
    set_by_hand(session, gone, position=5)


def no_opening(session, idea):
    other = one(session, Idea, Idea.known())
    change = a_change(session, other)
    for table in (StageEvent, StatusEvent):
        void(session, one(session, table, table.idea_id == other.id), change)


def begins_closed(session, idea):
    event = one(session, StatusEvent, StatusEvent.idea_id != idea.id, StatusEvent.known())
    set_by_hand(session, event, status="parked")


def stage_twice(session, idea):
    stage = next(s for s in make.stages(session).values() if s.id == idea.stage_id)
    ideas.enter_stage(session, idea, stage, DAY, a_change(session, idea))


def status_twice(session, idea):
    ideas.enter_status(session, idea, idea.status, DAY, a_change(session, idea))


def before_registration(session, idea):
    set_by_hand(session, idea, registered_on=date(2026, 2, 1))


def in_another_region(session, idea):
    event = one(session, StageEvent, StageEvent.idea_id == idea.id, StageEvent.known())
    set_by_hand(session, event, region_id=None)


def applied_elsewhere(session, idea):
    set_by_hand(session, one(session, ApplicationEvent), region_id=None)


def in_the_future(session, idea):
    event = one(session, ApplicationEvent)
    set_by_hand(session, event, occurred_on=date(2026, 5, 13))


def left_without_end(session, idea):
    set_by_hand(session, one(session, Incubation), left_on=DAY)


def ended_and_running(session, idea):
    end = incubations.end_incubation(
        session, ME, one(session, Incubation), on=DAY, reason=EndReason.SOLD
    )
    set_by_hand(session, one(session, Incubation, Incubation.id == end.incubation_id), left_on=None)


def ends_before_it_began(session, idea):
    running = one(session, Incubation)
    incubations.end_incubation(session, ME, running, on=DAY, reason=EndReason.SOLD)
    set_by_hand(session, one(session, IncubationEnd), occurred_on=date(2026, 3, 1))
    set_by_hand(session, running, left_on=date(2026, 3, 1))


def two_at_a_time(session, idea):
    loosen(session, "incubations")
    columns = {c.key: c for c in Incubation.__table__.c} | {"id": sa.literal(99_999)}
    copy = sa.select(*columns.values()).select_from(Incubation.__table__)
    session.execute(sa.insert(Incubation.__table__).from_select(list(columns), copy))


def status_of_another_event(session, idea):
    funding.set_status(session, ME, one(session, Application), ApplicationStatus.SENT, on=DAY)
    set_by_hand(session, one(session, Application), status="granted")


def granted_a_draft(session, idea):
    application = one(session, Application)
    funding.set_status(session, ME, application, ApplicationStatus.SENT, on=DAY)
    sent = one(session, ApplicationEvent, ApplicationEvent.status == "sent")
    set_by_hand(session, sent, status="accepted")
    set_by_hand(session, application, status="accepted")


def paid_above_its_grant(session, idea):
    application = one(session, Application)
    for status in (ApplicationStatus.SENT, ApplicationStatus.GRANTED):
        funding.set_status(session, ME, application, status, on=DAY, amount_nok=100)
    paid = funding.record_payment(
        session, ME, application, PaymentKind.PAID, on=DAY, amount_nok=100
    )
    set_by_hand(session, paid, amount_nok=101)


def change_is_gone(session, idea):
    job = make.jobs(session)
    loosen(session, "job_records")
    session.execute(
        sa.text("UPDATE job_records SET change_id = 99999 WHERE id = :id"), {"id": job.id}
    )


def voided_by_nobody(session, idea):
    set_by_hand(session, make.jobs(session), voided_at=idea.recorded_at)


def stands_on_what_is_voided(session, idea):
    gone = one(session, Idea, Idea.voided_at.isnot(None))
    make.jobs(session).idea_id = gone.id


def stands_though_undone(session, idea):
    job = make.jobs(session)
    change = session.get_one(Change, job.change_id)
    audit.record(
        session, ME, "change.undone", kind="job_record", region_id=idea.region_id,
        undoes_id=change.id,
    )  # fmt: skip


def lies_elsewhere(session, idea):
    other = make.region(session, "Hamarregionen")
    set_by_hand(session, make.jobs(session, idea_id=idea.id), region_id=other.id)


def changed_from_elsewhere(session, idea):
    other = make.region(session, "Hamarregionen")
    change = audit.record(session, ME, "by.hand", kind="idea", region_id=other.id)
    ideas.enter_status(session, idea, make.ideas.Status.OPEN, DAY, change)


def in_two_regions(session, idea):
    other = make.region(session, "Hamarregionen")
    member = session.scalars(sa.select(RegionMunicipality.municipality_id)).first()
    loosen(session, "region_municipalities")
    for region_id in (idea.region_id, other.id):
        row = {"municipality_id": member, "region_id": region_id}
        session.execute(sa.insert(RegionMunicipality.__table__).values(row))


def sorted_wrongly(session, idea):
    set_by_hand(session, one(session, Municipality), sort_key="0")


def matched_wrongly(session, idea):
    set_by_hand(session, make.company(session), match_key="annet")


def wrong_number(session, idea):
    set_by_hand(session, make.company(session), orgnr="123456789")


def belongs_to_nobody(session, idea):
    company = session.get_one(Company, idea.company_id)
    void(session, company, session.get_one(Change, idea.change_id))


def joined_and_standing(session, idea):
    merge = IdeaMerge(idea_id=make.idea(session).id, into_id=idea.id)
    audit.stamp(merge, make.a_change(session))
    session.add(merge)


def merged_and_standing(session, idea):
    merge = CompanyMerge(company_id=make.company(session).id, into_id=idea.company_id)
    audit.stamp(merge, make.a_change(session))
    session.add(merge)


def shows_another_day(session, idea):
    set_by_hand(session, make.company(session), last_contact_on=DAY)


def logged_before_it_was(session, idea):
    set_by_hand(session, one(session, Visit, Visit.known()), occurred_on=date(2026, 5, 13))


def long_before_anybody(session, idea):
    set_by_hand(session, one(session, Visit, Visit.known()), occurred_on=date(26, 3, 2))


def comes_of_a_visit_elsewhere(session, idea):
    visit = make.visit(session, region_name="Hamarregionen")
    set_by_hand(session, one(session, VisitIdea, VisitIdea.known()), visit_id=visit.id)


def promised_elsewhere(session, idea):
    visit = make.visit(session, region_name="Hamarregionen")
    set_by_hand(session, one(session, VisitFollowUp, VisitFollowUp.known()), visit_id=visit.id)


def hangs_on_a_voided_visit(session, idea):
    gone = one(session, Visit, Visit.voided_at.isnot(None))
    set_by_hand(session, one(session, VisitContact, VisitContact.known()), visit_id=gone.id)


def more_women_and_men_than_there_are(session, _idea):
    make.jobs(session).women = 3


def realised_ahead(session, _idea):
    make.jobs(session).occurred_on = date(2026, 12, 1)


def realised_from_nothing(session, _idea):
    expected = make.jobs(session, state=JobState.EXPECTED)
    jobs.realise_jobs(session, ME, expected, on=DAY, number=Decimal(1))
    void(session, expected, make.a_change(session))


def counts_nothing(session, idea):
    set_by_hand(session, make.goal(session), metric="happiness")


def imported_twice(session, idea):
    row = one(session, ImportRow)
    imported(session, make.idea(session), title_key=row.title_key)


def imported_astray(session, idea):
    imported(session, make.idea(session), region_id=make.region(session, "Hamarregionen").id)


def counted_wrongly(session, idea):
    imported(session, make.idea(session), accepted=2)


def told(session):
    """Tell a partner of the month before."""
    partner = summaries.make_partner(
        session, ME, organisation_id=make.organisation(session, "Elverum kommune").id,
        region_id=make.region(session).id,
    )  # fmt: skip
    summaries.add_recipient(
        session, ME, partner, name="Kari", email="kari@kommune.example", locale="nb"
    )
    [about] = reports.agreements(session, partner_id=partner.id)
    summary = summaries.build_one(session, ME, date(2026, 4, 1), about)
    summaries.approve(session, ME, about, summary, Place("https://x.example", "secret"))
    return summary


def goes_on_when_all_is_over(session, _idea):
    told(session)
    set_by_hand(session, mail.claim_next(session).message, given_up_at=clock.now())


def waits_for_who_stopped_it(session, _idea):
    told(session)
    set_by_hand(session, one(session, Recipient), stopped_at=clock.now())


def lost_a_row(session, _idea):
    summary = told(session)
    session.flush()
    of_year = SummaryRow.metric == "ideas_registered", SummaryRow.span == Span.YEAR
    session.delete(one(session, SummaryRow, SummaryRow.summary_id == summary.id, *of_year))


def forgot_a_word(session, idea):
    by_words = sa.update(SearchEntry).where(SearchEntry.kind == Kind.IDEA)
    session.execute(by_words.values(words="ir1"))


BY_STORY = [
    ("idea_position", double_position),
    ("idea_position", voided_with_position),
    ("idea_opening", no_opening),
    ("idea_opening", begins_closed),
    ("events_in_order", stage_twice),
    ("events_in_order", status_twice),
    ("events_registered", before_registration),
    ("events_region", in_another_region),
    ("events_region", applied_elsewhere),
    ("facts_past", in_the_future),
    ("incubation_end", left_without_end),
    ("incubation_end", ended_and_running),
    ("incubation_order", ends_before_it_began),
    ("incubation_order", two_at_a_time),
    ("application_status", status_of_another_event),
    ("application_course", granted_a_draft),
    ("application_money", paid_above_its_grant),
    ("changes", change_is_gone),
    ("changes", voided_by_nobody),
    ("voided", stands_on_what_is_voided),
    ("undone", stands_though_undone),
    ("regions", lies_elsewhere),
    ("regions", changed_from_elsewhere),
    ("municipalities", in_two_regions),
    ("keys", sorted_wrongly),
    ("keys", matched_wrongly),
    ("orgnr", wrong_number),
    ("company_belongings", belongs_to_nobody),
    ("company_merges", merged_and_standing),
    ("idea_merges", joined_and_standing),
    ("company_last_contact", shows_another_day),
    ("visit_days", logged_before_it_was),
    ("visit_days", long_before_anybody),
    ("visit_origins", comes_of_a_visit_elsewhere),
    ("visit_origins", promised_elsewhere),
    ("voided", hangs_on_a_voided_visit),
    ("meeting_agendas", on_the_agenda_elsewhere),
    ("meeting_decisions", decided_on_nothing),
    ("meeting_decisions", parked_without_parking),
    ("jobs", more_women_and_men_than_there_are),
    ("jobs", realised_ahead),
    ("jobs_realised", realised_from_nothing),
    ("goal_metric", counts_nothing),
    ("mail", goes_on_when_all_is_over),
    ("mail", waits_for_who_stopped_it),
    ("figures", lost_a_row),
    ("imports", imported_twice),
    ("imports", imported_astray),
    ("imports", counted_wrongly),
    ("search", forgot_a_word),
]


def test_a_row_that_breaks_an_invariant_is_found(session, world, kind):
    missed = []
    for name, break_it in dealt(BY_STORY, kind):
        with session.begin_nested() as point:
            break_it(session, world)
            if name not in names(session):
                missed.append((name, break_it.__name__))
            point.rollback()
        session.expire_all()
    assert missed == []


def test_the_command_says_that_all_is_well(app, session, world):
    answer = app.test_cli_runner().invoke(args=["check"])
    assert answer.exit_code == 0, answer.output
    assert answer.output == f"All {len(check.INVARIANTS)} invariants hold.\n"


def test_the_command_fails_with_a_line_for_each_broken_row(app, session, world):
    set_by_hand(session, world, stage_on=date(2026, 3, 3), deadline_on=None)
    answer = app.test_cli_runner().invoke(args=["check"])
    assert answer.exit_code == 1
    assert answer.output.splitlines() == [
        f"idea_stage_on: ideas {world.id}: stage_on is 2026-03-03, but its facts say 2026-03-02",
        f"idea_deadline: ideas {world.id}: deadline_on is nothing, but its facts say 2026-09-01",
        "Error: 2 rows break what should always hold.",
    ]


def test_the_command_tells_no_text_of_an_idea(app, session, world):
    set_by_hand(session, world, search_key="hemmelig", title_key="hemmelig")
    answer = app.test_cli_runner().invoke(args=["check"])
    assert "hemmelig" not in answer.output and world.title not in answer.output


def test_all_rows_that_a_change_makes_are_looked_at():
    from_changes = {t for t in Base.metadata.tables.values() if "void_change_id" in t.c}
    assert {table.__table__ for table in check.records.RECORDED} == from_changes
