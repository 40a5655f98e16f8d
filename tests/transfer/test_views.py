import io
import re

import openpyxl
import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.ideas.models import Idea
from incubator.transfer.lists import read_list
from incubator.transfer.models import ImportRun, ImportUpload
from tests import make
from tests.transfer.lists import FILES, HEADER, TODAY, csv_file, idea, xlsx


@pytest.fixture(autouse=True)
def today(clock):
    clock.set(TODAY)


@pytest.fixture
def developer(client, session):
    person = make.user(session, Role.DEVELOPER)
    client.sign_in(person)
    return person


def hand_in(client, content, name="liste.xlsx"):
    file = content if isinstance(content, io.BytesIO) else io.BytesIO(content)
    return client.post("/import", data={"file": (file, name)})


def ideas(session):
    return session.scalars(sa.select(Idea).where(Idea.known())).all()


def test_a_list_is_shown_row_by_row_and_imported_when_one_says_so(client, session, developer):
    answer = hand_in(client, FILES["ideliste"].read_bytes())
    assert answer.status_code == 303
    preview = client.get(answer.location)
    for text in ("66 nye ideer", "Venter på svar", "Org.nr (C60)", "som rad 8.", "17, 42, 84"):
        assert text in preview.text
    assert ideas(session) == []
    done = client.post(answer.location)
    assert done.status_code == 303
    assert len(ideas(session)) == 66
    run = client.get(done.location)
    assert "66 ideer er importert" in run.text
    assert f"{answer.location}/feil.xlsx" in run.text
    assert "liste.xlsx" in client.get("/import").text


def test_an_import_is_undone_from_its_page(client, session, developer):
    answer = hand_in(client, xlsx(idea()))
    run = client.get(client.post(answer.location).location)
    undo = re.search(r'action="(/endringer/\d+/angre)"', run.text)
    assert client.post(undo[1]).status_code == 303
    assert ideas(session) == []
    number = session.scalar(sa.select(ImportRun.id))
    assert "angret" in client.get(f"/import/kjoringer/{number}").text
    assert "angret" in client.get("/import").text


def test_the_rows_to_mend_can_be_mended_and_imported(client, session, developer):
    rows = [
        idea(title="God"),
        idea(title="Feil", registered="31.2.2024", **{"Org.nr": "389078663"}),
        idea(title="=Feil også", stage="Kanskje"),
    ]
    answer = hand_in(client, xlsx(*rows))
    client.post(answer.location)
    file = client.get(f"{answer.location}/feil.xlsx")
    assert file.mimetype.endswith("spreadsheetml.sheet")
    book = openpyxl.load_workbook(io.BytesIO(file.data))
    page = book.active
    header = [cell.value for cell in page[1]]
    assert header == [*HEADER, "Hva som er feil"]
    assert [page.cell(row, 1).value for row in (2, 3)] == ["Feil", "=Feil også"]
    assert "31.2.2024" in page.cell(2, len(header)).value
    assert "389078663" in page.cell(2, len(header)).value
    # As it is, the same rows are wrong for the same reasons.
    again = read_list(io.BytesIO(file.data), TODAY)
    assert [len(bad.errors) for bad in again.bad] == [2, 1]
    page.cell(2, header.index("Registrert") + 1).value = "1.3.2024"
    page.cell(2, header.index("Org.nr") + 1).value = None
    page.cell(3, header.index("Fase") + 1).value = "Case"
    mended = io.BytesIO()
    book.save(mended)
    mended.seek(0)
    client.post(hand_in(client, mended).location)
    assert {one.title for one in ideas(session)} == {"God", "Feil", "=Feil også"}


def test_a_second_import_says_that_nothing_is_new(client, session, developer):
    client.post(hand_in(client, xlsx(idea())).location)
    answer = hand_in(client, xlsx(idea()))
    shown = client.get(answer.location).text
    assert "0 nye ideer" in shown
    assert f'action="{answer.location}"' in shown
    after = client.post(answer.location)
    assert "Ingenting" in client.get(after.location).text
    assert len(ideas(session)) == 1
    assert session.scalar(sa.select(sa.func.count()).select_from(ImportRun)) == 1


