"""The list, the page of a visit and what is done on it, the spreadsheet, the company's tab."""

import io
import re
from datetime import UTC, date, datetime, timedelta

import openpyxl
import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.ideas.models import Idea
from incubator.visits import operations, queries
from incubator.visits.models import Visit, VisitKind
from incubator.visits.operations import Promise
from incubator.visits.queries import PAGE
from tests import make

DAY = date(2026, 3, 2)
SECRET = "Hemmelig om laserskjæring"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def klosser(session):
    return make.organisation(session)


@pytest.fixture
def ernu(session):
    return make.organisation(session, "ERNU")


@pytest.fixture
def person(session, clock, klosser):
    return make.user(session, Role.ADVISOR, organisation_id=klosser.id, name="Kari Ås")


@pytest.fixture
def me(session, person):
    return make.actor_of(session, person)


@pytest.fixture
def other(session, clock, ernu):
    return make.actor(session, Role.DEVELOPER, organisation_id=ernu.id, name="Ola By")


@pytest.fixture
def browser(client, person):
    return client.sign_in(person)


def shown(answer):
    """Give the ids of the visits of a list, in their order."""
    return [int(found) for found in re.findall(r'<a href="/besok/(\d+)"><time', answer.text)]


def words(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


# The list.


def test_the_latest_visit_stands_first(browser, session, me):
    days = [DAY, DAY + timedelta(days=2), DAY - timedelta(days=40), DAY]
    made = [make.visit(session, by=me, occurred_on=day).id for day in days]
    assert shown(browser.get("/besok")) == [made[1], made[3], made[0], made[2]]


def test_a_list_without_visits_offers_the_first_step(browser):
    page = browser.get("/besok").text
    assert "Ingen besøk ennå" in page and 'href="/besok/logg?region=' in page


@pytest.fixture
def many(session, me, other):
    """Give visits that differ in all that the list can be narrowed to."""
    place = make.municipality(session, "3420")
    sag = make.company(session, name="Glommali Sagbruk AS", municipality_id=place.id)
    return {
        "sag": make.visit(session, by=me, company_id=sag.id, occurred_on=DAY),
        "call": make.visit(session, by=me, kind=VisitKind.TELEPHONE, occurred_on=date(2026, 4, 1)),
        "theirs": make.visit(session, by=other, company_id=sag.id, occurred_on=date(2025, 9, 1)),
        "colleagues": make.visit(
            session,
            by=make.actor(session, organisation_id=me.organisation_id),
            occurred_on=date(2026, 1, 5),
        ),
    }


@pytest.mark.parametrize(
    "asked, expected",
    [
        ("", ["call", "sag", "colleagues", "theirs"]),
        ("hvem=mine", ["call", "sag"]),
        ("hvem=organisasjon", ["call", "sag", "colleagues"]),
        ("type=telephone", ["call"]),
        ("q=glommali", ["sag", "theirs"]),
        ("fra=2026-01-05&til=2026-03-02", ["sag", "colleagues"]),
        ("til=31.12.2025", ["theirs"]),
        ("hvem=mine&q=SAGBRUK", ["sag"]),
        ("q=finnesikke", []),
        ("hvem=tull&type=tull&kommune=x", ["call", "sag", "colleagues", "theirs"]),
    ],
)
def test_the_address_narrows_the_list(browser, many, asked, expected):
    answer = browser.get(f"/besok?{asked}")
    assert shown(answer) == [many[name].id for name in expected]
    count = re.search(r'list-count" role="status"><b class="num">(\d+)</b>', answer.text)[1]
    assert int(count) == len(expected)


def test_it_is_narrowed_to_a_place_and_to_a_company(browser, session, many):
    sag = many["sag"]
    for asked in (f"kommune={sag.municipality_id}", f"bedrift={sag.company_id}"):
        answer = browser.get(f"/besok?{asked}")
        assert shown(answer) == [sag.id, many["theirs"].id]
    assert "Glommali Sagbruk AS" in browser.get(f"/besok?bedrift={sag.company_id}&q=x").text


def test_what_is_no_date_is_said(browser):
    answer = browser.get("/besok?fra=31.2.2026")
    assert answer.status_code == 422
    assert "Dette er ingen dato" in answer.text


def test_one_pages_through_all_visits_and_back(browser, session, me):
    company = make.company(session)
    made = [
        make.visit(session, by=me, company_id=company.id, occurred_on=DAY + timedelta(days=n // 3))
        for n in range(2 * PAGE + 5)
    ]
    expected = [v.id for v in sorted(made, key=lambda v: (v.occurred_on, v.id), reverse=True)]
    seen, address = [], "/besok?q=bedrift"
    pages = []
    while address:
        answer = browser.get(address)
        pages.append(shown(answer))
        seen += pages[-1]
        found = re.search(r'rel="next" href="([^"]+)"', answer.text)
        address = found and found[1].replace("&amp;", "&")
    assert seen == expected
    back = re.search(r'rel="prev" href="([^"]+)"', answer.text)[1].replace("&amp;", "&")
    assert shown(browser.get(back)) == pages[1]
    assert 'rel="prev"' not in browser.get("/besok").text


def test_the_company_has_them_in_a_tab(browser, session, many):
    sag = many["sag"]
    answer = browser.get(f"/bedrifter/{sag.company_id}/besok")
    assert shown(answer) == [sag.id, many["theirs"].id]
    assert "Glommali Sagbruk AS" in answer.text
    empty = browser.get(f"/bedrifter/{make.company(session).id}/besok")
    assert "Ingen besøk ennå" in empty.text
    assert browser.get("/bedrifter/999999/besok").status_code == 404


def test_figures_of_the_year_stand_on_top_and_open_their_rows(browser, session, many):
    page = browser.get(f"/mal/besok?region={many['sag'].region_id}").text
    assert re.search(r"Bedriftsbesøk</span>\s*<span[^>]*><b>3</b>", page)
    for href in re.findall(r'href="([^"]+)"', page):
        assert browser.get(href.replace("&amp;", "&")).status_code == 200


# Who reads the notes.


@pytest.fixture
def theirs(session, other):
    return make.visit(
        session, by=other, occurred_on=DAY, about=SECRET, needs=SECRET, company_name="Sag AS",
        new_contacts=("Per Hemmelig",), promises=(Promise(SECRET),),
    )  # fmt: skip


def everywhere(client, visit):
    """Give all that is said about a visit anywhere, a spreadsheet as its cells."""
    company = f"/bedrifter/{visit.company_id}/besok"
    pages = [client.get(a).text for a in ("/besok", f"/besok/{visit.id}", company)]
    pages.append(str(cells(client.get("/besok/eksport.xlsx"))))
    return pages


def cells(answer):
    assert answer.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    return [[cell.value for cell in row] for row in book.active.iter_rows()]


def test_another_organisation_sees_that_there_was_a_visit_and_no_word(browser, theirs):
    for page in everywhere(browser, theirs):
        assert "Ola By" in page and "ERNU" in page
        assert SECRET not in page and "Per Hemmelig" not in page
    assert "Notatet tilhører ERNU" in browser.get(f"/besok/{theirs.id}").text


def test_shared_notes_are_read_by_all_who_work_there(browser, session, other, theirs):
    operations.share_notes(session, other, theirs, is_shared=True)
    assert all(SECRET in page for page in everywhere(browser, theirs))


@pytest.mark.parametrize("who", ["visitor", "colleague", "admin"])
def test_the_own_people_and_the_administrator_read_them(client, session, other, theirs, ernu, who):
    if who == "visitor":
        client.sign_in(session.get_one(make.User, other.id))
    elif who == "colleague":
        client.sign_in(make.user(session, Role.ADVISOR, organisation_id=ernu.id))
    else:
        client.sign_in(make.user(session, Role.ADMIN))
    assert all(SECRET in page for page in everywhere(client, theirs))


def test_who_has_no_organisation_is_not_of_the_same_one(client, session, clock):
    visit = make.visit(session, by=make.actor(session), about=SECRET)
    client.sign_in(make.user(session))
    assert all(SECRET not in page for page in everywhere(client, visit))


def test_a_visit_in_a_region_of_others_is_not_there(client, session, theirs):
    client.sign_in(make.user(session, Role.MANAGER, region_name="Kongsvingerregionen"))
    assert client.get(f"/besok/{theirs.id}").status_code == 404
    assert client.get(f"/besok?region={theirs.region_id}").status_code == 404
    assert shown(client.get("/besok")) == []
    assert shown(client.get(f"/bedrifter/{theirs.company_id}/besok")) == []


def test_partners_see_no_visits(client, session, theirs):
    client.sign_in(make.user(session, Role.PARTNER))
    for address in ("/besok", f"/besok/{theirs.id}", "/besok/eksport.xlsx"):
        assert client.get(address).status_code == 403
    assert "/besok" not in client.get("/").text


# The spreadsheet.


def test_the_spreadsheet_is_the_list(browser, session, me, many):
    rows = cells(browser.get("/besok/eksport.xlsx?hvem=mine"))
    assert rows[0][:2] == ["Dato", "Bedrift"]
    assert [row[0].date() for row in rows[1:]] == [date(2026, 4, 1), DAY]
    assert rows[1][4] == "Telefon"


def test_it_holds_who_took_part_and_what_came_of_it(browser, session, me):
    colleague = make.user(session, name="Åse Li")
    make.visit(
        session, by=me, company_name="=1+1", about="+47 is no sum", new_contacts=("Per", "Kari"),
        colleague_ids=(colleague.id,), idea_title="@Biokull", is_shared=True,
    )  # fmt: skip
    answer = browser.get("/besok/eksport.xlsx")
    assert "attachment" in answer.headers["Content-Disposition"]
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    row = list(book.active.iter_rows())[1]
    assert {cell.data_type for cell in row} <= {"s", "d", "n"}
    values = [cell.value for cell in row]
    assert values[1] == "=1+1" and values[7] == "Per, Kari" and values[8] == "Åse Li"
    assert values[9] == "+47 is no sum" and values[11] == "@Biokull" and values[12] == "ja"


def test_a_list_that_is_too_long_is_not_cut_but_refused(browser, session, me, monkeypatch):
    monkeypatch.setattr(queries, "MOST_EXPORTED", 1)
    make.visit(session, by=me)
    assert "eksport.xlsx" in browser.get("/besok").text
    make.visit(session, by=me)
    assert browser.get("/besok/eksport.xlsx").status_code == 422
    page = browser.get("/besok").text
    assert "eksport.xlsx" not in page and "Snevre inn lista" in page


# The page of a visit.


@pytest.fixture
def mine(session, me):
    return make.visit(
        session, by=me, occurred_on=DAY, about="Snakket om flis.", needs="En kunde.",
        company_name="Glommali Sagbruk AS", new_contacts=("Per Hansen",),
        promises=(Promise("Send tilbud", DAY),), idea_title="Biokull",
    )  # fmt: skip


def test_it_holds_everything(browser, mine):
    text = words(browser.get(f"/besok/{mine.id}"))
    for part in (
        "Glommali Sagbruk AS", "02.03.2026", "Kari Ås", "Klosser Innovasjon", "Snakket om flis.",
        "En kunde.", "Per Hansen", "Send tilbud", "Biokull", "Idé",
    ):  # fmt: skip
        assert part in text, part


def form_of(answer):
    """Give the fields of the form on a page, as a browser would send them back."""
    fields = {}
    for tag in re.findall(r"<input[^>]*>", answer.text):
        named = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        kind = named.get("type", "text")
        if kind in ("radio", "checkbox") and " checked" not in tag:
            continue
        if "name" in named:
            fields.setdefault(named["name"], []).append(named.get("value", ""))
    for name, text in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>([^<]*)<', answer.text):
        fields[name] = [text.strip()]
    return fields


def standing(session):
    session.expire_all()
    return session.scalars(sa.select(Visit).where(Visit.known())).one()


def test_saving_the_form_as_it_was_changes_nothing(browser, session, mine):
    form = form_of(browser.get(f"/besok/{mine.id}/rediger"))
    answer = browser.post(f"/besok/{mine.id}/rediger", data=form)
    assert answer.location == f"/besok/{mine.id}"
    assert standing(session).change_id == mine.change_id


def test_words_are_edited_where_they_stand(browser, session, mine):
    form = form_of(browser.get(f"/besok/{mine.id}/rediger"))
    data = {**form, "about": "Noe annet", "new_contacts": "Ola Berg", "is_shared": "y"}
    assert browser.post(f"/besok/{mine.id}/rediger", data=data).status_code == 303
    visit = standing(session)
    assert (visit.id, visit.about, visit.needs) == (mine.id, "Noe annet", "En kunde.")
    assert visit.is_shared
    contacts, _ = queries.who_took_part(session, visit.id)
    assert [row.name for row in contacts] == ["Ola Berg", "Per Hansen"]


def test_a_wrong_day_leads_to_the_right_visit(browser, session, mine):
    form = form_of(browser.get(f"/besok/{mine.id}/rediger"))
    answer = browser.post(f"/besok/{mine.id}/rediger", data={**form, "occurred_on": "1.3.2026"})
    right = standing(session)
    assert answer.location == f"/besok/{right.id}" != f"/besok/{mine.id}"
    assert browser.get(f"/besok/{mine.id}").location == f"/besok/{right.id}"
    assert "Rettet" in browser.get(answer.location).text


def test_another_company_is_written_by_name(browser, session, mine):
    form = form_of(browser.get(f"/besok/{mine.id}/rediger"))
    data = {**form, "company": "Våler Trevare AS", "new_contacts": "Liv Moen"}
    answer = browser.post(f"/besok/{mine.id}/rediger", data=data)
    text = words(browser.get(answer.location))
    assert "Våler Trevare AS" in text and "Liv Moen" in text
    assert "Per Hansen" not in text


@pytest.mark.parametrize(
    "wrong, told",
    [
        ({"occurred_on": "1.1.2030"}, "Datoen er fram i tid"),
        ({"occurred_on": "i går"}, "ingen dato"),
        ({"company": ""}, "Bedrift"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(browser, session, mine, wrong, told):
    form = form_of(browser.get(f"/besok/{mine.id}/rediger"))
    data = {**form, "about": "Skrevet lenge på dette", **wrong}
    answer = browser.post(f"/besok/{mine.id}/rediger", data=data)
    assert answer.status_code == 422
    assert told in answer.text and "Skrevet lenge på dette" in answer.text
    assert standing(session).about == "Snakket om flis."


def test_two_who_edit_different_fields_both_have_their_way(browser, session, me, mine):
    form = form_of(browser.get(f"/besok/{mine.id}/rediger"))
    operations.correct_visit(session, me, mine, {"needs": "To kunder."})
    answer = browser.post(f"/besok/{mine.id}/rediger", data={**form, "about": "Noe annet"})
    assert answer.status_code == 303
    visit = standing(session)
    assert (visit.about, visit.needs) == ("Noe annet", "To kunder.")


def test_two_who_edit_the_same_field_both_learn_of_it(browser, session, me, mine):
    form = form_of(browser.get(f"/besok/{mine.id}/rediger"))
    operations.correct_visit(session, me, mine, {"about": "Skrevet av en annen."})
    answer = browser.post(f"/besok/{mine.id}/rediger", data={**form, "about": "Skrevet av meg."})
    assert answer.status_code == 409
    assert "Skrevet av en annen." in answer.text and "Skrevet av meg." in answer.text
    again = browser.post(f"/besok/{mine.id}/rediger", data=form_of(answer))
    assert again.status_code == 303
    assert standing(session).about == "Skrevet av meg."


def test_an_edit_of_a_visit_that_was_corrected_meanwhile_reaches_the_right_one(
    browser, session, me, mine
):
    form = form_of(browser.get(f"/besok/{mine.id}/rediger"))
    right = operations.correct_visit(session, me, mine, {"occurred_on": DAY - timedelta(days=1)})
    answer = browser.post(f"/besok/{mine.id}/rediger", data={**form, "about": "Noe annet"})
    assert answer.location == f"/besok/{right.id}"
    visit = standing(session)
    assert (visit.about, visit.occurred_on) == ("Noe annet", DAY - timedelta(days=1))


def test_a_manager_of_another_organisation_is_asked_for_what_counts_alone(client, session, theirs):
    client.sign_in(make.user(session, Role.MANAGER))
    answer = client.get(f"/besok/{theirs.id}/rediger")
    assert SECRET not in answer.text and 'name="about"' not in answer.text
    data = {**form_of(answer), "kind": "video", "about": "Overskrevet"}
    assert client.post(f"/besok/{theirs.id}/rediger", data=data).status_code == 303
    visit = standing(session)
    assert (visit.kind, visit.about) == (VisitKind.VIDEO, SECRET)


def test_notes_are_shared_and_no_longer(browser, session, mine):
    for is_shared in ("1", "0"):
        browser.post(f"/besok/{mine.id}/del", data={"is_shared": is_shared})
        assert standing(session).is_shared == (is_shared == "1")


@pytest.mark.parametrize("path", ["rediger", "ide", "trekk-tilbake", "del"])
def test_a_visit_of_others_is_not_mine_to_change(browser, session, theirs, path):
    if path != "del":
        assert browser.get(f"/besok/{theirs.id}/{path}").status_code == 403
    assert browser.post(f"/besok/{theirs.id}/{path}", data={}).status_code == 403
    page = browser.get(f"/besok/{theirs.id}").text
    assert f"/besok/{theirs.id}/{path}" not in page


def test_an_idea_that_came_up_later_is_added_from_the_visit(browser, session, mine):
    assert browser.post(f"/besok/{mine.id}/ide", data={"title": " "}).status_code == 422
    data = {"title": "Briketter", "text": "Flis går til spille."}
    answer = browser.post(f"/besok/{mine.id}/ide", data=data, headers=HTMX)
    assert answer.headers["HX-Redirect"] == f"/besok/{mine.id}"
    assert session.scalar(sa.select(Idea.problem).where(Idea.title == "Briketter"))
    text = words(browser.get(f"/besok/{mine.id}"))
    assert "Briketter" in text and "Ideen står på tavla" in text


def test_what_was_just_logged_can_be_undone(browser, session, mine):
    page = browser.get(f"/besok/{mine.id}").text
    address = re.search(r'action="(/endringer/\d+/angre)"', page)[1]
    answer = browser.post(address)
    assert answer.location == f"/besok?region={mine.region_id}"
    assert "Angret" in browser.get(answer.location).text
    gone = browser.get(f"/besok/{mine.id}")
    assert gone.status_code == 404 and "trukket tilbake" in gone.text


def test_an_undone_correction_leads_to_the_visit_as_it_was(browser, session, me, mine):
    right = operations.correct_visit(session, me, mine, {"kind": VisitKind.VIDEO})
    page = browser.get(f"/besok/{right.id}").text
    address = re.search(r'action="(/endringer/\d+/angre)"', page)[1]
    answer = browser.post(address)
    back = standing(session)
    assert back.kind == VisitKind.VISIT
    assert answer.location == f"/besok/{back.id}"


def test_the_undo_is_offered_for_a_day_and_to_the_one_who_did_it(
    browser, client, session, mine, clock, klosser
):
    clock.set(datetime(2026, 5, 14, 12, tzinfo=UTC))
    assert "/angre" not in browser.get(f"/besok/{mine.id}").text
    clock.set(datetime(2026, 5, 12, 12, tzinfo=UTC))
    client.sign_in(make.user(session, Role.ADVISOR, organisation_id=klosser.id))
    assert "/angre" not in client.get(f"/besok/{mine.id}").text


def test_a_visit_by_mistake_is_taken_back_with_a_reason(browser, session, mine):
    address = f"/besok/{mine.id}/trekk-tilbake"
    assert browser.post(address, data={"reason": ""}).status_code == 422
    answer = browser.post(address, data={"reason": "Ført to ganger"})
    assert answer.location == f"/besok?region={mine.region_id}"
    assert shown(browser.get("/besok")) == []
    assert browser.get(f"/besok/{mine.id}").status_code == 404


def test_a_promise_outlives_its_visit_and_then_leads_nowhere(browser, session, me):
    visit = make.visit(session, by=me, promises=(Promise("Ring om trefliser"),))
    address = f'href="/besok/{visit.id}"'
    assert address in browser.get("/oppfolginger").text
    browser.post(f"/besok/{visit.id}/trekk-tilbake", data={"reason": "Ført to ganger"})
    page = browser.get("/oppfolginger").text
    assert "Ring om trefliser" in page
    assert address not in page


# What the pages cost.


@pytest.mark.parametrize("page", ["list", "company", "visit", "export"])
def test_a_page_of_many_visits_costs_the_same(browser, session, me, queries, page):
    company = make.company(session)

    def log(times):
        made = None
        for nth in range(times):
            made = make.visit(
                session, by=me, company_id=company.id, new_contacts=(f"Per {nth}",),
                promises=(Promise("Ring"),), idea_title="Idé",
            )  # fmt: skip
        return made

    address = {
        "list": "/besok", "company": f"/bedrifter/{company.id}/besok",
        "visit": f"/besok/{log(1).id}", "export": "/besok/eksport.xlsx",
    }[page]  # fmt: skip
    few = queries.of(lambda: browser.get(address))
    log(12)
    many = queries.of(lambda: browser.get(address))
    assert len(few) == len(many) <= 8, many
