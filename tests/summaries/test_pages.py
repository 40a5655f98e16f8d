"""The pages of the reports, the link that stops a mail, the commands, and the worker."""

import re
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

import config
from incubator.accounts.models import Role
from incubator.core.access import command_line
from incubator.core.links import Place
from incubator.mail.models import Message
from incubator.pipeline.undo import undo_change
from incubator.summaries import operations, queries
from incubator.summaries.models import Cadence, Recipient, Span
from tests import make
from tests.summaries.test_building import some_history

ME = command_line()
APRIL = date(2026, 4, 1)
PLACE = Place("https://loypa.example.no", "a secret of the test")


@pytest.fixture(autouse=True)
def now(clock):
    clock.set(datetime(2026, 5, 4, 8, tzinfo=UTC))
    return clock


@pytest.fixture
def about(session):
    partner = operations.make_partner(
        session, ME, organisation_id=make.organisation(session, "Elverum kommune").id,
        region_id=make.region(session).id,
    )  # fmt: skip
    operations.add_recipient(
        session, ME, partner, name="Kari Nordby", email="kari@kommune.example", locale="nb"
    )
    [found] = queries.agreements(session, partner_id=partner.id)
    return found


@pytest.fixture
def manager(client, session):
    client.sign_in(make.user(session, Role.MANAGER))
    return client


def test_from_an_agreement_to_a_sent_report_by_pages_alone(manager, session):
    organisation = make.organisation(session, "Åmot kommune")
    region = make.region(session)
    make.idea(session, on=date(2026, 4, 9))
    assert "Ingen får rapport ennå" in manager.get("/rapporter").text
    made = manager.post(
        f"/rapporter/mottakere/ny?region={region.id}",
        data={"organisation_id": organisation.id, "cadence": "monthly", "case_number": "26/114"},
    )
    assert made.status_code == 303, made.text
    added = manager.post(
        f"{made.location}/personer",
        data={"name": "Per", "email": "per@amot.example", "locale": "nb"},
    )
    assert added.status_code == 303
    assert "per@amot.example" in manager.get(made.location).text
    manager.post("/rapporter/bygg", data={"region": region.id, "month": "2026-04-01"})
    page = manager.get("/rapporter").text
    address = re.search(r'href="(/rapporter/\d+)"', page)[1]
    report = manager.get(address).text
    assert "26/114" in report
    seen = re.search(r'name="seen" value="([^"]+)"', report)[1]
    manager.post(f"{address}/ord", data={"note": "God lesning!"})
    done = manager.post(f"{address}/godkjenn", data={"seen": seen})
    assert done.status_code == 303
    assert "Godkjent" in manager.get(address).text
    message = session.scalars(sa.select(Message)).one()
    assert (message.to_address, message.subject) == (
        "per@amot.example", "Elverumregionen, april 2026: 1 ny idé"
    )  # fmt: skip
    assert message.text_body.count("God lesning!") == 1
    again = manager.post(f"{address}/godkjenn", data={"seen": seen}, follow_redirects=True)
    assert "godkjent allerede" in again.text
    assert session.scalar(sa.select(sa.func.count(Message.id))) == 1


def test_each_number_opens_the_list_that_was_kept(manager, session, about):
    for day in (date(2026, 2, 2), date(2026, 4, 9), date(2026, 4, 20)):
        make.idea(session, on=day)
    summary = operations.build_one(session, ME, APRIL, about)
    page = manager.get(f"/rapporter/{summary.id}").text
    links = re.findall(rf'href="(/rapporter/{summary.id}/(?:perioden|aret)/\w+)">([\d\s]+)<', page)
    assert len(links) > 20
    for address, number in links:
        if "amount" in address or "jobs" in address:
            continue
        found = re.search(r"(\d+) rad", manager.get(address).text)
        assert found[1] == re.sub(r"\s", "", number), address


def test_each_figure_equals_the_page_of_the_number_for_the_same_place_and_days(
    manager, session, about, clock
):
    """Also after more was entered, when that page is asked for what was known then."""
    some_history(session)
    elverum = make.municipality(session, "3420").id
    operations.edit_partner(session, ME, about, municipality_ids=[elverum], **{
        **dict.fromkeys(operations.DETAILS), "cadence": Cadence.MONTHLY, "hides_small": False,
    })  # fmt: skip
    [about] = queries.agreements(session, partner_id=about.partner.id)
    summary = operations.build_one(session, ME, APRIL, about)
    clock.set(datetime(2026, 5, 20, 8, tzinfo=UTC))
    some_history(session)

    def on_page(key, first, known_at):
        page = manager.get(f"/mal/tall/{key}", query_string={
            "region": about.partner.region_id, "kommune": elverum, "fra": first,
            "til": "2026-04-30", "per": "2026-04-30", "kjent": known_at,
        })  # fmt: skip
        assert page.status_code == 200, page.text
        shown = re.search(r'class="big-number"[^>]*><b class="num">([^<]+)<', page.text)[1]
        return float(re.sub(r"\s", "", shown).replace(",", "."))

    then = summary.cut_off_at.isoformat()
    differs = 0
    for one in summary.contents["figures"]:
        key = one["metric"]
        assert on_page(key, "2026-04-01", then) == one["now"], key
        if not one["is_level"]:
            assert on_page(key, "2026-01-01", then) == one["year"], key
            differs += on_page(key, "2026-01-01", "") != one["year"]
    assert differs >= 3


