"""The board and the card through the browser's door: what is asked, answered, refused."""

import re
from datetime import date

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit.models import Change
from incubator.companies.models import Company
from incubator.core.access import command_line
from incubator.ideas import operations as ideas
from incubator.ideas.models import Idea, Status
from incubator.upkeep import check
from tests import make

ME = command_line()
DAY = date(2026, 3, 2)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def me(client, session, clock):
    """Sign a developer in."""
    person = make.user(session, name="Ola Utvikler")
    client.sign_in(person)
    return make.actor_of(session, person)


def post(client, path, **form):
    return client.post(path, data=form, headers=HTMX)


def move(client, session, idea, to, seen="idea", **form):
    stages = make.stages(session)
    path = f"/ideer/{idea.id}/flytt"
    return post(client, path, to_stage=stages[to].id, seen_stage=stages[seen].id, **form)


def text_of(answer):
    return " ".join(re.sub(r"<[^>]*>", " ", answer.text).split())


def fields_of(answer):
    return set(re.findall(r'name="([a-z_]+)"', answer.text))


def key_of(session, idea):
    session.refresh(idea)
    return {stage.id: key for key, stage in make.stages(session).items()}[idea.stage_id]


def new_idea(session, **over):
    return session.scalars(sa.select(Idea).order_by(Idea.id.desc())).first()


def test_a_quick_added_idea_is_mine_and_stands_on_top_today(client, session, me):
    make.idea(session)
    region = make.region(session)
    answer = post(
        client, "/ideer/ny", region=region.id, title="  Flis  til\tkull ", company="Ny AS"
    )
    assert answer.status_code == 200 and "Flis til kull" in answer.text
    idea = new_idea(session)
    assert (idea.title, idea.owner_id, idea.registered_on) == (
        "Flis til kull", me.id, date(2026, 5, 12),
    )  # fmt: skip
    assert session.get(Company, idea.company_id).name == "Ny AS"
    first = sa.select(Idea.id).where(Idea.stage_id == idea.stage_id).order_by(Idea.position)
    assert session.scalars(first).first() == idea.id


def test_a_quick_add_finds_the_company_by_its_name_in_any_case_and_legal_form(client, session, me):
    known = make.company(session, name="Elverum Trevare AS")
    region = make.region(session)
    post(client, "/ideer/ny", region=region.id, title="x", company="elverum  trevare a/s")
    assert new_idea(session).company_id == known.id


def test_a_quick_add_without_a_title_is_asked_for_it_and_keeps_the_company(client, session, me):
    answer = post(client, "/ideer/ny", region=make.region(session).id, title=" ", company="Ny AS")
    assert answer.status_code == 422
    assert 'value="Ny AS"' in answer.text
    assert session.scalar(sa.select(sa.func.count(Idea.id))) == 0
    assert session.scalar(sa.select(sa.func.count(Company.id))) == 0


def test_nobody_adds_an_idea_where_they_do_not_work(client, session, me):
    other = make.region(session, "Hamarregionen")
    assert post(client, "/ideer/ny", region=other.id, title="x").status_code == 404


def test_a_drop_that_the_gate_stops_gets_a_dialog_with_what_is_missing(client, session, me):
    idea = make.idea(session, owner_id=me.id)
    answer = move(client, session, idea, "case")
    assert answer.status_code == 422
    assert answer.headers["HX-Retarget"] == "#dialog"
    assert {"company_name", "founder", "problem", "on"} <= fields_of(answer)
    assert "owner_id" not in fields_of(answer)
    assert key_of(session, idea) == "idea"


def test_the_answers_of_the_dialog_let_the_card_through(client, session, me):
    idea = make.idea(session, owner_id=me.id)
    answer = move(
        client, session, idea, "case", on="02.03.2026", company_name="Ny AS", problem="Flis."
    )
    assert answer.status_code == 200
    assert key_of(session, idea) == "case" and idea.stage_on == DAY
    assert "/angre" in answer.text


def test_a_dialog_that_is_half_filled_in_keeps_what_was_typed(client, session, me):
    idea = make.idea(session, owner_id=me.id)
    answer = move(client, session, idea, "case", on="2026-03-02", company_name="Ny AS", problem="")
    assert answer.status_code == 422
    assert 'value="Ny AS"' in answer.text
    assert session.scalar(sa.select(sa.func.count(Company.id))) == 0


