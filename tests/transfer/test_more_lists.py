"""Lists of companies, applications and jobs: shown, imported once, undone, the wrong rows back."""

import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit.models import Change
from incubator.companies.models import Company, Contact
from incubator.funding.models import Application, ApplicationEvent
from incubator.jobs.models import JobKind, JobRecord, JobState
from incubator.transfer.kinds import guess_kind
from incubator.transfer.models import ImportRun
from incubator.upkeep import check
from tests import make
from tests.transfer.lists import TODAY

NUMBER, OTHER = make.orgnr(1), make.orgnr(2)
COMPANIES = [
    ["Våre bedrifter", None, None, None, None, None, None, None],
    [None],
    ["Navn", "Org.nr", "Kommune", "Ansatte", "Næringskode", "Stiftet", "Kontaktperson", "E-post"],
    ["Glommali Sagbruk AS", NUMBER, "Elverum", 12, "16.100", 1987, "Kari Li", "kari@eksempel.no"],
    ["GLOMMALI SAGBRUK", None, None, None, None, None, "Ola By", None],
    ["Kjent AS", OTHER, "Våler", "7", "25.1", "3.4.2001", None, None],
    ["Uten alt", "", "", "", "", "", "", ""],
    ["Feil AS", "123456789", "Elverum", "mange", "99999", "2199", "Per", "ikke epost"],
    ["Sum", None, None, 19, None, None, None, None],
]
APPLICATIONS = [
    ["Prosjekt", "Bedrift", "Virkemiddel", "Status", "Sendt", "Vedtak", "Søkt beløp", "Innvilget"],
    ["Robotcelle", "Glommali AS", "Ukjent ordning", "Innvilget", "1.2.2025", "3.4.2025",
     "1 200 000", "800 000"],
    ["Tørke", "Glommali AS", "", "Sendt", "2025-05-06", "", "kr 300 000,-", ""],
    ["Avslått sak", "Annen AS", "", "Avslag", "1.1.2025", "1.3.2025", 100000, ""],
    ["robotcelle", "GLOMMALI", "Ukjent ordning", "Sendt", "1.2.2025", "", "", ""],
    ["Uten beløp", "Annen AS", "", "Innvilget", "1.1.2025", "1.3.2025", 100000, ""],
    ["Uten dato", "Annen AS", "", "Sendt", "", "", 100000, ""],
    ["Framtid", "Annen AS", "", "Sendt", "1.1.2199", "", 100000, ""],
    ["Bakvendt", "Annen AS", "", "Avslag", "1.6.2025", "1.3.2025", 100000, ""],
    ["Rar", "Annen AS", "", "kanskje", "1.6.2025", "", 100000, ""],
]  # fmt: skip
JOBS = [
    ["Bedrift", "Kommune", "Arbeidsplasser", "Dato", "Type", "Tilstand", "Kilde"],
    ["Glommali AS", "Elverum", 3, "1.2.2025", "Nye", "Realisert", "Telefon"],
    ["Glommali AS", "Elverum", "2,5", "1.2.2025", "Sikret", "Realisert", ""],
    ["Glommali AS", "Elverum", 4, "1.2.2028", "Nye", "", ""],
    ["Glommali AS", "Elverum", 3, "1.2.2025", "nye", "realisert", "Igjen"],
    ["Glommali AS", "Elverum", 0, "1.2.2025", "Nye", "Realisert", ""],
    ["Glommali AS", "Elverum", 2, "1.2.2199", "Nye", "Realisert", ""],
    ["Glommali AS", "Elverum", 2, "", "Tull", "Realisert", ""],
]


@pytest.fixture(autouse=True)
def today(clock):
    clock.set(TODAY)


