"""Visits for the measurements: ten for each card, five hundred of them to one company."""

import random
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from bench.words import PURPOSES, THINGS
from incubator.audit.models import Change
from incubator.companies.models import Company
from incubator.core import clock
from incubator.core.access import Via
from incubator.core.db import Session
from incubator.visits.models import Visit, VisitKind

FOR_A_CARD = 10
TO_ONE_COMPANY = 500
DAYS = 3650


def write_visits(
    session: Session, region_id: int, people: list[tuple[int, int]], number: int
) -> None:
    """Write visits in bulk, as one change; `people` are the visitors with their organisations."""
    chance = random.Random(number)
    companies = session.execute(
        sa.select(Company.id, Company.municipality_id).order_by(Company.id)
    ).all()
    change = Change(
        verb="visit.logged", via=Via.DEMO, recorded_at=clock.now(), region_id=region_id,
        subject_kind="visit",
    )  # fmt: skip
    session.add(change)
    session.flush()
    rows = [
        _visit(chance, change, companies[0] if nth < TO_ONE_COMPANY else chance.choice(companies))
        | {"region_id": region_id}
        for nth in range(number)
    ]
    for row in rows:
        row["visitor_id"], row["organisation_id"] = chance.choice(people)
    session.execute(sa.insert(Visit), rows)
    latest = sa.select(sa.func.max(Visit.occurred_on)).where(Visit.company_id == Company.id)
    session.execute(sa.update(Company).values(last_contact_on=latest.scalar_subquery()))


def _visit(chance: random.Random, change: Change, company: Any) -> dict[str, Any]:
    today: date = clock.today()
    return {
        "company_id": company.id, "municipality_id": company.municipality_id,
        "kind": chance.choice(list(VisitKind)), "is_shared": chance.random() < 0.25,
        "occurred_on": today - timedelta(days=chance.randrange(DAYS)),
        "about": f"Snakket om {chance.choice(THINGS)} {chance.choice(PURPOSES)}.",
        "needs": None, "change_id": change.id, "recorded_at": change.recorded_at,
    }  # fmt: skip
