"""The work places of the ended programme: invented, as their source says."""

import random
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from incubator.companies.models import Company
from incubator.jobs import operations as jobs
from incubator.jobs.models import Evidence
from incubator.upkeep.demo import data
from incubator.upkeep.demo.firms import Firm, Registry
from incubator.upkeep.demo.known import Companies
from incubator.upkeep.demo.lives import DAYS_BACK
from incubator.upkeep.demo.script import Script
from incubator.upkeep.demo.world import World

REGION = "Elverumregionen"


def tell(
    world: World, script: Script, known: Companies, registry: Registry, rng: random.Random
) -> None:
    """Enter the jobs of the years before the demo begins, and those that came after."""
    first_day = world.today - timedelta(days=DAYS_BACK + 5)
    for year, results in data.read("programmes")["history"].items():
        for municipality, number, kind in results:
            firm = registry.firm(kind, municipality, founded_on=date(2004, 5, 1))
            on = date(int(year), rng.randint(2, 12), rng.randint(1, 28))
            script.add(
                max(first_day, date(int(year) + 1, 2, 1)),
                partial(_record, world, known, firm, on, number),
            )


def _record(world: World, known: Companies, firm: Firm, on: date, number: int) -> None:
    actor = world.actors["leder"]
    company: Company = known.get(firm, actor)
    jobs.record_jobs(
        world.session,
        actor,
        region_id=world.regions[REGION].id,
        on=on,
        number=Decimal(number),
        company_id=company.id,
        municipality_id=company.municipality_id,
        source=f"Oppdiktet for demoen (årsrapport {on.year})",
        evidence=Evidence.DOCUMENTED,
    )