def test_columns_that_cannot_be_told_are_asked_for(client, session, developer):
    header = ("Idé", "Tittel", "Nivå", "Dato")
    content = csv_file(["langt om ideen", "Biokull", "Idé", "1.2.2024"], header=header)
    answer = hand_in(client, content, "liste.csv")
    assert answer.location.endswith("/kolonner")
    form = client.get(answer.location)
    assert "Tittel, Fase" in form.text or "Fase, Tittel" in form.text
    lacking = client.post(answer.location, data={"title": "[B]"})
    assert lacking.status_code == 422
    chosen = client.post(
        answer.location, data={"title": "[B]", "stage": "[C]", "registered_on": "[D]"}
    )
    assert chosen.status_code == 303
    assert "1 ny idé" in client.get(chosen.location).text
    client.post(chosen.location)
    assert [one.title for one in ideas(session)] == ["Biokull"]


def test_the_columns_can_be_changed_though_they_could_be_told(client, session, developer):
    answer = hand_in(client, xlsx(idea(Status="Parkert")))
    form = client.get(f"{answer.location}/kolonner")
    assert re.search(r'<option selected value="\[A\]">Idé', form.text)
    data = {"title": "[A]", "stage": "[E]", "registered_on": "[G]", "remark": ""}
    client.post(f"{answer.location}/kolonner", data=data)
    client.post(answer.location)
    assert [(one.title, one.status) for one in ideas(session)] == [("Biokull", "open")]


@pytest.mark.parametrize(
    "content, name, text",
    [
        (b"", "tom.xlsx", "tom"),
        (b"%PDF-1.7", "liste.xlsx", "ikke et regneark"),
        (b"a;b\nc;d\n", "liste.csv", "overskrift"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"), "a.xls", ".xlsx"),
    ],
)
def test_a_file_that_is_no_list_gets_a_clear_answer(
    client, session, developer, content, name, text
):
    answer = hand_in(client, content, name)
    assert answer.status_code == 422
    assert text in answer.text
    assert session.scalars(sa.select(ImportUpload)).all() == []


def test_no_file_is_asked_for(client, session, developer):
    answer = client.post("/import", data={})
    assert answer.status_code == 422
    assert "Velg en fil" in answer.text


def test_a_list_is_its_own_persons(client, session, developer):
    answer = hand_in(client, xlsx(idea()))
    client.sign_in(make.user(session, Role.MANAGER))
    for address in ("", "/kolonner", "/feil.xlsx"):
        assert client.get(answer.location + address).status_code == 404
    assert client.post(answer.location).status_code == 404
    assert ideas(session) == []


def test_a_long_list_has_pages_and_can_be_narrowed(client, session, developer):
    rows = [idea(title=f"Idé {n}") for n in range(150)] + [idea(title="Gal", stage="?")]
    address = hand_in(client, xlsx(*rows)).location
    first, second = client.get(address).text, client.get(f"{address}?side=2").text
    assert "Idé 0<" in first and "Idé 120<" not in first
    assert "Idé 120<" in second and "Gal" in second
    wrong = client.get(f"{address}?vis=feil").text
    assert "Gal" in wrong and "Idé 0<" not in wrong


def test_text_of_a_list_is_shown_as_text(client, session, developer):
    rows = [idea(title="<script>alert(1)</script>"), idea(title="x", stage="<b>fet</b>")]
    shown = client.get(hand_in(client, xlsx(*rows), "<img src=x>.xlsx").location).text
    assert "<script>alert" not in shown
    assert "<b>fet" not in shown
    assert "<img src=x" not in shown


def test_a_list_that_turns_out_too_long_once_its_columns_are_known(
    client, session, developer, monkeypatch
):
    monkeypatch.setattr("incubator.transfer.lists.MAX_ROWS", 2)
    header = ("Idé", "Tittel", "Fase", "Dato")
    rows = [["x", f"Idé {n}", "Idé", "1.2.2024"] for n in range(3)]
    address = hand_in(client, csv_file(*rows, header=header)).location.removesuffix("/kolonner")
    assert client.get(f"{address}/kolonner").status_code == 200
    data = {"title": "[B]", "stage": "[C]", "registered_on": "[D]"}
    refused = client.post(f"{address}/kolonner", data=data)
    assert refused.status_code == 422 and "for mange rader" in refused.text
    # Nothing was chosen, so the columns are asked for again.
    assert client.post(address).location == address
    assert client.get(address).location.endswith("/kolonner")
