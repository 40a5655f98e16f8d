"""What all other tests stand on does what it says."""

import smtplib
import socket
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role, User
from incubator.core import clock as clock_module
from incubator.core.db import reading, unit_of_work
from incubator.ideas.models import Idea
from tests import databases, make
from tests.thorough import THOROUGH, share_out


def number_of_ideas(session):
    return session.scalar(sa.select(sa.func.count(Idea.id)))


@pytest.mark.on_both
@pytest.mark.parametrize("run", [1, 2])
def test_what_a_test_commits_is_gone_in_the_next(session, run):
    assert number_of_ideas(session) == 0
    make.idea(session, "case")
    session.commit()
    assert number_of_ideas(session) == 1


def test_commands_and_tasks_share_the_transaction_of_the_test(session):
    make.idea(session)
    with unit_of_work() as work:
        make.idea(work)
    with reading() as other:
        assert number_of_ideas(other) == 2
    assert number_of_ideas(session) == 2


def test_what_a_failed_unit_of_work_did_is_undone_alone(session):
    make.idea(session)
    with pytest.raises(ZeroDivisionError), unit_of_work() as work:
        make.idea(work)
        raise ZeroDivisionError
    assert number_of_ideas(session) == 1


def test_a_session_that_reads_cannot_write(session):
    make.user(session)
    rename = sa.update(User).values(name="Ola")
    with pytest.raises(sa.exc.DBAPIError, match="read-?only"), reading() as other:
        other.execute(rename)
    session.execute(rename)


def test_a_client_is_who_it_signs_in_as_and_nobody_before(client, session):
    assert client.get("/oppsett").status_code == 302
    assert client.sign_in(make.user(session, Role.PARTNER)).get("/oppsett").status_code == 403
    assert client.sign_in(make.user(session, Role.ADMIN)).get("/oppsett").status_code == 200


def test_the_clock_stands_still_until_it_is_set(clock):
    assert clock_module.now() == clock_module.now()
    clock.set(date(2026, 3, 2))
    assert clock_module.today() == date(2026, 3, 2)
    clock.set(datetime(2026, 3, 2, 23, 30, tzinfo=UTC))
    assert clock_module.today() == date(2026, 3, 3)


def test_mail_and_calls_to_the_outside_are_refused_and_remembered(outside_calls):
    with pytest.raises(OSError, match="may not mail"):
        smtplib.SMTP("mail.example.org")
    with pytest.raises(OSError, match="may not call"):
        socket.create_connection(("192.0.2.1", 80))
    assert len(outside_calls) == 2
    outside_calls.clear()


def items(names, marks=(), fixtures=(), test="test_it", room="goals"):
    """Give what is collected of a test: a case on a kind of database for each name."""
    return [
        SimpleNamespace(
            nodeid=f"tests/{room}/test_it.py::{test}[{name}]",
            callspec=SimpleNamespace(params={"kind": name.split("-")[0]}),
            fixturenames=fixtures,
            get_closest_marker=lambda asked: asked in marks,
        )
        for name in names
    ]


def left_out(collected):
    return [item.nodeid.partition("::test_")[2] for item in share_out(collected)]


@pytest.mark.skipif(THOROUGH, reason="nothing is left out")
def test_of_several_cases_each_is_tried_on_one_kind_of_database():
    cases = ("sqlite-a", "sqlite-b", "sqlite-c", "postgresql-a", "postgresql-b", "postgresql-c")
    assert left_out(items(cases)) == ["it[postgresql-a]", "it[sqlite-b]", "it[postgresql-c]"]
    assert left_out(items(cases, marks=("on_both",))) == []
    assert left_out(items(cases[:3])) == left_out(items(cases[:4])) == []
    assert left_out(items(databases.KINDS)) == []
    both = [f"it[{kind}]" for kind in databases.KINDS]
    assert left_out(items(databases.KINDS, marks=("thorough",))) == both


def several(room="visits", fixtures=(), **over):
    """Give what is collected of three tests in a file of a room, each on both databases."""
    return [
        item
        for test in ("test_a", "test_b", "test_c")
        for item in items(databases.KINDS, fixtures=fixtures, test=test, room=room, **over)
    ]


@pytest.mark.skipif(THOROUGH, reason="nothing is left out")
def test_of_tests_that_are_alike_each_is_tried_on_one_kind_of_database():
    in_turn = ["a[postgresql]", "b[sqlite]", "c[postgresql]"]
    assert left_out(several()) == left_out(several("goals", fixtures=("client",))) == in_turn
    assert left_out(several()[1:]) == ["b[postgresql]", "c[sqlite]"]
    for kept in (
        several("goals"),
        several(fixtures=("queries",)),
        several("goals", fixtures=("client", "queries")),
        several(marks=("on_both",)),
    ):
        assert left_out(kept) == []
