"""Read what the demo tells: the texts lie beside the code, as TOML."""

import random
import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

Thing = TypeVar("Thing")
_CHOICE = re.compile(r"\[([^\]]*\|[^\]]*)\]")


@cache
def read(name: str) -> Mapping[str, Any]:
    """Read one of the files of the demo."""
    return tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8"))


def dice(rng: random.Random) -> random.Random:
    """Give dice of its own to one part, so that what it throws changes no other part."""
    return random.Random(rng.getrandbits(64))  # noqa: S311


def spell_out(rng: random.Random, text: str) -> str:
    """Choose one wherever a text offers several: `[two|three] days`."""
    return _CHOICE.sub(lambda found: rng.choice(found[1].split("|")), text)


def shared_out(weights: Sequence[float], number: int) -> list[int]:
    """Divide a number by weights: whole parts first, then the largest rests."""
    exact = [weight * number / sum(weights) for weight in weights]
    parts = [int(part) for part in exact]
    by_rest = sorted(range(len(exact)), key=lambda nth: (parts[nth] - exact[nth], nth))
    for nth in by_rest[: number - sum(parts)]:
        parts[nth] += 1
    return parts


def dealt(rng: random.Random, weights: Mapping[Thing, float], number: int) -> list[Thing]:
    """Deal a number of things out by their weights, in a mixed order."""
    parts = shared_out(list(weights.values()), number)
    found = [thing for thing, part in zip(weights, parts, strict=True) for _ in range(part)]
    rng.shuffle(found)
    return found
