"""Eight people at one board: nothing is lost, nothing is doubled, and who is late is told."""

from collections import Counter
from datetime import date
from functools import partial

import sqlalchemy as sa

from incubator.companies.models import Company
from incubator.core.access import command_line
from incubator.ideas import operations as ideas
from incubator.ideas.models import Idea, Stage, StageEvent
from incubator.incubation.models import Incubation
from incubator.search.indexing import index_anew
from incubator.search.models import Kind
from tests import make
from tests.load.conftest import CLIENTS, at_once

ME = command_line()
MOVES = 200
ROUNDS = 10


def stages_of(site):
    return {row.key: row.id for row in site.read(sa.select(Stage.key, Stage.id))}


def cards(site, number, stage="idea", region_name="Elverumregionen"):
    """Write down ideas that every gate lets through; give their ids."""
    with site.write() as session:
        owner = session.scalars(sa.select(make.User.id)).first()
        company = make.company(session).id
        made = [
            make.idea(
                session, stage, company_id=company, owner_id=owner, region_name=region_name
            ).id
            for _ in range(number)
        ]
        session.execute(sa.update(Idea).where(Idea.id.in_(made)).values(problem="Flis."))
        index_anew(session, Kind.IDEA, made)  # which no flush has seen
        return made


def move(person, idea, stages, seen, to, **form):
    return person.post(
        f"/ideer/{idea}/flytt",
        to_stage=stages[to], seen_stage=stages[seen], on=date(2026, 3, 2).isoformat(), **form,
    )  # fmt: skip


def column(site, stage_id, ids):
    """Give the cards of a column in their order; no two have one place."""
    query = sa.select(Idea.id, Idea.position).where(Idea.stage_id == stage_id)
    rows = site.read(query.order_by(Idea.position))
    assert len({row.position for row in rows}) == len(rows)
    return [row.id for row in rows if row.id in set(ids)]


def shares(things):
    """Deal things out to the people."""
    return [things[nth::CLIENTS] for nth in range(CLIENTS)]


def test_moves_of_distinct_cards_are_all_made_and_none_is_lost(site):
    stages, ids = stages_of(site), cards(site, MOVES)

    def work(person, mine):
        return [move(person, idea, stages, "idea", "case").status for idea in mine]

    deeds = [partial(work, p, mine) for p, mine in zip(site.people, shares(ids), strict=True)]
    statuses = Counter(status for answers in at_once(deeds) for status in answers)
    assert statuses == {200: MOVES}
    events = site.read(
        sa.select(StageEvent.idea_id, StageEvent.change_id)
        .where(StageEvent.stage_id == stages["case"], StageEvent.idea_id.in_(ids))
        .order_by(StageEvent.change_id.desc())
    )
    assert sorted(event.idea_id for event in events) == ids
    assert len({event.change_id for event in events}) == MOVES
    # Each was dropped on top, so that the column stands in the order of the changes.
    assert column(site, stages["case"], ids) == [event.idea_id for event in events]
    site.check_by_command()


def test_of_those_who_move_one_card_at_a_time_one_wins_and_the_others_learn_who(site):
    stages, [idea] = stages_of(site), cards(site, 1)
    seen, to = "idea", "case"
    for _ in range(ROUNDS):
        deeds = [
            partial(move, person, idea, stages, seen, to, reason="Om igjen.")
            for person in site.people
        ]
        answers = at_once(deeds)
        assert Counter(answer.status for answer in answers) == {200: 1, 409: CLIENTS - 1}
        winner = site.people[[answer.status for answer in answers].index(200)]
        assert all(winner.name in answer.text for answer in answers if answer.status == 409)
        seen, to = to, seen
    events = site.read(sa.select(StageEvent.id).where(StageEvent.idea_id == idea))
    assert len(events) == 1 + ROUNDS
    site.check()


def test_quick_adds_share_a_new_company_and_no_two_share_a_place(site):
    region, each = site.read(sa.select(make.Region.id).order_by(make.Region.id))[0].id, 20

    def work(person, nth):
        return [
            person.post(
                "/ideer/ny", region=region, title=f"Hast {nth}-{k}", company=f"Hastig {k} AS"
            )
            for k in range(each)
        ]

    deeds = [partial(work, person, nth) for nth, person in enumerate(site.people)]
    statuses = Counter(answer.status for answers in at_once(deeds) for answer in answers)
    assert statuses == {200: CLIENTS * each}
    made = site.read(sa.select(Idea.id).where(Idea.title.like("Hast %")))
    assert len(made) == CLIENTS * each
    column(site, stages_of(site)["idea"], [row.id for row in made])
    companies = site.read(sa.select(Company.name).where(Company.name.like("Hastig %")))
    assert len(companies) == each
    site.check()


def test_drops_between_the_same_two_cards_stand_in_the_order_of_the_drops(site):
    stages = stages_of(site)
    below, *dropped, above = cards(site, 2 + CLIENTS * 8, "case")

    def work(person, mine):
        form = {"after_id": above, "before_id": below}
        return [move(person, idea, stages, "case", "case", **form) for idea in mine]

    deeds = [partial(work, p, mine) for p, mine in zip(site.people, shares(dropped), strict=True)]
    statuses = Counter(answer.status for answers in at_once(deeds) for answer in answers)
    assert statuses == {200: len(dropped)}
    latest_first = site.read(
        sa.select(Idea.id).where(Idea.id.in_(dropped)).order_by(Idea.last_change_id.desc())
    )
    expected = [above, *(row.id for row in latest_first), below]
    assert column(site, stages["case"], [above, below, *dropped]) == expected
    site.check()