def test_a_date_that_cannot_be_is_refused_in_words(client, session, me):
    idea = make.ripe_idea(session)
    for on, sentence in (
        ("13.05.2026", "fram i tid"),
        ("14.01.2026", "15.01.2026"),
        ("31.02.2026", "21.11.2026"),
    ):
        answer = move(client, session, idea, "case", on=on)
        assert answer.status_code == 422 and sentence in text_of(answer), on
    assert key_of(session, idea) == "idea"


def test_going_back_gets_a_dialog_that_asks_why(client, session, me):
    idea = make.ripe_idea(session, "case")
    answer = move(client, session, idea, "idea", seen="case")
    assert answer.status_code == 422 and "reason" in fields_of(answer)
    answer = move(client, session, idea, "idea", seen="case", on="2026-03-02", reason="For tidlig.")
    assert answer.status_code == 200 and key_of(session, idea) == "idea"


def test_a_first_sale_before_the_move_is_refused_where_it_was_typed(client, session, me):
    idea = make.ripe_idea(session)
    answer = move(
        client, session, idea, "commercialisation",
        on="2026-05-12", launched_what="Sensor", first_sale_on="2026-05-01",
    )  # fmt: skip
    assert answer.status_code == 422
    assert "Det første salget er før dagen kortet flyttes (12.05.2026)" in text_of(answer)
    assert 'value="Sensor"' in answer.text
    assert key_of(session, idea) == "idea"


def test_who_moves_a_card_that_was_moved_is_told_by_whom_and_to_where(client, session, me):
    other = make.actor(session, name="Berit Rask")
    idea = make.ripe_idea(session)
    make.move(session, idea, "case", DAY, by=other)
    answer = move(client, session, idea, "rd_application")
    assert answer.status_code == 409
    assert "Berit Rask" in text_of(answer) and "Case" in text_of(answer)
    assert key_of(session, idea) == "case"


@pytest.mark.parametrize("to", ["case", "idea"])
def test_who_moves_a_card_that_was_closed_is_told_by_whom(client, session, me, to):
    idea = make.ripe_idea(session)
    other = make.actor(session, Role.MANAGER, name="Berit Rask")
    ideas.park_idea(session, other, idea, on=DAY, reason="Venter.", look_again_on=None)
    answer = move(client, session, idea, to)
    assert answer.status_code == 409
    assert "Berit Rask har lukket kortet" in text_of(answer)


def test_the_undo_of_the_toast_puts_the_card_back_once(client, session, me):
    idea = make.ripe_idea(session)
    answer = move(client, session, idea, "case", on="2026-03-02")
    path = re.search(r"/endringer/\d+/angre", answer.text)[0]
    assert post(client, path).status_code == 200
    assert key_of(session, idea) == "idea"
    assert post(client, path).status_code == 422
    assert list(check.broken(session)) == []


def test_an_undo_that_is_refused_leaves_everything_as_it_was(client, session, me):
    idea = make.ripe_idea(session, title="Grønt", owner_id=me.id)
    first = ideas.edit_idea(session, me, idea, {"title": "Brunt", "problem": "Flis."})
    ideas.edit_idea(session, me, idea, {"title": "Rødt"})
    number = session.scalar(sa.select(sa.func.max(Change.id)))
    assert post(client, f"/endringer/{first.id}/angre").status_code == 422
    session.refresh(idea)
    assert (idea.title, idea.problem) == ("Rødt", "Flis.")
    assert session.scalar(sa.select(sa.func.max(Change.id))) == number


def test_the_undo_of_a_new_idea_takes_its_card_off_the_board(client, session, me):
    post(client, "/ideer/ny", region=make.region(session).id, title="Feil", company="Feil AS")
    idea = new_idea(session)
    assert post(client, f"/endringer/{idea.change_id}/angre").status_code == 200
    session.refresh(idea)
    assert idea.is_voided
    assert "Feil" not in text_of(client.get("/"))
    assert client.get(f"/ideer/{idea.id}").status_code == 404


EDITED = {
    "title": "Flis", "problem": "Dyrt.", "description": "", "company_name": "",
    "owner_id": "", "municipality_id": "",
}  # fmt: skip


def edit(client, idea, was, **mine):
    form = {**was, **mine, **{f"was_{field}": value for field, value in was.items()}}
    return post(client, f"/ideer/{idea.id}/rediger", **form)


def unassigned(session):
    idea = make.idea(session, title="Flis")
    ideas.edit_idea(session, ME, idea, {"problem": "Dyrt."})
    return idea


