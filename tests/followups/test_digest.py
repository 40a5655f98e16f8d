"""The daily mail: what it tells, to whom, when; that it leaves once; and how it is ended."""

import os
import re
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
import sqlalchemy as sa

import config
from incubator import worker
from incubator.accounts.models import Role
from incubator.core import clock as clock_module
from incubator.core.clock import OSLO, now
from incubator.core.links import Kind, Place as Site, stop_token
from incubator.followups import operations as followups, rules, tasks
from incubator.followups.operations import Next
from incubator.followups.queries.digest import SHOWN
from incubator.ideas import operations as ideas
from incubator.ideas.order import Place
from incubator.mail.delivery import as_email
from incubator.mail.models import Message
from incubator.pipeline import bulk
from incubator.pipeline.operations import place_idea
from incubator.pipeline.undo import undo_change
from incubator.upkeep.models import ScheduledRun
from tests import make

EXPECTED = Path(__file__).parent / "expected"
TODAY = date(2026, 5, 12)  # a Tuesday
SECRET = "Hemmelig idé om laserskjæring"
SEVEN = datetime(2026, 5, 12, 7, 0, 30, tzinfo=OSLO)
YESTERDAY = datetime(2026, 5, 11, 14, 5, tzinfo=OSLO)


@pytest.fixture
def settings(tmp_path):
    return config.load({"INSTANCE": str(tmp_path), "PUBLIC_URL": "https://loypa.example.no"})


@pytest.fixture(autouse=True)
def yesterday(clock):
    """What happens before the mail happens the day before."""
    clock.set(YESTERDAY)


@pytest.fixture
def person(session):
    return make.user(session, name="Kari Nordmann", email="kari@example.no")


@pytest.fixture
def me(session, person):
    return make.actor_of(session, person)


@pytest.fixture
def other(session):
    # Somebody who wants no mail, so that tests count those of one.
    user = make.user(session, name="Ola Dunk")
    user.wants_digest = False
    return make.actor_of(session, user)


def tick(session, clock, settings, moment=SEVEN):
    """Let the worker look at the clock, and give the mails that wait."""
    clock.set(moment)
    session.flush()
    worker.queue_digests(settings)
    session.expire_all()
    return list(session.scalars(sa.select(Message).order_by(Message.id)))


def due(session, me, what="Ring om tilbudet til Furumoen", due_on=TODAY, idea=None):
    if idea is not None:
        return followups.promise(session, me, idea, what=what, due_on=due_on)
    company = make.company(session, name="Furumoen Støperi AS")
    region_id = make.region(session).id
    return followups.promise_to_company(
        session, me, company, Next(what, due_on), region_id=region_id
    )


def my_idea(session, me, title=SECRET, **over):
    return make.idea(session, title=title, owner_id=me.id, by=me, **over)


# What it tells.


def test_nothing_is_sent_when_there_is_nothing(session, clock, settings, me):
    due(session, me, due_on=TODAY + timedelta(days=1))
    due(session, me, due_on=None)
    followups.finish(session, me, due(session, me))
    assert tick(session, clock, settings) == []


def test_what_is_due_and_what_is_overdue_is_counted_and_led_to(session, clock, settings, me):
    today = due(session, me)
    late = due(session, me, due_on=TODAY - timedelta(days=3))
    [mail] = tick(session, clock, settings)
    assert mail.to_address == "kari@example.no"
    assert mail.subject == "Idéløypa 12.05.2026: 1 forfalt, 1 med frist i dag"
    for step in (today, late):
        for body in (mail.text_body, mail.html_body):
            assert f"https://loypa.example.no/oppfolginger/{step.id}" in body
    assert "fristen var 09.05.2026" in mail.text_body


def test_what_others_did_to_my_ideas_is_told_and_what_i_did_is_not(
    session, clock, settings, me, other
):
    idea = make.ripe_idea(session, owner_id=me.id, by=me)
    make.move(session, idea, "case", TODAY - timedelta(days=1), by=other)
    ideas.edit_idea(session, me, idea, {"problem": "Annet"})
    ideas.park_idea(
        session, other, idea, on=TODAY - timedelta(days=1), reason="Nei", look_again_on=None
    )
    make.move(session, make.ripe_idea(session, owner_id=other.id), "case", by=me)  # not mine
    [mail] = tick(session, clock, settings)
    told = re.findall(r"^- (.*)$", mail.text_body, re.MULTILINE)
    assert told == [
        f"Idé nr. {idea.id}: parkert – Ola Dunk, 11.05.2026 kl. 14.05",
        f"Idé nr. {idea.id}: flyttet til Case – Ola Dunk, 11.05.2026 kl. 14.05",
    ]
    assert mail.subject.endswith("2 endringer i ideene dine")