def test_a_company_that_two_regions_admit_in_one_instant_is_made_once(site):
    """No lock is shared between regions: the database has the last word, and says it kindly."""
    stages = stages_of(site)
    for nth in range(5):
        number = make.orgnr()
        sides = [
            cards(site, CLIENTS // 2, region_name=name)
            for name in ("Elverumregionen", "Hamarregionen")
        ]
        with site.write() as session:
            for idea in session.scalars(sa.select(Idea).where(Idea.id.in_(sides[0] + sides[1]))):
                ideas.edit_idea(session, ME, idea, {"company_id": None})
        mixed = [idea for pair in zip(*sides, strict=True) for idea in pair]
        deeds = [
            partial(
                move, person, idea, stages, "idea", "incubator_company",
                company_name=f"Felles {nth} side {k % 2} AS", orgnr=number,
            )
            for k, (person, idea) in enumerate(zip(site.people, mixed, strict=True))
        ]  # fmt: skip
        statuses = Counter(answer.status for answer in at_once(deeds))
        # The half that was late has another name for the company, and is asked about it.
        assert set(statuses) <= {200, 409, 422} and statuses[200] >= 1, statuses
        owners = site.read(sa.select(Company.id).where(Company.orgnr == number, Company.known()))
        assert len(owners) == 1
        [company] = owners[0]
        running = site.read(sa.select(Incubation.id).where(Incubation.company_id == company))
        assert len(running) == 1
    site.check()


def test_an_idea_that_is_taken_back_while_others_write_to_it_keeps_nothing_standing(site):
    stages, people = stages_of(site), site.people
    for _ in range(ROUNDS):
        [idea] = cards(site, 1)
        [added] = site.read(sa.select(Idea.change_id).where(Idea.id == idea))
        with site.write() as session:
            # Whoever added it is the one who regrets it.
            author = session.scalars(sa.select(make.User).where(make.User.name == people[0].name))
            change = session.get_one(make.Change, added.change_id)
            change.actor_id = author.one().id
        deeds = [
            partial(people[0].post, f"/endringer/{added.change_id}/angre"),
            partial(move, people[1], idea, stages, "idea", "case"),
            partial(people[2].post, f"/ideer/{idea}/neste-steg", text="Ring"),
            partial(people[3].post, f"/ideer/{idea}/parker", on="2026-03-02", reason="Nei."),
            partial(move, people[4], idea, stages, "idea", "idea"),
        ]
        statuses = [answer.status for answer in at_once(deeds)]
        assert set(statuses) <= {200, 404, 409, 422}, statuses
    site.check()


def test_of_those_who_edit_the_same_words_one_wins_and_nobody_loses_what_they_typed(site):
    [idea] = cards(site, 1)
    title = "Ny tittel"
    [stored] = site.read(
        sa.select(Idea.title, Idea.owner_id, Company.name)
        .join(Company, Company.id == Idea.company_id)
        .where(Idea.id == idea)
    )
    was = {
        "title": stored.title, "problem": "Flis.", "description": "",
        "company_name": stored.name, "owner_id": stored.owner_id, "municipality_id": "",
    }  # fmt: skip

    def edit(person, nth):
        mine = was | {"title": f"{title} {nth}"}
        form = {**mine, **{f"was_{field}": value for field, value in was.items()}}
        return person.post(f"/ideer/{idea}/rediger", **form)

    answers = at_once([partial(edit, person, nth) for nth, person in enumerate(site.people)])
    statuses = [answer.status for answer in answers]
    assert Counter(statuses) == {200: 1, 409: CLIENTS - 1}
    [now] = site.read(sa.select(Idea.title).where(Idea.id == idea))
    assert now.title == f"{title} {statuses.index(200)}"
    for nth, answer in enumerate(answers):
        assert f"{title} {nth}" in answer.text
    site.check()


def test_those_who_do_different_things_to_one_card_all_have_their_way(site):
    stages, people = stages_of(site), site.people
    was = {
        "title": "",
        "problem": "Flis.",
        "description": "",
        "owner_id": "",
        "municipality_id": "",
    }
    for _ in range(ROUNDS):
        [idea] = cards(site, 1)
        stored = site.read(
            sa.select(Idea.title, Idea.owner_id, Company.name)
            .join(Company, Company.id == Idea.company_id)
            .where(Idea.id == idea)
        )[0]
        before = was | {"title": stored.title, "owner_id": stored.owner_id}
        before |= {"company_name": stored.name}

        def edit(person, idea=idea, before=before, **mine):
            form = {**before, **mine, **{f"was_{field}": v for field, v in before.items()}}
            return person.post(f"/ideer/{idea}/rediger", **form)

        deeds = [
            partial(move, people[0], idea, stages, "idea", "case"),
            partial(edit, people[1], problem="Bark."),
            partial(edit, people[2], description="Mer."),
            partial(edit, people[3], title="Ny"),
            partial(people[4].post, f"/ideer/{idea}/neste-steg", text="Ring"),
        ]
        assert [answer.status for answer in at_once(deeds)] == [200] * len(deeds)
        now = site.read(
            sa.select(
                Idea.title, Idea.problem, Idea.description, Idea.stage_id, Idea.next_step
            ).where(Idea.id == idea)
        )[0]
        assert tuple(now) == ("Ny", "Bark.", "Mer.", stages["case"], "Ring")
    site.check()
