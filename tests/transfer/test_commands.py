import json

import openpyxl
import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit.models import Change
from incubator.ideas.models import Idea
from tests import make
from tests.transfer.lists import FILES, TODAY, csv_file, expected, idea, xlsx
from tests.transfer.test_hostile import GOOD, HEADERS


@pytest.fixture(autouse=True)
def today(clock):
    clock.set(TODAY)


@pytest.fixture
def run(app, session):
    """Run a command on what the test has written."""

    def call(*arguments):
        session.flush()
        result = app.test_cli_runner().invoke(args=["import-ideas", *map(str, arguments)])
        session.expire_all()
        return result

    return call


@pytest.fixture
def region(session):
    return make.region(session)


def count(session):
    return session.scalar(sa.select(sa.func.count()).select_from(Idea).where(Idea.known()))


@pytest.mark.parametrize("name", FILES)
def test_json_says_what_the_contract_says(run, session, region, name):
    summary = expected(name)["summary"]
    result = run(FILES[name], "--json")
    answer = json.loads(result.stdout)
    assert result.exit_code == 0
    assert {key: answer[key] for key in ("accepted", "duplicates", "skipped")} == {
        key: summary[key] for key in ("accepted", "duplicates", "skipped")
    }
    assert answer.keys() == {"accepted", "rejected", "duplicates", "skipped"}
    columns = [
        {"row": bad["row"], "columns": [error["column"] for error in bad["errors"]]}
        for bad in answer["rejected"]
    ]
    assert columns == expected(name)["rejected"]
    assert all(error["reason"] for bad in answer["rejected"] for error in bad["errors"])
    again = json.loads(run(FILES[name], "--json").stdout)
    assert again["accepted"] == 0
    assert again["rejected"] == answer["rejected"]
    assert count(session) == summary["accepted"]


def test_a_reason_names_the_cell_and_the_accepted_words(run, session, region):
    rejected = json.loads(run(FILES["ideliste"], "--json").stdout)["rejected"]
    (reason,) = (bad["errors"][0]["reason"] for bad in rejected if bad["row"] == 28)
    for text in ("Fase (E28)", "Venter på svar??", "Inkubatorbedrift", "FoU-søknad"):
        assert text in reason


def test_a_dry_run_changes_nothing(run, session, region):
    before = session.scalar(sa.select(sa.func.max(Change.id)))
    dry = run(FILES["ideliste"], "--dry-run", "--json")
    assert json.loads(dry.stdout)["accepted"] == 66
    assert (count(session), session.scalar(sa.select(sa.func.max(Change.id)))) == (0, before)
    assert dry.stdout == run(FILES["ideliste"], "--json").stdout


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7", b"a;b\nc;d\n", b"\x00\x01\x02", b"Tittel;Bedrift\na;b\n"]
)
def test_a_file_that_cannot_be_read_ends_with_one_and_a_sentence(run, region, tmp_path, content):
    path = tmp_path / "liste.xlsx"
    path.write_bytes(content)
    result = run(path, "--json")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.stderr


def test_a_file_that_is_not_there_ends_with_one(run, region, tmp_path):
    result = run(tmp_path / "none.xlsx")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "none.xlsx" in result.stderr


def write(path, source):
    path.write_bytes(source.getvalue())
    return path


def test_the_mapping_that_is_needed_is_told_and_can_be_given(run, session, region, tmp_path):
    header = ("Idé", "Tittel", "Nivå", "Dato")
    rows = ["langt", "Biokull", "Idé", "1.2.2024"]
    path = write(tmp_path / "a.csv", csv_file(rows, header=header))
    lacking = run(path)
    assert lacking.exit_code == 1
    for text in ('--map "title=Idé"', '--map "title=Tittel"', '--map "stage=…"', "C: Nivå"):
        assert text in lacking.stderr
    given = run(path, "--map", "title=Tittel", "--map", "stage=nivå", "--json")
    assert json.loads(given.stdout)["accepted"] == 1
    assert session.scalars(sa.select(Idea.title)).one() == "Biokull"


@pytest.mark.parametrize("option", ["title", "farge=Fase", "title=Finnes ikke"])
def test_a_wrong_mapping_is_refused(run, region, tmp_path, option):
    path = write(tmp_path / "a.xlsx", xlsx(idea()))
    result = run(path, "--map", option)
    assert (result.exit_code, result.stdout) == (1, "")


def test_the_region_must_be_named_where_there_are_several(run, session, region, tmp_path):
    make.region(session, "Kongsvingerregionen")
    path = write(tmp_path / "a.xlsx", xlsx(idea()))
    unclear = run(path)
    assert unclear.exit_code == 1
    assert "Elverumregionen" in unclear.stderr
    assert "Kongsvingerregionen" in unclear.stderr
    assert run(path, "--region", "kongsvingerregionen").exit_code == 0
    assert session.scalars(sa.select(Idea.region_id)).one() != region.id


def test_the_change_bears_the_name_of_who_did_it(run, session, region, tmp_path):
    person = make.user(session, Role.DEVELOPER)
    path = write(tmp_path / "a.xlsx", xlsx(idea()))
    assert run(path, "--as", person.email).exit_code == 0
    change = session.scalars(sa.select(Change).where(Change.verb == "ideas.imported")).one()
    assert change.actor_id == person.id
    partner = make.user(session, Role.PARTNER)
    refused = run(write(tmp_path / "b.xlsx", xlsx(idea(title="b"))), "--as", partner.email)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert count(session) == 1


def test_the_bad_rows_come_back_as_a_workbook(run, region, tmp_path):
    path = write(tmp_path / "a.xlsx", xlsx(idea(), idea(title="Gal", stage="?")))
    target = tmp_path / "mend.xlsx"
    result = run(path, "--errors", target)
    assert "1 imported, 1 rejected" in result.stdout
    rows = list(openpyxl.load_workbook(target).active.values)
    assert [row[0] for row in rows] == ["Idé", "Gal"]


KINDS = ("ideas", "visits", "companies", "applications", "jobs")


@pytest.mark.parametrize("name", KINDS)
def test_the_sheet_is_chosen_by_name_and_an_unknown_name_names_the_sheets(
    app, session, region, tmp_path, name
):
    session.flush()
    book = openpyxl.Workbook()
    book.active.title = "I fjor"
    for sheet, rows in ((book.active, 1), (book.create_sheet("I år"), 3)):
        sheet.append(HEADERS[name])
        for number in range(rows):
            sheet.append(GOOD[name])
            sheet.cell(number + 2, 1).value = f"{GOOD[name][0]}{number}"
    book.save(tmp_path / "bok.xlsx")
    runner = app.test_cli_runner()

    def dry(*options):
        file = str(tmp_path / "bok.xlsx")
        return runner.invoke(args=[f"import-{name}", file, "--dry-run", "--json", *options])

    def rows(result):
        answer = json.loads(result.stdout)
        return answer["accepted"] + len(answer["rejected"]) + answer["duplicates"]

    assert rows(dry()) == 1
    assert rows(dry("--sheet", "i ÅR ")) == 3
    unknown = dry("--sheet", "Neste år")
    assert unknown.exit_code == 1
    assert "Neste år" in unknown.stderr and "I fjor, I år" in unknown.stderr
