"""A small round of what `make bench ARGS="--only outages"` does at length."""

import os
import shutil

import pytest

from bench import outages
from tests import programs

BLOWS = {"web1 killed", "worker1 killed", "PostgreSQL restarted"}


@pytest.mark.skipif(
    shutil.which("redis-server") is None and not os.environ.get("CI"), reason="Redis is not here"
)
def test_nothing_is_lost_or_doubled_while_a_process_of_each_kind_is_struck(monkeypatch):
    monkeypatch.setattr("tools.server.start", programs.start)
    with outages.installation(workers=1) as site:
        outcome = outages.strike(site, 1, is_patient=False, only=BLOWS, number=2)
    print("\n".join(outcome.lines()))  # noqa: T201
    assert outcome.wrong == []
    assert set(outcome.blows) == BLOWS
    assert outcome.moves >= 20
    assert sum(outcome.refusals.values()) > 0
