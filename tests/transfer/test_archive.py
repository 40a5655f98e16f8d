"""An export of this program gives the same board and figures in an empty installation."""

import io
import zipfile
from contextlib import ExitStack
from datetime import timedelta

import openpyxl
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import Role
from incubator.audit.models import Change
from incubator.core import clock, db, migrations
from incubator.core.access import command_line
from incubator.core.clock import Period
from incubator.core.scope import View
from incubator.core.sheets import SheetError
from incubator.funding.operations import load_instruments
from incubator.goals import queries as goals
from incubator.ideas.models import Idea
from incubator.pipeline import undo
from incubator.pipeline.queries import board_as_of
from incubator.reference import operations as reference
from incubator.reference.models import Municipality, RegionMunicipality
from incubator.reference.operations import load_municipalities
from incubator.reference.queries import find_region, list_regions
from incubator.transfer.archive import writing
from incubator.transfer.archive.layout import PARTS
from incubator.transfer.archive.reading import is_archive, read_archive
from incubator.transfer.bulk import Source
from incubator.transfer.kinds import ARCHIVE, guess_kind
from incubator.upkeep import check
from incubator.visits.models import Visit
from tests import make
from tests.conftest import new_database
from tests.thorough import some

SOURCE = Source("Ideer og hendelser.xlsx", "x" * 64)


def workbook(session, region, viewer=None):
    file = io.BytesIO()
    writing.write_workbook(session, viewer or command_line(), region.id, region.name, file)
    return file


def as_zip(session, region, viewer=None):
    file = io.BytesIO()
    writing.write_zip(session, viewer or command_line(), region.id, region.name, file)
    return file


def brought_in(session, region_id, file, actor=None):
    words = ARCHIVE.words(session)
    listed = ARCHIVE.read(file, words)
    return ARCHIVE.bring_in(session, actor or command_line(), region_id, listed, SOURCE)


def told(session, region, ends):
    """Give board and metrics of a region as of some days, and of the year up to the latest."""
    found = {}
    for end in ends:
        view = View(end, None, (region.id,))
        month = Period(end.replace(day=1), end)
        found[end] = board_as_of(session, view), goals.all_values(session, view, month)
    latest = View(ends[0], None, (region.id,))
    year = Period(ends[-1], ends[0])
    found["all"] = goals.all_values(session, latest, year), goals.all_unknown(session, latest, year)
    return found


def month_ends(today, number=24):
    first = today.replace(day=1)
    for _ in range(number):
        yield first - timedelta(days=1)
        first = (first - timedelta(days=1)).replace(day=1)


@pytest.fixture
def elsewhere(app, tmp_path, request):
    """Give a function that makes an empty installation on a kind of database."""
    opened = ExitStack()

    def empty(kind):
        address = opened.enter_context(new_database(kind, tmp_path, request))
        engine = db.make_engines(address)[0]
        opened.callback(engine.dispose)
        connection = opened.enter_context(engine.begin())
        migrations.upgrade(connection)
        work = opened.enter_context(Session(connection, expire_on_commit=False, autoflush=False))
        load_municipalities(work)
        load_instruments(work)
        work.flush()
        return work

    with opened:
        yield empty


def same_regions(session, there):
    for region in list_regions(session):
        numbers = session.scalars(
            sa.select(Municipality.number)
            .join(RegionMunicipality, RegionMunicipality.municipality_id == Municipality.id)
            .where(RegionMunicipality.region_id == region.id)
        )
        reference.create_region(
            there, command_line(), name=region.name, municipality_numbers=list(numbers)
        )


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True, scope="session")
def test_the_demo_comes_to_an_empty_installation_with_the_same_board_and_figures(
    app, session, elsewhere, demo_world
):
    ends = some(list(month_ends(demo_world)), 0, of=4)
    files, expected = {}, {}
    with clock.at(clock.end_of(demo_world)):
        for number, region in enumerate(list_regions(session)):
            # The two forms hold the same, so that each is read for some of the regions.
            write = workbook if number % 2 == 0 else as_zip
            files[region.name] = write(session, region)
            expected[region.name] = told(session, region, ends)
        assert len(expected) == 4 and len(ends) >= 6
        assert sum(expected["Elverumregionen"][ends[0]][0]["stages"].values()) > 30
        # Every metric has rows in the demo, so that none is the same because it is nothing.
        assert all(expected["Elverumregionen"]["all"][0].values())
        for kind in ("sqlite", "postgresql"):
            there = elsewhere(kind)
            same_regions(session, there)
            for name, file in files.items():
                region = find_region(there, name)
                done = brought_in(there, region.id, file)
                assert done.run.rejected == 0
                assert told(there, region, ends) == expected[name], (kind, name)
            assert list(check.broken(there)) == []
            # Nothing of it comes twice.
            changes = there.scalar(sa.select(sa.func.count(Change.id)))
            assert (
                brought_in(
                    there, find_region(there, "Elverumregionen").id, files["Elverumregionen"]
                ).run
                is None
            )
            assert there.scalar(sa.select(sa.func.count(Change.id))) == changes


def small(session, by):
    """Make an idea that was moved, parked and opened, with all that can belong to one."""
    idea = make.ripe_idea(session, title="=Biokull", by=by)
    make.move(session, idea, "case")
    make.visit(session, by=by, about="Om biokull")
    make.jobs(session, idea_id=idea.id, company_id=idea.company_id)
    make.application(session, title="Et prosjekt")
    make.incubation(session)
    session.flush()
    return idea


