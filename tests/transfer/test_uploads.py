"""Large lists: read and imported by the worker, once, whoever is killed or clicks twice."""

import io
import json
from datetime import timedelta

import openpyxl
import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit.models import Change
from incubator.core import clock as time
from incubator.transfer import kinds
from incubator.transfer.models import ImportPage, ImportRun, ImportUpload, State
from incubator.transfer.uploads import looking, operations, tasks
from tests import make
from tests.transfer.lists import TODAY
from tests.transfer.test_hostile import GOOD, HEADERS

LISTS = tuple(kinds.LISTS)
# A cell of each kind of list that cannot be, by its header.
WRONG = {
    "Registrert": "1.2.2199", "Dato": "1.2.2199", "Ansatte": "mange", "Sendt": "1.2.2199",
    "Fase": "Idé", "Status": "Sendt", "Arbeidsplasser": "3", "Type": "Nye", "Org.nr": "",
}  # fmt: skip


@pytest.fixture(autouse=True)
def large(clock, monkeypatch):
    """Take every list for a large one."""
    clock.set(TODAY)
    monkeypatch.setattr(looking, "SMALL", 0)


@pytest.fixture
def importer(client, session):
    make.region(session)
    person = make.user(session, Role.DEVELOPER)
    client.sign_in(person)
    return person


def book(name, rows=3):
    """Give a workbook: a front page, a hidden list, this year's, a new one; each ends wrongly."""
    made = openpyxl.Workbook()
    made.active.title = "Forside"
    made.active.append(["Lista vår"])
    hidden = made.create_sheet("Gammelt")
    hidden.sheet_state = "hidden"
    counts = {hidden: 1, made.create_sheet("I år"): rows, made.create_sheet("Ny"): 1}
    for sheet, count in counts.items():
        sheet.append(HEADERS[name])
        for number in range(count):
            company = f"Åsen {sheet.title} {number} AS"
            sheet.append([company if cell == "Åsen AS" else cell for cell in GOOD[name]])
        sheet.append([WRONG.get(header, "Feil AS") for header in HEADERS[name]])
    file = io.BytesIO()
    made.save(file)
    file.seek(0)
    return file


def hand_in(client, file, holds=""):
    answer = client.post("/import", data={"file": (file, "liste.xlsx"), "holds": holds})
    assert answer.status_code == 303, answer.text
    return answer.location


def work(session):
    """Let the worker do what waits."""
    session.flush()
    done = 0
    while tasks.take_up():
        done += 1
    session.expire_all()
    return done


def runs(session):
    return session.scalars(sa.select(ImportRun).order_by(ImportRun.id)).all()


def upload(session):
    return session.scalars(sa.select(ImportUpload)).one()


@pytest.mark.parametrize("name", LISTS)
def test_a_large_list_is_read_and_imported_by_the_worker(client, session, importer, name, clock):
    place = hand_in(client, book(name), name)
    waiting = client.get(place).text
    assert "venter på tur" in waiting and f'hx-get="{place}/framdrift"' in waiting
    clock.set(time.now() + timedelta(seconds=11))
    assert "bakgrunnsprosessen" in client.get(f"{place}/framdrift").text
    assert work(session) == 1
    assert client.get(f"{place}/framdrift", headers={"HX-Request": "true"}).headers["HX-Redirect"]
    shown = client.get(place).text
    assert "4 ark" in shown and "I år" in shown and "Åsen I år 2 AS" in shown
    assert "er ingen dato" in shown or "er ikke en dato" in shown or "ikke et helt tall" in shown
    # Another sheet, and back again.
    sheets = client.get(f"{place}/ark").text
    assert "skjult" in sheets and "ingen kjent overskrift" in sheets
    assert client.post(f"{place}/ark", data={"ark": "Finnes ikke"}).status_code == 422
    client.post(f"{place}/ark", data={"ark": "Ny"})
    assert work(session) == 1
    shown = client.get(place).text
    assert "Åsen Ny 0 AS" in shown and "Åsen I år 2 AS" not in shown
    # Twice clicked, from two tabs: one run.
    assert [client.post(place).location for _ in range(2)] == [place, place]
    assert upload(session).state == State.IMPORTING
    assert work(session) == 1
    [run] = runs(session)
    assert client.post(place).location == place
    assert client.get(place).location == f"/import/kjoringer/{run.id}"
    assert run.accepted == 1 and run.file_name == "liste.xlsx"
    # The file is gone, the rows to mend are there for a day.
    kept = upload(session)
    assert kept.content is None and session.scalars(sa.select(ImportPage)).all() == []
    page = client.get(f"/import/kjoringer/{run.id}").text
    assert f"{place}/feil.xlsx" in page
    to_mend = openpyxl.load_workbook(io.BytesIO(client.get(f"{place}/feil.xlsx").data))
    assert to_mend.sheetnames == ["Ny"] and to_mend.active.max_row == 2
    change = session.get(Change, run.change_id)
    assert change.actor_id == importer.id and change.via == "import"
    assert client.post(f"/endringer/{run.change_id}/angre").status_code == 303
    # Another file with the same rows is new again, since all was undone as one change.
    place = hand_in(client, book(name), name)
    work(session)
    client.post(place)
    work(session)
    assert runs(session)[-1].accepted == 3


