"""Whether a run asks all that it could ask, or some of each kind: `THOROUGH=1 make test`.

What is left out otherwise is another look at what one like it has shown: see
docs/decisions/0004-tests.md.
"""

import os
from collections.abc import Sequence
from itertools import cycle
from typing import Any

import pytest

from tests import databases

THOROUGH = bool(os.environ.get("THOROUGH"))


def some(things: Sequence[Any], nth: int, *, of: int = 2) -> Sequence[Any]:
    """Give every other thing, or every third, beginning with another one for another `nth`."""
    return things if THOROUGH else things[nth % of :: of]


def dealt(things: Sequence[Any], kind: str) -> Sequence[Any]:
    """Give the half of many questions that is for this kind of database."""
    return some(things, databases.KINDS.index(kind))


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
