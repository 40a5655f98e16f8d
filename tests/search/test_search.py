"""What is found by which words, by whom, and that the index follows every write."""

import re
from datetime import date

import pytest
import sqlalchemy as sa

from incubator.accounts import people
from incubator.accounts.models import Role
from incubator.audit import queries as changes
from incubator.companies import operations as companies
from incubator.companies.models import Company
from incubator.core.access import command_line
from incubator.followups import operations as followups
from incubator.funding import operations as funding
from incubator.funding.operations import InstrumentEntry
from incubator.ideas import operations as ideas, tags
from incubator.ideas.models import Comment
from incubator.pipeline import undo
from incubator.pipeline.merging import merge_companies
from incubator.pipeline.renaming import edit_company, edit_person
from incubator.search import indexing, queries, words
from incubator.search.models import Kind, SearchEntry
from incubator.upkeep import check
from incubator.visits import operations as visits
from tests import make

ME = command_line()


def an_idea(session, title, problem=None, **over):
    """Write down an idea with what it is about."""
    idea = make.idea(session, title=title, **over)
    if problem:
        ideas.edit_idea(session, ME, idea, {"problem": problem})
    return idea


def an_application(session, idea):
    """Begin an application for an idea."""
    company = session.get(Company, idea.company_id)
    return funding.add_application(
        session, ME, funding.Plan(), region_id=idea.region_id, on=make.REGISTERED, idea=idea,
        company=company,
    )  # fmt: skip


def found(session, text, viewer=ME, kind=Kind.IDEA):
    return [hit.title for hit in queries.search(session, viewer, text, 20).get(kind, [])]


def broken(session):
    return [row for invariant, row in check.broken(session) if invariant.name == "search"]


@pytest.mark.parametrize(
    "text, looked_for",
    [
        ("Bedriftene i Våler", "bedrift"),
        ("Søknaden", "søknader"),
        ("Café på Ørbekk", "CAFE"),
        ("Aasen Sagbruk", "åsen"),
        ("Överby", "øverby"),
        ("Org. 912 345 678", "912345678"),
    ],
)
def test_a_word_is_the_same_in_all_its_forms(text, looked_for):
    assert set(words.asked(looked_for)) <= set(words.stems(text))


def test_ideas_are_found_by_endings_beginnings_and_parts(session, clock):
    company = make.company(session, name="Glommali Sagbruk AS")
    make.idea(session, title="Varmegjenvinning i støperiet", company_id=company.id)
    an_idea(session, "Biokull av bark", "Varmen går til spille.")
    for text, titles in {
        "varmegjenvinningen støperi": ["Varmegjenvinning i støperiet"],
        "gjenvinn": ["Varmegjenvinning i støperiet"],
        "glommali": ["Varmegjenvinning i støperiet"],
        "bio": ["Biokull av bark"],
        "varme": ["Varmegjenvinning i støperiet", "Biokull av bark"],  # the name first
        "bark varme": ["Biokull av bark"],
        "barken støperi": [],
        "b": [],
        '") OR * NEAR(': [],
        "'": [],
    }.items():
        assert found(session, text) == titles, text


def test_names_stand_above_texts_and_whole_words_above_beginnings(session, clock):
    for title, problem in (
        ("Barkekrets", None), ("Noe annet", "Bark"), ("Flis og bark", None), ("Bark", None),
        ("Trebark", None),
    ):  # fmt: skip
        an_idea(session, title, problem)
    assert found(session, "bark") == ["Bark", "Flis og bark", "Barkekrets", "Trebark", "Noe annet"]


