"""The ledger of jobs: what is entered, corrected and confirmed, and what it adds up to."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest

from incubator.accounts.models import Role
from incubator.core.errors import NotAllowed, RuleBroken, Stale
from incubator.core.scope import View
from incubator.goals.metrics import BY_KEY, Question, value
from incubator.jobs import ledger, operations
from incubator.jobs.ledger import Filter
from incubator.jobs.models import Evidence, JobKind, JobRecord, JobState, JobUnit
from incubator.pipeline.undo import undo_change
from tests import make
from tests.goals.test_metrics import YEAR

TODAY = date(2026, 5, 12)
pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def manager(session):
    return make.actor(session, Role.MANAGER)


def counted(session):
    return value(session, Question(BY_KEY["jobs_created"], View(TODAY), YEAR))


def sums(session, actor, **narrowed):
    found = ledger.totals(session, actor, make.region(session).id, Filter(**narrowed), TODAY)
    return {(t.kind.value, t.state.value, t.unit.value): t.number for t in found}


@pytest.mark.parametrize(
    "wrong, code, field",
    [
        ({"number": Decimal(0)}, "jobs_missing", "number"),
        ({"number": Decimal("2.5"), "unit": JobUnit.HEADS}, "heads_are_whole", "number"),
        ({"number": Decimal("2.555"), "unit": JobUnit.FTE}, "two_decimals", "number"),
        ({"number": Decimal(2), "women": 2, "men": 1}, "more_than_all", "women"),
        ({"women": -1}, "bad_number", "women"),
        ({"on": date(2026, 5, 13)}, "in_the_future", "on"),
        ({"on": date(1930, 1, 1)}, "too_long_ago", "on"),
        ({"on": date(2090, 1, 1), "state": JobState.PLANNED}, "too_far_ahead", "on"),
        ({"number": Decimal(200_000)}, "bad_number", "number"),
    ],
)
def test_what_cannot_be_is_refused(session, wrong, code, field):
    with pytest.raises(RuleBroken) as no:
        make.jobs(session, **wrong)
    assert (no.value.code, no.value.fields) == (code, (field,))


def test_planned_ones_may_lie_ahead_and_parts_are_full_time_equivalents(session, manager):
    make.jobs(session, on=date(2027, 1, 1), state=JobState.PLANNED)
    make.jobs(session, number=Decimal("2.25"), unit=JobUnit.FTE, women=2, men=1)
    assert sums(session, manager) == {
        ("new", "realised", "fte"): Decimal("2.25"),
        ("new", "planned", "heads"): Decimal(2),
    }


def test_planned_expected_and_realised_people_and_equivalents_are_never_added(session, manager):
    for state in JobState:
        make.jobs(session, state=state)
        make.jobs(session, state=state, unit=JobUnit.FTE, number=Decimal("0.5"))
    make.jobs(session, kind=JobKind.LOST)
    assert len(sums(session, manager)) == 7
    assert counted(session) == 2.5


def test_what_is_realised_of_expected_jobs_is_outstanding_no_more(session, manager):
    expected = make.jobs(session, state=JobState.EXPECTED, number=Decimal(5))
    came = operations.realise_jobs(session, manager, expected, on=TODAY, number=Decimal(3))
    assert sums(session, manager) == {
        ("new", "realised", "heads"): Decimal(3),
        ("new", "expected", "heads"): Decimal(2),
    }
    assert counted(session) == 3
    operations.realise_jobs(session, manager, expected, on=TODAY, number=Decimal(4))
    assert sums(session, manager)["new", "expected", "heads"] == 0
    with pytest.raises(RuleBroken, match="jobs_realised_from_it"):
        operations.void_jobs(session, manager, expected, reason="Feil")
    undo_change(session, manager, came.change_id)
    assert sums(session, manager)["new", "expected", "heads"] == 1
    with pytest.raises(RuleBroken, match="realised_already"):
        operations.realise_jobs(session, manager, came_of(session, expected), on=TODAY, number=1)


def came_of(session, expected):
    return next(r for r in session.query(JobRecord) if r.realises_id == expected.id and stands(r))


def stands(record):
    return record.voided_at is None


def test_expected_jobs_with_results_cannot_be_undone_before_those(session, manager):
    expected = make.jobs(session, state=JobState.EXPECTED)
    came = operations.realise_jobs(session, manager, expected, on=TODAY, number=Decimal(2))
    with pytest.raises(RuleBroken, match="built_upon"):
        undo_change(session, manager, expected.change_id)
    undo_change(session, manager, came.change_id)
    undo_change(session, manager, expected.change_id)
    assert sums(session, manager) == {}


def test_a_correction_leaves_the_old_one_readable_and_counted_nowhere(session, manager, clock):
    wrong = make.jobs(session, number=Decimal(8))
    right = operations.correct_jobs(session, manager, wrong, {"number": Decimal(3)})
    assert (right.id != wrong.id, wrong.is_voided, right.number) == (True, True, 3)
    assert counted(session) == 3
    found = ledger.get_page(session, manager, right.id)
    assert [line.verb for line in found.history] == ["jobs.corrected", "jobs.recorded"]
    assert ("number", "8", "3") in found.history[0].values
    assert ledger.get_page(session, manager, wrong.id).successor_id == right.id
    with pytest.raises(Stale):
        operations.correct_jobs(session, manager, wrong, {"number": Decimal(4)})
    with pytest.raises(RuleBroken, match="built_upon"):
        undo_change(session, manager, wrong.change_id)


def test_to_undo_a_correction_or_a_void_makes_the_record_anew(session, manager):
    wrong = make.jobs(session, number=Decimal(8))
    right = operations.correct_jobs(session, manager, wrong, {"number": Decimal(3)})
    undo = undo_change(session, manager, right.change_id)
    assert counted(session) == 8
    anew = session.get_one(JobRecord, undo.subject_id)
    assert (anew.number, anew.id not in (wrong.id, right.id), stands(wrong)) == (8, True, False)
    gone = operations.void_jobs(session, manager, anew, reason="Ført to ganger")
    assert counted(session) == 0
    undo_change(session, manager, gone.id)
    assert counted(session) == 8
    verbs = [line.verb for line in _history(session, manager)]
    assert verbs == [
        "change.undone", "jobs.voided", "change.undone", "jobs.corrected", "jobs.recorded",
    ]  # fmt: skip


def _history(session, manager):
    (row,) = ledger.list_jobs(session, manager, make.region(session).id, Filter(), TODAY)
    return ledger.get_page(session, manager, row.record.id).history


def test_nothing_changed_is_no_change(session, manager):
    record = make.jobs(session)
    assert operations.correct_jobs(session, manager, record, {"number": Decimal(2)}) is record
    assert operations.confirm_jobs(session, manager, record, {"source": " "}) is None


def test_evidence_is_confirmed_in_place_with_the_old_value_kept(session, manager):
    record = make.jobs(session, source="Samtale")
    said = {"evidence": Evidence.REGISTER, "next_check_on": date(2026, 5, 1), "source": "AA"}
    change = operations.confirm_jobs(session, manager, record, said)
    assert (record.evidence, record.source, counted(session)) == (Evidence.REGISTER, "AA", 2)
    line = ledger.get_page(session, manager, record.id).history[0]
    assert ("evidence", "told", "register") in line.values
    rows = ledger.list_jobs(
        session, manager, record.region_id, Filter(needs_check=True), TODAY
    )  # fmt: skip
    assert [row.record.id for row in rows] == [record.id]
    undo_change(session, manager, change.id)
    session.refresh(record)
    assert (record.evidence, record.source) == (Evidence.TOLD, "Samtale")


def test_a_confirmation_cannot_be_undone_after_a_correction(session, manager):
    record = make.jobs(session)
    said = operations.confirm_jobs(session, manager, record, {"evidence": Evidence.REGISTER})
    operations.correct_jobs(session, manager, record, {"number": Decimal(3)})
    with pytest.raises(RuleBroken, match="built_upon"):
        undo_change(session, manager, said.id)


def test_an_advisor_goes_on_with_own_and_unassigned_ones_and_corrects_own(session):
    advisor, other = make.actor(session, Role.ADVISOR), make.actor(session, Role.ADVISOR)
    idea = make.idea(session, owner_id=other.id)
    with pytest.raises(NotAllowed):
        make.jobs(session, by=advisor, idea_id=idea.id)
    theirs = make.jobs(session, by=other, idea_id=idea.id)
    said = {"evidence": Evidence.DOCUMENTED}
    with pytest.raises(NotAllowed):
        operations.confirm_jobs(session, advisor, theirs, said)
    free = make.jobs(session, by=other, idea_id=make.idea(session).id)
    assert operations.confirm_jobs(session, advisor, free, said)
    with pytest.raises(NotAllowed):
        operations.void_jobs(session, advisor, free, reason="Nei")
    operations.void_jobs(session, other, free, reason="Feil")
    with pytest.raises(NotAllowed):
        make.jobs(session, by=make.actor(session, Role.PARTNER))


def test_jobs_of_an_idea_lie_where_the_idea_lies(session):
    place, company = make.municipality(session, "3420"), make.company(session)
    idea = make.idea(session, municipality_id=place.id, company_id=company.id)
    record = make.jobs(session, idea_id=idea.id)
    assert (record.municipality_id, record.company_id) == (place.id, company.id)


# Pages.

FORM = {
    "kind": "new", "state": "realised", "unit": "heads", "number": "2", "on": "02.05.2026",
    "evidence": "told", "company": "Granmo AS",
}  # fmt: skip


@pytest.fixture
def signed_in(session, client):
    person = make.user(session, Role.MANAGER)
    client.sign_in(person)
    return client


def test_jobs_are_entered_from_the_ledger_once_however_often_they_are_sent(session, signed_in):
    region_id = make.region(session).id
    dialog = signed_in.get(f"/arbeidsplasser/ny?region={region_id}").text
    assert 'name="number"' in dialog and "Elverum" in dialog
    answers = [
        signed_in.post("/arbeidsplasser", data={**FORM, "region": region_id}) for _ in range(2)
    ]
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.location for answer in answers}) == 1
    assert "Granmo AS" in signed_in.get(f"/arbeidsplasser?region={region_id}").text
    assert counted(session) == 2


def test_what_was_typed_stays_when_it_cannot_be(session, signed_in):
    data = {**FORM, "region": make.region(session).id, "number": "2,5", "source": "Årsmøtet"}
    answer = signed_in.post("/arbeidsplasser", data=data)
    assert answer.status_code == 422
    assert 'value="2,5"' in answer.text and "Årsmøtet" in answer.text
    assert "Personer telles hele" in answer.text
    nothing = signed_in.post("/arbeidsplasser", data={**data, "number": "mange", "company": ""})
    assert nothing.status_code == 422 and 'value="mange"' in nothing.text


def test_a_record_is_realised_confirmed_corrected_and_taken_back_on_its_page(session, signed_in):
    expected = make.jobs(
        session, state=JobState.EXPECTED, number=Decimal(5), company_id=make.company(session).id
    )
    href = f"/arbeidsplasser/{expected.id}"
    assert "Før inn hva det ble" in signed_in.get(href).text
    come = {"number": "3", "on": "01.05.2026", "evidence": "documented"}
    realised = signed_in.post(f"{href}/realiser", data=come)
    assert realised.status_code == 303
    assert signed_in.get(href).text.count(realised.location) == 1
    told = {"evidence": "register", "next_check_on": "2026-11-01", "source": "AA-registeret"}
    assert signed_in.post(f"{realised.location}/belegg", data=told).status_code == 303
    was = {"company": "X", "was_company": "X", "company_id": expected.company_id}
    right = signed_in.post(
        f"{realised.location}/rett", data={**FORM, **told, **was, "number": "4", "women": "1"}
    )
    page = signed_in.get(right.location).text
    assert "AA-registeret" in page and "<s>3</s> → 4" in page
    assert "er rettet" in signed_in.get(realised.location).text
    gone = signed_in.post(f"{right.location}/trekk-tilbake", data={"reason": "Dobbelt"})
    assert gone.status_code == 303 and "Dobbelt" in signed_in.get(gone.location).text
    assert counted(session) == 0
    late = signed_in.post(f"{right.location}/trekk-tilbake", data={"reason": "Igjen"})
    assert late.status_code == 409


def test_a_dialog_comes_alone_for_htmx(session, signed_in):
    idea = make.idea(session, title="Biokull")
    answer = signed_in.get(f"/arbeidsplasser/ny?ide={idea.id}", headers={"HX-Request": "true"})
    assert "<html" not in answer.text and "Biokull" in answer.text


def test_every_total_opens_its_list_and_the_file_holds_the_same(session, signed_in):
    for number in range(1, 4):
        make.jobs(session, number=Decimal(number), source="=1+1")
        make.jobs(session, number=Decimal(number), state=JobState.EXPECTED)
    region_id = make.region(session).id
    narrowed = f"region={region_id}&tilstand=expected"
    answer = signed_in.get(f"/arbeidsplasser/eksport.csv?{narrowed}")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert [row[4] for row in rows[1:]] == ["3", "2", "1"]
    everything = signed_in.get(f"/arbeidsplasser/eksport.csv?region={region_id}").text
    assert ";=1+1" not in everything and "1+1" in everything


@pytest.mark.parametrize("asked", ["", "&slag=new&tilstand=planned&belegg=told&ar=2026&q=granmo"])
def test_the_ledger_costs_the_same_for_few_and_many(session, signed_in, queries, asked):
    address = f"/arbeidsplasser?region={make.region(session).id}{asked}"
    make.jobs(session, state=JobState.PLANNED)
    few = queries.count(lambda: signed_in.get(address))
    for _ in range(30):
        make.jobs(session, state=JobState.PLANNED, company_id=make.company(session).id)
    assert queries.count(lambda: signed_in.get(address)) == few <= 7


def test_the_page_of_a_record_costs_the_same_however_long_its_history(
    session, signed_in, queries, manager
):
    record = make.jobs(session)
    few = queries.count(lambda: signed_in.get(f"/arbeidsplasser/{record.id}"))
    for number in range(3, 9):
        record = operations.correct_jobs(session, manager, record, {"number": Decimal(number)})
    session.flush()
    many = queries.count(lambda: signed_in.get(f"/arbeidsplasser/{record.id}"))
    assert many == few <= 13


def test_the_filter_keeps_what_it_says(session, signed_in, manager):
    region_id = make.region(session).id
    granmo = make.company(session, name="Granmo Trevare AS")
    make.jobs(session, company_id=granmo.id, kind=JobKind.SECURED)
    make.jobs(session, on=date(2025, 3, 1), evidence=Evidence.REGISTER, unit=JobUnit.FTE)
    for narrowed, count in (
        ({"kind": JobKind.SECURED}, 1), ({"state": JobState.PLANNED}, 0), ({"year": 2025}, 1),
        ({"text": "granmo"}, 1), ({"evidence": Evidence.TOLD}, 1), ({"unit": JobUnit.FTE}, 1),
        ({"company_id": granmo.id}, 1), ({}, 2),
    ):  # fmt: skip
        rows = ledger.list_jobs(session, manager, region_id, Filter(**narrowed), TODAY)
        assert len(rows) == count, narrowed
