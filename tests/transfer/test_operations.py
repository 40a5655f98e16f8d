from datetime import date

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit.models import Change
from incubator.companies.models import Company
from incubator.core.access import Via, command_line
from incubator.core.clock import Period
from incubator.core.errors import NotAllowed, RuleBroken
from incubator.core.scope import View
from incubator.funding.models import Application, ApplicationEvent, ApplicationStatus
from incubator.goals import queries as goals
from incubator.ideas import operations as ideas
from incubator.ideas.models import Idea, StageEvent, Status, StatusEvent
from incubator.incubation.models import EndReason, Incubation, IncubationIdea
from incubator.incubation.operations import end_incubation
from incubator.jobs.models import JobRecord, JobState
from incubator.pipeline.merging import merge_companies
from incubator.pipeline.queries import board_as_of
from incubator.pipeline.undo import undo_change
from incubator.reference import operations as reference, queries as regions
from incubator.transfer import queries
from incubator.transfer.bulk import Source
from incubator.transfer.lists import read_list
from incubator.transfer.models import ImportRow, ImportRun, ImportUpload
from incubator.transfer.operations import import_ideas
from incubator.transfer.uploads.looking import Asked
from incubator.transfer.uploads.operations import keep_upload
from incubator.transfer.uploads.queries import find_upload
from incubator.upkeep import check
from tests import make
from tests.transfer.lists import FILES, TODAY, expected, idea, xlsx

NUMBERS = ("3419", "3420", "3421", "3422", "3423", "3425")
SOURCE = Source("liste.xlsx", "0" * 64)


@pytest.fixture(autouse=True)
def today(clock):
    clock.set(TODAY)


@pytest.fixture
def region(session):
    return reference.create_region(
        session, command_line(), name="Elverumregionen", municipality_numbers=NUMBERS
    )


def bring_in(session, region, source, *, actor=None):
    """Import a file, or rows of the usual columns."""
    source = xlsx(*source) if isinstance(source, list) else source
    found = read_list(source, TODAY, stage_words=queries.stage_words(session))
    done = import_ideas(session, actor or command_line(), region.id, found, SOURCE)
    assert not list(check.broken(session))
    return done


def stored(session, region):
    """Return the ideas of a region by title."""
    found = session.scalars(sa.select(Idea).where(Idea.region_id == region.id, Idea.known()))
    return {one.title: one for one in found}


def events(session, table, idea_id):
    query = sa.select(table).where(table.idea_id == idea_id, table.known())
    return session.scalars(query.order_by(table.occurred_on, table.nth)).all()


# --- the two lists -----------------------------------------------------------------------------


@pytest.mark.on_both
@pytest.mark.parametrize("name", FILES)
def test_a_list_becomes_the_board_that_it_must(session, region, name):
    wanted = expected(name)["summary"]
    plan = bring_in(session, region, FILES[name]).plan
    assert len(plan.rows) == wanted["accepted"]
    board = board_as_of(session, View(TODAY, None, (region.id,)))
    assert board["stages"] == wanted["open_by_stage"]
    assert board["parked"] == wanted["parked"]
    again = bring_in(session, region, FILES[name])
    assert (len(again.plan.rows), again.run) == (0, None)
    assert len(again.plan.repeated) == wanted["accepted"] + wanted["duplicates"]