def test_the_index_follows_every_write(session, clock):
    company = make.company(session, name="Furumoen Støperi AS")
    person = make.actor(session)
    contact = make.contact(session, company, name="Kari Myrvold")
    idea = make.idea(session, title="Slagg", company_id=company.id)
    visit = make.visit(session, by=person, company_id=company.id, about="Snakket om gips.")
    an_application(session, idea)
    assert found(session, "furumoen") == ["Slagg"]
    edited = ideas.edit_idea(session, ME, idea, {"title": "Aske", "problem": "Deponi"})
    assert (found(session, "slagg"), found(session, "deponier")) == ([], ["Aske"])
    assert found(session, "aske", kind=Kind.APPLICATION) == ["Aske"]
    edit_company(session, ME, company, {"name": "Nymoen Verk AS"})
    assert found(session, "furumoen") == []
    for kind, title in (
        (Kind.IDEA, "Aske"), (Kind.COMPANY, "Nymoen Verk AS"), (Kind.CONTACT, "Kari Myrvold"),
        (Kind.VISIT, "Nymoen Verk AS"), (Kind.APPLICATION, "Aske"),
    ):  # fmt: skip
        assert found(session, "nymoen", kind=kind) == [title], kind
    tags.tag_ideas(session, ME, [idea], "sirkulær")
    assert found(session, "sirkulære") == ["Aske"]
    tags.untag_ideas(session, ME, [idea], tags.list_tags(session, idea.region_id)[0])
    assert found(session, "sirkulære") == []
    undo.undo_change(session, ME, edited.id)
    assert (found(session, "slagg"), found(session, "deponi")) == (["Slagg"], [])
    other = make.company(session, name="Dobbeltverket")
    merge_companies(session, ME, other, company)
    assert found(session, "dobbeltverket") == ["Slagg"]
    assert found(session, "dobbeltverket", kind=Kind.VISIT) == ["Dobbeltverket"]
    visits.void_visit(session, ME, visit, reason="Feil")
    companies.remove_contact(session, ME, contact)
    assert found(session, "gips", kind=Kind.VISIT) == []
    assert found(session, "myrvold", kind=Kind.CONTACT) == []
    assert broken(session) == []
    before = session.execute(_ENTRIES).all()
    indexing.rebuild(session)
    assert sorted(session.execute(_ENTRIES).all()) == sorted(before)


def test_what_is_named_after_others_is_found_by_the_names_they_have_now(session, clock):
    """A funding scheme and a person stand in no index, but in the entries of what is theirs."""
    scheme = funding.add_instrument(session, ME, InstrumentEntry("Skogpakken"))
    owner = make.user(session, name="Kari Myrvold")
    company = make.company(session)
    idea = make.idea(session, title="Slagg", owner_id=owner.id, company_id=company.id)
    make.visit(session, by=make.actor_of(session, owner), company_id=company.id)
    funding.add_application(
        session, ME, funding.Plan(instrument_id=scheme.id), region_id=idea.region_id,
        on=make.REGISTERED, idea=idea, company=company,
    )  # fmt: skip
    assert found(session, "skogpakken", kind=Kind.APPLICATION) == ["Slagg"]
    entry = InstrumentEntry("Omstilling")
    funding.edit_instrument(session, ME, scheme, entry, seen=InstrumentEntry("Skogpakken"))
    assert found(session, "skogpakken", kind=Kind.APPLICATION) == []
    assert found(session, "omstilling", kind=Kind.APPLICATION) == ["Slagg"]
    given = people.Given("Kari Nymoen", owner.email, owner.role, [idea.region_id])
    seen = changes.latest_of(session, "user", owner.id)
    edit_person(session, make.actor(session, Role.ADMIN), owner, given, seen=seen)
    for kind in (Kind.IDEA, Kind.VISIT):
        assert found(session, "myrvold", kind=kind) == []
        assert len(found(session, "nymoen", kind=kind)) == 1
    assert broken(session) == []


_ENTRIES = sa.select(SearchEntry.kind, SearchEntry.record_id, SearchEntry.title)


def test_the_check_tells_of_an_entry_that_is_missing_or_wrong(session):
    idea, other = make.idea(session, title="Slagg"), make.idea(session, title="Aske")
    mine = sa.and_(SearchEntry.kind == Kind.IDEA, SearchEntry.record_id == idea.id)
    session.execute(sa.delete(SearchEntry).where(mine))
    theirs = sa.and_(SearchEntry.kind == Kind.IDEA, SearchEntry.record_id == other.id)
    session.execute(sa.update(SearchEntry).where(theirs).values(words="itfeil"))
    assert [(row.id, row.what) for row in broken(session)] == [
        (idea.id, "is not in the index of the search"),
        (other.id, "is found by other words than its own"),
    ]
    assert found(session, "feil") == ["Aske"] and found(session, "slagg") == []


