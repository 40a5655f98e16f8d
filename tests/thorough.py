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


def share_out_cases(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Give what to leave out, so that of a test with several cases each database tries every other.

    What is marked `each_case_on_both` stays, and so does a case that is there for one of the two.
    """
    if THOROUGH:
        return []
    cases: dict[str, dict[str, list[pytest.Item]]] = defaultdict(lambda: defaultdict(list))
    for item in items:
        kind = kind_of(item)
        if kind and not item.get_closest_marker("each_case_on_both"):
            function, _, name = item.nodeid.partition("[")
            cases[function][name.replace(kind, "", 1)].append(item)
    left_out = []
    for of_function in cases.values():
        on_both = [pair for pair in of_function.values() if len(pair) == len(databases.KINDS)]
        if len(on_both) < len(of_function) or len(on_both) < 2:
            continue
        for pair, kind in zip(on_both, cycle(databases.KINDS), strict=False):
            left_out += [item for item in pair if kind_of(item) != kind]
    return left_out


def kind_of(item: pytest.Item) -> str | None:
    """Name the kind of database that a test runs on, if it asks for one."""
    kind = item.callspec.params.get("kind") if hasattr(item, "callspec") else None
    return kind if kind in databases.KINDS else None
