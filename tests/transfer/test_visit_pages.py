"""The wizard and the command for lists of visits."""

import io
import json
import re

import openpyxl
import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit.models import Change
from incubator.core.access import Via
from incubator.transfer.models import ImportRun, ImportUpload
from incubator.transfer.visits.rows import read_visits
from incubator.visits.models import Visit
from tests import make
from tests.transfer.lists import TODAY, idea, xlsx
from tests.transfer.visit_lists import FILES, HEADER, visit, visits_csv, visits_xlsx


@pytest.fixture(autouse=True)
def today(clock):
    clock.set(TODAY)


@pytest.fixture
def developer(client, session):
    person = make.user(session, Role.DEVELOPER)
    client.sign_in(person)
    return person


def hand_in(client, content, name="besok.xlsx", **data):
    file = content if isinstance(content, io.BytesIO) else io.BytesIO(content)
    return client.post("/import", data={"file": (file, name), **data})


def stored(session):
    session.expire_all()
    return session.scalars(sa.select(Visit).where(Visit.known()).order_by(Visit.id)).all()


# --- the wizard --------------------------------------------------------------------------------


def test_a_list_of_visits_is_shown_row_by_row_imported_and_undone(client, session, developer):
    assert "Hva lista inneholder" in client.get("/import").text
    answer = hand_in(client, FILES["besok"].read_bytes())
    assert answer.status_code == 303
    preview = client.get(answer.location).text
    for text in (
        "6 nye besøk", "Importer 6 besøk", "Overskriftene sier at dette er en liste over besøk",
        "Glommali Sagbruk AS", "12.03.2024", "Telefon", "som rad 5.", "Hva slags (E12)",
        "«Brevdue» er ingen kontaktform", "03.03.1924 er før 1990", "Ingen kommune heter Rena",
        "Neste besøk", "4, 8, 17, 18",
    ):  # fmt: skip
        assert text in preview, text
    assert stored(session) == []
    done = client.post(answer.location)
    assert done.status_code == 303
    assert len(stored(session)) == 6
    run = client.get(done.location).text
    for text in ("6 besøk er importert", f"{answer.location}/feil.xlsx", "Til besøkene"):
        assert text in run, text
    assert "6 besøk" in client.get("/import").text
    undo = re.search(r'action="(/endringer/\d+/angre)"', run)
    undone = client.post(undo[1])
    assert undone.location == done.location.partition("?")[0]
    assert stored(session) == []
    assert "angret" in client.get(undone.location).text


def test_a_known_visit_is_led_to(client, session, developer):
    client.post(hand_in(client, visits_xlsx(visit())).location)
    answer = hand_in(client, visits_xlsx(visit()))
    (one,) = stored(session)
    shown = client.get(answer.location).text
    assert "0 nye besøk" in shown
    assert f'href="/besok/{one.id}"' in shown
    assert "Ingenting" in client.get(client.post(answer.location).location).text
    assert session.scalar(sa.select(sa.func.count()).select_from(ImportRun)) == 1


def test_what_the_list_holds_can_be_said(client, session, developer):
    said = hand_in(client, visits_xlsx(visit()), holds="visits")
    assert "Overskriftene sier" not in client.get(said.location).text
    wrong = hand_in(client, visits_xlsx(visit()), holds="ideas")
    assert wrong.location.endswith("/kolonner")
    kept = session.scalars(sa.select(ImportUpload.holds).order_by(ImportUpload.id)).all()
    assert kept == ["visits", "ideas"]
    neither = hand_in(client, b"a;b\nc;d\n", "liste.csv", holds="visits")
    assert neither.status_code == 422
    assert "minst datoen og bedriften" in neither.text
    unclear = hand_in(client, b"a;b\nc;d\n", "liste.csv")
    assert "eller datoen for et besøk og bedriften" in unclear.text
    nonsense = hand_in(client, visits_xlsx(visit()), holds="farger")
    assert nonsense.status_code == 422


def test_a_list_that_was_taken_for_the_other_kind_is_read_anew(client, session, developer):
    answer = hand_in(client, visits_xlsx(visit(Tema="Idéen om flis")))
    switch = re.search(rf'href="({answer.location}/kolonner\?som=ideas)"', client.get(
        answer.location
    ).text)  # fmt: skip
    form = client.get(switch[1]).text
    assert 'name="som" value="ideas"' in form
    data = {"som": "ideas", "title": "[H]", "stage": "[H]"}
    assert client.post(f"{answer.location}/kolonner", data=data).status_code == 303
    shown = client.get(answer.location).text
    assert "nye ideer" in shown
    assert "Overskriftene sier" not in shown


def test_a_list_of_ideas_can_be_read_as_no_list_of_visits(client, session, developer):
    header = ("Idé", "Fase", "Opprettet")
    answer = hand_in(client, xlsx(["Biokull", "Idé", "1.2.2024"], header=header))
    refused = client.get(f"{answer.location}/kolonner?som=visits")
    assert refused.location == answer.location
    assert "minst datoen og bedriften" in client.get(answer.location).text
    data = {"som": "visits", "occurred_on": "[A]"}
    assert client.post(f"{answer.location}/kolonner", data=data).location == answer.location
    assert "1 ny idé" in client.get(answer.location).text