@pytest.mark.on_both
@pytest.mark.parametrize("name", FILES)
def test_every_accepted_row_is_stored_as_it_must_be(session, region, name):
    bring_in(session, region, FILES[name])
    stages = {stage.id: key for key, stage in make.stages(session).items()}
    numbers = {place[0]: place[1] for place in regions.municipalities_of(session, region.id)}
    rows = {row.row_number: row.idea_id for row in session.scalars(sa.select(ImportRow))}
    for wanted in expected(name)["accepted"]:
        one = session.get_one(Idea, rows[wanted["row"]])
        happened = events(session, StageEvent, one.id)
        jobs = session.scalar(sa.select(JobRecord.number).where(JobRecord.idea_id == one.id))
        found = {
            "row": wanted["row"],
            "title": one.title,
            "municipality": numbers[one.municipality_id],
            "owner": one.owner_name,
            "stage": stages[one.stage_id],
            "dates": {stages[e.stage_id]: e.occurred_on.isoformat() for e in happened},
            "estimated": [stages[e.stage_id] for e in happened if e.is_estimated],
            "amount_nok": session.scalar(
                sa.select(Application.sought_nok).where(Application.idea_id == one.id)
            ),
            "expected_jobs": jobs,
            "parked": one.status == Status.PARKED,
        }
        assert found == {key: wanted[key] for key in found}


@pytest.mark.parametrize("name", FILES)
def test_companies_enter_the_incubator_once_on_their_earliest_day(session, region, name):
    bring_in(session, region, FILES[name])
    query = sa.select(Company.name, Incubation.occurred_on).join(
        Incubation, Incubation.company_id == Company.id
    )
    found = {company: day.isoformat() for company, day in session.execute(query)}
    assert found == {one["company"]: one["admitted_on"] for one in expected(name)["incubations"]}
    assert (
        session.scalar(sa.select(sa.func.count()).select_from(Company))
        == (expected(name)["summary"]["companies"])
    )


METRIC_STAGES = {
    "cases_opened": "case",
    "applications_sent": "rd_application",
    "ideas_commercialised": "commercialisation",
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "first, as_of",
    [
        (date(2020, 1, 1), TODAY),
        (date(2020, 1, 1), date(2023, 12, 31)),
        (date(2024, 1, 1), date(2024, 6, 30)),
    ],
)
def test_metrics_say_what_the_days_of_the_list_say(session, region, name, first, as_of):
    bring_in(session, region, FILES[name])
    found = goals.all_values(session, View(as_of, None, (region.id,)), Period(first, as_of))
    period = (first.isoformat(), as_of.isoformat())

    def count(days):
        return sum(1 for day in days if day and period[0] <= day <= period[1])

    rows = expected(name)["accepted"]
    wanted = {
        metric: count(row["dates"].get(stage) for row in rows)
        for metric, stage in METRIC_STAGES.items()
    }
    wanted["ideas_registered"] = count(row["dates"]["idea"] for row in rows)
    admitted = [one["admitted_on"] for one in expected(name)["incubations"]]
    wanted["incubator_admissions"] = count(admitted)
    wanted["incubator_active"] = sum(1 for day in admitted if day <= period[1])
    assert {metric: found[metric] for metric in wanted} == wanted


# --- what a row brings -------------------------------------------------------------------------


