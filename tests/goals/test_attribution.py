"""A result is claimed by programmes: who may, what makes sense, what each total is."""

import random
import re
from datetime import date

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit.models import Change, ChangeValue
from incubator.core.clock import Period
from incubator.core.errors import NotAllowed, NotFound, RuleBroken, Stale
from incubator.goals import attribution
from incubator.goals.metrics import METRICS
from incubator.goals.models import AttributedKind, Attribution
from incubator.goals.operations import Claim, attribute
from incubator.ideas.models import Idea
from incubator.incubation.models import Incubation
from tests import make
from tests.goals.narrowed_world import ME, Plain, World
from tests.goals.test_narrowing import plain as by_hand_of
from tests.goals.test_views import big_number, plain
from tests.thorough import dealt

TODAY = date(2026, 5, 12)
IDEA = AttributedKind.IDEA


@pytest.fixture
def region(session, clock):
    clock.set(TODAY)
    return make.region(session)


@pytest.fixture
def manager(client, session, region):
    return client.sign_in(make.user(session, Role.MANAGER))


@pytest.fixture
def three(session, region):
    found = [make.programme(session, name=name) for name in ("Én", "To", "Tre")]
    session.flush()
    return found


def claims(session):
    rows = session.scalars(sa.select(Attribution).where(Attribution.known()))
    return sorted((row.programme_id, row.is_lead, row.share) for row in rows)


def claim(session, idea, *wanted, **more):
    return attribute(session, ME, IDEA, idea.id, [Claim(*one) for one in wanted], **more)


def test_claims_are_kept_changed_and_taken_away(session, three):
    one, two, _tre = (programme.id for programme in three)
    idea = make.idea(session)
    claim(session, idea, (one, True, 60), (two, False, 40))
    change = claim(session, idea, (one, True, 70), (two, False, 40))
    assert claims(session) == [(one, True, 70), (two, False, 40)]
    value = session.scalars(sa.select(ChangeValue).where(ChangeValue.change_id == change.id)).one()
    assert (value.old, value.new) == (f"{one}: 60 %*, {two}: 40 %", f"{one}: 70 %*, {two}: 40 %")
    voided = session.scalars(sa.select(Attribution).where(Attribution.voided_at.isnot(None)))
    assert [(row.share, row.void_change_id) for row in voided] == [(60, change.id)]
    claim(session, idea)
    assert claims(session) == []
    assert claim(session, idea) is None


@pytest.mark.parametrize(
    "code, wanted",
    [
        ("several_leads", [(0, True, 50), (1, True, 50)]),
        ("claimed_twice", [(0, True, 50), (0, False, 50)]),
        ("bad_share", [(0, False, 0)]),
        ("bad_share", [(0, False, 101)]),
        ("no_such_programme", [(None, False, 50)]),
    ],
)
def test_claims_that_make_no_sense_are_refused(session, three, code, wanted):
    idea = make.idea(session)
    with pytest.raises(RuleBroken) as no:
        claim(session, idea, *((999999 if n is None else three[n].id, *r) for n, *r in wanted))
    assert no.value.code == code
    assert claims(session) == []


def test_more_than_one_whole_is_a_claim_and_kept(session, three):
    claim(session, make.idea(session), *((one.id, False, 100) for one in three))
    assert len(claims(session)) == 3


def test_who_is_second_is_told(session, three):
    idea = make.idea(session)
    claim(session, idea, (three[0].id, True, 100))
    with pytest.raises(Stale):
        claim(session, idea, (three[1].id, True, 100), seen=[])


def test_a_result_of_elsewhere_or_that_was_undone_cannot_be_claimed(session, three):
    there = make.idea(session, region_name="Hamarregionen")
    manager = make.actor(session, Role.MANAGER)
    with pytest.raises(NotFound):
        attribute(session, manager, IDEA, there.id, [Claim(three[0].id, True, 100)])
    with pytest.raises(NotFound):
        attribute(session, manager, IDEA, 999999, [])
    idea = make.idea(session)
    with pytest.raises(NotAllowed):
        attribute(session, make.actor(session), IDEA, idea.id, [Claim(three[0].id, True, 100)])


# the dialog


def form_of(*lines, seen=""):
    found = {"seen": seen}
    for nth, (programme, share, is_lead) in enumerate(lines):
        found[f"claims-{nth}-programme_id"] = programme
        found[f"claims-{nth}-share"] = share
        if is_lead:
            found[f"claims-{nth}-is_lead"] = "y"
    return found