def test_what_others_did_with_many_cards_at_once_is_told_of_mine(
    session, clock, settings, me, other
):
    mine, others = (make.ripe_idea(session, owner_id=who, by=me) for who in (me.id, other.id))
    seen = {idea.id: bulk.Seen(idea.stage_id) for idea in (mine, others)}
    case = make.stages(session)["case"]
    bulk.move(session, other, bulk.Chosen(mine.region_id, seen), case, TODAY - timedelta(days=1))
    [mail] = tick(session, clock, settings)
    assert re.findall(r"^- (.*)$", mail.text_body, re.MULTILINE) == [
        f"Idé nr. {mine.id}: flyttet til Case – Ola Dunk, 11.05.2026 kl. 14.05",
    ]


def test_what_was_undone_again_is_no_news(session, clock, settings, me, other):
    idea = make.ripe_idea(session, owner_id=me.id, by=me)
    moved = make.move(session, idea, "case", TODAY - timedelta(days=1), by=other)
    undo_change(session, other, moved.id)
    assert tick(session, clock, settings) == []


def test_an_undo_of_what_was_told_is_told(session, clock, settings, me, other):
    idea = make.ripe_idea(session, owner_id=me.id, by=me)
    moved = make.move(session, idea, "case", TODAY - timedelta(days=1), by=other)
    assert len(tick(session, clock, settings)) == 1
    clock.set(SEVEN + timedelta(hours=3))
    undo_change(session, other, moved.id)
    _, second = tick(session, clock, settings, SEVEN + timedelta(days=1))
    assert "noe angret" in second.text_body


def test_to_shuffle_cards_is_no_news(session, clock, settings, me, other):
    idea, above = my_idea(session, me), make.idea(session)
    before = idea.position
    place_idea(session, other, idea, Place(before_id=above.id))
    assert idea.position != before
    assert tick(session, clock, settings) == []


@pytest.mark.parametrize("is_shared", [False, True])
def test_what_leaves_names_an_idea_only_when_it_is_shared(
    session, clock, settings, me, other, is_shared
):
    company = make.company(session, name="Furumoen Støperi AS")
    idea = my_idea(session, me, company_id=company.id)
    if is_shared:
        ideas.share_idea(session, me, idea, is_shared=True, on=TODAY - timedelta(days=1))
    due(session, me, idea=idea)
    ideas.edit_idea(session, other, idea, {"problem": "Laseren er treg"})
    [mail] = tick(session, clock, settings)
    for told in (mail.subject, mail.text_body, mail.html_body):
        for never in ("Furumoen", "Laseren", "tilbudet"):
            assert never not in told
    for body in (mail.text_body, mail.html_body):
        assert (SECRET in body) == is_shared
        assert (f"dé nr. {idea.id}" in body) != is_shared


def test_many_are_a_number_and_a_link(session, clock, settings, me):
    company = make.company(session)
    for nth in range(SHOWN + 3):
        followups.promise_to_company(
            session, me, company, Next(f"Ring {nth}", TODAY), region_id=make.region(session).id
        )
    [mail] = tick(session, clock, settings)
    assert f"{SHOWN + 3} med frist i dag" in mail.subject
    assert mail.text_body.count("- Oppfølging nr.") == SHOWN
    assert "- og 3 til: https://loypa.example.no/oppfolginger" in mail.text_body
    assert "og 3 til" in mail.html_body


def test_it_costs_the_same_for_few_and_for_many(session, clock, settings, me, other, queries):
    def cost(moment):
        clock.set(moment)
        place = Site("https://x.no", "hemmelig")
        sent = queries.of(lambda: tasks.queue_digest(session, me.id, now(), None, place))
        return len(sent)

    def happens():
        idea = make.ripe_idea(session, owner_id=me.id, by=me)
        make.move(session, idea, "case", TODAY - timedelta(days=1), by=other)
        due(session, me, idea=idea)
        session.flush()

    happens()
    few = cost(SEVEN)
    clock.set(YESTERDAY)
    for _ in range(8):
        happens()
    assert cost(SEVEN) == few <= 8


# To whom.


def test_partners_the_gone_and_those_who_want_none_get_none(session, clock, settings, me, person):
    for who in ("partner", "gone", "off"):
        user = make.user(session)
        due(session, make.actor_of(session, user))
        if who == "partner":
            user.role = Role.PARTNER
        if who == "gone":
            user.active = False
        if who == "off":
            user.wants_digest = False
    assert tick(session, clock, settings) == []


def test_nothing_is_told_of_a_region_that_a_person_left(session, clock, settings, me, person):
    due(session, me)
    person.regions = []
    assert tick(session, clock, settings) == []


