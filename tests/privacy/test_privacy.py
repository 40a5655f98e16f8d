"""Contacts that nobody needs, what is held about a person, and how they are erased everywhere."""

import io
from datetime import timedelta

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from incubator.accounts.models import Passkey, Role, User
from incubator.audit import operations as audit
from incubator.audit.models import Change, ChangeValue
from incubator.companies import operations as companies
from incubator.companies.models import Company, Contact
from incubator.core import clock as clock_module
from incubator.core.clock import year_to
from incubator.core.db import Base
from incubator.core.scope import View
from incubator.core.texts import company_key, fold, sort_key
from incubator.goals import queries as goals
from incubator.ideas.models import Idea
from incubator.mail import operations as mail
from incubator.mail.models import Message
from incubator.privacy.words import words_of
from incubator.upkeep import check
from incubator.visits.models import Visit, VisitContact
from tests import make

NAME, NICK, EARLIER = "Bjørg Åsnes-Tanglund", "Bjørgemor Tanglund", "Bjørg Finnskogen"
EMAIL, TELEPHONE = "bjorg.tanglund@flisbruket.example", "+47 912 34 567"
TRACES = (
    NAME, NICK, EARLIER, EMAIL, fold(NAME), fold(EARLIER), "91234567", "912 34 567",
    company_key(NAME), company_key(EARLIER), sort_key(NAME), sort_key(EARLIER), "Tanglund",
    "Finnskogen", "bjorg.tanglund",
)  # fmt: skip


def everywhere(session):
    """Give each text of each table, whatever its kind, also numbers of letters and bytes."""
    for table in Base.metadata.sorted_tables:
        for row in session.connection().execute(sa.select(table)).all():
            for column, value in row._mapping.items():
                if isinstance(value, bytes):
                    value = value.decode("latin-1")
                if isinstance(value, (str, list)):
                    yield f"{table.name}.{column}", str(value)


def left_of(session, traces=TRACES):
    session.flush()
    return [
        (place, trace)
        for place, text in everywhere(session)
        for trace in traces
        if trace.casefold() in text.casefold()
    ]


@pytest.fixture
def actor(session):
    return make.actor_of(session, make.user(session, Role.ADMIN, name="Ada Admin"))


@pytest.fixture
def contact(session, actor):
    """Give a person who left traces in every kind of text."""
    company = make.company(session, name=f"{NAME} ENK")
    first = {"name": EARLIER, "title": "Daglig leder", "email": EMAIL, "telephone": "91234567"}
    one = companies.new_contact(session, actor, company, first)
    now = {"name": NAME, "telephone": TELEPHONE, "source": f"{NAME}s visittkort"}
    companies.edit_contact(session, actor, one, now)
    visit = make.visit(session, company_id=company.id, about=f"{NAME.upper()}s planer. {EMAIL}")
    change = audit.record(session, actor, "visit.corrected", kind="visit", note=f"Ring {NICK}")
    link = VisitContact(visit_id=visit.id, contact_id=one.id)
    audit.stamp(link, change)
    session.add(link)
    idea = make.idea(session, title=f"{NICK} vil ha varmepumpe", company_id=company.id)
    idea.problem = f"Se {EARLIER}\nringte fra 912 34 567 og {TELEPHONE}"
    audit.note_values(session, change, "idea", idea.id, {"problem": (f"{NAME} sa", idea.problem)})
    mail.queue(session, to=EMAIL, subject=f"Hei {NAME}", text=f"Hei {NAME}", html=f"<p>{NAME}</p>")
    session.flush()
    return one


def ask_to_erase(client, contact, **form):
    given = {"name": NAME, "more": f"{NICK}\n\nTanglund", **form}
    return client.post(f"/personvern/kontakt/{contact.id}/slett", data=given)


@pytest.fixture
def admin(client, session, actor):
    return client.sign_in(session.get(User, actor.id))


def test_no_text_of_any_table_names_the_person_any_more(admin, session, contact):
    number, company_id = contact.id, contact.company_id
    assert {place for place, _trace in left_of(session)} >= {
        "contacts.name", "contacts.sort_key", "companies.match_key", "change_values.old",
        "changes.note", "visits.about", "ideas.title", "ideas.search_key", "messages.text_body",
        "search_entries.words",
    }  # fmt: skip
    before = {t: session.scalar(sa.select(sa.func.count()).select_from(t)) for t in (
        Visit, VisitContact, Idea, Company, Contact, ChangeValue, Message)}  # fmt: skip
    assert ask_to_erase(admin, contact).status_code == 303
    assert left_of(session) == []
    for table, count in before.items():
        assert session.scalar(sa.select(sa.func.count()).select_from(table)) == count
    (change,) = session.scalars(sa.select(Change).where(Change.verb == "person.erased"))
    assert (change.subject_kind, change.subject_id, change.note) == ("contact", number, None)
    assert session.get(Contact, number).is_voided
    letter = session.scalars(sa.select(Message).order_by(Message.id.desc())).first()
    assert letter.given_up_at is not None
    assert session.get(Company, company_id).name == "(slettet) ENK"
    assert [str(row) for row in check.broken(session)] == []
    page = admin.get(f"/personvern/kontakt/{number}")
    assert page.status_code == 200
    assert "Tanglund" not in page.text
    assert ask_to_erase(admin, contact).status_code == 422