def test_the_dialog_keeps_what_was_chosen(manager, session, three):
    idea = make.idea(session)
    address = f"/mal/tilskriving/ide/{idea.id}"
    assert "Én</option>" in manager.get(address).text
    answer = manager.post(address, data=form_of((three[0].id, "60", True), (three[2].id, "40", 0)))
    assert answer.status_code == 303
    assert claims(session) == [(three[0].id, True, 60), (three[2].id, False, 40)]
    page = manager.get(address).text
    assert 'value="60"' in page and f'value="{three[0].id}:1:60,{three[2].id}:0:40"' in page
    before = session.scalar(sa.select(sa.func.count(Change.id)))
    again = form_of((three[0].id, "60", True), (three[2].id, "40", 0))
    assert manager.post(address, data=again).status_code == 303  # sent twice: harmless
    assert session.scalar(sa.select(sa.func.count(Change.id))) == before


@pytest.mark.parametrize(
    "lines, told",
    [
        ([(0, "60", True), (1, "40", True)], "Bare ett program kan lede."),
        ([(0, "", False)], "En andel er en hel prosent fra 1 til 100."),
        ([(0, "halvparten", False)], "Linje 1: Skriv et helt tall."),
        ([(0, "50", False), (0, "20", False)], "Det samme programmet står der to ganger."),
    ],
)
def test_the_dialog_says_what_is_wrong_and_keeps_it(manager, session, three, lines, told):
    idea = make.idea(session)
    form = form_of(*((three[n].id, *rest) for n, *rest in lines))
    answer = manager.post(f"/mal/tilskriving/ide/{idea.id}", data=form)
    assert answer.status_code == 422 and told in answer.text
    assert re.search(rf'<option selected value="{three[0].id}"', answer.text)
    assert claims(session) == []


def test_the_dialog_tells_who_is_second(manager, session, three):
    idea = make.idea(session)
    claim(session, idea, (three[0].id, True, 100))
    address = f"/mal/tilskriving/ide/{idea.id}"
    answer = manager.post(address, data=form_of((three[1].id, "30", True)))
    assert answer.status_code == 409 and "Lagret nå: Én 100 % (leder)" in plain(answer.text)
    seen = re.search(r'name="seen"[^>]*value="([^"]*)"', answer.text)[1]
    assert manager.post(address, data=form_of((three[1].id, "30", True), seen=seen)).location
    assert claims(session) == [(three[1].id, True, 30)]


def test_too_much_is_said_and_flagged(manager, session, three):
    idea = make.idea(session, title="Krevd av alle")
    address = f"/mal/tilskriving/ide/{idea.id}"
    manager.post(address, data=form_of((three[0].id, "80", True), (three[1].id, "60", False)))
    assert "Andelene blir 140 %" in plain(manager.get(address).text)
    totals = manager.get("/mal/tilskriving").text
    assert "Krevd av alle" in totals and "140 %" in plain(totals)


def test_it_is_reached_from_where_the_result_stands(manager, session, three):
    idea = make.ripe_idea(session)
    incubation = make.incubation(session)
    assert f'/mal/tilskriving/ide/{idea.id}"' in manager.get(f"/ideer/{idea.id}").text
    page = manager.get(f"/inkubator/{incubation.id}").text
    assert f'/mal/tilskriving/inkubasjon/{incubation.id}"' in page
    jobs = make.jobs(session)
    assert f"/arbeidsplasser/{jobs.id}" in manager.get("/mal/tall/jobs_created").text
    for address in (f"arbeidsplasser/{jobs.id}", f"inkubasjon/{incubation.id}"):
        assert manager.get(f"/mal/tilskriving/{address}").status_code == 200
    manager.sign_in(make.user(session))
    for address in (f"/ideer/{idea.id}", f"/inkubator/{incubation.id}", "/mal/tall/jobs_created"):
        assert "tilskriving/" not in manager.get(address).text.replace("/mal/tilskriving?", "")


# the totals


@pytest.fixture
def world(session, clock):
    clock.set(TODAY)
    return World(session, random.Random(3)).build(24)


def shown_of(text):
    return float(text.replace("\u00a0", "").replace(",", ".").replace("\u2212", "-"))


def test_every_number_of_the_totals_opens_its_list(client, session, world, kind):
    client.sign_in(make.user(session, Role.ADMIN))
    region = world.regions[0].id
    page = client.get(f"/mal/tilskriving?region={region}&fra=2025-06-01&til=2026-05-12").text
    table = re.search(r"<tbody>.*?</tbody>", page, re.S)[0]
    numbers = re.findall(r'<a href="(/mal/tall/[^"]+)" data-number="([^"]*)"', table)
    credited = [metric for metric in METRICS if metric.attributed]
    assert len(numbers) == len(credited) * (3 + 3)
    for href, shown in dealt(numbers, kind):
        rows = client.get(href.replace("&amp;", "&")).text
        assert shown_of(big_number(rows)) == shown_of(shown), href
        if "delt=1" in href or "jobs" in href or "amount" in href:
            listed = re.findall(r'data-label="(?:Antall|Beløp)">([^<]*)<', rows)
            assert sum(map(shown_of, listed)) == pytest.approx(shown_of(shown), abs=0.02), href
        else:
            assert rows.count('<th scope="row">') == shown_of(shown), href
    assert sum(shown_of(shown) > 0 for _href, shown in numbers) > 30