def test_each_reads_it_in_their_own_language(session, clock, settings, me, person):
    due(session, me)
    reader = make.user(session, email="ann@example.org", locale="en", name="Ann Reader")
    due(session, make.actor_of(session, reader))
    norwegian, english = tick(session, clock, settings)
    assert "God morgen, Kari Nordmann!" in norwegian.text_body
    assert english.subject == "Idéløypa 12.05.2026: 1 due today"
    assert 'lang="en"' in english.html_body and "Good morning, Ann Reader!" in english.html_body


# When, and once.


def test_it_leaves_once_a_day(session, clock, settings, me):
    due(session, me)
    for minutes in (0, 1, 2, 60):
        assert len(tick(session, clock, settings, SEVEN + timedelta(minutes=minutes))) == 1
    assert len(tick(session, clock, settings, SEVEN + timedelta(days=1))) == 2


@pytest.mark.parametrize(
    ("moment", "leaves"),
    [
        (datetime(2026, 5, 12, 6, 59, tzinfo=OSLO), False),
        (datetime(2026, 5, 12, 11, 58, tzinfo=OSLO), True),  # the worker was down till then
        (datetime(2026, 5, 12, 12, 1, tzinfo=OSLO), False),
        (datetime(2026, 5, 14, 8, 0, tzinfo=OSLO), False),  # Ascension Day
        (datetime(2026, 5, 16, 8, 0, tzinfo=OSLO), False),  # Saturday
        (datetime(2026, 10, 26, 5, 59, tzinfo=UTC), False),  # winter: 06:59
        (datetime(2026, 10, 26, 6, 0, tzinfo=UTC), True),
        (datetime(2026, 10, 23, 5, 0, tzinfo=UTC), True),  # summer: 07:00
    ],
)
def test_it_leaves_in_the_morning_of_a_working_day(session, clock, settings, me, moment, leaves):
    due(session, me)
    assert len(tick(session, clock, settings, moment)) == leaves


def test_over_a_change_of_the_clock_it_tells_of_all_in_between_once(
    session, clock, settings, me, other
):
    idea = make.ripe_idea(session, owner_id=me.id, by=me)
    friday = datetime(2026, 10, 23, 7, 0, tzinfo=OSLO)
    clock.set(friday - timedelta(hours=1))
    ideas.edit_idea(session, other, idea, {"problem": "Først"})
    assert len(tick(session, clock, settings, friday)) == 1
    clock.set(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))  # 02:30, the first of two
    ideas.edit_idea(session, other, idea, {"problem": "Så"})
    clock.set(datetime(2026, 10, 25, 1, 30, tzinfo=UTC))  # 02:30, the second
    ideas.edit_idea(session, other, idea, {"problem": "Siden"})
    monday = datetime(2026, 10, 26, 7, 0, tzinfo=OSLO)
    _, mail = tick(session, clock, settings, monday)
    assert mail.subject.endswith("2 endringer i ideene dine")
    assert len(tick(session, clock, settings, monday + timedelta(days=1))) == 2


def test_what_happens_in_the_instant_of_a_mail_stands_in_one_of_them(
    session, clock, settings, me, other
):
    idea = make.ripe_idea(session, owner_id=me.id, by=me)
    clock.set(SEVEN)
    ideas.edit_idea(session, other, idea, {"problem": "Akkurat da"})
    tick(session, clock, settings)
    clock.set(SEVEN + timedelta(seconds=1))
    ideas.edit_idea(session, other, idea, {"problem": "Like etter"})
    first, second = tick(session, clock, settings, SEVEN + timedelta(days=1))
    assert first.subject.endswith("1 endring i ideene dine")
    assert second.subject.endswith("1 endring i ideene dine")


def test_what_is_wrong_with_one_keeps_it_from_nobody_else_and_is_tried_again(
    session, clock, settings, me, monkeypatch, caplog
):
    due(session, me)
    unlucky = make.user(session)
    due(session, make.actor_of(session, unlucky))
    real, failing = tasks.queue_digest, [True]

    def sometimes(session, user_id, *rest):
        made = real(session, user_id, *rest)
        if user_id == unlucky.id and failing:
            raise ValueError("the template is broken")
        return made

    monkeypatch.setattr(tasks, "queue_digest", sometimes)
    assert len(tick(session, clock, settings)) == 1  # what the unlucky one had is rolled back
    assert "could not be written" in caplog.text
    failing.clear()
    sent = tick(session, clock, settings, SEVEN + timedelta(minutes=1))
    assert {mail.to_address for mail in sent} == {"kari@example.no", unlucky.email}
    assert len(sent) == 2


def test_old_claims_are_forgotten(session, clock, settings, me):
    tick(session, clock, settings)
    assert session.scalar(sa.select(sa.func.count()).select_from(ScheduledRun)) > 0
    tick(session, clock, settings, SEVEN + timedelta(days=90))
    before = rules.at_seven(TODAY + timedelta(days=20))
    left = session.scalars(sa.select(ScheduledRun.due_at).where(ScheduledRun.due_at < before))
    assert left.all() == []