def test_the_mail_is_shown_as_it_is_sent_and_can_do_nothing_else(manager, session, about):
    summary = operations.build_one(session, ME, APRIL, about)
    answer = manager.get(f"/rapporter/{summary.id}/epost/en")
    assert "Elverumregionen, April 2026" in answer.text
    assert "<script" not in answer.text
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert len(answer.data) < 100_000


def test_a_partner_reads_what_was_told_to_its_organisation_and_nothing_else(client, session, about):
    summary = operations.build_one(session, ME, APRIL, about)
    theirs = make.user(session, Role.PARTNER, organisation_id=about.partner.organisation_id)
    client.sign_in(theirs)
    assert client.get(f"/rapporter/{summary.id}").status_code == 404
    operations.approve(session, ME, about, summary, PLACE)
    page = client.get(f"/rapporter/{summary.id}")
    assert page.status_code == 200
    assert "kari@kommune.example" not in page.text
    assert client.get(f"/rapporter/{summary.id}/aret/ideas_registered").status_code == 200
    assert client.post(f"/rapporter/{summary.id}/godkjenn").status_code == 403
    others = make.organisation(session, "Trysil kommune").id
    client.sign_in(make.user(session, Role.PARTNER, organisation_id=others))
    assert client.get(f"/rapporter/{summary.id}").status_code == 404


def test_bad_input_keeps_what_was_typed(manager, session, about):
    address = f"/rapporter/mottakere/{about.partner.id}"
    bad = manager.post(f"{address}/personer", data={"name": "Per", "email": "per", "locale": "nb"})
    assert bad.status_code == 422
    assert 'value="Per"' in bad.text
    known = {"name": "Kari", "email": "KARI@kommune.example", "locale": "nb"}
    again = manager.post(f"{address}/personer", data=known)
    assert again.status_code == 422
    assert "får rapporten allerede" in again.text
    days = manager.post(address, data={"cadence": "monthly", "sends_after_days": "400"})
    assert days.status_code == 422


def test_the_link_stops_the_mail_by_a_press_and_not_by_being_opened(client, session, about):
    summary = operations.build_one(session, ME, APRIL, about)
    place = Place("https://loypa.example.no", client.application.config["SETTINGS"].secret_key)
    operations.approve(session, ME, about, summary, place)
    url = session.scalars(sa.select(Message.unsubscribe_url)).one()
    address = url.removeprefix("https://loypa.example.no")
    recipient = session.scalars(sa.select(Recipient)).one()
    assert client.get(address).status_code == 200
    assert recipient.stopped_at is None
    assert client.post(address, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    session.refresh(recipient)
    assert recipient.stopped_at is not None
    assert client.post("/rapportstopp/noe-annet").status_code == 404


def test_the_commands_build_and_send(app, session, about):
    run = app.test_cli_runner()
    built = run.invoke(args=["summaries", "build", "--month", "2026-04"])
    assert (built.exit_code, built.output) == (0, "Built 1 summaries of 2026-04.\n")
    sent = run.invoke(args=["summaries", "send", "--month", "2026-04"])
    assert sent.output == "Approved 1 summaries of 2026-04; 1 mails in the outbox.\n"
    again = run.invoke(args=["summaries", "send", "--month", "2026-04"])
    assert again.output == "Approved 0 summaries of 2026-04; 0 mails in the outbox.\n"
    assert run.invoke(args=["summaries", "build", "--month", "2026-05"]).exit_code == 1
    assert run.invoke(args=["summaries", "build", "--month", "april"]).exit_code == 2


@pytest.fixture
def settings(tmp_path):
    return config.load({"INSTANCE": str(tmp_path), "PUBLIC_URL": "https://loypa.example.no"})


def test_a_frozen_list_keeps_what_was_voided_later(manager, session, about):
    idea = make.idea(session, on=date(2026, 4, 9))
    summary = operations.build_one(session, ME, APRIL, about)
    operations.approve(session, ME, about, summary, PLACE)
    undo_change(session, ME, idea.change_id)
    [row] = queries.frozen_rows(session, summary.id, "ideas_registered", Span.PERIOD)
    assert row.subject_id == idea.id