def test_a_row_leaves_the_facts_that_moving_its_card_would_leave(session, region):
    row = idea(
        title="Biokull",
        stage="FoU-søknad",
        registered="1.2.2024",
        Bedrift="Granmo AS",
        Ansvarlig="Ola Nordmann",
        Kommune="Våler",
        Status="Skrinlagt: for dyrt",
        **{
            "Org.nr": "389 078 662",
            "Case fra": "1.2.2024",
            "Inkubator fra": "1.3.2024",
            "Omsøkt beløp": "1,2 mill",
            "Arbeidsplasser": 4,
        },
    )
    run = bring_in(session, region, [row]).run
    one = stored(session, region)["Biokull"]
    stages = {stage.id: key for key, stage in make.stages(session).items()}
    assert [
        (stages[e.stage_id], e.occurred_on, e.nth, e.is_estimated)
        for e in events(session, StageEvent, one.id)
    ] == [
        ("idea", date(2024, 2, 1), 1, False),
        ("case", date(2024, 2, 1), 2, False),
        ("incubator_company", date(2024, 3, 1), 1, False),
        ("rd_application", date(2024, 3, 1), 2, True),
    ]
    assert [(e.status, e.occurred_on) for e in events(session, StatusEvent, one.id)] == [
        (Status.OPEN, date(2024, 2, 1)),
        (Status.PARKED, date(2024, 3, 1)),
    ]
    assert events(session, StatusEvent, one.id)[1].look_again_on is None
    application = session.scalars(sa.select(Application)).one()
    assert (application.idea_id, application.company_id) == (one.id, one.company_id)
    assert (application.status, application.sought_nok) == (ApplicationStatus.SENT, 1_200_000)
    assert application.instrument_id is None
    sent = session.scalars(sa.select(ApplicationEvent)).one()
    assert (sent.status, sent.occurred_on) == (ApplicationStatus.SENT, date(2024, 3, 1))
    jobs = session.scalars(sa.select(JobRecord)).one()
    assert (jobs.number, jobs.state, jobs.idea_id) == (4, JobState.EXPECTED, one.id)
    assert session.scalars(sa.select(IncubationIdea)).one().idea_id == one.id
    assert (one.owner_id, one.owner_name) == (None, "Ola Nordmann")
    assert one.description == "Skrinlagt: for dyrt"
    change = session.get_one(Change, run.change_id)
    assert (change.verb, change.subject_id, change.note) == ("ideas.imported", run.id, SOURCE.name)
    made = (one, application, sent, jobs, *events(session, StageEvent, one.id))
    assert {row.change_id for row in made} == {change.id}


def test_the_cards_stand_on_top_of_their_columns_in_the_order_of_the_list(session, region):
    make_idea = {"region_id": region.id, "stage": make.stages(session)["idea"]}
    ideas.add_idea(session, command_line(), title="Gammel", on=date(2024, 1, 1), **make_idea)
    titles = ["Første", "Andre", "Tredje"]
    bring_in(session, region, [idea(title=title) for title in titles])
    found = stored(session, region).values()
    assert [one.title for one in sorted(found, key=lambda one: one.position)] == [*titles, "Gammel"]


def test_an_amount_without_an_application_is_kept_as_a_draft(session, region):
    bring_in(session, region, [idea(**{"Omsøkt beløp": 500_000})])
    application = session.scalars(sa.select(Application)).one()
    assert (application.status, application.sought_nok) == (ApplicationStatus.DRAFT, 500_000)


def test_no_jobs_are_no_record(session, region):
    bring_in(session, region, [idea(Arbeidsplasser=0)])
    assert session.scalars(sa.select(JobRecord)).all() == []


def test_a_stage_that_the_users_have_renamed_is_read_by_its_new_name(session, region):
    make.stages(session)["case"].label_nb = "Forprosjekt"
    session.flush()
    bring_in(session, region, [idea(stage="Forprosjekt")])
    assert stored(session, region)["Biokull"].stage_id == make.stages(session)["case"].id


# --- people, companies, places -----------------------------------------------------------------


def test_an_owner_who_is_a_user_here_owns_the_card(session, region):
    here = make.user(session, name="Kari Nordmann", region_ids=[region.id])
    make.user(session, name="Per Hansen", region_name="Kongsvingerregionen")
    rows = [
        idea(title="a", Ansvarlig="KARI  nordmann"),
        idea(title="b", Ansvarlig=here.email),
        idea(title="c", Ansvarlig="Per Hansen"),
    ]
    bring_in(session, region, rows)
    found = stored(session, region)
    assert found["a"].owner_id == found["b"].owner_id == here.id
    assert found["a"].owner_name is None
    assert (found["c"].owner_id, found["c"].owner_name) == (None, "Per Hansen")


def test_two_users_of_one_name_are_not_guessed_between(session, region):
    for _ in range(2):
        make.user(session, name="Kari Nordmann", region_ids=[region.id])
    plan = bring_in(session, region, [idea(Ansvarlig="Kari Nordmann")]).plan
    assert [one.code for one in plan.rows[0].warnings] == ["many_owners"]
    assert stored(session, region)["Biokull"].owner_name == "Kari Nordmann"