# How it looks: each part equals its file. WRITE_EXPECTED=1 writes them anew, to be looked at.

STEP_WORDS = ("oppfolginger/", r"ing nr\. ", r"up no\. ")
IDEA_WORDS = ("ideer/", r"dé nr\. ", r"dea no\. ")


@pytest.mark.parametrize("locale", ["nb", "en"])
def test_it_equals_the_expected_files(session, clock, settings, me, person, other, locale):
    person.locale = locale
    mine = my_idea(session, me, title="Biokull fra bark & flis")
    ideas.share_idea(session, me, mine, is_shared=True, on=TODAY - timedelta(days=1))
    hidden = my_idea(session, me)
    steps = [
        due(session, me, due_on=TODAY - timedelta(days=5)),
        due(session, me, due_on=TODAY - timedelta(days=1), idea=hidden),
        due(session, me, idea=mine),
    ]
    clock.set(YESTERDAY + timedelta(minutes=10))
    for idea in (mine, hidden):
        ideas.edit_idea(session, other, idea, {"problem": "Noe annet"})
    [mail] = tick(session, clock, settings)
    steady = [("dagsbrev/", r"[\w.-]+", "TOKEN")]
    for nth, step in enumerate(steps):
        steady += [(before, step.id, f"S{nth}") for before in STEP_WORDS]
    for nth, idea in enumerate((mine, hidden)):
        steady += [(before, idea.id, f"I{nth}") for before in IDEA_WORDS]
    parts = {"subject.txt": f"{mail.subject}\n", "body.txt": mail.text_body}
    parts["body.html"] = mail.html_body
    for part, told in parts.items():
        for before, number, name in steady:
            told = re.sub(rf"({before}){number}\b", rf"\g<1>{name}", told)
        file = EXPECTED / f"digest.{locale}.{part}"
        if os.environ.get("WRITE_EXPECTED"):
            file.write_text(told, encoding="utf-8")
        assert told == file.read_text(encoding="utf-8"), part


class Balanced(HTMLParser):
    """Finds tags that are not closed, and what Outlook or a careful reader would not show."""

    VOID = frozenset({"meta", "br", "img"})

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attrs:
            assert name != "class" and not name.startswith("on")
            if name in ("href", "src"):
                assert value.startswith("https://loypa.example.no/")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_html_is_plain_and_whole(session, clock, settings, me):
    due(session, me)
    [mail] = tick(session, clock, settings)
    parser = Balanced()
    parser.feed(mail.html_body)
    assert parser.open == []
    assert not parser.seen & {"script", "style", "img", "form", "link", "iframe", "svg"}


# The way out.


def test_mail_programs_are_told_how_to_end_it(session, clock, settings, me):
    due(session, me)
    [mail] = tick(session, clock, settings)
    letter = as_email(settings, mail)
    assert letter["List-Unsubscribe"] == f"<{mail.unsubscribe_url}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.unsubscribe_url in mail.text_body
    assert mail.unsubscribe_url in mail.html_body


@pytest.fixture
def stop(app, person, session):
    session.flush()
    secret = app.config["SETTINGS"].secret_key
    return f"/dagsbrev/{stop_token(secret, Kind.DAILY_MAIL, person.id)}"


def test_opening_the_link_changes_nothing_and_its_form_does(client, session, person, stop):
    page = client.get(stop)
    assert page.status_code == 200 and f'action="{stop}"' in page.text
    assert person.wants_digest
    assert "Dagsbrevet er av" in client.post(stop).text
    assert not person.wants_digest
    assert client.post(stop).status_code == 200  # pressed twice


def test_a_mail_program_needs_no_session_and_no_form_token(
    app, client, session, person, stop, monkeypatch
):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    answer = client.post(stop, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert not person.wants_digest


def test_a_link_that_somebody_made_up_ends_nothing(client, session, person, stop):
    # Not the last letter of a signature: some of its bits say nothing.
    head, signature = stop.rsplit(".", 1)
    altered = f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"
    foreign = f"/dagsbrev/{stop_token('another secret', Kind.DAILY_MAIL, person.id)}"
    for address in (altered, foreign, f"{head}.", "/dagsbrev/x", f"{stop}x"):
        assert client.get(address).status_code == 404
        assert client.post(address).status_code == 404
    assert person.wants_digest


def test_a_tick_of_the_worker_sends_it(session, clock, settings, me):
    due(session, me)
    session.flush()
    clock.set(SEVEN)
    worker.tick(settings)
    [file] = (settings.instance / "outbox").iterdir()
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in file.read_bytes()
    assert clock_module.now() == SEVEN
