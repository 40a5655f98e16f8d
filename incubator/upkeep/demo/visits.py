"""The visits of the demo: those that ideas came of, and a year of the others."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from incubator.companies.models import Company
from incubator.core.access import Actor
from incubator.followups import operations as followups
from incubator.followups.models import FollowUp
from incubator.ideas.models import Idea, StageKind
from incubator.upkeep.demo import data
from incubator.upkeep.demo.firms import Firm
from incubator.upkeep.demo.known import Companies
from incubator.upkeep.demo.script import Script, next_work_day
from incubator.upkeep.demo.stories import Story
from incubator.upkeep.demo.world import World
from incubator.visits import operations as visits
from incubator.visits.models import VisitKind
from incubator.visits.operations import Entry, Promise
from incubator.visits.queries import promises_of

KINDS = (VisitKind.VISIT, VisitKind.TELEPHONE, VisitKind.VIDEO)
OF_KINDS = (13, 5, 2)
FROM_A_VISIT = 0.45  # of the ideas of companies
A_YEAR = 365
VISITS_A_COMPANY = 1.5  # in a year; some are seen often, others hardly
SHARED, PROMISED, KEPT, WITH_A_COLLEAGUE = 0.25, 0.4, 0.85, 0.15


def came_of_one(story: Story) -> bool:
    """Say whether an idea came up at a visit; it depends on nothing but the idea itself."""
    chance = random.Random(f"{story.words.title} {story.life.days_ago}")  # noqa: S311
    is_seen_first = story.life.entries[0].kind == StageKind.IDEA
    has_company = story.firm is not None and not story.founder
    return is_seen_first and has_company and chance.random() < FROM_A_VISIT


def log_with_idea(
    world: World, actor: Actor, story: Story, company: Company, on: date, *, text: str
) -> Idea:
    """Log the visit at which an idea came up."""
    chance = random.Random(f"{story.words.title} {on}")  # noqa: S311
    entry = replace(
        _entry(chance, story.firm, company, on), idea_title=story.words.title, idea_text=text
    )
    logged = visits.log_visit(world.session, actor, world.regions[story.region].id, entry)
    assert logged.idea is not None, "the entry names one"
    return logged.idea


def _entry(chance: random.Random, firm: Firm | None, company: Company, on: date) -> Entry:
    told = chance.choice(data.read("visits")["visit"])
    with_contact = firm is not None and chance.random() < 0.75
    return Entry(
        kind=chance.choices(KINDS, OF_KINDS)[0],
        occurred_on=on,
        company_id=company.id,
        about=told["about"],
        needs=told.get("needs", "") if chance.random() < 0.7 else "",
        new_contacts=(firm.contact,) if firm is not None and with_contact else (),
        is_shared=chance.random() < SHARED,
    )


def tell(
    world: World, script: Script, known: Companies, stories: Sequence[Story], rng: random.Random
) -> None:
    """Put a year of visits into the script, the region's people each with their share."""
    for region in data.read("world")["region"]:
        name = region["name"]
        dice = data.dice(rng)
        told = (s.firm for s in stories if s.region == name and s.firm and not s.founder)
        firms = list({firm.name: firm for firm in told}.values())
        number = round(len(firms) * VISITS_A_COMPANY)
        owners = data.dealt(dice, data.read("world")["owners"][name], number)
        for owner in owners:
            # Squared, so that some companies are seen far more often than others.
            firm = firms[int(len(firms) * dice.random() ** 2)]
            outing = Outing(world, name, world.actors[owner], firm, data.dice(dice))
            outing.put(script, known)


class Outing:
    """One visit being told: logged by somebody, and what was promised kept, or not yet."""

    def __init__(
        self, world: World, region: str, actor: Actor, firm: Firm, dice: random.Random
    ) -> None:
        self._world, self._region, self._actor, self._firm = world, region, actor, firm
        self._dice = dice
        self._step: FollowUp | None = None

    def put(self, script: Script, known: Companies) -> None:
        """Put the visit into the script, on a working day of the last year."""
        dice = self._dice
        on = next_work_day(script.last_day - timedelta(days=dice.randint(7, A_YEAR)))
        entered_on = next_work_day(on + timedelta(days=dice.choice((0, 0, 0, 2))))
        promise = self._promise(on) if dice.random() < PROMISED else None
        script.add(entered_on, lambda: self._log(known, on, promise))
        if promise is None or promise.due_on is None or dice.random() > KEPT:
            return
        kept_on = next_work_day(max(promise.due_on, entered_on))
        if kept_on <= script.last_day:
            script.add(kept_on, self._keep)

    def _promise(self, on: date) -> Promise:
        what = self._dice.choice(data.read("visits")["promises"])
        return Promise(what, on + timedelta(days=self._dice.randint(4, 30)))

    def _log(self, known: Companies, on: date, promise: Promise | None) -> None:
        session = self._world.session
        entry = _entry(self._dice, self._firm, known.get(self._firm, self._actor), on)
        entry = replace(
            entry, colleague_ids=self._colleagues(), promises=(promise,) if promise else ()
        )
        region_id = self._world.regions[self._region].id
        visit = visits.log_visit(session, self._actor, region_id, entry).visit
        if promise is not None:
            [row] = promises_of(session, visit.id)
            self._step = session.get_one(FollowUp, row.id)

    def _colleagues(self) -> tuple[int, ...]:
        if self._dice.random() > WITH_A_COLLEAGUE:
            return ()
        owners = data.read("world")["owners"][self._region]
        others = [key for key in owners if self._world.actors[key] != self._actor]
        return (self._world.people[self._dice.choice(others)].id,)

    def _keep(self) -> None:
        assert self._step is not None, "a promise is kept after it was made"
        followups.finish(self._world.session, self._actor, self._step)