def test_companies_are_found_by_number_else_by_name(session, region):
    numbered = make.company(session, name="Granmo Trevare AS", orgnr="389078662")
    nameless = make.company(session, name="Furumo", orgnr=None)
    rows = [
        idea(title="a", Bedrift="Helt annet navn", **{"Org.nr": "389078662"}),
        idea(title="b", Bedrift="GRANMO TREVARE"),
        idea(title="c", Bedrift="FURUMO A/S", **{"Org.nr": "375291703"}),
        idea(title="d", Bedrift="Ny Bedrift AS", **{"Org.nr": "302685991"}),
        idea(title="e", Bedrift=None, **{"Org.nr": "360181596"}),
        idea(title="f", Bedrift=None),
    ]
    bring_in(session, region, rows)
    found = stored(session, region)
    assert found["a"].company_id == found["b"].company_id == numbered.id
    assert found["c"].company_id == nameless.id
    assert session.get_one(Company, nameless.id).orgnr == "375291703"
    assert session.get_one(Company, found["d"].company_id).name == "Ny Bedrift AS"
    assert session.get_one(Company, found["e"].company_id).orgnr == "360181596"
    assert found["f"].company_id is None


def test_a_company_that_was_merged_is_found_by_what_it_was_called(session, region):
    kept = make.company(session, name="Granmo Trevare AS", orgnr="389078662")
    former = make.company(session, name="Gammelt Navn AS", orgnr="375291703")
    nameless = make.company(session, name="Uten Nummer", orgnr=None)
    for other in (former, nameless):
        merge_companies(session, command_line(), kept, other)
    rows = [
        idea(title="a", Bedrift="GAMMELT NAVN"),
        idea(title="b", Bedrift="Noe annet", **{"Org.nr": "375291703"}),
        idea(title="c", Bedrift="Uten Nummer", **{"Org.nr": "302685991"}),
    ]
    before = session.scalar(sa.select(sa.func.count(Company.id)))
    bring_in(session, region, rows)
    found = stored(session, region)
    assert found["a"].company_id == found["b"].company_id == kept.id
    # A number that neither of them had is another company's, and nobody's number is replaced.
    assert session.scalar(sa.select(sa.func.count(Company.id))) == before + 1
    assert session.get_one(Company, found["c"].company_id).orgnr == "302685991"
    assert kept.orgnr == "389078662"
    assert bring_in(session, region, rows).run is None


def test_a_company_that_is_called_so_goes_before_one_that_was(session, region):
    kept = make.company(session, name="Granmo Trevare AS")
    merge_companies(session, command_line(), kept, make.company(session, name="Furumo AS"))
    present = make.company(session, name="Furumo", orgnr=None)
    bring_in(session, region, [idea(title="a", Bedrift="Furumo AS")])
    assert stored(session, region)["a"].company_id == present.id


def test_a_namesake_with_another_number_is_another_company(session, region):
    other = make.company(session, name="Granmo AS", orgnr="375291703")
    bring_in(session, region, [idea(Bedrift="Granmo AS", **{"Org.nr": "389078662"})])
    assert stored(session, region)["Biokull"].company_id != other.id


@pytest.mark.parametrize(
    "text, number, warnings",
    [
        ("Elverum", "3420", []),
        ("elverum kommune", "3420", []),
        ("Våler", "3419", []),
        ("Våler (Innlandet)", "3419", []),
        ("0427 Elverum", "3420", []),
        ("3420", "3420", []),
        ("Oslo", "0301", ["outside_region"]),
        ("Våler (Østfold)", "3114", ["outside_region"]),
        ("Herøy", None, ["many_municipalities"]),
        ("Rena", None, ["unknown_municipality"]),
        (None, None, []),
    ],
)
def test_a_municipality_is_looked_up_in_the_region_first(session, region, text, number, warnings):
    plan = bring_in(session, region, [idea(Kommune=text)]).plan
    assert [one.code for one in plan.rows[0].warnings] == warnings
    one = stored(session, region)["Biokull"]
    found = regions.find_municipality(session, number, TODAY) if number else None
    assert one.municipality_id == (found.id if found else None)
    if warnings and number is None:
        assert one.description == f"Sted i lista: {text}"


