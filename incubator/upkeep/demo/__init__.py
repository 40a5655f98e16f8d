"""The demo: three years of an incubator's work in four regions, the same every time."""

import random
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from incubator.accounts import queries as people
from incubator.core import clock
from incubator.core.db import reading, unit_of_work
from incubator.core.errors import RuleBroken
from incubator.core.many import count_rows_anew
from incubator.upkeep.demo import (
    background,
    claims,
    corrections,
    data,
    history,
    reports,
    visits,
    world,
)
from incubator.upkeep.demo.firms import Registry
from incubator.upkeep.demo.known import Companies
from incubator.upkeep.demo.lives import DAYS_BACK
from incubator.upkeep.demo.script import Script
from incubator.upkeep.demo.stories import Library, stories_of
from incubator.upkeep.demo.telling import Telling
from incubator.upkeep.demo.world import LOGINS, Login
from incubator.upkeep.operations import is_empty

__all__ = ["LOGINS", "Login", "is_loaded", "load", "load_into_empty"]

SEED = 3420


def load(session: Session, today: date) -> None:
    """Tell the whole story up to the day before `today`. Raises RuleBroken unless it is empty."""
    if not is_empty(session):
        raise RuleBroken("not_empty")
    began = datetime.combine(today - timedelta(days=DAYS_BACK + 10), time(9), clock.OSLO)
    with clock.at(began):
        scene = world.build(session, today)
    rng = random.Random(SEED)  # noqa: S311
    registry, library = Registry(data.dice(rng)), Library(data.dice(rng))
    script, known = Script(today - timedelta(days=1)), Companies(scene)
    tellings = [
        Telling(scene, script, known, story)
        for region in data.read("world")["region"]
        for story in stories_of(data.dice(rng), registry, library, region, today)
    ]
    history.tell(scene, script, known, registry, data.dice(rng))
    for telling in tellings:
        telling.tell()
    stories = [telling.story for telling in tellings]
    visits.tell(scene, script, known, stories, random.Random(SEED + 1))  # noqa: S311
    corrections.make(scene, script, tellings)
    claims.make(scene, script, tellings)
    background.tell(scene, script, random.Random(SEED + 2))  # noqa: S311
    reports.tell(scene, script)
    script.play()
    count_rows_anew(session)


def load_into_empty() -> bool:
    """Load the demo where there is room for it; say whether it was loaded."""
    with reading() as session:
        if not is_empty(session):
            return False
    with unit_of_work() as session:
        load(session, clock.today())
    return True


def is_loaded() -> bool:
    """Say whether the people of the demo are there to sign in."""
    with reading() as session:
        return all(people.find_user(session, login.email) for login in LOGINS)
