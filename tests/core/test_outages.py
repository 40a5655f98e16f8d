"""A database that is away is told as that; what is wrong in the program stays a failure."""

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError, TimeoutError as PoolTimeout

from incubator.core import outages
from tests import make


def refused(orig, kind=OperationalError, *, broken=False):
    return kind("SELECT", {}, orig, connection_invalidated=broken)


@pytest.mark.parametrize(
    "error, is_passing",
    [
        (PoolTimeout(), True),
        (refused(psycopg.errors.AdminShutdown()), True),
        (refused(psycopg.errors.CannotConnectNow()), True),
        (refused(psycopg.errors.TooManyConnections()), True),
        (refused(psycopg.OperationalError("connection refused")), True),
        (refused(psycopg.InterfaceError(), sa.exc.InterfaceError, broken=True), True),
        (refused(psycopg.errors.UniqueViolation(), IntegrityError), False),
        (refused(psycopg.errors.DiskFull()), True),
        (refused(psycopg.errors.QueryCanceled()), False),
        (ValueError(), False),
    ],
)
def test_only_what_passes_by_itself_is_called_passing(error, is_passing):
    assert outages.is_passing(error) is is_passing


def test_a_missing_table_of_sqlite_is_a_failure_and_a_locked_one_passes(tmp_path):
    path = tmp_path / "x.db"
    one, other = (sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": 0}) for _ in "ab")
    with one.connect() as connection, pytest.raises(OperationalError) as missing:
        connection.exec_driver_sql("SELECT * FROM nothing")
    assert not outages.is_passing(missing.value)
    with one.connect() as holder, other.connect() as late:
        holder.exec_driver_sql("BEGIN EXCLUSIVE")
        with pytest.raises(OperationalError) as busy:
            late.exec_driver_sql("SELECT * FROM sqlite_master")
        assert outages.is_passing(busy.value)
    one.dispose()
    other.dispose()


@pytest.fixture
def away(client, session, monkeypatch):
    """Let the database be away for a client that somebody is signed in with."""
    client.sign_in(make.user(session))

    def open_session():
        raise refused(psycopg.OperationalError("connection to 10.0.0.5 refused"))

    with monkeypatch.context() as patch:
        patch.setattr("incubator.core.db.db.reading_session", open_session)
        patch.setattr("incubator.core.db.db.writing_session", open_session)
        yield client, patch


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_who_asks_meanwhile_is_told_to_come_again_and_is_still_signed_in(away, headers, method):
    client, patch = away
    answer = client.open("/" if method == "GET" else "/ideer/ny", method=method, headers=headers)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == str(outages.RETRY_AFTER)
    assert "10.0.0.5" not in answer.text
    assert "Content-Security-Policy" in answer.headers
    patch.undo()
    assert client.get("/konto").status_code == 200


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_database_that_goes_away_as_a_change_is_committed_is_told_of_likewise(
    client, session, monkeypatch, headers
):
    client.sign_in(make.user(session))
    region = make.region(session)
    view = {"region": region.id, "name": "Nesten lagret", "query": ""}

    def commit(_work):
        raise refused(psycopg.errors.AdminShutdown("terminating connection"), broken=True)

    with monkeypatch.context() as patch:
        patch.setattr("sqlalchemy.orm.Session.commit", commit)
        answer = client.post("/tavle/visninger", data=view, headers=headers)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == str(outages.RETRY_AFTER)
    assert "Content-Security-Policy" in answer.headers
    for page in (answer, client.get("/")):
        assert "Nesten lagret" not in page.text
        assert "Visningen er lagret." not in page.text
    assert client.post("/tavle/visninger", data=view, headers=headers).status_code < 400
    page = client.get("/")
    assert "Nesten lagret" in page.text
    assert "Visningen er lagret." in page.text
