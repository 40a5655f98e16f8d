"""What is known about the municipalities of the demo: invented, and labelled so."""

import random
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from incubator.background import operations, queries
from incubator.background.loading import Entry, Places
from incubator.background.models import Series
from incubator.upkeep.demo import data
from incubator.upkeep.demo.lives import DAYS_BACK
from incubator.upkeep.demo.script import Script
from incubator.upkeep.demo.world import World

Values = dict[str, Decimal]


def tell(world: World, script: Script, dice: random.Random) -> None:
    """Let the leader load a file of figures each March, and the older ones to begin with."""
    told = data.read("background")
    first_day = world.today - timedelta(days=DAYS_BACK + 5)
    made: dict[str, Series] = {}
    for one in told["series"]:
        script.add(first_day, partial(_make, world, told, one, made))
        oldest, newest = one["years"]
        values = {number: _first(one, size, dice) for number, size in told["sizes"].items()}
        for year in range(world.today.year - oldest, world.today.year - newest + 1):
            day = max(first_day, date(year + newest, 3, 3))
            if day <= script.last_day:
                script.add(day, partial(_load, world, made, one["key"], year, dict(values)))
            values = {number: _next(one, value, dice) for number, value in values.items()}


def _make(
    world: World, told: Mapping[str, Any], one: Mapping[str, Any], made: dict[str, Series]
) -> None:
    made[one["key"]] = operations.make_series(
        world.session, world.actors["leder"], key=one["key"], name=one["name"],
        unit=one["unit"], source=told["source"], note=told["note"],
    )  # fmt: skip


def _first(one: Mapping[str, Any], size: float, dice: random.Random) -> Decimal:
    scale = 1 if one.get("is_index") else size
    return Decimal(round(one["first"] * scale * dice.uniform(0.94, 1.04)))


def _next(one: Mapping[str, Any], value: Decimal, dice: random.Random) -> Decimal:
    drift = dice.uniform(-one["drift"], one["drift"])
    least = 4  # a small number moves by people, not by shares of one
    return value + round(max(abs(float(value)), least) * drift)


def _load(world: World, made: Mapping[str, Series], key: str, year: int, values: Values) -> None:
    actor, on = world.actors["leder"], date(year, 1, 1)
    places = Places(queries.places(world.session, actor))
    found = [(places.named(number, on), value) for number, value in values.items()]
    entries = [
        Entry(nth, place, on, value)
        for nth, (place, value) in enumerate(found, 2)
        if place is not None and place.is_mine
    ]
    operations.load_figures(
        world.session, actor, made[key], entries, file_name=f"oppdiktet-{key}-{year}.csv"
    )
