"""Visits of a list: the facts that logging them by hand would leave, once, undone as a whole."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit.models import Change
from incubator.companies.models import Company, Contact
from incubator.companies.operations import remove_contact
from incubator.core.access import Via, command_line
from incubator.core.clock import Period
from incubator.core.errors import NotAllowed, RuleBroken, Stale
from incubator.core.facts import void
from incubator.core.scope import View
from incubator.goals import queries as goals
from incubator.pipeline.merging import merge_companies
from incubator.pipeline.undo import undo_change
from incubator.reference import operations as reference, queries as regions
from incubator.transfer import queries
from incubator.transfer.bulk import Source, Work
from incubator.transfer.models import ImportRun, ImportVisitRow
from incubator.transfer.visits.bulk import show_latest_contact
from incubator.transfer.visits.operations import import_visits
from incubator.transfer.visits.rows import read_visits
from incubator.upkeep import check
from incubator.visits.models import Visit, VisitColleague, VisitContact, VisitKind
from incubator.visits.operations import Entry, correct_visit, log_visit, void_visit
from incubator.visits.queries import who_took_part
from tests import make
from tests.thorough import THOROUGH
from tests.transfer.lists import TODAY
from tests.transfer.visit_lists import FILES, visit, visits_xlsx

NUMBERS = ("3419", "3420", "3421", "3422", "3423", "3425")
SOURCE = Source("besok.xlsx", "0" * 64)
GRANMO = "389078662"


@pytest.fixture(autouse=True)
def today(clock):
    clock.set(TODAY)


@pytest.fixture
def region(session):
    return reference.create_region(
        session, command_line(), name="Elverumregionen", municipality_numbers=NUMBERS
    )


@pytest.fixture
def klosser(session):
    return make.organisation(session)


@pytest.fixture
def developer(session, region, klosser):
    return make.actor(
        session, Role.DEVELOPER, region_ids=[region.id], organisation_id=klosser.id, name="Per Vik"
    )


@pytest.fixture
def kari(session, region):
    """Give an advisor of another organisation."""
    ernu = reference.create_organisation(session, command_line(), name="ERNU", kind="operator")
    return make.user(
        session, Role.ADVISOR, region_ids=[region.id], organisation_id=ernu.id, name="Kari Nordmann"
    )


def bring_in(session, region, source, *, actor=None):
    """Import a file, or rows of the usual columns."""
    source = visits_xlsx(*source) if isinstance(source, list) else source
    found = read_visits(source, TODAY)
    done = import_visits(session, actor or command_line(), region.id, found, SOURCE)
    assert not list(check.broken(session))
    return done


def stored(session):
    query = sa.select(Visit).where(Visit.known()).order_by(Visit.occurred_on, Visit.id)
    return session.scalars(query).all()


def only(session):
    (one,) = stored(session)
    return one


def values(session, region, first=date(2020, 1, 1)):
    found = goals.all_values(session, View(TODAY, None, (region.id,)), Period(first, TODAY))
    return found["company_visits"], found["companies_visited"]


# --- what a row brings -------------------------------------------------------------------------


def test_a_row_leaves_what_logging_the_visit_would_leave(session, region, developer, kari):
    place = make.municipality(session, "3420")
    company = make.company(session, name="Granmo Trevare AS", municipality_id=place.id)
    per = make.contact(session, company, name="Per Moen")
    row = visit(
        "12.3.2024",
        "granmo trevare",
        Kontaktform="Telefon",
        Hvem="kari  NORDMANN",
        Kontaktperson="per moen, Siri Dahl (daglig leder)",
        Tema="Flis",
        Notat="De har mye",
        Behov="En kunde",
    )
    run = bring_in(session, region, [row], actor=developer).run
    one = only(session)
    assert (one.company_id, one.occurred_on, one.kind) == (
        company.id, date(2024, 3, 12), VisitKind.TELEPHONE,
    )  # fmt: skip
    assert (one.region_id, one.municipality_id) == (region.id, place.id)
    assert (one.visitor_id, one.visitor_name) == (kari.id, None)
    assert one.organisation_id == kari.organisation_id != developer.organisation_id
    assert (one.about, one.needs, one.is_shared) == ("Flis\nDe har mye", "En kunde", False)
    assert (one.client_key, one.written_at) == (None, None)
    contacts, colleagues = who_took_part(session, one.id)
    assert ([row.name for row in contacts], colleagues) == (["Per Moen", "Siri Dahl"], [])
    assert per.id in {row.id for row in contacts}
    siri = session.scalars(sa.select(Contact).where(Contact.name == "Siri Dahl")).one()
    assert (siri.company_id, siri.title, siri.change_id) == (
        company.id, "daglig leder", run.change_id,
    )  # fmt: skip
    session.refresh(company)
    assert (company.last_contact_on, company.version) == (date(2024, 3, 12), 1)
    change = session.get_one(Change, run.change_id)
    assert (change.verb, change.subject_kind, change.subject_id) == (
        "visits.imported", "import_run", run.id,
    )  # fmt: skip
    assert (change.actor_id, change.via, change.note) == (developer.id, Via.IMPORT, SOURCE.name)
    assert (one.change_id, one.recorded_by_id) == (change.id, developer.id)


def test_a_visit_by_hand_and_one_of_a_list_are_alike(session, region, developer):
    """Whatever column a visit gets later, both roads fill it alike."""
    make.company(session, name="Granmo AS")
    entry = Entry(VisitKind.VISIT, date(2024, 3, 12), company_name="Granmo", about="Flis")
    by_hand = log_visit(session, developer, region.id, entry).visit
    row = visit("13.3.2024", "Granmo", Hvem="Per Vik", Tema="Flis")
    bring_in(session, region, [row], actor=developer)
    of_list = stored(session)[1]
    apart = {"id", "occurred_on", "change_id", "recorded_at"}
    for column in set(Visit.__table__.c.keys()) - apart:
        assert getattr(of_list, column) == getattr(by_hand, column), column


@pytest.mark.parametrize("written", ["Kari Nordmann", "KN", "k.n.", "kari@ernu.example"])
def test_who_visited_is_known_by_name_initials_or_address(session, region, kari, written):
    kari.email = "kari@ernu.example"
    session.flush()
    bring_in(session, region, [visit(Hvem=written)])
    assert (only(session).visitor_id, only(session).visitor_name) == (kari.id, None)


@pytest.mark.parametrize("written", ["Per Utenfra", "Nordmann", "KNX", None])
def test_who_is_no_user_is_a_name_and_the_visit_the_importers(
    session, region, developer, kari, written
):
    bring_in(session, region, [visit(Hvem=written)], actor=developer)
    one = only(session)
    assert (one.visitor_id, one.visitor_name) == (None, written)
    assert one.organisation_id == developer.organisation_id


def test_what_the_command_line_brings_belongs_to_the_operator(session, region, klosser):
    region.operator_id = klosser.id
    session.flush()
    bring_in(session, region, [visit(Hvem="Per Utenfra")])
    assert only(session).organisation_id == klosser.id


def test_people_of_other_regions_and_partners_are_names(session, region):
    make.user(session, name="Ola Hansen", region_name="Kongsvingerregionen")
    make.user(session, Role.PARTNER, name="Liv Berg", region_ids=[region.id])
    bring_in(session, region, [visit(Hvem="Ola Hansen"), visit(Hvem="Liv Berg")])
    assert {one.visitor_id for one in stored(session)} == {None}


def test_two_people_of_one_name_are_not_guessed_between(session, region, kari):
    make.user(session, name="Knut Nes", region_ids=[region.id])
    plan = bring_in(session, region, [visit(Hvem="KN")]).plan
    assert [one.code for one in plan.rows[0].warnings] == ["many_visitors"]
    assert (only(session).visitor_id, only(session).visitor_name) == (None, "KN")


def test_several_users_of_a_row_are_the_visitor_and_colleagues(session, region, kari):
    ola = make.user(session, name="Ola Hansen", region_ids=[region.id])
    rows = [
        visit("1.2.2024", Hvem="KN og Ola Hansen"),
        visit("2.2.2024", Hvem="KN, Per Utenfra"),
        visit("3.2.2024", Hvem="KN / kn"),
    ]
    bring_in(session, region, rows)
    found = stored(session)
    assert [one.visitor_id for one in found] == [kari.id, None, kari.id]
    assert found[1].visitor_name == "KN, Per Utenfra"
    colleagues = session.execute(sa.select(VisitColleague.visit_id, VisitColleague.user_id)).all()
    assert [tuple(row) for row in colleagues] == [(found[0].id, ola.id)]


def test_companies_are_found_by_number_else_by_name_or_made(session, region):
    numbered = make.company(session, name="Granmo Trevare AS", orgnr=GRANMO)
    nameless = make.company(session, name="Furumo", orgnr=None)
    rows = [
        visit("1.1.2024", "Helt annet navn", **{"Org.nr": GRANMO}),
        visit("2.1.2024", "GRANMO TREVARE"),
        visit("3.1.2024", "FURUMO A/S", **{"Org.nr": "375291703"}),
        visit("4.1.2024", "Ny Bedrift AS", **{"Org.nr": "302685991"}, Kommune="Våler"),
        visit("5.1.2024", "ny bedrift"),
        visit("6.1.2024", None, **{"Org.nr": "360181596"}),
    ]
    bring_in(session, region, rows)
    companies = [session.get_one(Company, one.company_id) for one in stored(session)]
    assert companies[0] is companies[1] is numbered
    assert companies[2] is nameless
    assert nameless.orgnr == "375291703"
    assert companies[3] is companies[4]
    vaaler = make.municipality(session, "3419").id
    assert (companies[3].name, companies[3].municipality_id) == ("Ny Bedrift AS", vaaler)
    assert [one.municipality_id for one in stored(session)[3:5]] == [vaaler, vaaler]
    assert companies[5].orgnr == "360181596"


def test_a_company_that_was_merged_is_known_by_its_former_name(session, region):
    into = make.company(session, name="Granmo AS")
    former = make.company(session, name="Furumo AS", orgnr=None)
    merge_companies(session, command_line(), into, former)
    bring_in(session, region, [visit(company="Furumo")])
    assert only(session).company_id == into.id


@pytest.mark.parametrize(
    "text, number, warnings",
    [
        ("Våler", "3419", []),
        ("Oslo", "0301", ["outside_region"]),
        ("Rena", "3420", ["unknown_municipality_of_visit"]),
        ("Herøy", "3420", ["many_municipalities_of_visit"]),
        (None, "3420", []),
    ],
)
def test_a_visit_lies_where_the_list_says_else_where_the_company_lies(
    session, region, text, number, warnings
):
    place = make.municipality(session, "3420")
    make.company(session, name="Granmo AS", municipality_id=place.id)
    plan = bring_in(session, region, [visit(Kommune=text, Notat="Ja")]).plan
    assert [one.code for one in plan.rows[0].warnings] == warnings
    found = regions.find_municipality(session, number, TODAY)
    one = only(session)
    assert one.municipality_id == found.id
    assert one.about == ("Ja\nSted i lista: " + text if text in ("Rena", "Herøy") else "Ja")


def test_a_company_shows_the_latest_of_all_visits(session, region, developer):
    late, early = make.company(session, name="Sen AS"), make.company(session, name="Tidlig AS")
    for company in (late, early):
        entry = Entry(VisitKind.VISIT, date(2024, 6, 1), company_id=company.id)
        log_visit(session, developer, region.id, entry)
    rows = [visit("1.5.2024", "Sen"), visit("1.7.2024", "Tidlig"), visit("2.7.2024", "Tidlig")]
    bring_in(session, region, rows)
    for company in (late, early):
        session.refresh(company)
    assert late.last_contact_on == date(2024, 6, 1)
    assert early.last_contact_on == date(2024, 7, 2)


def test_a_contact_is_made_once_for_a_company_and_stays_at_it(session, region):
    rows = [
        visit("1.1.2024", "Granmo", Kontaktperson="Siri Dahl"),
        visit("2.1.2024", "Granmo AS", Kontaktperson="SIRI  DAHL (eier), siri dahl"),
        visit("3.1.2024", "Furumo", Kontaktperson="Siri Dahl"),
    ]
    bring_in(session, region, rows)
    contacts = session.scalars(sa.select(Contact).order_by(Contact.id)).all()
    assert len(contacts) == len({one.company_id for one in contacts}) == 2
    assert {one.title for one in contacts} == {"eier", None}
    assert session.scalar(sa.select(sa.func.count()).select_from(VisitContact)) == 3


def test_a_contact_who_was_taken_away_is_made_anew(session, region, developer):
    company = make.company(session, name="Granmo AS")
    gone = make.contact(session, company, name="Siri Dahl")
    remove_contact(session, developer, gone)
    bring_in(session, region, [visit(Kontaktperson="Siri Dahl")])
    assert session.scalars(sa.select(VisitContact.contact_id)).one() != gone.id


def test_hostile_texts_are_stored_as_they_stand(session, region, developer):
    nasty = "'; DROP TABLE visits; -- \U0001f4a9 \u202eabc %(x)s {{ 7*7 }} \\0"
    row = visit(company=f"{nasty} AS", Hvem=nasty, Kontaktperson=nasty, Notat=f"=1+1\n{nasty}")
    bring_in(session, region, [row, visit("2.2.2024", Kontaktperson="x" * 300)], actor=developer)
    one = stored(session)[0]
    assert (one.visitor_name, one.about) == (nasty, f"=1+1\n{nasty}")
    assert session.get_one(Company, one.company_id).name == f"{nasty} AS"
    assert bring_in(session, region, [row], actor=developer).run is None


# --- once --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_a_list_that_is_imported_again_adds_nothing(session, region, developer, kari, name):
    first = bring_in(session, region, FILES[name], actor=developer)
    expected = {"besok": (6, 4, 1), "visits": (3, 1, 0)}[name]
    counted = (len(first.plan.rows), len(first.plan.listed.bad), len(first.plan.repeated))
    assert counted == expected
    assert (first.run.accepted, first.run.rejected, first.run.duplicates) == expected
    again = bring_in(session, region, FILES[name], actor=developer)
    assert (again.run, len(again.plan.rows), len(stored(session))) == (None, 0, expected[0])
    assert len(again.plan.repeated) == expected[0] + expected[2]


def test_the_same_visit_twice_in_a_list_is_one(session, region, kari):
    make.company(session, name="Granmo Trevare", orgnr=GRANMO)
    rows = [
        visit("1.2.2024", "Granmo Trevare AS", Hvem="KN", Notat="Første"),
        visit("01.02.2024", None, Hvem="Kari Nordmann", **{"Org.nr": GRANMO}),
        visit("1.2.2024", "Granmo Trevare", Hvem="Kari Nordmann", Kontaktform="Telefon"),
        visit("1.2.2024", "Granmo Trevare", Hvem="Ola Hansen"),
        visit("1.2.2024", "Granmo Trevare"),
        visit("2.2.2024", "Granmo Trevare", Hvem="KN"),
    ]
    plan = bring_in(session, region, rows).plan
    assert [(one.row.number, one.of_row) for one in plan.repeated] == [(3, 2)]
    assert len(stored(session)) == 5


def test_a_visit_that_was_logged_by_hand_is_not_imported(session, region, developer):
    entry = Entry(VisitKind.VISIT, date(2024, 2, 1), company_name="Granmo AS")
    by_hand = log_visit(session, developer, region.id, entry).visit
    done = bring_in(session, region, [visit(company="GRANMO", Hvem="Per Vik")])
    assert [one.visit_id for one in done.plan.repeated] == [by_hand.id]
    assert done.run is None
    assert bring_in(session, region, [visit(company="GRANMO", Hvem="Liv")]).run is not None


CORRECTIONS = (
    {"occurred_on": date(2024, 2, 3)},
    {"kind": VisitKind.VIDEO},
    {"about": "Noe annet"},
)


@pytest.mark.parametrize("values", CORRECTIONS)
def test_a_visit_is_not_imported_again_after_it_was_corrected(session, region, developer, values):
    rows = [visit(Hvem="Per Utenfra"), visit("5.5.2024", Hvem="Per Utenfra")]
    bring_in(session, region, rows, actor=developer)
    first = stored(session)[0]
    right = correct_visit(session, developer, first, values)
    again = bring_in(session, region, rows, actor=developer)
    assert (again.run, len(stored(session))) == (None, 2)
    assert right.id in {one.visit_id for one in again.plan.repeated}
    # Corrected twice over, and the second correction undone.
    twice = correct_visit(session, developer, right, {"occurred_on": date(2024, 2, 4)})
    undo_change(session, developer, twice.change_id)
    assert bring_in(session, region, rows, actor=developer).run is None


def test_a_visit_is_not_imported_again_after_its_visitor_became_a_user(session, region, developer):
    rows = [visit(Hvem="Liv Berg")]
    bring_in(session, region, rows, actor=developer)
    make.user(session, name="Liv Berg", region_ids=[region.id])
    assert bring_in(session, region, rows, actor=developer).run is None


def test_a_visit_is_not_imported_again_after_its_company_was_renamed(session, region, developer):
    rows = [visit(company="Granmo", Hvem="Liv Berg")]
    bring_in(session, region, rows, actor=developer)
    one = only(session)
    correct_visit(session, developer, one, {}, company_name="Et helt annet firma AS")
    assert bring_in(session, region, rows, actor=developer).run is None


def test_a_visit_that_was_taken_back_can_come_again(session, region, developer):
    rows = [visit(Hvem="Liv Berg")]
    bring_in(session, region, rows, actor=developer)
    void_visit(session, developer, only(session), reason="Feil")
    again = bring_in(session, region, rows, actor=developer)
    assert len(again.plan.rows) == 1


def test_a_list_of_another_region_is_another_list(session, region):
    other = make.region(session, "Kongsvingerregionen")
    bring_in(session, region, [visit()])
    assert len(bring_in(session, other, [visit()]).plan.rows) == 1


def test_the_mended_rows_alone_bring_the_rest(session, region):
    first = bring_in(session, region, [visit(), visit("31.2.2024", "Furumo")])
    assert (len(first.plan.rows), len(first.plan.listed.bad)) == (1, 1)
    mended = bring_in(session, region, [visit(), visit("28.2.2024", "Furumo")])
    assert (len(mended.plan.rows), len(mended.plan.repeated)) == (1, 1)


# --- who, undo ---------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.ADVISOR, Role.PARTNER])
def test_only_those_may_import_who_may(session, region, role):
    actor = make.actor(session, role, region_ids=[region.id])
    with pytest.raises(NotAllowed):
        bring_in(session, region, [visit()], actor=actor)


def test_nobody_imports_into_a_region_of_others(session, region):
    actor = make.actor(session, Role.DEVELOPER, region_name="Kongsvingerregionen")
    with pytest.raises(NotAllowed):
        bring_in(session, region, [visit()], actor=actor)


def test_an_import_is_undone_without_a_trace(session, region, developer, kari):
    known = make.company(session, name="Furumo", orgnr=None)
    entry = Entry(VisitKind.VISIT, date(2023, 6, 1), company_id=known.id)
    log_visit(session, developer, region.id, entry)
    before = values(session, region)
    rows = [
        visit("1.2.2024", "Furumo AS", Hvem="KN", Kontaktperson="Ola, Siri", **{"Org.nr": GRANMO}),
        visit("2.2.2024", "Ny AS", Hvem="KN og Per Vik", Kontaktperson="Per"),
        visit("3.2.2024", "Ny AS", Hvem="Liv Berg"),
    ]
    run = bring_in(session, region, rows, actor=developer).run
    assert before == (1, 1)
    assert values(session, region) == (4, 2)
    undo_change(session, developer, run.change_id)
    session.expire_all()
    assert not list(check.broken(session))
    assert values(session, region) == before
    assert [one.occurred_on for one in stored(session)] == [date(2023, 6, 1)]
    for table in (VisitContact, VisitColleague, Contact):
        assert session.scalars(sa.select(table).where(table.known())).all() == []
    assert session.scalars(sa.select(Company.name).where(Company.known())).all() == ["Furumo"]
    assert (known.orgnr, known.last_contact_on) == (None, date(2023, 6, 1))
    assert queries.get_run(session, developer, run.id).is_undone
    assert len(bring_in(session, region, rows, actor=developer).plan.rows) == 3


def test_an_import_that_something_builds_on_is_not_undone(session, region, developer):
    run = bring_in(session, region, [visit()], actor=developer).run
    correct_visit(session, developer, only(session), {"kind": VisitKind.VIDEO})
    with pytest.raises(RuleBroken, match="built_upon"):
        undo_change(session, developer, run.change_id)


def test_a_list_that_brings_nothing_leaves_nothing(session, region):
    before = session.scalar(sa.select(sa.func.max(Change.id)))
    assert bring_in(session, region, [visit("31.2.2024")]).run is None
    assert session.scalar(sa.select(sa.func.max(Change.id))) == before
    for table in (ImportRun, ImportVisitRow):
        assert session.scalars(sa.select(table)).all() == []


def test_a_row_of_a_list_is_known_again_without_its_names(session, region):
    bring_in(session, region, [visit(Hvem="Liv Berg", Kontaktperson="Ola Lund")])
    row = session.execute(sa.select(ImportVisitRow.__table__)).one()
    assert not any("berg" in str(value).lower() or "lund" in str(value).lower() for value in row)


def test_nothing_is_left_with_a_company_that_was_taken_back_meanwhile(session, region):
    """What another region's undo voided after the plan was made is seen before the end."""
    run = bring_in(session, region, [visit()]).run
    change = session.get_one(Change, run.change_id)
    void(session, session.get_one(Company, only(session).company_id), make.a_change(session))
    session.flush()
    with pytest.raises(Stale):
        show_latest_contact(Work(session, change, region.id))


