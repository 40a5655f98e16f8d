"""Programmes and goals as pages: shown, made, changed, and what was typed is kept."""

import re
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit.models import Change, ChangeValue
from incubator.goals import operations as goals
from incubator.goals.models import Goal, GoalRule, GoalTarget, PeriodKind
from incubator.jobs.models import JobKind
from incubator.reference.models import FocusArea, Programme, ProgrammeArea, ProgrammeFunder
from tests import make
from tests.goals.test_views import big_number, plain

TODAY = date(2026, 5, 12)


@pytest.fixture
def region(session, clock):
    clock.set(TODAY)
    return make.region(session)


@pytest.fixture
def manager(client, session, region):
    return client.sign_in(make.user(session, Role.MANAGER))


def given(page):
    """Read a form as a browser would send it."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name = re.search(r'name="([^"]+)"', tag)
        if name and ("checkbox" not in tag or "checked" in tag):
            value = re.search(r'value="([^"]*)"', tag)
            found.setdefault(name[1], []).append(value[1] if value else "")
    for name, inner in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'selected[^>]*value="([^"]*)"|value="([^"]*)"[^>]*selected', inner)
        chosen = chosen or re.search(r'value="([^"]*)"()', inner)
        found[name] = [chosen[1] or chosen[2] or ""]
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', page, re.S):
        found[name] = [text.strip()]
    return found


def new_programme(session, region, **over):
    funder = make.organisation(session, "Innlandet fylkeskommune").id
    return {
        "name": "Grønn vekst", "owner_id": make.organisation(session).id,
        "starts_on": "01.01.2025", "ends_on": "31.12.2027", "amount_nok": "2 200 000",
        "funders-0-organisation_id": funder, "funders-0-amount_nok": "1 000 000",
        "region_ids": [region.id], "county": "",
        "areas-0-name": "Bioøkonomi", "areas-0-valid_to": "31.12.2026",
        "areas-1-name": "", "description": "Mer av det samme.", **over,
    }  # fmt: skip


def test_a_programme_is_made_with_all_that_belongs_to_it(manager, session, region):
    assert manager.get("/programmer/ny").status_code == 200
    answer = manager.post("/programmer/ny", data=new_programme(session, region))
    assert answer.status_code == 303
    page = plain(manager.get(answer.location).text)
    for told in ("Grønn vekst", "2 200 000 kr", "Innlandet fylkeskommune : 1 000 000 kr",
                 "Elverumregionen", "Bioøkonomi til 31.12.2026"):  # fmt: skip
        assert told.replace(" :", ":") in page.replace("\u00a0", " ").replace(" :", ":"), told
    assert "Grønn vekst" in manager.get("/programmer").text


@pytest.mark.parametrize(
    "over, told",
    [
        ({"name": ""}, "Skriv et navn."),
        ({"starts_on": "i fjor"}, "Dette er ingen dato."),
        ({"ends_on": "01.01.2024"}, "Perioden slutter før den begynner."),
        ({"region_ids": []}, "Velg minst ett sted der programmet virker."),
        ({"areas-1-name": "bioøkonomi"}, "To satsingsområder har samme navn."),
        ({"areas-0-valid_from": "tull"}, "Linje 1: Dette er ingen dato."),
        ({"funders-0-amount_nok": "mye"}, "Linje 1: Skriv hele kroner"),
        ({"amount_nok": "mye"}, "Skriv hele kroner"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(manager, session, region, over, told):
    answer = manager.post("/programmer/ny", data=new_programme(session, region, **over))
    assert answer.status_code == 422
    text = answer.text.replace("\u00a0", " ")
    assert told in text
    assert "Mer av det samme." in text and "Innlandet fylkeskommune</option>" in text
    if "name" not in over:
        assert 'value="Grønn vekst"' in text
    assert session.scalars(sa.select(Programme)).all() == []


def test_two_programmes_never_share_a_name(manager, session, region):
    make.programme(session, name="grønn  vekst".replace("  ", " "))
    answer = manager.post("/programmer/ny", data=new_programme(session, region))
    assert answer.status_code == 422 and "Navnet er opptatt." in answer.text


def test_a_form_sent_back_untouched_changes_nothing(manager, session, region):
    made = manager.post("/programmer/ny", data=new_programme(session, region)).location
    before = session.scalar(sa.select(sa.func.count(Change.id)))
    form = given(manager.get(f"{made}/rediger").text)
    assert manager.post(f"{made}/rediger", data=form).status_code == 303
    assert session.scalar(sa.select(sa.func.count(Change.id))) == before


def test_a_change_keeps_old_and_new(manager, session, region):
    made = manager.post("/programmer/ny", data=new_programme(session, region)).location
    form = given(manager.get(f"{made}/rediger").text)
    form |= {"amount_nok": ["3 000 000"], "areas-0-name": ["Bioøkonomi og skog"],
             "areas-1-name": ["Reiseliv"], "funders-0-amount_nok": [""]}  # fmt: skip
    assert manager.post(f"{made}/rediger", data=form).status_code == 303
    change = session.scalars(sa.select(Change).where(Change.verb == "programme.edited")).one()
    values = {v.field: (v.old, v.new) for v in session.scalars(
        sa.select(ChangeValue).where(ChangeValue.change_id == change.id))}  # fmt: skip
    assert values["amount_nok"] == ("2200000", "3000000")
    assert values["areas"][0].startswith("Bioøkonomi (") and "Reiseliv" in values["areas"][1]
    names = set(session.scalars(sa.select(FocusArea.name)))
    assert names == {"Bioøkonomi og skog", "Reiseliv"}
    assert session.scalar(sa.select(ProgrammeFunder.amount_nok)) is None


def test_two_focus_areas_may_take_each_others_name(manager, session, region):
    first = new_programme(session, region, **{"areas-1-name": "Reiseliv"})
    made = manager.post("/programmer/ny", data=first).location
    of = dict(session.execute(sa.select(FocusArea.name, FocusArea.id)).all())
    form = given(manager.get(f"{made}/rediger").text)
    names = {key: form[key] for key in form if re.fullmatch(r"areas-\d-name", key) and form[key][0]}
    one, other = names
    form |= {one: names[other], other: names[one]}
    assert manager.post(f"{made}/rediger", data=form).status_code == 303
    session.expire_all()
    assert dict(session.execute(sa.select(FocusArea.id, FocusArea.name)).all()) == {
        of["Bioøkonomi"]: "Reiseliv", of["Reiseliv"]: "Bioøkonomi"
    }  # fmt: skip


def test_who_is_second_is_told_and_keeps_what_was_typed(manager, session, region):
    made = manager.post("/programmer/ny", data=new_programme(session, region)).location
    form = given(manager.get(f"{made}/rediger").text)
    manager.post(f"{made}/rediger", data={**form, "amount_nok": "1"})
    answer = manager.post(f"{made}/rediger", data={**form, "amount_nok": "2"})
    assert answer.status_code == 409 and 'value="2"' in answer.text
    assert session.scalars(sa.select(Programme.amount_nok)).one() == 1
    again = given(answer.text)
    assert manager.post(f"{made}/rediger", data=again).status_code == 303
    assert session.scalars(sa.select(Programme.amount_nok)).one() == 2


def test_a_focus_area_in_use_is_ended_not_taken_away(manager, session, region):
    made = manager.post("/programmer/ny", data=new_programme(session, region)).location
    area = session.scalars(sa.select(FocusArea)).one()
    programme = session.scalars(sa.select(Programme)).one()
    make.goal(session, of=programme, focus_area_id=area.id)
    form = given(manager.get(f"{made}/rediger").text)
    answer = manager.post(f"{made}/rediger", data={**form, "areas-0-name": ""})
    assert answer.status_code == 422 and "Gi det en siste dag" in answer.text


def test_the_places_of_others_stay_when_somebody_else_edits(manager, session, region):
    there = make.region(session, "Hamarregionen")
    programme = make.programme(session, region_ids=[region.id, there.id])
    address = f"/programmer/{programme.id}/rediger"
    form = given(manager.get(address).text)
    assert manager.post(address, data={**form, "name": "Nytt navn"}).status_code == 303
    regions = set(session.scalars(sa.select(ProgrammeArea.region_id)))
    assert regions == {region.id, there.id}


def test_a_programme_of_elsewhere_is_not_found(manager, session, region):
    there = make.programme(session, region_ids=[make.region(session, "Hamarregionen").id])
    for address in ("", "/rediger", "/mal/nytt"):
        assert manager.get(f"/programmer/{there.id}{address}").status_code == 404
    assert there.name not in manager.get("/programmer").text


def test_the_pages_cost_the_same_however_many_goals(manager, session, region, queries):
    programme = make.programme(session)
    make.goal(session, of=programme)
    addresses = ("/programmer", f"/programmer/{programme.id}", "/mal")
    few = [queries.count(lambda a=a: manager.get(a)) for a in addresses]
    for _ in range(8):
        make.goal(session, of=programme, period=PeriodKind.YEAR)
    for nth, address in enumerate(addresses):
        sent = queries.of(lambda a=address: manager.get(a))
        assert len(sent) == few[nth] <= 12, "\n".join(sent)


# goals


def new_goal(**over):
    return {"metric": "ideas_registered", "place": "", "from_on": "01.01.2025",
            "to_on": "31.12.2027", "period": "whole", "target": "60", "baseline": "",
            "counting": "gross", "rule": "Alle ideer.", **over}  # fmt: skip


def test_a_goal_is_set_by_its_form(manager, session, region):
    programme = make.programme(session, focus_areas=["Bioøkonomi"])
    session.flush()
    area = session.scalars(sa.select(FocusArea)).one()
    address = f"/programmer/{programme.id}/mal/nytt"
    page = manager.get(address).text
    assert "Elverumregionen" in page and ">Elverum<" in page and "Bioøkonomi" in page
    place = make.municipality(session, "3420")
    form = new_goal(
        place=f"m{place.id}", focus_area_id=area.id,
        **{"years-0-year": 2025, "years-0-target": 10, "years-1-year": 2026,
           "years-1-target": 20, "years-2-year": 2027, "years-2-target": 30},
    )  # fmt: skip
    answer = manager.post(address, data=form)
    assert answer.status_code == 303
    goal = session.scalars(sa.select(Goal)).one()
    assert (goal.municipality_id, goal.region_id, goal.focus_area_id) == (place.id, None, area.id)
    text = plain(manager.get(answer.location).text)
    assert "Forventet i dag, etter årene 17" in text  # 10 + 132 of 365 days of 20
    assert "Elverum, Bioøkonomi" in text and "Alle ideer." in text


@pytest.mark.parametrize(
    "over, told",
    [
        ({"target": ""}, "Skriv målet."),
        ({"target": "mange"}, "Skriv et helt tall."),
        ({"to_on": "31.12.2028"}, "Målet må ligge innenfor perioden til programmet."),
        ({"counting": "net"}, "Bare nye arbeidsplasser kan telles netto"),
        ({"period": "quarter", "from_on": "02.01.2025"}, "må starte den første dagen"),
        ({"years-0-year": 2025, "years-0-target": 60}, "måltall for hvert år"),
        ({"years-0-year": 2025, "years-0-target": 1, "years-1-year": 2026, "years-1-target": 1,
          "years-2-year": 2027, "years-2-target": 1}, "Årene blir 3 til sammen, men målet er 60."),
        ({"place": "r999"}, "gyldig valg"),
    ],
)  # fmt: skip
def test_a_goal_that_cannot_be_is_refused_and_kept(manager, session, region, over, told):
    programme = make.programme(session)
    answer = manager.post(f"/programmer/{programme.id}/mal/nytt", data=new_goal(**over))
    assert answer.status_code == 422
    assert told in answer.text and "Alle ideer." in answer.text
    assert session.scalars(sa.select(Goal)).all() == []


def edit(client, goal, **over):
    form = given(client.get(f"/mal/{goal.id}/rediger").text)
    return client.post(f"/mal/{goal.id}/rediger", data={**form, **over})


def test_a_changed_target_keeps_old_and_new(manager, session, region):
    goal = make.goal(session, target=12, counting_rule="Alle.")
    assert edit(manager, goal, target="15").status_code == 303
    values = session.execute(
        sa.select(ChangeValue.field, ChangeValue.old, ChangeValue.new)
        .join(Change, Change.id == ChangeValue.change_id)
        .where(Change.verb == "goal.edited")
    ).all()
    assert [tuple(row) for row in values] == [("target", "12", "15")]
    before = session.scalar(sa.select(sa.func.count(Change.id)))
    assert edit(manager, goal).status_code == 303
    assert session.scalar(sa.select(sa.func.count(Change.id))) == before


def test_a_removed_goal_is_shown_nowhere(manager, session, region):
    goal = make.goal(session)
    assert f'/mal/{goal.id}"' in manager.get("/mal").text
    assert "Fjern målet" in manager.get(f"/mal/{goal.id}/fjern").text
    assert manager.post(f"/mal/{goal.id}/fjern").status_code == 303
    assert goal.is_voided
    assert manager.get(f"/mal/{goal.id}").status_code == 404
    assert f'/mal/{goal.id}"' not in manager.get("/mal").text
    assert manager.post(f"/mal/{goal.id}/fjern").status_code == 404


def test_a_changed_rule_counts_from_its_day_and_the_old_one_is_told(manager, session, region):
    goal = make.goal(session, counting_rule="Alle ideer.")
    assert (
        edit(manager, goal, rule="Bare fra industrien.", rule_from="01.03.2026").status_code == 303
    )
    text = plain(manager.get(f"/mal/{goal.id}").text)
    assert "Bare fra industrien." in text and "Til 28.02.2026 gjaldt: Alle ideer." in text
    assert "Bare fra industrien." in plain(manager.get("/mal").text)
    answer = edit(manager, goal, rule="Igjen.", rule_from="01.02.2026")
    assert answer.status_code == 422 and "Igjen." in answer.text
    edit(manager, goal, rule="Bare fra industri.", rule_from="01.03.2026")  # put right
    standing = session.scalars(sa.select(GoalRule.text).where(GoalRule.known())).all()
    assert sorted(standing) == ["Alle ideer.", "Bare fra industri."]
    edit(manager, goal, rule="Fra juni.", rule_from="01.06.2026")
    text = plain(manager.get(f"/mal/{goal.id}").text)
    assert "Fra 01.06.2026 gjelder: Fra juni." in text and "Til 31.05.2026" not in text


def test_a_changed_path_voids_the_years_that_differ(session, region):
    goal = make.goal(
        session, from_on=date(2025, 1, 1), to_on=date(2026, 12, 31), path={2025: 5, 2026: 7}
    )
    admin = make.actor(session, Role.ADMIN)
    stored = goals.values_of(session, goal)
    seen = goals.mark_of_goal(stored)
    wanted = goals.GoalValues(**{**stored.__dict__, "path": ((2025, 5), (2026, 9)), "target": 14})
    goals.edit_goal(session, admin, goal, wanted, seen=seen)
    rows = session.execute(sa.select(GoalTarget.year, GoalTarget.target, GoalTarget.voided_at))
    assert sorted((y, n, at is None) for y, n, at in rows) == [
        (2025, 5, True), (2026, 7, False), (2026, 9, True),
    ]  # fmt: skip


# a goal that begins anew


def test_a_goal_begins_anew_and_the_page_tells_of_the_rounds_before(manager, session, region):
    goal = make.goal(
        session, "ideas_registered", target=2, period=PeriodKind.QUARTER,
        from_on=date(2025, 7, 1), to_on=date(2026, 12, 31), counting_rule="Alle.",
    )  # fmt: skip
    for day in (date(2025, 8, 1), date(2025, 9, 1), date(2026, 2, 1), date(2026, 4, 1)):
        make.idea(session, on=day)
    edit(manager, goal, rule="Andre.", rule_from="01.01.2026")
    page = manager.get(f"/mal/{goal.id}").text
    text = plain(page)
    assert re.search(r"1 av 2\b", text) and "01.04.2026–30.06.2026" in text.replace(" ", "")
    assert "Hvert kvartal" in text and "49 dager igjen" in text
    table = re.search(r'id="rounds-head".*?</table>', page, re.S)[0]
    rows = [plain(row) for row in re.findall(r"<tr>(.*?)</tr>", table, re.S)[1:]]
    assert [re.findall(r"(\d) 2 (nådd|ikke nådd)", row)[0] for row in rows] == [
        ("1", "ikke nådd"), ("0", "ikke nådd"), ("2", "nådd"),
    ]  # fmt: skip
    assert ["eldre regel" in row for row in rows] == [False, True, True]
    for href, shown in re.findall(r'<a href="(/mal/tall/[^"]+)"[^>]*>(\d)</a>', table):
        assert big_number(manager.get(href.replace("&amp;", "&")).text) == shown
    strip = plain(manager.get("/mal/stripe").text)
    assert "1 av 2" in strip


def test_the_years_of_a_path_are_told_with_what_they_brought(manager, session, region):
    goal = make.goal(
        session, "ideas_registered", target=12, from_on=date(2025, 1, 1),
        to_on=date(2026, 12, 31), path={2025: 4, 2026: 8},
    )  # fmt: skip
    for day in (date(2025, 8, 1), date(2026, 2, 1), date(2026, 4, 1)):
        make.idea(session, on=day)
    text = plain(manager.get(f"/mal/{goal.id}").text)
    assert "År for år" in text and "2 8 underveis" in text and "1 4 ikke nådd (−3)" in text
    assert "Forventet i dag, etter årene 6" in text  # 4, and 132 of 365 days of 8


def test_a_net_goal_takes_away_what_was_lost(manager, session, region):
    goal = make.goal(session, "jobs_created", target=10, is_gross=False)
    gross = make.goal(session, "jobs_created", target=10)
    make.jobs(session, number=Decimal(5), on=date(2026, 2, 1))
    make.jobs(session, number=Decimal(3), on=date(2026, 3, 1), kind=JobKind.LOST)
    page = manager.get(f"/mal/{goal.id}").text
    assert "2 av 10" in plain(page) and "Netto: arbeidsplasser som gikk tapt" in plain(page)
    assert "Prognose" not in plain(re.search(r"<section.*?</section>", page, re.S)[0])
    href = re.search(r'class="big" href="([^"]+)"', page)[1].replace("&amp;", "&")
    rows = manager.get(href).text
    assert big_number(rows) == "2" and "−3" in plain(rows) and "netto=1" in href
    assert "5 av 10" in plain(manager.get(f"/mal/{gross.id}").text)


def test_a_goal_for_all_places_of_its_programme_counts_them_all(manager, session, region):
    there = make.region(session, "Hamarregionen")
    programme = make.programme(session, region_ids=[region.id, there.id])
    goal = make.goal(session, "ideas_registered", of=programme, is_everywhere=True)
    make.idea(session)
    make.idea(session, region_name="Hamarregionen")
    make.idea(session, region_name="Kongsvingerregionen")
    page = manager.get(f"/mal/{goal.id}").text
    assert "2 av 12" in plain(page)
    href = re.search(r'class="big" href="([^"]+)"', page)[1].replace("&amp;", "&")
    assert big_number(manager.get(href).text) == "2"