def test_the_totals_are_those_of_plain_python(session, world):
    """Own claims are whole, what is shared is counted once, the region counts all once."""
    region = world.regions[0].id
    admin = make.actor(session, Role.ADMIN)
    period = Period(date(2025, 9, 1), TODAY)
    found = attribution.totals(session, admin, region, period, TODAY)
    by_hand: Plain = by_hand_of(world)
    shares = {}
    for row in by_hand.claims:
        shares.setdefault((row.subject_kind.value, row.subject_id), []).append(row.share)
    for row in found.rows:
        key = row.metric.key
        if key == "ideas_from_industry":
            continue
        level_on = TODAY if key == "incubator_active" else None
        here = [
            one for one, _known in by_hand.results(key)
            if one.region_id == region
            and (one.day <= TODAY if level_on else period.first <= one.day <= TODAY)
        ]  # fmt: skip
        assert row.region.value == sum(one.size for one in here), key
        falls = {
            one.id: [by_hand.of_programme(one, p.id, level_on) is True for p in found.programmes]
            for one in here
        }
        own = [sum(one.size for one in here if falls[one.id][n]) for n in range(3)]
        assert [figure.value for figure in row.own] == own, key
        shared = sum(
            one.size * _part(shares.get((one.kind, one.id)), falls[one.id]) for one in here
        )
        assert row.shared.value == pytest.approx(shared), key
        assert row.shared.value <= row.region.value
        too_much = [one for one in here if sum(shares.get((one.kind, one.id), ())) > 100]
        assert row.over.value == sum(one.size for one in too_much), key
    flagged = attribution.overclaimed(session, region)
    of_region = {
        (IDEA, i.id) for i in session.scalars(sa.select(Idea)) if i.region_id == region
    } | {
        (AttributedKind.INCUBATION, i.id)
        for i in session.scalars(sa.select(Incubation)) if i.region_id == region
    }  # fmt: skip
    expected = {(k, n) for (k, n), parts in shares.items()
                if sum(parts) > 100 and (k, n) in of_region}  # fmt: skip
    assert expected
    assert {(f.subject.kind, f.subject.id) for f in flagged} >= expected
    assert all(f.share > 100 and f.subject.region_id == region for f in flagged)


def _part(shares, falls):
    if shares:
        return min(sum(shares), 100) / 100
    return 1 if any(falls) else 0


def test_the_totals_cost_the_same_however_much_is_claimed(client, session, three, queries):
    client.sign_in(make.user(session, Role.ADMIN))
    claim(session, make.idea(session), (three[0].id, True, 100), (three[1].id, False, 50))
    few = queries.of(lambda: client.get("/mal/tilskriving"))
    for _ in range(6):
        claim(session, make.idea(session), *((one.id, False, 90) for one in three))
    assert len(queries.of(lambda: client.get("/mal/tilskriving"))) == len(few) <= 10, few


def test_a_partner_sees_the_totals_and_no_names(client, session, three):
    idea = make.idea(session, title="Hemmelig sag")
    claim(session, idea, *((one.id, False, 90) for one in three))
    client.sign_in(make.user(session, Role.PARTNER))
    page = client.get("/mal/tilskriving").text
    assert "Hemmelig" not in page and "Krevd med mer enn én hel" not in plain(page)
    over = re.search(r'href="([^"]*ideas_registered[^"]*over=1[^"]*)"', page)[1]
    rows = client.get(over.replace("&amp;", "&")).text
    assert big_number(rows) == "1" and "Hemmelig" not in rows


def test_a_goal_counts_what_was_attributed_to_its_programme_alone(manager, session, three):
    one, two, _tre = three
    goals = [make.goal(session, "ideas_registered", of=programme, target=9) for programme in three]
    free, claimed = make.idea(session), make.idea(session)
    assert free.id != claimed.id
    claim(session, claimed, (one.id, True, 50), (two.id, False, 50))
    found = [re.search(r"(\d) av 9", plain(manager.get(f"/mal/{goal.id}").text))[1]
             for goal in goals]  # fmt: skip
    assert found == ["2", "2", "1"]
