"""A small round of what `make bench ARGS="--only outages"` does at length."""

import os
import shutil

import pytest

from bench import outages

BLOWS = {"web1 killed", "worker1 killed", "Redis killed", "PostgreSQL crashed"}


@pytest.mark.skipif(
    shutil.which("redis-server") is None and not os.environ.get("CI"), reason="Redis is not here"
)
def test_nothing_is_lost_or_doubled_while_every_process_is_struck_once():
    with outages.installation() as site:
        outcome = outages.strike(site, 1, is_patient=False, only=BLOWS)
    print("\n".join(outcome.lines()))  # noqa: T201
    assert outcome.wrong == []
    assert set(outcome.blows) == BLOWS
    assert outcome.moves >= 20
    assert sum(outcome.refusals.values()) > 0