def test_a_workbook_comes_in_by_the_page_and_goes_by_an_undo(client, session):
    by = make.actor(session, Role.MANAGER)
    small(session, by)
    client.sign_in(session.get(make.User, by.id))
    content = client.get("/import/eksport/ideer.xlsx").data
    assert is_archive(io.BytesIO(content))
    other = make.user(session, Role.MANAGER, region_name="Hamarregionen")
    client.sign_in(other)
    answer = client.post("/import", data={"file": (io.BytesIO(content), "ut.xlsx"), "holds": ""})
    preview = client.get(answer.location).text
    assert "=Biokull" in preview
    ideas = sa.select(Idea).where(Idea.region_id == make.region(session, "Hamarregionen").id)
    done = client.post(answer.location)
    idea = session.scalars(ideas.where(Idea.known(), Idea.title == "=Biokull")).one()
    assert idea.title == "=Biokull" and idea.owner_id is None and idea.owner_name
    assert list(check.broken(session)) == []
    assert client.get(done.location).status_code == 200
    # Handed in again it brings nothing, also after the idea was renamed.
    idea.title, idea.title_key = "Nytt navn", "nytt navn"
    idea.search_key = idea.search_key.replace("=biokull", "nytt navn")
    session.flush()
    again = client.post("/import", data={"file": (io.BytesIO(content), "ut.xlsx"), "holds": ""})
    assert client.post(again.location).location == again.location
    idea.title, idea.title_key = "=Biokull", "=biokull"
    session.flush()
    undo.undo_change(session, make.actor_of(session, other), idea.change_id)
    session.flush()
    assert session.scalars(ideas.where(Idea.known())).all() == []
    here = make.region(session, "Hamarregionen").id
    visits = sa.select(Visit).where(Visit.region_id == here, Visit.known())
    assert session.scalars(visits).all() == []
    assert list(check.broken(session)) == []


def test_a_zip_holds_every_table_with_its_columns_and_what_they_mean(session, app):
    small(session, make.actor(session, Role.ADMIN))
    make.passkey(session, make.user(session), "Nøkkelen til Kari")
    file = as_zip(session, make.region(session))
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        held = {name: archive.read(name).decode() for name in archive.namelist()}
    explained = held["ordliste.csv"]
    for part in PARTS:
        head = held[f"{part.name}.csv"].splitlines()[0].lstrip("\ufeff")
        assert head == ";".join(field.name for field in part.fields)
        assert all(f"{part.name}.csv;;{field.name};" in explained for field in part.fields)
    assert "'=Biokull" in held["ideer.csv"]  # no spreadsheet takes it for a formula
    assert read_archive(file)["ideer"][0]["tittel"] == "=Biokull"
    assert guess_kind(file) is ARCHIVE
    assert not any("Nøkkelen til Kari" in text for text in held.values())  # nor how one signs in


@pytest.mark.parametrize(
    ("sheet", "column", "value"),
    [
        ("Hendelser", "dato", "2199-01-01"),
        ("Hendelser", "verdi", "nowhere"),
        ("Ideer", "bedrift_nr", 987654),
        ("Søknadshendelser", "status", "done"),
        ("Arbeidsplasser", "antall", "mange"),
    ],
)
def test_an_export_that_was_altered_is_refused_with_the_cell(session, app, sheet, column, value):
    small(session, make.actor(session, Role.ADMIN))
    region = make.region(session)
    book = openpyxl.load_workbook(workbook(session, region))
    page = book[sheet]
    place = next(cell.column for cell in page[1] if cell.value == column)
    page.cell(2, place).value = value
    altered = io.BytesIO()
    book.save(altered)
    with pytest.raises(SheetError) as refused:
        ARCHIVE.read(altered, ARCHIVE.words(session))
    assert refused.value.details["sheet"] in (sheet, "Søknader")


def test_notes_of_others_and_what_is_hidden_do_not_go_out(session, app):
    small(session, make.actor(session, Role.ADMIN, organisation_id=make.organisation(session).id))
    region = make.region(session)
    stranger = make.actor(session, Role.MANAGER)
    assert read_archive(workbook(session, region, stranger))["besok"][0]["om"] is None
    partner = make.actor(session, Role.PARTNER)
    assert read_archive(workbook(session, region, partner))["ideer"] == []


def test_the_command_writes_a_region_to_a_file_that_only_its_owner_reads(session, app, tmp_path):
    small(session, make.actor(session, Role.ADMIN))
    region = make.region(session)
    for name in ("ut.zip", "ut.xlsx"):
        result = app.test_cli_runner().invoke(args=["export", str(tmp_path / name)])
        assert result.exit_code == 0, result.output
        assert is_archive(tmp_path / name) and (tmp_path / name).stat().st_mode & 0o077 == 0
    again = app.test_cli_runner().invoke(args=["import-ideas", str(tmp_path / "ut.zip")])
    assert again.exit_code == 0 and again.output.startswith("0 imported, 0 rejected, 3 dup")
    for wrong in ([str(tmp_path / "ut.pdf")], [str(tmp_path / "nei" / "ut.zip")],
                  [str(tmp_path / "x.zip"), "--region", "Atlantis"]):  # fmt: skip
        assert app.test_cli_runner().invoke(args=["export", *wrong]).exit_code == 1
    assert region.name in result.output