def test_two_who_change_different_fields_both_have_their_way(client, session, me):
    idea = unassigned(session)
    ideas.edit_idea(session, ME, idea, {"problem": "Svært dyrt."})
    assert edit(client, idea, EDITED, title="Sagflis").status_code == 200
    session.refresh(idea)
    assert (idea.title, idea.problem) == ("Sagflis", "Svært dyrt.")


def test_the_second_who_changes_a_field_sees_both_and_keeps_what_was_typed(client, session, me):
    idea = unassigned(session)
    ideas.edit_idea(session, ME, idea, {"title": "Bark"})
    answer = edit(client, idea, EDITED, title="Sagflis")
    assert answer.status_code == 409
    assert "Bark" in text_of(answer) and 'value="Sagflis"' in answer.text
    session.refresh(idea)
    assert idea.title == "Bark"
    again = edit(client, idea, {**EDITED, "title": "Bark"}, title="Sagflis")
    assert again.status_code == 200
    session.refresh(idea)
    assert idea.title == "Sagflis"


def test_an_edit_that_changes_nothing_leaves_no_change(client, session, me):
    idea = unassigned(session)
    before = session.scalar(sa.select(sa.func.max(Change.id)))
    assert edit(client, idea, EDITED).status_code == 200
    assert session.scalar(sa.select(sa.func.max(Change.id))) == before


def test_a_card_is_never_left_without_a_title(client, session, me):
    idea = unassigned(session)
    assert edit(client, idea, EDITED, title=" ").status_code == 422


@pytest.mark.parametrize(
    ("address", "status"),
    [("parker", Status.PARKED), ("stopp", Status.STOPPED), ("lansert", Status.LAUNCHED)],
)
def test_a_card_is_closed_with_a_reason_and_opened_again_with_one(
    client, session, me, address, status
):
    idea = make.ripe_idea(session)
    path = f"/ideer/{idea.id}"
    if address != "lansert":
        assert post(client, f"{path}/{address}", on="2026-03-02", reason="").status_code == 422
    form = {"on": "2026-03-02", "reason": "Ingen kunde."}
    assert post(client, f"{path}/{address}", **form).status_code == 200
    session.refresh(idea)
    assert idea.status == status
    assert post(client, f"{path}/{address}", **form).status_code == 422
    assert post(client, f"{path}/gjenapne", on="2026-03-02", reason="").status_code == 422
    assert post(client, f"{path}/gjenapne", **form).status_code == 200
    session.refresh(idea)
    assert idea.status == Status.OPEN
    assert list(check.broken(session)) == []


def test_a_closed_card_is_counted_below_the_board_and_no_more_in_its_column(client, session, me):
    idea = make.ripe_idea(session)
    assert f"i{idea.id}" in client.get("/").text
    post(client, f"/ideer/{idea.id}/parker", on="2026-03-02", reason="Venter.")
    assert f'id="i{idea.id}"' not in client.get("/").text
    parked = client.get(f"/ideer?region={idea.region_id}&status=parked")
    assert idea.title in parked.text and "Venter." in parked.text


def test_a_partner_sees_only_what_is_shared_and_true_counts(client, session, me):
    hidden, shared = make.idea(session, title="Hemmelig"), make.idea(session, title="Offentlig")
    ideas.share_idea(session, ME, shared, is_shared=True, on=DAY)
    client.sign_in(make.user(session, Role.PARTNER))
    board = client.get("/")
    assert "Offentlig" in board.text and "Hemmelig" not in board.text
    assert client.get(f"/ideer/{shared.id}").status_code == 200
    assert client.get(f"/ideer/{hidden.id}").status_code == 404
    assert move(client, session, shared, "case").status_code == 403
    ideas.share_idea(session, ME, shared, is_shared=False, on=DAY)
    assert client.get(f"/ideer/{shared.id}").status_code == 404
    assert "Offentlig" not in client.get("/").text


def test_a_partner_who_polls_learns_that_a_card_is_gone_and_nothing_of_others(client, session, me):
    hidden, shared = make.idea(session, title="Hemmelig"), make.idea(session, title="Offentlig")
    ideas.share_idea(session, ME, shared, is_shared=True, on=DAY)
    since = session.scalar(sa.select(sa.func.max(Change.id)))
    ideas.edit_idea(session, ME, hidden, {"title": "Hemmeligere"})
    ideas.share_idea(session, ME, shared, is_shared=False, on=DAY)
    client.sign_in(make.user(session, Role.PARTNER))
    answer = client.get(f"/tavle/endringer?siden={since}", headers=HTMX)
    assert answer.status_code == 200
    assert "emmelig" not in answer.text and "Offentlig" not in answer.text