def test_work_of_one_who_was_killed_is_taken_up_once(client, session, importer, clock):
    place = hand_in(client, book("ideas"))
    work(session)
    client.post(place)
    session.flush()
    dead = operations.claim_next(session)  # and then the process was killed
    session.flush()
    assert tasks.take_up() is False
    clock.set(time.now() + timedelta(seconds=61))
    session.expire_all()
    page = client.get(place).text
    assert "avbrutt" in page and f'action="{place}/igjen"' in page
    client.post(f"{place}/igjen")
    assert work(session) == 1
    assert len(runs(session)) == 1
    # The one that was taken for dead was only slow: nothing of it is written.
    with pytest.raises(operations.Overtaken):
        operations.take_turn(session, dead)


def test_a_list_that_kills_whoever_reads_it_is_given_up(client, session, importer, clock):
    place = hand_in(client, book("ideas"))
    for _ in range(3):
        session.flush()
        assert operations.claim_next(session) is not None
        clock.set(time.now() + timedelta(seconds=61))
    assert work(session) == 0
    page = client.get(place).text
    assert "flere ganger" in page and upload(session).state == State.REFUSED
    client.post(f"{place}/igjen")
    assert work(session) == 1 and upload(session).state == State.READY


def test_what_goes_wrong_is_said_and_the_next_list_is_read(client, session, importer, monkeypatch):
    place = hand_in(client, io.BytesIO(b"a;b\n" + b"c;d\n" * 60))
    assert work(session) == 1
    assert "overskrift" in client.get(place).text
    other = hand_in(client, book("ideas"))

    def fail(*_a, **_k):
        raise ValueError("a fault of the program")

    with monkeypatch.context() as patched:
        patched.setattr(tasks, "look_over", fail)
        assert work(session) == 1
    assert "Noe gikk galt" in client.get(other).text
    client.post(f"{other}/igjen")
    assert work(session) == 1
    assert "3 nye ideer" in client.get(other).text


def test_who_may_no_longer_import_brings_in_nothing(client, session, importer):
    place = hand_in(client, book("ideas"))
    work(session)
    client.post(place)
    importer.active = False
    work(session)
    assert runs(session) == []
    assert json.loads(upload(session).problem)["details"] == {"because": "sign_in"}


def test_two_people_with_one_file_bring_it_in_once(client, session, importer):
    mine = hand_in(client, book("visits"), "visits")
    other = make.user(session, Role.DEVELOPER)
    client.sign_in(other)
    theirs = hand_in(client, book("visits"), "visits")
    work(session)
    assert client.get(mine).status_code == 404
    client.post(theirs)
    client.sign_in(importer)
    client.post(mine)
    assert work(session) == 2
    assert [one.accepted for one in runs(session)] == [3]
    assert client.get(mine).status_code == 303  # the first that was handed in, to its report
    client.sign_in(other)
    assert "Ingenting" in client.get(theirs).text


def test_files_go_after_a_day(client, session, importer, clock):
    hand_in(client, book("ideas"))
    work(session)
    tasks.forget_uploads()
    assert upload(session).state == State.READY
    clock.set(time.now() + timedelta(days=1, seconds=1))
    tasks.forget_uploads()
    session.expire_all()
    assert session.scalars(sa.select(ImportUpload)).all() == []
    assert session.scalars(sa.select(ImportPage)).all() == []


def test_pages_of_a_preview_and_of_progress_cost_the_same_for_any_list(
    client, session, importer, queries
):
    small = hand_in(client, book("ideas", 2))
    large = hand_in(client, book("ideas", 300))
    assert queries.count(lambda: client.get(f"{large}/framdrift")) <= 4
    work(session)
    counts = [queries.count(lambda at=at: client.get(at)) for at in (small, large)]
    assert counts[0] == counts[1]
    assert "Åsen I år 299 AS" in client.get(f"{large}?side=3").text
    assert "Åsen I år 299 AS" not in client.get(large).text


@pytest.mark.parametrize("name", LISTS)
def test_to_undo_an_import_takes_as_many_statements_for_many_rows(
    client, session, importer, queries, name
):
    asked = []
    for rows in (2, 40):
        place = hand_in(client, book(name, rows), name)
        work(session)
        client.post(place)
        work(session)
        change = runs(session)[-1].change_id
        assert runs(session)[-1].accepted == rows
        asked.append(queries.count(lambda of=change: client.post(f"/endringer/{of}/angre")))
    assert asked[1] <= asked[0] + 2