def test_the_check_finds_rows_that_lie_astray_and_runs_that_counted_wrong(session, region):
    run = bring_in(session, region, [visit(), visit("2.2.2024")]).run
    run.accepted = 3
    row = session.scalars(sa.select(ImportVisitRow)).first()
    row.region_id = make.region(session, "Kongsvingerregionen").id
    session.flush()
    found = {(one.table, one.id) for _, one in check.broken(session)}
    assert found == {("import_runs", run.id), ("import_visit_rows", row.id)}


# --- many --------------------------------------------------------------------------------------


def many(count, first=0):
    return [
        visit(
            date(2020, 1, 1) + timedelta(days=n % 2_000),
            f"Bedrift {n % 400} AS",
            Hvem=("Kari Nordmann", "KN", "Liv Berg", None)[n % 4],
            Kontaktform=("Besøk", "Telefon", "Teams")[n // 2_000 % 3],
            Kontaktperson=f"Ola Lund {n % 3}, Siri Dahl",
            Notat=f"Samtale {n}",
        )
        for n in range(first, first + count)
    ]


def test_the_number_of_statements_does_not_follow_the_rows(session, region, kari):
    asked = []

    def note(_connection, _cursor, statement, *_):
        asked.append(statement)

    def statements_for(count, first):
        visits = read_visits(visits_xlsx(*many(count, first)), TODAY)
        asked.clear()
        import_visits(session, command_line(), region.id, visits, SOURCE)
        return len(asked)

    sa.event.listen(session.connection(), "before_cursor_execute", note)
    few = statements_for(4, 0)
    assert statements_for(300, 400) <= few + 4


def test_thousands_of_rows_come_in_one_go(session, region, developer, kari):
    number = 5_000 if THOROUGH else 1_500
    done = bring_in(session, region, visits_xlsx(*many(number)), actor=developer)
    assert (len(done.plan.rows), len(done.plan.repeated)) == (number, 0)
    assert values(session, region) == (number, 400)
    assert session.scalar(sa.select(sa.func.count()).select_from(Contact)) == 400 * 4
    undo_change(session, developer, done.run.change_id)
    session.expire_all()
    assert values(session, region) == (0, 0)
    assert not list(check.broken(session))