def test_a_stranger_learns_nothing_of_a_card_in_another_region(client, session, me):
    idea = make.ripe_idea(session, region_name="Hamarregionen")
    assert client.get(f"/ideer/{idea.id}").status_code == 404
    assert move(client, session, idea, "case").status_code == 404
    assert post(client, f"/ideer/{idea.id}/parker", on="2026-03-02", reason="x").status_code == 404
    assert post(client, f"/endringer/{idea.change_id}/angre").status_code == 404


def test_an_advisor_is_told_that_another_owns_the_card(client, session, me):
    idea = make.ripe_idea(session)
    client.sign_in(make.user(session, Role.ADVISOR))
    answer = move(client, session, idea, "case")
    assert answer.status_code == 403 and "En annen har ansvar" in text_of(answer)


def test_the_board_shows_the_first_fifty_of_a_column_and_then_the_rest(client, session, me):
    cards = [make.idea(session) for _ in range(53)]
    first = client.get("/").text
    assert sum(f'id="i{card.id}"' in first for card in cards) == 50
    more = re.search(r"/tavle/kolonne/\d+\?[^\"]*", first)[0].replace("&amp;", "&")
    rest = client.get(more, headers=HTMX).text
    shown = [card.id for card in cards if f'id="i{card.id}"' in rest]
    assert shown == [card.id for card in cards[:3]]


def test_the_text_filter_finds_company_and_owner_in_any_case(client, session, me):
    wanted = make.idea(session, company_name="Østerdal Bruk AS", owner_id=me.id)
    other = make.idea(session)
    for text in ("ØSTERDAL", "bruk øster", "ola utv"):
        board = client.get("/", query_string={"q": text}).text
        assert f'id="i{wanted.id}"' in board and f'id="i{other.id}"' not in board, text


def test_a_board_that_nothing_happened_to_costs_no_page(client, session, me):
    make.idea(session)
    client.get("/")  # the first visit gets the token that later pages carry
    etag = client.get("/").headers["ETag"]
    assert client.get("/", headers={"If-None-Match": etag}).status_code == 304
    make.idea(session)
    assert client.get("/", headers={"If-None-Match": etag}).status_code == 200


def test_a_poll_brings_the_cards_that_changed_and_no_others(client, session, me):
    still, moved = make.ripe_idea(session), make.ripe_idea(session)
    since = session.scalar(sa.select(sa.func.max(Change.id)))
    assert client.get(f"/tavle/endringer?siden={since}", headers=HTMX).status_code == 304
    make.move(session, moved, "case", DAY)
    answer = client.get(f"/tavle/endringer?siden={since}", headers=HTMX).text
    assert f'id="i{moved.id}"' in answer and f'id="i{still.id}"' not in answer


def test_a_card_shows_what_it_lacks_where_it_stands(client, session, me):
    page = text_of(client.get(f"/ideer/{make.idea(session, 'incubator_company').id}"))
    assert "organisasjonsnummeret" in page


def test_the_next_step_of_a_card_is_kept_done_and_undone(client, session, me):
    idea = make.ripe_idea(session)
    path = f"/ideer/{idea.id}/neste-steg"
    assert post(client, path, text=" ").status_code == 422
    assert post(client, path, text="Ring kommunen", due_on="01.06.2026").status_code == 200
    session.refresh(idea)
    assert (idea.next_step, idea.next_step_on) == ("Ring kommunen", date(2026, 6, 1))
    done = re.search(rf"{path}/\d+/gjort", client.get(f"/ideer/{idea.id}").text)[0]
    answer = post(client, done)
    assert answer.status_code == 200
    undo = re.search(r"/endringer/\d+/angre", answer.text)[0]
    assert post(client, undo).status_code == 200
    session.refresh(idea)
    assert idea.next_step == "Ring kommunen"


def test_plain_forms_lead_back_to_the_board_without_a_script(client, session, me):
    idea = make.ripe_idea(session)
    stages = make.stages(session)
    form = {"to_stage": stages["case"].id, "seen_stage": stages["idea"].id, "on": "2026-03-02"}
    answer = client.post(f"/ideer/{idea.id}/flytt", data=form)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/?region={idea.region_id}#i{idea.id}"
