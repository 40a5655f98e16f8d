"""What happens when two people edit the same thing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Conflict:
    """A field that both changed: mine, stored now, and what it was when I began."""

    field: str
    mine: Any
    stored: Any
    original: Any


def merge(
    original: Mapping[str, Any], mine: Mapping[str, Any], stored: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Conflict]]:
    """Give the fields to write, and those that both changed to different things.

    Silent where different fields were changed, or both to the same.
    """
    changed = {field: value for field, value in mine.items() if value != original[field]}
    conflicts = [
        Conflict(field, value, stored[field], original[field])
        for field, value in changed.items()
        if stored[field] not in (original[field], value)
    ]
    fought_over = {conflict.field for conflict in conflicts}
    return {f: v for f, v in changed.items() if f not in fought_over}, conflicts