def workbook(rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    return file


def hand_in(client, rows):
    answer = client.post("/import", data={"file": (workbook(rows), "liste.xlsx"), "holds": ""})
    assert answer.status_code == 303, answer.text
    return answer.location


def standing(session, table):
    return session.scalars(sa.select(table).where(table.known()).order_by(table.id)).all()


def brought_in_twice(client, session, rows, expected):
    """Import a list, again, and as the rows to mend; give the run of the first."""
    place = hand_in(client, rows)
    preview = client.get(place).text
    for text in expected:
        assert text in preview, text
    done = client.post(place)
    assert "kjoringer" in done.location
    changes = session.scalar(sa.select(sa.func.count(Change.id)))
    assert client.post(hand_in(client, rows)).location.count("kjoringer") == 0
    mended = openpyxl.load_workbook(io.BytesIO(client.get(f"{place}/feil.xlsx").data))
    again = [[cell.value for cell in row] for row in mended.active.iter_rows()]
    assert client.post(hand_in(client, again)).location.count("kjoringer") == 0
    assert session.scalar(sa.select(sa.func.count(Change.id))) == changes
    assert list(check.broken(session)) == []
    run = session.scalars(sa.select(ImportRun).order_by(ImportRun.id.desc())).first()
    assert client.get(done.location).status_code == 200
    return run, again


@pytest.fixture
def importer(client, session):
    make.region(session)
    person = make.user(session, Role.DEVELOPER)
    client.sign_in(person)
    return person


def test_companies_come_with_what_they_lack_and_their_people(client, session, importer):
    known = make.company(session, name="Kjent AS", orgnr=None, employees=99)
    session.flush()
    run, again = brought_in_twice(
        client, session, COMPANIES,
        ("Glommali Sagbruk AS", "Ola By blir en kontakt", "Gir Kjent AS det den mangler her",
         "4 nye bedrifter", "er ingen e-postadresse", "er ingen næringskode"),
    )  # fmt: skip
    assert (run.accepted, run.rejected, run.skipped) == (4, 1, 1)
    assert len(again) == 2 and "Ansatte (D8)" in again[1][-1] and "E-post (H8)" in again[1][-1]
    by_name = {one.name: one for one in standing(session, Company)}
    new = by_name["Glommali Sagbruk AS"]
    assert (new.orgnr, new.employees, new.industry_section) == (NUMBER, 12, "C")
    assert new.founded_on == date(1987, 1, 1)
    assert [one.name for one in standing(session, Contact)] == ["Kari Li", "Ola By"]
    # What stood is kept, what was missing is there.
    session.refresh(known)
    assert (known.employees, known.orgnr, known.founded_on) == (99, OTHER, date(2001, 4, 3))
    assert known.industry_code == "25.1" and known.municipality_id is not None
    client.post(f"/endringer/{run.change_id}/angre")
    assert [one.name for one in standing(session, Company)] == ["Kjent AS"]
    assert standing(session, Contact) == []
    session.refresh(known)
    assert (known.employees, known.orgnr, known.industry_code) == (99, None, None)
    assert list(check.broken(session)) == []


def test_applications_come_with_what_happened_to_them(client, session, importer):
    idea = make.idea(session, title="Tørke", company_name="Glommali AS")
    session.flush()
    run, again = brought_in_twice(
        client, session, APPLICATIONS,
        ("3 nye søknader", "Hører til ideen Tørke", "Robotcelle", "Den ble innvilget: hvor mye?"),
    )  # fmt: skip
    assert (run.accepted, run.rejected, run.duplicates) == (3, 5, 1)
    robot, dryer, refused = standing(session, Application)
    assert (robot.title, robot.idea_id, robot.sought_nok) == ("Robotcelle", None, 1_200_000)
    assert (dryer.title, dryer.idea_id, dryer.sought_nok) == (None, idea.id, 300_000)
    events = [
        (one.application_id, one.status.value, one.occurred_on, one.amount_nok)
        for one in standing(session, ApplicationEvent)
    ]
    assert events == [
        (robot.id, "sent", date(2025, 2, 1), None),
        (robot.id, "granted", date(2025, 4, 3), 800_000),
        (dryer.id, "sent", date(2025, 5, 6), None),
        (refused.id, "sent", date(2025, 1, 1), None),
        (refused.id, "refused", date(2025, 3, 1), None),
    ]
    assert len(again) == 6
    client.post(f"/endringer/{run.change_id}/angre")
    assert standing(session, Application) == []
    assert list(check.broken(session)) == []


def test_jobs_come_as_records_of_the_ledger(client, session, importer):
    run, _ = brought_in_twice(
        client, session, JOBS, ("2 nye poster med arbeidsplasser", "Kjenner ikke «Tull»")
    )
    assert (run.accepted, run.rejected, run.duplicates) == (2, 4, 1)
    found = [(one.number, one.kind, one.state) for one in standing(session, JobRecord)]
    assert found == [
        (Decimal(3), JobKind.NEW, JobState.REALISED),
        (Decimal(4), JobKind.NEW, JobState.EXPECTED),
    ]
    client.post(f"/endringer/{run.change_id}/angre")
    assert standing(session, JobRecord) == []
    assert standing(session, Company) == []


def test_what_a_list_holds_is_told_by_its_headers():
    for rows, name in ((COMPANIES, "companies"), (APPLICATIONS, "applications"), (JOBS, "jobs")):
        assert guess_kind(workbook(rows)).name == name


def test_which_column_is_which_is_remembered_for_lists_of_the_same_make(client, session, importer):
    rows = [
        ["Sak", "Kunde", "Status"],
        ["Robot", "Glommali AS", "Utkast"],
        ["Tørke", "Annen AS", "Utkast"],
    ]
    answer = client.post(
        "/import", data={"file": (workbook(rows), "a.xlsx"), "holds": "applications"}
    )
    assert answer.location.endswith("/kolonner")
    chosen = {"som": "applications", "title": "[A]", "company": "[B]"}
    preview = client.post(answer.location, data=chosen).location
    assert "2 nye søknader" in client.get(preview).text
    # The next list with these headers needs no choosing, and is known for what it is.
    rows[1][0] = "En annen sak"
    again = hand_in(client, rows)
    shown = client.get(again).text
    assert "En annen sak" in shown and "2 nye søknader" in shown
    assert "slik noen valgte dem sist" in shown
    # In another region nobody has said anything.
    client.sign_in(make.user(session, region_name="Hamarregionen"))
    answer = client.post(
        "/import", data={"file": (workbook(rows), "a.xlsx"), "holds": "applications"}
    )
    assert answer.location.endswith("/kolonner")
