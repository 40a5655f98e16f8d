"""Whether a run asks all that it could ask, or some of each kind: `THOROUGH=1 make test`.

What is left out otherwise is another look at what one like it has shown: see
docs/decisions/0004-tests.md.
"""

import os
from collections import defaultdict
from collections.abc import Sequence
from itertools import cycle
from typing import Any

import pytest

from tests import databases

THOROUGH = bool(os.environ.get("THOROUGH"))
# Where the databases could differ: the facts, the numbers that come from them and how they are
# found, what many do at once, what is kept and brought back, and all that this stands on.
OF_BOTH = (
    "tests/analysis/", "tests/api/test_schema", "tests/audit/", "tests/bench/", "tests/core/",
    "tests/goals/", "tests/ideas/", "tests/journeys/", "tests/load/", "tests/search/",
    "tests/upkeep/test_check", "tests/upkeep/test_demo", "tests/upkeep/test_forgetting",
    "tests/upkeep/test_releases", "tests/upkeep/test_worker", "tests/test_fixtures",
    "tests/test_migrations",
)  # fmt: skip


def some(things: Sequence[Any], nth: int, *, of: int = 2) -> Sequence[Any]:
    """Give every other thing, or every third, beginning with another one for another `nth`."""
    return things if THOROUGH else things[nth % of :: of]


def dealt(things: Sequence[Any], kind: str, *, of: int = 2) -> Sequence[Any]:
    """Give the half of many questions that is for this kind of database, or a smaller part."""
    return some(things, databases.KINDS.index(kind) * of // 2, of=of)


def shared_out(names: str, values: Sequence[Any]) -> pytest.MarkDecorator:
    """Let one kind of database try a test with every other value, and the other with the rest."""
    several = "," in names
    rows = [tuple(value) if several else (value,) for value in values]
    pairs = zip(cycle(databases.KINDS), rows, strict=False)
    if THOROUGH:
        pairs = ((kind, row) for kind in databases.KINDS for row in rows)
    given = [(kind, *row) for kind, row in pairs]
    argnames = ["kind", *(name.strip() for name in names.split(","))]
    return pytest.mark.parametrize(argnames, given, indirect=["kind"], scope="session")


def share_out(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Give what to leave out, so that each database tries every other one of what is alike.

    Those are the cases of a test that has several, and in a file the tests of one case. What
    counts statements, is marked `on_both` or lies in `OF_BOTH` stays, unless it asks pages only; so
    does what is there for one of the two only. What is marked `thorough` is left out by both.
    """
    if THOROUGH:
        return []
    left_out = [item for item in items if item.get_closest_marker("thorough")]
    cases: dict[str, dict[str, list[pytest.Item]]] = defaultdict(lambda: defaultdict(list))
    for item in items:
        kind = kind_of(item)
        if kind and not any(map(item.get_closest_marker, ("thorough", "on_both"))):
            function, _, name = item.nodeid.partition("[")
            cases[function][name.replace(kind, "", 1)].append(item)
    alike: dict[str, list[list[pytest.Item]]] = defaultdict(list)
    for function, by_case in cases.items():
        on_both = [pair for pair in by_case.values() if len(pair) == len(databases.KINDS)]
        if len(on_both) < len(by_case):
            continue
        if len(on_both) > 1:
            left_out += in_turn(on_both)
        elif is_alike(on_both[0][0]):
            alike[function.partition("::")[0]] += on_both
    for pairs in alike.values():
        left_out += in_turn(pairs)
    return left_out


def in_turn(pairs: Sequence[Sequence[pytest.Item]]) -> list[pytest.Item]:
    """Give of each pair the one that is for the database whose turn it is not."""
    turns = zip(pairs, cycle(databases.KINDS), strict=False)
    return [item for pair, kind in turns for item in pair if kind_of(item) != kind]


def is_alike(item: pytest.Item) -> bool:
    """Say whether a test may do with one of the two databases."""
    fixtures = set(getattr(item, "fixturenames", ()))
    if fixtures & {"queries", "queries_of"}:
        return False
    return "client" in fixtures or not item.nodeid.startswith(OF_BOTH)


def kind_of(item: pytest.Item) -> str | None:
    """Name the kind of database that a test runs on, if it asks for one."""
    kind = item.callspec.params.get("kind") if hasattr(item, "callspec") else None
    return kind if kind in databases.KINDS else None
