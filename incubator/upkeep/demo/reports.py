"""What partners are told in the demo: agreements, reports that were sent, drafts that wait."""

from datetime import date
from functools import partial

from incubator.core.links import Place
from incubator.summaries import operations, queries, rules
from incubator.summaries.models import Cadence
from incubator.upkeep.demo.script import Script
from incubator.upkeep.demo.world import World

REGION = "Elverumregionen"
# Nobody reads these: the demo's own mail server is a folder.
PLACE = Place("http://127.0.0.1:8000", "the demo's links lead nowhere")
AGREEMENTS = (
    ("Elverum kommune", ("3420",), Cadence.MONTHLY, False, "Berit Øverby", "partner@demo.example"),
    ("Åmot kommune", ("3422",), Cadence.MONTHLY, True, "Nils Haugen", "nils@demo.example"),
    ("Innlandet fylkeskommune", (), Cadence.QUARTERLY, False, "Eva Lie", "eva@demo.example"),
)


def tell(world: World, script: Script) -> None:
    """Let the month before last be told, and the drafts of the last one be built when due."""
    last = rules.month_before(world.today)
    before = rules.month_before(last)
    script.add(rules.due_at(before).date(), partial(_agree, world))
    script.add(rules.due_at(before).date(), partial(_send, world, before))
    if rules.due_at(last).date() <= script.last_day:
        script.add(rules.due_at(last).date(), partial(_build, world, last))


def _agree(world: World) -> None:
    leader, session = world.actors["leder"], world.session
    for name, municipalities, cadence, hides_small, person, email in AGREEMENTS:
        partner = operations.make_partner(
            session, leader, organisation_id=world.organisations[name].id,
            region_id=world.regions[REGION].id, cadence=cadence, hides_small=hides_small,
            municipality_ids=[world.municipalities[number].id for number in municipalities],
            legal_basis="Oppdiktet for demoen",
        )  # fmt: skip
        operations.add_recipient(session, leader, partner, name=person, email=email, locale="nb")


def _build(world: World, month: date) -> None:
    region_id = world.regions[REGION].id
    agreed = queries.agreements(world.session, region_id=region_id)
    operations.build_month(world.session, world.actors["leder"], month, agreed)


def _send(world: World, month: date) -> None:
    _build(world, month)
    for about in queries.agreements(world.session, region_id=world.regions[REGION].id):
        summary = queries.latest_of_month(world.session, about.partner.id, month)
        if summary is not None:
            operations.approve(world.session, world.actors["leder"], about, summary, PLACE)
