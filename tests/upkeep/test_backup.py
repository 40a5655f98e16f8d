"""A backup holds everything, and either database gives it back as it was."""

import io
import json
import zipfile
from contextlib import ExitStack
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator import cli
from incubator.accounts.models import Passkey
from incubator.core import clock, db, migrations
from incubator.core.clock import Period
from incubator.core.scope import View
from incubator.funding.operations import load_instruments
from incubator.goals import queries as goals
from incubator.ideas.models import Idea
from incubator.mail import operations as mail
from incubator.mail.models import Message
from incubator.reference.operations import load_municipalities
from incubator.reference.queries import list_regions
from incubator.summaries.models import Summary
from incubator.tables import metadata
from incubator.upkeep import backup, check
from incubator.upkeep.backup import Backup, BadBackup
from tests import make
from tests.conftest import new_database
from tests.thorough import some

TODAY = date(2026, 11, 20)
SECRETS = {"secret_key": "s" * 64, "password_salt": "p" * 64}


@pytest.fixture
def instance(tmp_path):
    folder = tmp_path / "instance"
    folder.mkdir()
    backup.keep_secrets(SECRETS, folder)
    return folder


def written(connection, instance):
    """Give a backup of what a connection sees."""
    file = io.BytesIO()
    backup.write(connection, file, instance)
    return file


def rows_in(file):
    """Give what a backup holds, by file, but for when it was made."""
    with zipfile.ZipFile(file) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    told = json.loads(held.pop(backup.MANIFEST))
    return held | {"tables": told["tables"]}


def told_by(connection):
    """Give every metric at some month ends, also as then known, and what partners were told."""
    with Session(connection) as session:
        regions = tuple(region.id for region in list_regions(session))
        numbers = {}
        for back in some(range(24), 0, of=4):
            end = date(2026 - back // 12, 12 - back % 12, 1) - timedelta(days=1)
            for known_at in (None, clock.end_of(end)):
                asked = View(end, known_at, regions), Period(end.replace(day=1), end)
                numbers[end, known_at] = goals.all_values(session, *asked)
        frozen = session.execute(
            sa.select(Summary.id, Summary.version, Summary.contents).order_by(Summary.id)
        )
        return numbers, [tuple(row) for row in frozen]


@pytest.fixture
def elsewhere(tmp_path, request):
    """Give a function that makes an empty database of a kind, and a transaction on it."""
    opened = ExitStack()

    def empty(kind):
        address = opened.enter_context(new_database(kind, tmp_path, request))
        engine = db.make_engines(address)[0]
        opened.callback(engine.dispose)
        return opened.enter_context(engine.begin())

    with opened:
        yield empty


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True, scope="session")
def test_the_demo_goes_from_one_database_to_the_other_and_back(
    app, session, connection, elsewhere, instance, demo_world
):
    first, told = written(connection, instance), told_by(connection)
    assert len(told[1]) >= 5
    assert any(any(values.values()) for values in told[0].values())
    for kind in ("postgresql", "sqlite"):
        there = elsewhere(kind)
        counted = backup.restore(there, Backup(first), hold_mail=False)
        assert rows_in(written(there, instance)) == rows_in(first)
        assert told_by(there) == told
        assert counted["ideas"] == there.scalar(sa.text("SELECT count(*) FROM ideas")) > 100
        with Session(there) as read:
            assert list(check.broken(read)) == []


def small(session):
    """Make a little of what there is: an idea that was moved, parked and opened again, a visit."""
    idea = make.ripe_idea(session)
    make.move(session, idea, "case")
    make.visit(session)
    make.jobs(session)
    make.passkey(session, make.user(session))
    session.flush()
    return idea


@pytest.fixture(scope="module")
def written_once(app, kind, tmp_path_factory, request):
    """Give a small backup, of a database that is not the one of the tests."""
    folder = tmp_path_factory.mktemp("kept")
    backup.keep_secrets(SECRETS, folder)
    with new_database(kind, folder, request) as address:
        engine = db.make_engines(address)[0]
        with app.app_context(), engine.begin() as there, Session(there) as work:
            migrations.upgrade(there)
            load_municipalities(work)
            load_instruments(work)
            small(work)
            work.flush()
            file = written(there, folder)
        engine.dispose()
    return file.getvalue()


@pytest.fixture
def kept(written_once):
    return io.BytesIO(written_once)


@pytest.mark.on_both  # each goes on from its own last number
def test_work_goes_on_where_it_was_left(app, kept, elsewhere, kind):
    there = elsewhere(kind)
    backup.restore(there, Backup(kept))
    with app.app_context(), Session(there, autoflush=False) as session:
        last = session.scalars(sa.select(sa.func.max(Idea.id))).one()
        assert make.idea(session, by=make.actor(session)).id == last + 1
        assert session.scalars(sa.select(Passkey.public_key)).one() == b"\xa5\x00\xff"
        session.flush()
        assert list(check.broken(session)) == []