# --- again -------------------------------------------------------------------------------------


def test_an_idea_is_not_imported_again_after_its_title_and_company_were_edited(session, region):
    rows = [idea(title="Biokull", Bedrift="Granmo AS"), idea(title="Uten firma", Bedrift=None)]
    bring_in(session, region, rows)
    other = make.company(session)
    for one in stored(session, region).values():
        values = {"title": f"{one.title} fra bark", "company_id": other.id}
        ideas.edit_idea(session, command_line(), one, values)
    again = bring_in(session, region, rows)
    assert (again.run, len(again.plan.repeated)) == (None, 2)
    assert len(stored(session, region)) == 2


def test_an_idea_that_somebody_entered_by_hand_is_not_imported_again(session, region):
    make_idea = {"region_id": region.id, "stage": make.stages(session)["idea"]}
    ideas.add_idea(
        session, command_line(), title="biokull FRA bark", on=date(2024, 1, 1),
        company_name="Granmo", **make_idea,
    )  # fmt: skip
    again = bring_in(session, region, [idea(title="Biokull fra bark", Bedrift="GRANMO AS")])
    assert len(again.plan.repeated) == 1
    other = bring_in(session, region, [idea(title="Biokull fra bark", Bedrift="Furumo AS")])
    assert len(other.plan.rows) == 1


def test_the_mended_rows_alone_bring_the_rest(session, region):
    row = idea(title="b", registered="31.2.2024", **{"Org.nr": "389078662"})
    first = bring_in(session, region, [idea(title="a", **{"Org.nr": "389078662"}), row])
    assert (len(first.plan.rows), len(first.plan.ideas.bad)) == (1, 1)
    # The number is missing now: the company is known by its name.
    mended = bring_in(session, region, [idea(title="A"), idea(title="b")])
    assert ([one.row.idea.title for one in mended.plan.rows], len(mended.plan.repeated)) == (
        ["b"],
        1,
    )
    assert len({one.company_id for one in stored(session, region).values()}) == 1


def test_a_list_of_another_region_is_another_list(session, region):
    other = make.region(session, "Kongsvingerregionen")
    bring_in(session, region, [idea()])
    assert len(bring_in(session, other, [idea()]).plan.rows) == 1


def test_an_idea_joins_the_incubation_that_runs_or_had_not_ended_yet(session, region):
    rows = [idea(title="a", stage="Inkubator", **{"Inkubator fra": "1.3.2024"})]
    bring_in(session, region, rows)
    bring_in(session, region, [idea(title="b", stage="Inkubator", **{"Inkubator fra": "1.2.2024"})])
    (running,) = session.scalars(sa.select(Incubation)).all()
    assert running.occurred_on == date(2024, 3, 1)
    end_incubation(
        session, command_line(), running, on=date(2025, 1, 1), reason=EndReason.COMPLETED
    )
    rows = [
        idea(title="c", stage="Inkubator", **{"Inkubator fra": "1.6.2024"}),
        idea(title="d", stage="Inkubator", **{"Inkubator fra": "1.6.2025"}),
    ]
    bring_in(session, region, rows)
    links = session.execute(
        sa.select(Idea.title, Incubation.occurred_on)
        .join(IncubationIdea, IncubationIdea.idea_id == Idea.id)
        .join(Incubation, Incubation.id == IncubationIdea.incubation_id)
    )
    first, second = date(2024, 3, 1), date(2025, 6, 1)
    assert dict(links.all()) == {"a": first, "b": first, "c": first, "d": second}