def test_nobody_finds_what_they_may_not_see(session):
    """Another region's, another organisation's notes, all that is not shared with partners."""
    mine = make.actor(session, Role.ADVISOR)
    boss = make.actor(session, Role.ADMIN)
    idea = an_idea(session, "Slagg", "Hemmelig")
    make.idea(session, title="Slagg i Kongsvinger", region_name="Kongsvingerregionen")
    elsewhere = make.visit(session, by=boss, about="Slagg", region_name="Kongsvingerregionen")
    theirs = make.organisation(session, "Andre Organisasjon")
    make.user(session, Role.ADVISOR)
    other = make.user(session, Role.ADVISOR, organisation_id=theirs.id)
    company = make.company(session, name="Verket AS")
    hidden = make.visit(
        session, by=make.actor_of(session, other), company_id=company.id, about="Snakket om slagg."
    )
    assert elsewhere.id != hidden.id
    assert found(session, "slagg", mine) == ["Slagg"]
    assert found(session, "slagg", mine, Kind.VISIT) == []
    assert found(session, "verket", mine, Kind.VISIT) == ["Verket AS"]
    assert found(session, "verket slagg", mine, Kind.VISIT) == []
    assert len(found(session, "slagg", boss, Kind.VISIT)) == 2
    visits.share_notes(session, make.actor_of(session, other), hidden, is_shared=True)
    assert found(session, "slagg", mine, Kind.VISIT) == ["Verket AS"]
    partner = make.actor(session, Role.PARTNER)
    assert queries.search(session, partner, "slagg", 20) == {}
    ideas.share_idea(session, ME, idea, is_shared=True, on=date(2026, 11, 1))
    session.add(
        Comment(
            idea_id=idea.id, body="Forhandling", change_id=idea.change_id,
            recorded_at=idea.recorded_at,
        )
    )  # fmt: skip
    session.flush()
    assert found(session, "forhandlinger", mine) == ["Slagg"]
    assert found(session, "hemmelig", partner) == ["Slagg"]
    assert found(session, "forhandling", partner) == []
    assert queries.search(session, partner, "verket", 20) == {}
    ideas.share_idea(session, ME, idea, is_shared=False, on=date(2026, 11, 2))
    assert found(session, "hemmelig", partner) == []


@pytest.mark.parametrize("text", ["slagg", "slagg deponi", "sla", "gips", "aske"])
def test_of_many_the_latest_are_ranked_wherever_they_stand(session, clock, monkeypatch, text):
    """Also where the latest entries do not hold enough of them, and the index is asked too."""
    titles = ("Slagg", "Aske", "Slagg til deponi", "Gips", "Aske", "Aske", "Slagg", "Gips")
    for nth, title in enumerate(titles * 2):
        an_idea(session, f"{title} {nth}", "Slagg og gips til deponi" if nth % 5 == 0 else None)
    make.company(session, name="Slagg AS")
    monkeypatch.setattr(queries, "CANDIDATES", 3)
    by_window = {}
    for window in (1, 5, 100):
        monkeypatch.setattr(queries, "RECENT", window)
        by_window[window] = found(session, text)
    looked_for = words.asked(text)
    named = [t for n, t in enumerate(titles * 2) if fits(looked_for, t)]
    assert by_window[1] == by_window[5] == by_window[100]
    assert len(by_window[1]) >= min(3, len(named)) > 0
    latest = [f"{t} {n}" for n, t in enumerate(titles * 2) if fits(looked_for, t)][-3:]
    assert set(latest) <= set(by_window[1])


def fits(looked_for, title):
    """Say whether all words stand in a title, the last one as the beginning of one."""
    stems = words.stems(title)
    is_last = any(stem.startswith(looked_for[-1]) for stem in stems)
    return set(looked_for[:-1]) <= set(stems) and is_last


def test_the_page_and_the_dialog_show_the_same(client, session, clock, queries):
    company = make.company(session, name="Glommali Sagbruk AS")
    person = make.user(session)
    idea = make.idea(session, title="Biokull fra bark", company_id=company.id)
    contact = make.contact(session, company, name="Ola Sag")
    visit = make.visit(session, company_id=company.id)
    application = an_application(session, idea)
    followups.promise(session, ME, idea, what="Ring", due_on=None)
    client.sign_in(person)
    addresses = {
        f"/ideer/{idea.id}", f"/bedrifter/{company.id}", f"/bedrifter/{company.id}/kontakter",
        f"/besok/{visit.id}", f"/soknader/{application.id}",
    }  # fmt: skip
    assert contact.company_id == company.id
    for headers in ({}, {"HX-Request": "true"}):
        answer = client.get("/sok?q=glommali", headers=headers)
        hits = set(re.findall(r'<li><a href="([^"]*)"', answer.text.split('class="found"')[-1]))
        assert hits == addresses
        assert ("<html" in answer.text) == (not headers)
    for text in ("glommali", "finnesikke"):
        assert queries.count(lambda text=text: client.get(f"/sok?q={text}")) == 7
    box = client.get("/sok", headers={"HX-Request": "true"}).text
    assert "<html" not in box and 'name="q"' in box
    assert (
        "Kontaktpersoner" not in client.sign_in(make.user(session, Role.PARTNER)).get("/sok").text
    )
