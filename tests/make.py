"""Build what a test needs, through the operations, so that facts and changes exist.

Every function takes the session first; what a test does not say is filled in, and made where it
is missing.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from itertools import count
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts import operations as accounts, queries as people
from incubator.accounts.models import Passkey, Role, User
from incubator.audit import operations as audit
from incubator.audit.models import Change
from incubator.background import operations as background
from incubator.background.models import Figure, Series
from incubator.companies import operations as companies
from incubator.companies.models import Company, Contact
from incubator.core import clock
from incubator.core.access import Actor, command_line
from incubator.funding.models import Application, Instrument
from incubator.goals import operations as goals
from incubator.goals.models import Goal
from incubator.ideas import operations as ideas
from incubator.ideas.models import Idea, Stage, StageKind
from incubator.ideas.order import TOP, Place
from incubator.incubation.models import Incubation
from incubator.jobs import operations as job_records
from incubator.jobs.models import JobRecord, JobUnit
from incubator.pipeline import operations as pipeline
from incubator.pipeline.operations import Answers
from incubator.reference import operations as reference, queries as regions
from incubator.reference.models import (
    Municipality,
    Organisation,
    OrganisationKind,
    Programme,
    Region,
)  # fmt: skip
from incubator.visits import operations as visits
from incubator.visits.models import Visit, VisitKind

MUNICIPALITIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Elverumregionen": ("3419", "3420", "3422"),
        "Kongsvingerregionen": ("3401", "3417"),
        "Hamarregionen": ("3403", "3412"),
    }
)
PASSWORD = "et langt nok passord"
REGISTERED = date(2026, 1, 15)
WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2)
_numbers = count(1)


def stages(session: Session) -> dict[str, Stage]:
    """Give the stages by their keys."""
    return {stage.key: stage for stage in session.scalars(sa.select(Stage).order_by(Stage.nth))}


def region(session: Session, name: str = "Elverumregionen") -> Region:
    """Give a region, one of MUNICIPALITIES."""
    found = regions.find_region(session, name)
    return found or reference.create_region(
        session, command_line(), name=name, municipality_numbers=MUNICIPALITIES[name]
    )


def municipality(session: Session, number: str) -> Municipality:
    """Give the municipality that has a number today."""
    found = regions.find_municipality(session, number, clock.today())
    assert found is not None
    return found


def a_change(session: Session, verb: str = "by.hand") -> Change:
    """Give a change for what a test does past the operations."""
    return audit.record(session, command_line(), verb, kind="test")


def organisation(session: Session, name: str = "Klosser Innovasjon") -> Organisation:
    """Give an organisation."""
    found = regions.find_organisation(session, name)
    return found or reference.create_organisation(
        session, command_line(), name=name, kind=OrganisationKind.OPERATOR
    )


def user(
    session: Session,
    role: Role = Role.DEVELOPER,
    *,
    region_name: str = "Elverumregionen",
    **over: Any,
) -> User:
    """Make a person who works in a region."""
    n = next(_numbers)
    given = {
        "email": f"person{n}@example.no",
        "name": f"Kari Nordmann {n}",
        "password": PASSWORD,
        "region_ids": [region(session, region_name).id],
        **over,
    }
    return accounts.create_user(session, command_line(), role=role, **given)


def passkey(session: Session, person: User, name: str = "Min mobil") -> Passkey:
    """Give a person a passkey, with bytes that are no text."""
    number = next(_numbers)
    key = Passkey(
        user_id=person.id, name=name, credential_id=b"\x00\xff" + number.to_bytes(8),
        public_key=b"\xa5\x00\xff", sign_count=0, transports=["internal"], extensions=None,
        usage="first", backup_state=False, device_type="single_device",
        lastuse_datetime=clock.now(),
    )  # fmt: skip
    session.add(key)
    session.flush()
    return key


def actor(session: Session, role: Role = Role.DEVELOPER, **over: Any) -> Actor:
    """Make a person and give them as the one who acts."""
    return actor_of(session, user(session, role, **over))


def actor_of(session: Session, person: User) -> Actor:
    """Give a person as the one who acts."""
    found = people.actor_by_email(session, person.email)
    assert found is not None
    return found


def orgnr(n: int | None = None) -> str:
    """Give a valid, synthetic organisation number."""
    candidates = count(20_000_000 + (next(_numbers) if n is None else n) * 10)
    for eight in candidates:
        check = -sum(int(d) * w for d, w in zip(str(eight), WEIGHTS, strict=True)) % 11
        if check < 10:
            return f"{eight}{check}"
    raise AssertionError("numbers never end")


def company(session: Session, **over: Any) -> Company:
    """Make a company with an organisation number."""
    change = audit.record(session, command_line(), "company.added", kind="company")
    given = {"name": f"Bedrift {next(_numbers)} AS", "orgnr": orgnr(), **over}
    return companies.add_company(session, change, **given)


def contact(session: Session, company: Company, **over: Any) -> Contact:
    """Make a contact at a company."""
    given = {"name": f"Ola Nordmann {next(_numbers)}", "company_id": company.id, **over}
    return companies.add_contact(session, a_change(session), **given)


def visit(
    session: Session,
    *,
    by: Actor | None = None,
    region_name: str = "Elverumregionen",
    **over: Any,
) -> Visit:
    """Log a visit to a company."""
    given: dict[str, Any] = {"kind": VisitKind.VISIT, "occurred_on": REGISTERED, **over}
    if "company_id" not in given and "company_name" not in given:
        given["company_id"] = company(session).id
    there = region(session, region_name).id
    return visits.log_visit(session, by or command_line(), there, visits.Entry(**given)).visit


def idea(
    session: Session,
    stage: str = "idea",
    *,
    by: Actor | None = None,
    region_name: str = "Elverumregionen",
    **over: Any,
) -> Idea:
    """Write down an idea, in the stage with this key from the first day."""
    given = {
        "region_id": region(session, region_name).id,
        "stage": stages(session)[stage],
        "title": f"Idé nummer {next(_numbers)}",
        "on": REGISTERED,
        **over,
    }
    return ideas.add_idea(session, by or command_line(), **given)


def ripe_idea(session: Session, stage: str = "idea", **over: Any) -> Idea:
    """Write down an idea that has an owner, a problem, and a company with its number."""
    by = over.get("by") or command_line()
    if "company_id" not in over:
        over["company_id"] = company(session).id
    if "owner_id" not in over:
        over["owner_id"] = user(session).id
    made = idea(session, stage, **over)
    ideas.edit_idea(session, by, made, {"problem": "Flis går til spille."})
    return made


def answers(session: Session, to: Stage) -> dict[str, Any]:
    """Answer what a gate asks of a ripe idea, and why it goes back if it does."""
    given: dict[str, Any] = {"reason": "Kunden ombestemte seg."}
    if to.kind == StageKind.APPLICATION:
        instrument = session.scalars(sa.select(Instrument.id).order_by(Instrument.id)).first()
        given |= {"instrument_id": instrument, "sought_nok": 400_000}
        given["planned_on"] = date(2026, 9, 15)
    if to.kind == StageKind.MARKET:
        given |= {"launched_what": "Sensor", "first_sale_planned_on": date(2027, 1, 1)}
    return given


def move(
    session: Session,
    idea: Idea,
    to: str,
    on: date | None = None,
    *,
    by: Actor | None = None,
    place: Place = TOP,
    **over: Any,
) -> Change:
    """Move an idea to the stage with this key, answering whatever the gate asks."""
    known = {stage.id: stage for stage in stages(session).values()}
    target = stages(session)[to]
    return pipeline.move_idea(
        session,
        by or command_line(),
        idea,
        target,
        on or idea.latest_on,
        seen=known[idea.stage_id],
        answers=Answers(**{**answers(session, target), **over}),
        place=place,
    )


def application(session: Session, **over: Any) -> Application:
    """Begin an application, by moving an idea to where it belongs."""
    made = ripe_idea(session, **over)
    move(session, made, "rd_application")
    return session.scalars(sa.select(Application).where(Application.idea_id == made.id)).one()


def incubation(session: Session, on: date = REGISTERED, **over: Any) -> Incubation:
    """Admit a company, by moving an idea of it to where it belongs."""
    made = ripe_idea(session, on=on, **over)
    move(session, made, "incubator_company", on)
    query = sa.select(Incubation).where(Incubation.company_id == made.company_id)
    return session.scalars(query).one()


def programme(session: Session, **over: Any) -> Programme:
    """Make a programme that works in a region."""
    given = {
        "name": f"Program {next(_numbers)}",
        "owner_id": organisation(session).id,
        "starts_on": date(2025, 1, 1),
        "ends_on": date(2027, 12, 31),
        "region_ids": [region(session).id],
        **over,
    }
    return goals.create_programme(session, command_line(), **given)


def goal(
    session: Session, metric: str = "cases_opened", *, of: Programme | None = None, **over: Any
) -> Goal:
    """Set a target of a programme."""
    given = {
        "metric": metric,
        "from_on": date(2026, 1, 1),
        "to_on": date(2026, 12, 31),
        "target": 12,
        **over,
    }
    return goals.set_goal(session, command_line(), of or programme(session), **given)


def series(session: Session, key: str = "population") -> Series:
    """Give a series of background figures."""
    found = session.scalar(sa.select(Series).where(Series.key == key))
    return found or background.make_series(
        session, command_line(), key=key, name="Folketall", unit="personer", source="Oppdiktet"
    )


def figure(session: Session, of: Series, municipality_id: int, **over: Any) -> Figure:
    """Write down a background figure."""
    given = {"on": date(2026, 1, 1), "value": Decimal(21_000), **over}
    return background.enter_figure(
        session, command_line(), of, municipality_id=municipality_id, **given
    )


def jobs(session: Session, *, by: Actor | None = None, **over: Any) -> JobRecord:
    """Write down two realised jobs; parts of one are counted in full-time equivalents."""
    given = {"region_id": region(session).id, "on": REGISTERED, "number": Decimal(2), **over}
    if "unit" not in given and given["number"] % 1:
        given["unit"] = JobUnit.FTE
    return job_records.record_jobs(session, by or command_line(), **given)