# --- who, undo ---------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.ADVISOR, Role.PARTNER])
def test_only_those_may_import_who_may(session, region, role):
    with pytest.raises(NotAllowed):
        bring_in(session, region, [idea()], actor=make.actor(session, role, region_ids=[region.id]))


def test_nobody_imports_into_a_region_of_others(session, region):
    actor = make.actor(session, Role.DEVELOPER, region_name="Kongsvingerregionen")
    with pytest.raises(NotAllowed):
        bring_in(session, region, [idea()], actor=actor)


def test_an_import_is_one_change_of_a_person_that_is_undone_as_a_whole(session, region):
    company = make.company(session, name="Furumo", orgnr=None)
    actor = make.actor(session, Role.DEVELOPER, region_ids=[region.id])
    rows = [
        idea(title="a", stage="Inkubator", Bedrift="Furumo AS", **{"Org.nr": "375291703"}),
        idea(title="b", stage="FoU", Status="Parkert", Arbeidsplasser=4),
    ]
    run = bring_in(session, region, rows, actor=actor).run
    change = session.get_one(Change, run.change_id)
    assert (change.actor_id, change.via) == (actor.id, Via.IMPORT)
    undo_change(session, actor, run.change_id)
    assert not list(check.broken(session))
    assert stored(session, region) == {}
    for table in (Application, Incubation, JobRecord):
        assert session.scalars(sa.select(table).where(table.known())).all() == []
    assert session.get_one(Company, company.id).orgnr is None
    known = session.scalars(sa.select(Company.name).where(Company.known())).all()
    assert known == ["Furumo"]
    assert queries.get_run(session, actor, run.id).is_undone
    again = bring_in(session, region, rows, actor=actor)
    assert len(again.plan.rows) == 2


def test_an_import_that_something_builds_on_is_not_undone(session, region):
    run = bring_in(session, region, [idea()]).run
    one = stored(session, region)["Biokull"]
    ideas.park_idea(session, command_line(), one, on=TODAY, reason="venter", look_again_on=None)
    with pytest.raises(RuleBroken, match="built_upon"):
        undo_change(session, command_line(), run.change_id)


def test_a_list_that_brings_nothing_leaves_nothing(session, region):
    before = session.scalar(sa.select(sa.func.max(Change.id)))
    done = bring_in(session, region, [idea(registered="31.2.2024")])
    assert done.run is None
    assert session.scalar(sa.select(sa.func.max(Change.id))) == before
    assert session.scalars(sa.select(ImportRun)).all() == []


def test_the_number_of_queries_follows_the_companies_and_not_the_rows(session, region):
    asked = []

    def note(_connection, _cursor, statement, *_):
        asked.append(statement)

    def queries_for(count, start):
        rows = [idea(title=f"Idé {start + n}", stage="Inkubator") for n in range(count)]
        asked.clear()
        import_ideas(session, command_line(), region.id, read_list(xlsx(*rows), TODAY), SOURCE)
        return len(asked)

    sa.event.listen(session.connection(), "before_cursor_execute", note)
    first = queries_for(2, 0)
    assert queries_for(200, 10) <= first + 1


def test_files_of_yesterday_are_let_go(session, region, clock):
    actor = make.actor(session, Role.DEVELOPER, region_ids=[region.id])
    old = keep_upload(session, actor, Asked(region.id, b"a"), file_name="a.csv")
    assert find_upload(session, actor, old.id) is not None
    other = make.actor(session, Role.DEVELOPER, region_ids=[region.id])
    assert find_upload(session, other, old.id) is None
    clock.set(date(2026, 11, 24))
    keep_upload(session, actor, Asked(region.id, b"b"), file_name="b.csv")
    kept = session.scalars(sa.select(ImportUpload.file_name)).all()
    assert kept == ["b.csv"]