@pytest.mark.parametrize("name", ["", "Bjørg", "En annen"])
def test_nothing_is_erased_without_the_name(admin, session, contact, name):
    answer = ask_to_erase(admin, contact, name=name)
    assert answer.status_code == 422
    assert NICK in answer.text  # what was typed is kept
    assert contact.name == NAME


def test_the_answer_to_who_asks_holds_every_place(admin, session, contact):
    answer = admin.get(f"/personvern/kontakt/{contact.id}/innsyn.xlsx")
    assert answer.status_code == 200
    held, places = load_workbook(io.BytesIO(answer.data)).worksheets
    values = [row[1] for row in held.iter_rows(values_only=True)]
    assert {NAME, EMAIL, TELEPHONE, "Daglig leder"} <= set(values)
    told = "\n".join(str(row) for row in places.iter_rows(values_only=True))
    for text in (f"{NAME.upper()}s planer", f"Se {EARLIER}", f"Hei {NAME}", "visittkort"):
        assert text in told


def test_a_leader_sees_where_but_not_the_text_of_other_regions(client, session, contact):
    client.sign_in(make.user(session, Role.MANAGER))
    answer = client.get(f"/personvern/kontakt/{contact.id}")
    assert answer.status_code == 200
    assert "varmepumpe" not in answer.text
    assert "planer" not in answer.text


def test_a_person_who_signs_in_is_erased_after_the_account_is_closed(admin, session, actor):
    user = make.user(session, Role.DEVELOPER, name=NAME, email=EMAIL)
    idea = make.idea(session, by=make.actor_of(session, user), owner_id=user.id)
    make.passkey(session, user)
    address = f"/personvern/bruker/{user.id}"
    assert admin.post(f"{address}/slett", data={"name": NAME}).status_code == 422
    user.active = False
    session.flush()
    answer = admin.get(f"{address}/innsyn.xlsx")
    about = load_workbook(io.BytesIO(answer.data)).worksheets[0]
    assert ("Passnøkler", 1) in {row[:2] for row in about.iter_rows(values_only=True)}
    assert admin.post(f"{address}/slett", data={"name": NAME}).status_code == 303
    assert left_of(session, (NAME, EMAIL, fold(NAME), sort_key(NAME))) == []
    assert session.get(Idea, idea.id).owner_id == user.id
    assert session.get(User, user.id).password is None
    assert session.scalars(sa.select(Passkey)).all() == []
    assert [str(row) for row in check.broken(session)] == []


def test_figures_stand_after_an_erasure(admin, session, contact):
    today = clock_module.today()
    view, period = View(today), year_to(today)
    before = goals.all_values(session, view, period)
    assert before["company_visits"] + before["ideas_registered"] > 0
    assert ask_to_erase(admin, contact).status_code == 303
    assert goals.all_values(session, view, period) == before


def test_who_was_in_touch_within_two_years_is_not_on_the_list(client, session, clock, contact):
    leader = make.user(session, Role.MANAGER)

    def names():
        client.sign_in(leader)
        page = client.get("/personvern")
        assert page.status_code == 200
        return page.text

    assert NAME not in names()
    clock.set(clock_module.now() + timedelta(days=800))
    assert NAME in names()
    contact.review_on = clock_module.today()
    clock.set(clock_module.now() - timedelta(days=800))
    session.flush()
    assert NAME not in names()


@pytest.mark.parametrize(
    "text, left",
    [
        ("Møtte Kari Nordmann.", "Møtte (slettet)."),
        ("kari  NORDMANNs bil", "(slettet) bil"),
        ("Kari Nordmannsen", "Kari Nordmannsen"),
        ("Ring 901 23 456 i dag", "Ring (slettet) i dag"),
        ("Ring +47 90123456", "Ring (slettet)"),
        ("Faktura 1901234567", "Faktura 1901234567"),
        ("skriv til kari@bruket.example, takk", "skriv til (slettet), takk"),
        ("Nordmann AS", "Nordmann AS"),
    ],
)
def test_texts_lose_what_names_the_person_and_nothing_else(text, left):
    words = words_of(["Kari Nordmann", "kari@bruket.example", "Per"], ["90 12 34 56"])
    assert words.blanked(text) == left
