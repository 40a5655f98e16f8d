"""The worker is killed again and again while mail goes out: all of it arrives, once."""

import os
import random
import re
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime

import pytest

from tests.mail.smtp import MailServer
from tools.server import ROOT

LETTERS, KILLS = (int(n) for n in os.environ.get("MAIL_KILLED", "60,8").split(","))
NUMBER = re.compile(r"^Message-ID: (<[^>]+>)", re.MULTILINE)
QUEUE = (
    "INSERT INTO messages (message_id, to_address, subject, text_body, queued_at, not_before,"
    " attempts) VALUES (?, ?, 'Rapport', 'Hei', ?, ?, 0)"
)


@pytest.fixture
def folder(tmp_path):
    upgrade = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
    place = {"PATH": os.environ["PATH"], "INSTANCE": str(tmp_path)}
    subprocess.run(upgrade, cwd=ROOT, env=place, check=True, capture_output=True)
    return tmp_path


def work(folder, port):
    """Start a worker."""
    settings = {
        "PATH": os.environ["PATH"], "INSTANCE": str(folder), "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": str(port), "MAIL_SECURITY": "none",
    }  # fmt: skip
    command = [sys.executable, "-m", "incubator.worker"]
    return subprocess.Popen(command, cwd=ROOT, env=settings, stderr=subprocess.DEVNULL)


def ask(folder, statement, *values):
    with closing(sqlite3.connect(folder / "ideloypa.db", timeout=30)) as connection:
        found = connection.execute(statement, values).fetchall()
        connection.commit()
        return found


def waiting(folder):
    return ask(
        folder, "SELECT count(*) FROM messages WHERE sent_at IS NULL AND given_up_at IS NULL"
    )[0][0]


def await_letters(server, least, process):
    deadline = time.monotonic() + 60
    while len(server.letters) < least and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)


def test_a_worker_that_is_killed_loses_nothing_and_doubles_nothing_unmarked(folder):
    now = datetime.now(UTC).isoformat(sep=" ")
    for nth in range(LETTERS):
        ask(folder, QUEUE, f"<{nth}@ideloypa.local>", f"person{nth}@example.no", now, now)
    dice = random.Random(7)
    with MailServer() as server:
        for kill in range(KILLS):
            process = work(folder, server.port)
            await_letters(server, (kill + 1) * LETTERS // (KILLS + 2), process)
            time.sleep(dice.random() * 0.02)
            process.kill()
            process.wait()
            # As if the time had passed in which nobody else may take what the killed one held.
            ask(folder, "UPDATE messages SET not_before = ?", now)
        process = work(folder, server.port)
        deadline = time.monotonic() + 120
        while waiting(folder) and time.monotonic() < deadline:
            time.sleep(0.1)
        process.terminate()
        process.wait(30)
    arrived = Counter(NUMBER.search(letter)[1] for letter in server.letters)
    uncertain = {row[0] for row in ask(
        folder, "SELECT message_id FROM messages WHERE uncertain_at IS NOT NULL")}  # fmt: skip
    sys.stdout.write(
        f"{LETTERS} letters, {KILLS} kills: {len(arrived)} arrived, "
        f"{sum(count > 1 for count in arrived.values())} twice, {len(uncertain)} uncertain"
    )
    assert len(arrived) == LETTERS
    assert {number for number, count in arrived.items() if count > 1} <= uncertain
    assert max(arrived.values()) <= 2
    assert waiting(folder) == 0
