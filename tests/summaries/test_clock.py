"""Two workers at once, month after month: each report is built once and sent once, on its day."""

import json
import threading
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

import config
from incubator import worker
from incubator.audit.models import Change
from incubator.core import db, migrations
from incubator.core.access import command_line
from incubator.mail.models import Message
from incubator.reference.operations import load_municipalities
from incubator.summaries import drawing, operations, rules
from incubator.summaries.models import Summary
from tests import make
from tests.conftest import new_database
from tests.thorough import THOROUGH

ME = command_line()
# When the reports of a month are due, looked up by hand. 1 April 2024 was Easter Monday, and
# summer time had begun the day before; it ended on 27 October; February had a leap day.
DUE = {
    date(2023, 12, 1): datetime(2024, 1, 2, 5),
    date(2024, 1, 1): datetime(2024, 2, 1, 5),
    date(2024, 2, 1): datetime(2024, 3, 1, 5),
    date(2024, 3, 1): datetime(2024, 4, 2, 4),
    date(2024, 4, 1): datetime(2024, 5, 2, 4),
    date(2024, 5, 1): datetime(2024, 6, 3, 4),
    date(2024, 6, 1): datetime(2024, 7, 1, 4),
    date(2024, 7, 1): datetime(2024, 8, 1, 4),
    date(2024, 8, 1): datetime(2024, 9, 2, 4),
    date(2024, 9, 1): datetime(2024, 10, 1, 4),
    date(2024, 10, 1): datetime(2024, 11, 1, 5),
    date(2024, 11, 1): datetime(2024, 12, 2, 5),
    date(2024, 12, 1): datetime(2025, 1, 2, 5),
    date(2025, 1, 1): datetime(2025, 2, 3, 5),
    date(2025, 2, 1): datetime(2025, 3, 3, 5),
    date(2025, 3, 1): datetime(2025, 4, 1, 4),
    date(2025, 4, 1): datetime(2025, 5, 2, 4),
    date(2025, 5, 1): datetime(2025, 6, 2, 4),
    date(2025, 6, 1): datetime(2025, 7, 1, 4),
    date(2025, 7, 1): datetime(2025, 8, 1, 4),
    date(2025, 8, 1): datetime(2025, 9, 1, 4),
    date(2025, 9, 1): datetime(2025, 10, 1, 4),
    date(2025, 10, 1): datetime(2025, 11, 3, 5),
    date(2025, 11, 1): datetime(2025, 12, 1, 5),
}


@pytest.fixture(autouse=True)
def drawn_once(monkeypatch, drawer):
    """Draw the first PDF alone: what is in it is shown elsewhere, and threads take turns."""
    lock, kept = threading.Lock(), {}

    def answers(asked, _count):
        with lock:
            return [kept.get("drawn") or kept.setdefault("drawn", drawer.draw(job))
                    for job in json.loads(asked)]  # fmt: skip

    monkeypatch.setattr(drawing, "_answers", answers)


@pytest.fixture
def engine(app, kind, tmp_path, request, monkeypatch, clock):
    """Let the program use a database where what is committed stays; with one agreement in it."""
    clock.set(date(2023, 12, 5))
    with new_database(kind, tmp_path, request) as address:
        engines = db.make_engines(address)
        with engines[0].begin() as connection:
            migrations.upgrade(connection)
        monkeypatch.setattr(db.db, "_ready", (*engines, db.WriteQueue(address)))
        with Session(engines[0], expire_on_commit=False, autoflush=False) as session:
            load_municipalities(session)
            partner = operations.make_partner(
                session, ME, organisation_id=make.organisation(session, "Elverum kommune").id,
                region_id=make.region(session).id, sends_after_days=1,
            )  # fmt: skip
            operations.add_recipient(
                session, ME, partner, name="Kari", email="kari@kommune.example", locale="nb"
            )
            session.commit()
        yield engines[0]
        for one in engines:
            one.dispose()


def two_workers(settings):
    """Let two workers do what is due in the same instant."""
    barrier, failed = threading.Barrier(2), []

    def work():
        barrier.wait(10)
        try:
            worker.do_summaries(settings)
        except Exception as error:  # noqa: BLE001  (told to the test, which is another thread)
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_each_month_is_built_once_and_leaves_once_on_its_day(engine, kind, clock, tmp_path, caplog):
    settings = config.load({"INSTANCE": str(tmp_path), "PUBLIC_URL": "https://loypa.example.no"})

    def told():
        with engine.connect() as connection:
            found = connection.execute(
                sa.select(Summary.month, Summary.version, Summary.is_self_sent).order_by(Summary.id)
            )
            mails = connection.scalar(sa.select(sa.func.count(Message.id)))
            built = sa.select(sa.func.count(Change.id)).where(Change.verb == "summary.built")
            rows = [tuple(row) for row in found]
            assert connection.scalar(built) == len(rows)
            return rows, mails

    before = []
    months = list(DUE.items())
    if not THOROUGH:  # a year on each kind of database
        months = months[:12] if kind == "sqlite" else months[12:]
    for nth, (month, due_at) in enumerate(months):
        due_at = due_at.replace(tzinfo=UTC)
        clock.set(due_at - timedelta(seconds=1))
        worker.do_summaries(settings)
        assert told() == (before, nth)
        clock.set(due_at)
        two_workers(settings)
        assert told() == ([*before, (month, 1, False)], nth), month
        clock.set(due_at + timedelta(days=1))
        two_workers(settings)
        before.append((month, 1, True))
        assert told() == (before, nth + 1), month
        assert rules.due_at(month) == due_at
    assert len(before) == len(months)
    assert "could not be" not in caplog.text