def test_columns_that_cannot_be_told_are_asked_for(client, session, developer):
    content = visits_csv(
        ["1.2.2024", "2.2.2024", "Granmo", "Kari"], header=("Dato", "Dato", "Navn", "Hvem")
    )
    answer = hand_in(client, content, "besok.csv")
    assert answer.location.endswith("/kolonner")
    form = client.get(answer.location).text
    assert "Dato" in form and "Bedrift" in form and "Kontaktform" in form
    lacking = client.post(answer.location, data={"som": "visits", "occurred_on": "[A]"})
    assert lacking.status_code == 422
    assert "Velg kolonnene for dato og bedrift" in lacking.text
    data = {"som": "visits", "occurred_on": "[B]", "company": "[C]", "visitor": "[D]"}
    chosen = client.post(answer.location, data=data)
    client.post(chosen.location)
    (one,) = stored(session)
    assert (one.occurred_on.day, one.visitor_name) == (2, "Kari")


def test_the_rows_to_mend_can_be_mended_and_imported(client, session, developer):
    rows = [
        visit("1.2.2024", Notat="God"),
        visit("31.2.2024", Kontaktform="Brevdue", Notat="=Feil"),
        visit("1.1.2030", Notat="Framtid"),
    ]
    answer = hand_in(client, visits_xlsx(*rows))
    client.post(answer.location)
    file = client.get(f"{answer.location}/feil.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(file.data))
    page = book.active
    assert [cell.value for cell in page[1]] == [*HEADER, "Hva som er feil"]
    reason = page.cell(2, len(HEADER) + 1).value
    for text in ("31.2.2024", "Brevdue", "Besøk", "Telefon"):
        assert text in reason
    again = read_visits(io.BytesIO(file.data), TODAY)
    assert [len(bad.errors) for bad in again.bad] == [2, 1]
    page.cell(2, 1).value, page.cell(2, HEADER.index("Kontaktform") + 1).value = "28.2.2024", "Tlf"
    page.cell(3, 1).value = "1.1.2026"
    mended = io.BytesIO()
    book.save(mended)
    mended.seek(0)
    client.post(hand_in(client, mended).location)
    assert [one.about for one in stored(session)] == ["God", "=Feil", "Framtid"]


def test_our_own_export_of_visits_imports_again_and_adds_nothing(client, session, developer):
    rows = [
        visit(
            "1.2.2024", Kontaktform="Telefon", Hvem=developer.name, Kontaktperson="Ola", Tema="x"
        ),
        visit("2.2.2024", "Furumo", Hvem="Per Utenfra", Behov="Kapital", Kommune="Elverum"),
    ]
    client.post(hand_in(client, visits_xlsx(*rows)).location)
    exported = client.get("/besok/eksport.xlsx").data
    shown = client.get(hand_in(client, exported).location).text
    assert "0 nye besøk" in shown
    assert "2 rader" in shown
    found = read_visits(io.BytesIO(exported), TODAY)
    assert {row.visit.kind for row in found.good} == {one.kind for one in stored(session)}
    assert {row.visit.about for row in found.good} == {one.about for one in stored(session)}


def test_text_of_a_list_is_shown_as_text(client, session, developer):
    rows = [
        visit("1.2.2024", "<script>alert(1)</script>", Hvem="<b>x</b>"),
        visit("2.2.2024", "<i>y</i>", Kontaktform="<u>z</u>"),
    ]
    answer = hand_in(client, visits_xlsx(*rows), "<img src=x>.xlsx")
    done = client.post(answer.location)
    (one,) = stored(session)
    for address in (answer.location, done.location, f"/besok/{one.id}", "/besok"):
        shown = client.get(address).text
        for text in ("<script>alert", "<b>x", "<i>y", "<u>z", "<img src=x"):
            assert text not in shown, (address, text)


@pytest.mark.parametrize("role", [Role.ADVISOR, Role.PARTNER])
def test_who_may_not_import_does_not(client, session, role):
    client.sign_in(make.user(session, role))
    assert client.get("/import").status_code == 403
    assert hand_in(client, visits_xlsx(visit())).status_code == 403
    assert stored(session) == []


def test_a_list_is_its_own_persons(client, session, developer):
    answer = hand_in(client, visits_xlsx(visit()))
    client.sign_in(make.user(session, Role.MANAGER))
    for address in ("", "/kolonner", "/feil.xlsx"):
        assert client.get(answer.location + address).status_code == 404
    assert client.post(answer.location).status_code == 404
    assert stored(session) == []


def test_the_pages_speak_english_too(client, session, developer):
    developer.locale = "en"
    session.flush()
    answer = hand_in(client, visits_xlsx(visit(), visit("1.1.2030")))
    shown = client.get(answer.location).text
    for text in ("1 new visit", "is in the future", "Who visited"):
        assert text in shown, text


# --- the command -------------------------------------------------------------------------------


@pytest.fixture
def run(app, session):
    """Run the command on what the test has written."""

    def call(*arguments):
        session.flush()
        result = app.test_cli_runner().invoke(args=["import-visits", *map(str, arguments)])
        session.expire_all()
        return result

    return call


@pytest.fixture
def region(session):
    return make.region(session)


def write(path, source):
    path.write_bytes(source.getvalue())
    return path


def test_json_says_what_became_of_each_row(run, session, region):
    dry = run(FILES["besok"], "--dry-run", "--json")
    assert stored(session) == []
    result = run(FILES["besok"], "--json")
    assert (result.exit_code, result.stdout) == (0, dry.stdout)
    answer = json.loads(result.stdout)
    assert {key: answer[key] for key in ("accepted", "duplicates", "skipped")} == {
        "accepted": 6, "duplicates": 1, "skipped": 4,
    }  # fmt: skip
    assert [(bad["row"], [e["column"] for e in bad["errors"]]) for bad in answer["rejected"]] == [
        (12, ["kind", "occurred_on"]), (13, ["occurred_on"]), (14, ["occurred_on"]),
        (15, ["company", "occurred_on", "orgnr"]),
    ]  # fmt: skip
    kind = answer["rejected"][0]["errors"][0]["reason"]
    for text in ("Hva slags (E12)", "Brevdue", "Telefon", "Video"):
        assert text in kind
    again = json.loads(run(FILES["besok"], "--json").stdout)
    assert (again["accepted"], again["duplicates"], len(stored(session))) == (0, 7, 6)


def test_the_change_bears_the_name_of_who_did_it(run, session, region, tmp_path):
    organisation = make.organisation(session)
    person = make.user(session, Role.DEVELOPER, organisation_id=organisation.id)
    assert run(write(tmp_path / "a.xlsx", visits_xlsx(visit()))).exit_code == 0
    path = write(tmp_path / "b.xlsx", visits_xlsx(visit("2.2.2024")))
    assert run(path, "--as", person.email).exit_code == 0
    query = sa.select(Change.actor_id, Change.via).where(Change.verb == "visits.imported")
    assert session.execute(query.order_by(Change.id)).all() == [
        (None, Via.COMMAND_LINE), (person.id, Via.COMMAND_LINE),
    ]  # fmt: skip
    assert [one.organisation_id for one in stored(session)] == [None, organisation.id]
    partner = make.user(session, Role.PARTNER)
    refused = run(write(tmp_path / "c.xlsx", visits_xlsx(visit("3.2.2024"))), "--as", partner.email)
    assert (refused.exit_code, refused.stdout, len(stored(session))) == (1, "", 2)


def test_the_mapping_that_is_needed_is_told_and_can_be_given(run, session, region, tmp_path):
    row, header = ["1.2.2024", "2.2.2024", "Granmo", "KN"], ("Dato", "Når", "Navn", "Hvem")
    path = write(tmp_path / "a.csv", visits_csv(row, header=header))
    lacking = run(path)
    assert lacking.exit_code == 1
    for text in ('--map "occurred_on=Dato"', '--map "occurred_on=Når"', '--map "company=…"'):
        assert text in lacking.stderr
    given = run(path, "--map", "occurred_on=Når", "--map", "company=navn", "--json")
    assert json.loads(given.stdout)["accepted"] == 1
    assert stored(session)[0].occurred_on.day == 2


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"a;b\nc;d\n", b"\x00\x01\x02"])
def test_a_file_that_cannot_be_read_ends_with_one_and_a_sentence(run, region, tmp_path, content):
    path = tmp_path / "besok.xlsx"
    path.write_bytes(content)
    result = run(path, "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.stderr


def test_the_region_must_be_named_where_there_are_several(run, session, region, tmp_path):
    other = make.region(session, "Kongsvingerregionen")
    path = write(tmp_path / "a.xlsx", visits_xlsx(visit()))
    assert "Kongsvingerregionen" in run(path).stderr
    assert run(path, "--region", "kongsvingerregionen").exit_code == 0
    assert stored(session)[0].region_id == other.id


def test_the_bad_rows_come_back_as_a_workbook(run, region, tmp_path):
    path = write(tmp_path / "a.xlsx", visits_xlsx(visit(), visit("31.2.2024", Notat="Gal")))
    target = tmp_path / "mend.xlsx"
    result = run(path, "--errors", target)
    assert "1 imported, 1 rejected" in result.stdout
    rows = list(openpyxl.load_workbook(target).active.values)
    assert [row[HEADER.index("Notat")] for row in rows] == ["Notat", "Gal"]


def test_a_list_of_ideas_is_not_taken_for_visits(run, session, region, tmp_path):
    result = run(write(tmp_path / "a.xlsx", xlsx(idea())))
    assert (result.exit_code, stored(session)) == (1, [])