def test_mail_that_waited_stays_where_it_is_unless_it_is_asked_for(
    session, connection, elsewhere, kind, instance
):
    make.region(session)
    mail.queue(session, to="kari@example.no", subject="Emne", text="Tekst")
    session.flush()
    file = written(connection, instance)
    for hold, waiting in ((True, 0), (False, 1)):
        there = elsewhere(kind)
        backup.restore(there, Backup(file), hold_mail=hold)
        unsent = sa.select(sa.func.count()).where(
            Message.sent_at.is_(None), Message.given_up_at.is_(None)
        )
        assert there.scalar(unsent) == waiting


def test_every_table_is_in_a_backup(kept):
    assert set(Backup(kept).tables) == set(metadata.tables) - backup.LEFT_OUT


def test_the_secrets_come_with_it_readable_by_nobody_else(kept, tmp_path):
    assert Backup(kept).secrets() == SECRETS
    assert backup.keep_secrets(SECRETS, tmp_path) == list(SECRETS)
    assert backup.keep_secrets(SECRETS, tmp_path) == []
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in SECRETS} == {0o600}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no backup"),
        (b"PK\x03\x04 and nothing", "no backup"),
        ({"manifest.json": "[]"}, "no backup"),
        ({"manifest.json": "{}"}, "no backup"),
        ({"other.txt": "x"}, "no backup"),
    ],
)
def test_what_is_no_backup_is_refused(content, words):
    with pytest.raises(BadBackup, match=words):
        Backup(archive(content) if isinstance(content, dict) else io.BytesIO(content))


def archive(files):
    """Make a zip of texts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name, text in files.items():
            made.writestr(name, text)
    return file


def changed(kept, name, change):
    """Give a backup in which one file is another."""
    with zipfile.ZipFile(kept) as before:
        files = {each: before.read(each).decode() for each in before.namelist()}
    return archive(files | {name: change(files[name])})


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("tables/ideas.jsonl", lambda text: text.replace("Idé", "Ide"), "not what was written"),
        ("tables/ideas.jsonl", lambda _: "", "not what was written"),
        ("tables/ideas.jsonl", lambda text: text[:-5], "cannot be read"),
        ("manifest.json", lambda text: text.replace('"format": 1', '"format": 2'), "later"),
        ("manifest.json", lambda text: text.replace('"ideas"', '"thoughts"'), "does not know"),
    ],
)
def test_what_was_damaged_is_refused_and_nothing_of_it_stays(
    kept, elsewhere, kind, name, change, words
):
    there = elsewhere(kind)
    with pytest.raises(BadBackup, match=words), there.begin_nested():
        backup.restore(there, Backup(changed(kept, name, change)))
    assert not sa.inspect(there).has_table("ideas")


class TestTheCommands:
    """What an administrator types."""

    @pytest.fixture
    def run(self, app):
        return lambda *words: app.test_cli_runner().invoke(args=[str(word) for word in words])

    def test_a_backup_is_written_whole_and_never_over_another_one(self, run, tmp_path):
        file = tmp_path / "backup.zip"
        done = run("backup", file)
        assert done.exit_code == 0, done.output
        kept = len(metadata.tables.keys() - backup.LEFT_OUT)
        assert f"rows of {kept} tables" in done.output
        assert file.stat().st_mode & 0o777 == 0o600
        first = file.read_bytes()
        again = run("backup", file)
        assert again.exit_code == 1
        assert "--overwrite" in again.output
        assert file.read_bytes() == first
        assert run("backup", file, "--overwrite").exit_code == 0
        assert [each.name for each in tmp_path.glob("*.zip*")] == ["backup.zip"]

    def test_where_it_cannot_be_written_nothing_is_left(self, run, tmp_path):
        done = run("backup", tmp_path / "nowhere" / "backup.zip")
        assert done.exit_code == 1
        assert "cannot be written" in done.output

    def test_a_restore_fills_an_empty_installation_and_no_other(self, run, app, tmp_path, kept):
        file = tmp_path / "backup.zip"
        run("backup", file)
        assert run("restore", file).exit_code == 0
        file.write_bytes(kept.getvalue())
        try:
            assert run("restore", file).exit_code == 0
            refused = run("restore", file)
            assert refused.exit_code == 1
            assert "not empty" in refused.output
        finally:
            with db.db.writer.begin() as connection:
                migrations.downgrade(connection)
            cli.bring_up_to_date()
