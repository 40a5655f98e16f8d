"""How the mail of a report went, what came back, what we say of a draft, and the history of it."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

import config
from incubator import worker
from incubator.accounts.models import Role
from incubator.audit.models import Change
from incubator.core import clock as clocks
from incubator.core.access import command_line
from incubator.core.errors import NotAllowed, RuleBroken
from incubator.core.links import Place
from incubator.mail import operations as mail
from incubator.mail.models import Message, Outcome
from incubator.summaries import operations, queries, recipients
from incubator.summaries.models import Bounce, Recipient, Summary, SummaryComment
from tests import make

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
    add(session, partner, "Kari Nordby", "kari@kommune.example")
    [found] = queries.agreements(session, partner_id=partner.id)
    return found


def add(session, partner, name, email):
    return operations.add_recipient(session, ME, partner, name=name, email=email, locale="nb")


@pytest.fixture
def kari(session, about):
    return session.scalars(sa.select(Recipient)).one()


@pytest.fixture
def manager(client, session):
    client.sign_in(make.user(session, Role.MANAGER, name="Leder Ås"))
    return client


@pytest.fixture
def settings(tmp_path):
    return config.load({"INSTANCE": str(tmp_path)})


def told(session, about, month=APRIL):
    summary = operations.build_one(session, ME, month, about)
    operations.approve(session, ME, about, summary, PLACE)
    return summary


def try_to_send(session, outcome, answer):
    claim = mail.claim_next(session)
    mail.note_failed(session, claim.attempt_id, outcome, answer)
    return claim.message


def test_without_a_mail_server_it_becomes_files_and_the_pages_say_so(
    manager, session, about, kari, settings
):
    summary = told(session, about)
    assert worker.send_waiting_mail(settings) == 1
    [written] = (settings.instance / "outbox").glob("*.eml")
    assert b"kari@kommune.example" in written.read_bytes()
    for address in (
        "/rapporter", f"/rapporter/{summary.id}", f"/rapporter/{summary.id}/utsending/{kari.id}"
    ):  # fmt: skip
        page = manager.get(address).text
        assert "Ingen e-posttjener er satt opp" in page, address
    assert f"outbox/{written.name}" in page
    assert "i en fil" in page


def test_every_attempt_is_shown_with_what_was_answered(manager, session, about, kari, clock):
    summary = told(session, about)
    message = try_to_send(session, Outcome.LATER, "451 4.7.1 greylisted")
    clock.set(message.not_before)
    mail.claim_next(session)  # and its worker is killed
    clock.set(message.not_before)
    claim = mail.claim_next(session)
    mail.note_sent(session, claim.attempt_id, answer="250 2.0.0 queued as 4711")
    for address in (f"/rapporter/{summary.id}", f"/rapporter/{summary.id}/utsending/{kari.id}"):
        page = manager.get(address).text
        for words in (
            "Utsatt av e-posttjeneren", "451 4.7.1 greylisted", "Avbrutt", "queued as 4711"
        ):  # fmt: skip
            assert words in page, (address, words)
    assert manager.get(f"/rapporter/{summary.id}/utsending/9999").status_code == 404
    theirs = make.user(session, Role.PARTNER, organisation_id=about.partner.organisation_id)
    manager.sign_in(theirs)
    assert "queued as" not in manager.get(f"/rapporter/{summary.id}").text
    assert manager.get(f"/rapporter/{summary.id}/utsending/{kari.id}").status_code == 403


def test_a_mail_leaves_again_by_hand_with_the_same_number(manager, session, about, kari, settings):
    summary = told(session, about)
    address = f"/rapporter/{summary.id}/send-igjen/{kari.id}"
    assert "allerede på vei" in manager.post(address, follow_redirects=True).text
    message = try_to_send(session, Outcome.NEVER, "550 no such mailbox")
    number = message.message_id
    assert "550 no such mailbox" in manager.get(f"/rapporter/{summary.id}").text
    manager.post(address)
    assert worker.send_waiting_mail(settings) == 1
    manager.post(address)  # it arrived nowhere, says the reader
    manager.post(address)  # pressed twice
    assert worker.send_waiting_mail(settings) == 1
    [message] = session.scalars(sa.select(Message)).all()
    assert (message.message_id, message.sent_at is not None) == (number, True)
    assert manager.post(f"/rapporter/{summary.id}/send-igjen/9999").status_code == 404


def test_where_mail_came_back_from_gets_no_more_until_that_is_mended(
    manager, session, about, kari, settings, clock
):
    ola = add(session, about.partner, "Ola", "ola@kommune.example")
    summary = told(session, about)
    here = f"/rapporter/mottakere/personer/{kari.id}"
    bad = manager.post(f"{here}/retur", data={"occurred_on": "2026-05-05", "reason": "550 borte"})
    assert bad.status_code == 422
    assert 'value="550 borte"' in bad.text
    for _ in range(2):
        manager.post(f"{here}/retur", data={"occurred_on": "4.5.2026", "reason": "550 borte"})
    assert session.scalar(sa.select(sa.func.count(Bounce.id))) == 1
    assert worker.send_waiting_mail(settings) == 1  # Ola's: Kari's was held back
    page = manager.get(here).text
    assert "04.05.2026" in page and "550 borte" in page
    assert "e-post kom i retur" in manager.get(f"/rapporter/mottakere/{about.partner.id}").text
    assert "E-post til denne adressen kom i retur" in manager.get(f"/rapporter/{summary.id}").text
    again = manager.post(f"/rapporter/{summary.id}/send-igjen/{kari.id}", follow_redirects=True)
    assert "får ingen rapport" in again.text
    clock.set(datetime(2026, 6, 2, 8, tzinfo=UTC))
    told(session, about, date(2026, 5, 1))
    assert mail.queued_since(session, kari.email, clocks.now() - timedelta(days=1)) == 0
    assert mail.queued_since(session, ola.email, clocks.now() - timedelta(days=1)) == 1
    for _ in range(2):
        manager.post(f"{here}/rettet")
    assert [one.id for one in queries.who_get_it(session, about.partner.id)] == [kari.id, ola.id]
    verbs = session.scalars(sa.select(Change.verb).where(Change.verb.like("recipient.%")))
    assert sorted(verbs) == [
        "recipient.added", "recipient.added", "recipient.bounced", "recipient.mended"
    ]  # fmt: skip


def test_a_new_address_gets_mail_again(manager, session, about, kari):
    add(session, about.partner, "Ola", "ola@kommune.example")
    summary = told(session, about)
    recipients.note_bounced(session, ME, kari, on=date(2026, 5, 4), reason="")
    here = f"/rapporter/mottakere/personer/{kari.id}"
    data = {"name": "Kari Nordby", "email": "OLA@kommune.example", "locale": "nb"}
    taken = manager.post(here, data=data)
    assert (taken.status_code, "får rapporten allerede" in taken.text) == (422, True)
    manager.post(here, data={**data, "email": "kari.nordby@kommune.example"})
    assert len(queries.who_get_it(session, about.partner.id)) == 2
    page = manager.get(here).text
    assert "kari@kommune.example</del>" in page
    manager.post(f"/rapporter/{summary.id}/send-igjen/{kari.id}")
    waiting = sa.select(Message.to_address).where(Message.given_up_at.is_(None))
    assert sorted(session.scalars(waiting)) == [
        "kari.nordby@kommune.example",
        "ola@kommune.example",
    ]
    manager.post(here, data={**data, "email": "kari.n@kommune.example"})
    assert "kari.n@kommune.example" in session.scalars(waiting).all()


def test_what_waits_does_not_leave_after_a_stop(session, about, kari, settings):
    told(session, about)
    claim = mail.claim_next(session)
    operations.set_stopped(session, ME, kari, is_stopped=True)
    with pytest.raises(mail.Overtaken):  # not even when a worker has it in hand
        mail.note_began(session, claim.attempt_id)
    assert worker.send_waiting_mail(settings) == 0
    assert claim.message.last_error == recipients.STOPPED


def test_comments_stay_with_the_report_and_are_not_told(manager, session, about, kari, clock):
    summary = operations.build_one(session, ME, APRIL, about)
    address = f"/rapporter/{summary.id}"
    empty = manager.post(f"{address}/kommentar", data={"text": ""})
    assert empty.status_code == 422
    for _ in range(2):
        manager.post(f"{address}/kommentar", data={"text": "Er det ikke tre besøk?"})
    clock.set(datetime(2026, 5, 4, 9, tzinfo=UTC))
    operations.build_one(session, ME, APRIL, about)
    operations.approve(session, ME, about, summary, PLACE)
    page = manager.get(address).text
    assert page.count("Er det ikke tre besøk?") == 1
    assert "04.05.2026 kl. 10.00" in page and "Leder Ås" in page
    message = session.scalars(sa.select(Message)).one()
    assert "tre besøk" not in message.text_body + message.html_body
    theirs = make.user(session, Role.PARTNER, organisation_id=about.partner.organisation_id)
    manager.sign_in(theirs)
    read = manager.get(address)
    assert (read.status_code, "tre besøk" in read.text) == (200, False)
    assert manager.post(f"{address}/kommentar", data={"text": "Hei"}).status_code == 403
    assert session.scalar(sa.select(sa.func.count(SummaryComment.id))) == 1


def test_what_nobody_approved_leaves_by_itself_and_says_so(
    manager, session, about, clock, settings
):
    about.partner.sends_after_days = 3
    worker.do_summaries(settings)
    summary = session.scalars(sa.select(Summary)).one()
    address = f"/rapporter/{summary.id}"
    assert "Sendes av seg selv 07.05.2026 kl. 10.00" in manager.get(address).text
    clock.set(datetime(2026, 5, 7, 7, 59, tzinfo=UTC))
    worker.do_summaries(settings)
    assert session.scalar(sa.select(sa.func.count(Message.id))) == 0
    clock.set(datetime(2026, 5, 7, 8, 0, tzinfo=UTC))
    worker.do_summaries(settings)
    assert session.scalar(sa.select(sa.func.count(Message.id))) == 1
    assert "Sendt av seg selv 07.05.2026 kl. 10.00" in manager.get(address).text
    assert "av seg selv" in manager.get("/rapporter").text
    manager.post(f"{address}/ny-versjon")
    clock.set(datetime(2026, 5, 31, 8, tzinfo=UTC))
    worker.do_summaries(settings)  # what corrects a report waits for a person
    assert session.scalar(sa.select(sa.func.count(Message.id))) == 1


def test_the_history_of_an_agreement_and_of_a_recipient(manager, session, about, kari):
    summary = told(session, about)
    here = f"/rapporter/mottakere/{about.partner.id}"
    elverum = make.municipality(session, "3420").id
    manager.post(here, data={
        "cadence": "quarterly", "municipality_ids": [elverum], "hides_small": "y",
        "case_number": "26/114",
    })  # fmt: skip
    page = manager.get(here).text
    for words in ("Avtale endret", "Hvert kvartal</ins>", "Elverum</ins>", "26/114</ins>",
                  "Leder Ås", "Mottaker lagt til: Kari Nordby"):  # fmt: skip
        assert words in page, words
    page = manager.get(f"/rapporter/mottakere/personer/{kari.id}").text
    assert f"/rapporter/{summary.id}/utsending/{kari.id}" in page
    assert "Mottaker lagt til" in page
    assert "Avtale endret" not in page


def test_the_pages_cost_the_same_for_few_and_for_many(
    manager, session, about, kari, queries, clock
):
    summary = told(session, about)
    pages = [
        "/rapporter", "/rapporter/mottakere", f"/rapporter/mottakere/{about.partner.id}",
        f"/rapporter/mottakere/personer/{kari.id}", f"/rapporter/{summary.id}",
        f"/rapporter/{summary.id}/utsending/{kari.id}",
    ]  # fmt: skip
    for page in pages:
        manager.get(page)
    few = [queries.count(lambda page=page: manager.get(page)) for page in pages]
    for nth in range(5):
        partner = operations.make_partner(
            session, ME, organisation_id=about.partner.organisation_id,
            region_id=about.partner.region_id,
        )  # fmt: skip
        add(session, partner, f"Person {nth}", f"p{nth}@kommune.example")
        add(session, about.partner, f"Person {nth}", f"p{nth}@kommune.example")
        operations.comment(session, ME, about, summary, f"Merknad {nth}")
    for recipient in session.scalars(sa.select(Recipient)).all()[2:]:
        recipients.note_bounced(session, ME, recipient, on=date(2026, 5, 4), reason="550")
    second = operations.build_one(session, ME, APRIL, about, is_new_version=True)
    operations.approve(session, ME, about, second, PLACE)
    for _ in range(3):
        message = try_to_send(session, Outcome.LATER, "450 later")
        clock.set(message.not_before)
    session.commit()
    assert [queries.count(lambda page=page: manager.get(page)) for page in pages] == few


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.ADVISOR, Role.PARTNER])
def test_only_managers_write_about_recipients_and_reports(session, about, kari, role):
    actor, summary = make.actor(session, role), operations.build_one(session, ME, APRIL, about)
    with pytest.raises(NotAllowed):
        recipients.note_bounced(session, actor, kari, on=date(2026, 5, 4), reason="")
    with pytest.raises(NotAllowed):
        recipients.note_mended(session, actor, kari)
    with pytest.raises(NotAllowed):
        recipients.edit_recipient(session, actor, kari, name="X", email="x@y.no", locale="nb")
    with pytest.raises(NotAllowed):
        operations.comment(session, actor, about, summary, "Hei")


def test_a_day_to_come_is_no_day_on_which_mail_came_back(session, kari):
    with pytest.raises(RuleBroken, match="in_the_future"):
        recipients.note_bounced(session, ME, kari, on=date(2026, 5, 5), reason="")


def test_a_report_is_sent_to_oneself_as_a_test_and_to_nobody_else(client, session, about):
    summary = operations.build_one(session, ME, APRIL, about)
    person = make.user(session, Role.MANAGER)
    client.sign_in(person)
    for _nth in range(2):  # pressed twice, it is one
        assert client.post(f"/rapporter/{summary.id}/prove").status_code == 303
    [message] = session.scalars(sa.select(Message))
    assert message.to_address == person.email
    assert message.subject.startswith("Prøve: Elverumregionen, april 2026")
    assert "Stopp" not in message.text_body  # there is nothing of theirs to stop
    assert session.scalar(sa.select(Change.verb).where(Change.verb == "summary.tested"))
    session.refresh(summary)
    assert summary.approved_at is None
    assert queries.deliveries(session, summary.id) == []
