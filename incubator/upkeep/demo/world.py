"""Where the demo takes place: organisations, regions, people, programmes and their goals."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts import operations as accounts, queries as people
from incubator.accounts.models import Role, User
from incubator.core.access import Actor, Via, command_line
from incubator.funding import operations as funding
from incubator.funding.models import Instrument
from incubator.goals import operations as goals
from incubator.goals.models import PeriodKind
from incubator.ideas.models import Stage, StageKind
from incubator.reference import operations as reference
from incubator.reference.models import (
    Municipality,
    Organisation,
    OrganisationKind,
    Programme,
    Region,
)
from incubator.upkeep.demo import data

MONTHS_PASSED = 8  # of the running year of the programmes


@dataclass(frozen=True)
class Login:
    """Somebody who can sign in to the demo."""

    role: str
    name: str
    email: str
    password: str


def _email(key: str) -> str:
    return f"{key}@demo.example"


LOGINS = tuple(
    Login(who["role"], who["name"], _email(who["key"]), str(data.read("world")["password"]))
    for who in data.read("world")["person"][:5]
)


@dataclass(frozen=True)
class World:
    """Who and what there is before the first idea."""

    session: Session
    today: date
    organisations: Mapping[str, Organisation]
    regions: Mapping[str, Region]
    municipalities: Mapping[str, Municipality]
    people: Mapping[str, User]
    actors: Mapping[str, Actor]
    stages: Mapping[StageKind, Stage]
    instruments: Mapping[str, Instrument]


def build(session: Session, today: date) -> World:
    """Make organisations, regions, people and programmes."""
    told = data.read("world")
    numbers = [number for region in told["region"] for number in region["municipalities"]]
    municipalities = _municipalities(session, numbers)
    organisations = _organisations(session, told["organisation"], municipalities.values())
    regions = {
        region["name"]: reference.create_region(
            session,
            command_line(Via.DEMO),
            name=region["name"],
            municipality_numbers=region["municipalities"],
            operator_id=organisations["Klosser Innovasjon"].id,
        )
        for region in told["region"]
    }
    users = {who["key"]: _person(session, who, organisations, regions) for who in told["person"]}
    world = World(
        session,
        today,
        organisations,
        regions,
        municipalities,
        users,
        {key: _actor(session, user) for key, user in users.items()},
        {stage.kind: stage for stage in session.scalars(sa.select(Stage).order_by(Stage.nth))},
        {found.key: found for found in session.scalars(sa.select(Instrument))},
    )
    _programmes(world)
    return world


def _municipalities(session: Session, numbers: Sequence[str]) -> dict[str, Municipality]:
    found = session.scalars(
        sa.select(Municipality).where(
            Municipality.number.in_(numbers), Municipality.valid_to.is_(None)
        )
    )
    by_number = {municipality.number: municipality for municipality in found}
    return {number: by_number[number] for number in numbers}


def _organisations(
    session: Session, told: Sequence[Mapping[str, str]], municipalities: Any
) -> dict[str, Organisation]:
    kinds = {one["name"]: OrganisationKind(one["kind"]) for one in told}
    for municipality in municipalities:
        name = f"{municipality.name.split(' (')[0]} kommune"
        kinds[name] = OrganisationKind.MUNICIPALITY
    return {
        name: reference.create_organisation(session, command_line(Via.DEMO), name=name, kind=kind)
        for name, kind in kinds.items()
    }


def _person(
    session: Session,
    who: Mapping[str, Any],
    organisations: Mapping[str, Organisation],
    regions: Mapping[str, Region],
) -> User:
    logins = {login.email: login.password for login in LOGINS}
    email = _email(who["key"])
    return accounts.create_user(
        session,
        command_line(Via.DEMO),
        email=email,
        name=who["name"],
        role=Role(who["role"]),
        # Whoever is no login of the demo gets a password that nobody knows.
        password=logins.get(email) or secrets.token_urlsafe(),
        region_ids=[regions[name].id for name in who["regions"]],
        organisation_id=organisations[who["organisation"]].id,
    )


def _actor(session: Session, user: User) -> Actor:
    found = people.actor_by_email(session, user.email)
    assert found is not None, "the person was made just now"
    return replace(found, via=Via.DEMO)


def year_of_goals(today: date, years_back: int = 0) -> tuple[date, date]:
    """Give the first and the last day of the running year of the programmes, or an earlier one."""
    month = today.year * 12 + today.month - 1 - MONTHS_PASSED - 12 * years_back
    first, next_first = (date(nth // 12, nth % 12 + 1, 1) for nth in (month, month + 12))
    return first, next_first - timedelta(days=1)


def _programmes(world: World) -> None:
    told = data.read("programmes")
    for programme in told["public"]:
        made = _programme(
            world,
            programme,
            starts_on=programme["starts_on"],
            ends_on=programme["ends_on"],
            description=programme["description"],
            amount_nok=programme.get("amount_nok"),
            county=programme.get("county"),
            region_ids=[world.regions[name].id for name in programme.get("regions", ())],
            municipality_ids=[
                world.municipalities[number].id for number in programme.get("municipalities", ())
            ],
            focus_areas=programme.get("focus_areas", ()),
        )
        for goal in programme.get("goal", ()):
            _public_goal(world, made, goal)
    for programme in told["running"]:
        _running_programme(world, programme, told["rules"])
    frame = told["frame"]
    funding.set_frame(
        world.session,
        world.actors["leder"],
        world.instruments[frame["instrument"]],
        year=frame["year"],
        amount_nok=frame["amount_nok"],
        deadline_on=frame["deadline_on"],
    )


def _programme(world: World, told: Mapping[str, Any], **details: Any) -> Programme:
    return goals.create_programme(
        world.session,
        world.actors["leder"],
        name=told["name"],
        owner_id=world.organisations[told["owner"]].id,
        funders={world.organisations[name].id: None for name in told["funders"]},
        **details,
    )


def _public_goal(world: World, programme: Programme, goal: Mapping[str, Any]) -> None:
    region = world.regions.get(goal.get("region", ""))
    goals.set_goal(
        world.session,
        world.actors["leder"],
        programme,
        metric=goal["metric"],
        from_on=goal["from_on"],
        to_on=goal["to_on"],
        target=goal["target"],
        region_id=region.id if region else None,
        county=goal.get("county"),
        counting_rule=goal["rule"],
    )


def _running_programme(world: World, told: Mapping[str, Any], rules: Mapping[str, str]) -> None:
    region = world.regions[told["region"]]
    programme = _programme(
        world,
        told,
        starts_on=year_of_goals(world.today, 2)[0],
        ends_on=year_of_goals(world.today)[1],
        region_ids=[region.id],
        description="Programmet og årsmålene er oppdiktet for demoen.",
        focus_areas=told.get("focus_areas", ()),
    )
    _longer_goals(world, programme, region)
    for years_back in range(3):
        first, last = year_of_goals(world.today, years_back)
        for goal in told["goal"]:
            goals.set_goal(
                world.session,
                world.actors["leder"],
                programme,
                metric=goal["metric"],
                from_on=first,
                to_on=last,
                target=goal["targets"][2 - years_back],
                region_id=region.id,
                is_invented=True,
                counting_rule=rules[goal["metric"]],
            )


def _longer_goals(world: World, programme: Programme, region: Region) -> None:
    """Set the goals of a running programme for all of it: by years, or anew each month."""
    told, days = data.read("programmes"), (programme.starts_on, programme.ends_on)
    years = range(days[0].year, days[1].year + 1)
    for goal in (*told["whole"], *told["monthly"]):
        if goal["programme"] != programme.name:
            continue
        path = dict(zip(years, _over(goal.get("path", []), len(years)), strict=False))
        goals.set_goal(
            world.session,
            world.actors["leder"],
            programme,
            metric=goal["metric"],
            from_on=days[0],
            to_on=days[1],
            target=sum(path.values()) or goal["target"],
            path=path,
            period=PeriodKind.WHOLE if path else PeriodKind.MONTH,
            region_id=region.id,
            is_invented=True,
            counting_rule=goal["rule"],
        )


def _over(parts: Sequence[int], years: int) -> Sequence[int]:
    """Give a part to each year: three years from a January on are one fewer than else."""
    return parts if years >= len(parts) else [*parts[: years - 1], sum(parts[years - 1 :])]
