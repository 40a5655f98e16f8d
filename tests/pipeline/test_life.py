"""The page of an idea: its fields, tags, links, comments, archive, sharing, and who sees what."""

import os
import re
from datetime import date
from html import unescape
from pathlib import Path

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.companies.models import Contact
from incubator.core.access import command_line
from incubator.core.clock import Period
from incubator.core.links import Kind, Place, stop_token
from incubator.core.scope import View
from incubator.goals import queries as goals
from incubator.ideas import comments, links, operations as ideas, tags
from incubator.ideas.models import Comment, Idea, LinkKind, MentionStop
from incubator.mail.models import Message
from incubator.pipeline.joining import merge_ideas
from incubator.pipeline.queries import board_as_of
from incubator.pipeline.undo import undo_change
from tests import make
from tests.mail.html import Balanced

ME = command_line()
TODAY = date(2026, 5, 12)
EXPECTED = Path(__file__).parent / "expected"
HTMX = {"HX-Request": "true"}
MARK = "Zirkonlaser"
PLACE = Place("https://a.example", "x")


@pytest.fixture(autouse=True)
def stands_still(clock):
    """All of it happens in May 2026."""


@pytest.fixture
def me(client, session):
    person = make.user(session, Role.MANAGER, name="Kari Berg")
    client.sign_in(person)
    return person


@pytest.fixture
def idea(session, me):
    return make.ripe_idea(session, title="Flis", owner_id=me.id)


def text_of(answer):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def latest(session, kind="idea"):
    return session.scalar(sa.select(sa.func.max(Idea.last_change_id)))


# Two at once.


def form_of(client, address):
    """Give the fields of a form as a browser would send them."""
    page = client.get(address, headers=HTMX).text
    found = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', page))
    found |= dict(re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\s*([^<]*)</textarea>', page))
    for name, options in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'<option selected value="(\d*)"', options)
        found[name] = chosen[1] if chosen else ""
    return {name: unescape(value) for name, value in found.items()}


def test_two_who_change_different_fields_both_have_their_way(client, session, idea):
    mine = form_of(client, f"/ideer/{idea.id}/rediger")
    ideas.edit_idea(session, ME, idea, {"description": "Fra en annen"})
    mine["problem"] = "Mitt"
    assert client.post(f"/ideer/{idea.id}/rediger", data=mine).status_code == 303
    assert (idea.problem, idea.description) == ("Mitt", "Fra en annen")


@pytest.mark.parametrize("address", ["rediger", "felt/problem"])
@pytest.mark.parametrize("keep, stands", [("mine", "Mitt"), ("stored", "Deres")])
def test_two_who_change_the_same_field_are_asked_and_nothing_is_lost(
    client, session, idea, address, keep, stands
):
    where = f"/ideer/{idea.id}/{address}"
    mine = form_of(client, where)
    ideas.edit_idea(session, ME, idea, {"problem": "Deres"})
    answer = client.post(where, data={**mine, "problem": "Mitt"})
    assert answer.status_code == 409
    shown = text_of(answer)
    for words in ("Ditt Mitt", "Lagret nå Deres", "Opprinnelig: Flis går til spille."):
        assert words in shown
    assert idea.problem == "Deres"
    again = dict(re.findall(r'name="(was_\w+)"[^>]*value="([^"]*)"', answer.text))
    assert again["was_problem"] == "Deres"
    data = {**mine, **again, "problem": "Mitt", "keep_problem": keep}
    assert client.post(where, data=data).status_code == 303
    assert idea.problem == stands


def test_a_field_is_edited_where_it_stands_by_the_rules_of_the_whole_form(client, session, idea):
    where = f"/ideer/{idea.id}/felt/title"
    assert 'name="problem"' not in client.get(where, headers=HTMX).text
    refused = client.post(where, data={"title": "", "was_title": "Flis"}, headers=HTMX)
    assert refused.status_code == 422
    assert idea.title == "Flis"
    long = client.post(where, data={"title": "x" * 201, "was_title": "Flis"})
    assert long.status_code == 422 and "x" * 201 in long.text
    # What else stands in the address or the form is neither read nor written.
    data = {"title": "Bark", "was_title": "Flis", "problem": "", "was_problem": "x"}
    assert client.post(where, data=data).status_code == 303
    assert (idea.title, idea.problem) == ("Bark", "Flis går til spille.")
    assert client.get(f"/ideer/{idea.id}/felt/status").status_code == 404
    company = {"company_name": "Ny Bedrift AS", "was_company_name": "x"}
    assert client.post(f"/ideer/{idea.id}/felt/company_name", data=company).status_code == 409


def test_what_gates_ask_for_is_edited_on_the_page_too(client, session, idea):
    idea.company_id = None
    make.move(session, idea, "commercialisation", launched_what="Sensor", founder="Eva")
    page = client.get(f"/ideer/{idea.id}").text
    made = {}
    for field, was, new, wrong in (
        ("founder", "Eva", "Kari Myrvold", "x" * 201),
        ("launched_what", "Sensor", "Måler", "x" * 501),
        ("first_sale_planned_on", "2027-01-01", "01.02.2027", "31.02.2027"),
    ):
        where = f"/ideer/{idea.id}/felt/{field}"
        assert f'href="{where}"' in page and was in client.get(where, headers=HTMX).text
        assert client.post(where, data={field: wrong, f"was_{field}": was}).status_code == 422
        assert client.post(where, data={field: new, f"was_{field}": was}).status_code == 303, field
        made[field] = latest(session)
        assert client.post(where, data={field: "", f"was_{field}": was}).status_code == 409
    assert session.get_one(Contact, idea.founder_contact_id).name == "Kari Myrvold"
    assert (idea.launched_what, idea.first_sale_planned_on) == ("Måler", date(2027, 2, 1))
    for change in made.values():
        undo_change(session, ME, change)
    session.refresh(idea)
    assert session.get_one(Contact, idea.founder_contact_id).name == "Eva"
    assert (idea.launched_what, idea.first_sale_planned_on) == ("Sensor", date(2027, 1, 1))


def test_who_has_an_idea_open_asks_again_and_again_for_nothing(client, session, idea, queries):
    where = f"/ideer/{idea.id}"
    client.get(where)  # from here on there is a token against forged forms
    tag = client.get(where, headers=HTMX).headers["ETag"]
    asked = {**HTMX, "If-None-Match": tag}
    assert client.get(where, headers=asked).status_code == 304
    assert queries.count(lambda: client.get(where, headers=asked)) <= 4
    tags.tag_ideas(session, ME, [idea], "skog")
    answer = client.get(where, headers=asked)
    assert answer.status_code == 200 and "skog" in answer.text


def test_lines_of_a_text_are_no_change_because_a_browser_writes_them_otherwise(
    client, session, idea
):
    ideas.edit_idea(session, ME, idea, {"problem": "En\nto"})
    before = latest(session)
    data = {"problem": "En\r\nto", "was_problem": "En\r\nto"}
    assert client.post(f"/ideer/{idea.id}/felt/problem", data=data).status_code == 303
    assert latest(session) == before


# Tags and links.


def test_tags_are_written_offered_and_taken_away_on_the_page(client, session, idea):
    address = f"/ideer/{idea.id}/merkelapper"
    assert client.post(address, data={"tag": "Biokull <b>"}).status_code == 303
    assert "Biokull &lt;b&gt;" in client.get(f"/ideer/{idea.id}").text
    assert 'value="Biokull &lt;b&gt;"' in client.get(f"{address}/forslag?tag=bio").text
    assert client.get(f"{address}/forslag?tag=xyz").text.strip() == ""
    long = client.post(address, data={"tag": "x" * 50})
    assert long.status_code == 422 and "x" * 50 in long.text
    [tag] = tags.tags_of(session, [idea.id])[idea.id]
    assert client.post(f"{address}/{tag.id}/fjern").status_code == 303
    assert tags.tags_of(session, [idea.id]) == {}
    assert "Biokull" in text_of(client.get(f"/ideer/{idea.id}/endringer"))


def test_a_link_is_shown_on_both_and_taken_back_by_its_undo(client, session, idea):
    other = make.idea(session, title="Bark")
    found = client.get(f"/ideer/{idea.id}/lenker/ny?q=bark").text
    assert f'name="other" value="{other.id}"' in found
    data = {"kind": "builds_on", "other": other.id}
    assert client.post(f"/ideer/{idea.id}/lenker", data=data).status_code == 303
    assert "Bygger på Bark" in text_of(client.get(f"/ideer/{idea.id}"))
    assert "Er grunnlag for Flis" in text_of(client.get(f"/ideer/{other.id}"))
    assert client.post(f"/ideer/{idea.id}/lenker", data=data).status_code == 422
    [link] = links.list_links(session, ME, other.id)
    made = links.unlink_ideas(session, ME, other, link.id)
    assert links.list_links(session, ME, idea.id) == []
    undo_change(session, ME, made.id)
    assert len(links.list_links(session, ME, idea.id)) == 1
    elsewhere = make.idea(session, region_name="Hamarregionen")
    assert client.post(
        f"/ideer/{idea.id}/lenker", data={"kind": "related", "other": elsewhere.id}
    ).status_code in (404, 422)


# Comments.


def say(client, idea, body):
    return client.post(f"/ideer/{idea.id}/kommentarer", data={"body": body})


def mails(session):
    return session.scalars(sa.select(Message).order_by(Message.id)).all()


def test_a_comment_is_written_changed_deleted_and_brought_back(client, session, me, idea):
    assert say(client, idea, "**Viktig** <script>alert(1)</script>").status_code == 303
    page = client.get(f"/ideer/{idea.id}").text
    assert "<strong>Viktig</strong> &lt;script&gt;" in page
    assert "<script>alert" not in page
    comment = session.scalars(sa.select(Comment)).one()
    where = f"/ideer/{idea.id}/kommentarer/{comment.id}"
    body = "**Viktig** <script>alert(1)</script>"
    assert client.post(where, data={"body": "Bedre ord", "was": body}).status_code == 303
    assert (comment.body, comment.edited_at is not None) == ("Bedre ord", True)
    # In another tab it said something else by then.
    stale = client.post(where, data={"body": "For sent", "was": body})
    assert stale.status_code == 409 and "For sent" in stale.text and comment.body == "Bedre ord"
    assert say(client, idea, "  ").status_code == 422
    assert "x" * 5001 in say(client, idea, "x" * 5001).text
    assert client.post(f"{where}/slett").status_code == 303
    assert comment.is_voided and comment.body == "Bedre ord"
    assert "Bedre ord" not in text_of(client.get(f"/ideer/{idea.id}"))
    undo_change(session, ME, comment.void_change_id)
    assert not comment.is_voided
    told = text_of(client.get(f"/ideer/{idea.id}/endringer"))
    assert "Viktig" in told and "slettet" in told


def test_a_comment_is_its_writers_alone(client, session, me, idea):
    say(client, idea, "Mitt")
    comment = session.scalars(sa.select(Comment)).one()
    where = f"/ideer/{idea.id}/kommentarer/{comment.id}"
    client.sign_in(make.user(session, Role.DEVELOPER))
    assert client.post(where, data={"body": "Ditt", "was": "Mitt"}).status_code == 403
    assert client.post(f"{where}/slett").status_code == 403
    other = make.idea(session)
    assert client.post(f"/ideer/{other.id}/kommentarer/{comment.id}/slett").status_code == 404
    assert comment.body == "Mitt" and not comment.is_voided


def test_who_is_mentioned_is_told_once_without_a_word_of_the_idea(client, session, me, idea):
    told = make.user(session, Role.ADVISOR, name="Ola Nordby")
    make.user(session, Role.PARTNER, name="Per Partner")
    make.user(session, Role.ADVISOR, name="Lise Langt", region_name="Hamarregionen")
    offered = client.get(f"/ideer/{idea.id}/omtal?q=").text
    assert "Ola Nordby" in offered and "Per" not in offered and "Lise" not in offered
    say(client, idea, f"@ola nordby @Per Partner @Lise Langt @Kari Berg {MARK}")
    [mail] = mails(session)
    assert mail.to_address == told.email
    comment = session.scalars(sa.select(Comment)).one()
    assert f"/ideer/{idea.id}#kommentar-{comment.id}" in mail.text_body
    for words in (MARK, idea.title, idea.problem, "Bedrift"):
        assert words not in mail.subject + mail.text_body + mail.html_body
    where = f"/ideer/{idea.id}/kommentarer/{comment.id}"
    client.post(where, data={"body": "@Ola Nordby igjen", "was": comment.body})
    assert len(mails(session)) == 1
    stop = re.search(r"/omtaler/\S+", mail.text_body)[0]
    client.get(stop)
    assert session.scalar(sa.select(MentionStop.id)) is None
    assert client.post(stop).status_code == 200
    say(client, idea, "@Ola Nordby")
    assert len(mails(session)) == 1
    assert client.post("/omtaler/made-up").status_code == 404


@pytest.mark.parametrize("locale", ["nb", "en"])
def test_the_mail_equals_the_expected_files(app, client, session, me, idea, locale):
    told = make.user(session, Role.ADVISOR, name="Ola <Ås>", locale=locale)
    say(client, idea, "@Ola <Ås>")
    [mail] = mails(session)
    stop = stop_token(app.config["SETTINGS"].secret_key, Kind.MENTIONS, told.id)
    parts = {"subject.txt": f"{mail.subject}\n", "body.txt": mail.text_body}
    parts["body.html"] = mail.html_body
    for part, written in parts.items():
        told_of = written.replace(stop, "TOKEN")
        told_of = re.sub(r"/ideer/\d+#kommentar-\d+", "/ideer/1#kommentar-1", told_of)
        file = EXPECTED / f"mention.{locale}.{part}"
        if os.environ.get("WRITE_EXPECTED"):
            file.parent.mkdir(exist_ok=True)
            file.write_text(told_of, encoding="utf-8")
        assert told_of == file.read_text(encoding="utf-8"), part
    parser = Balanced("http://localhost")
    parser.feed(mail.html_body)
    assert parser.open == []


# The archive.


def test_an_archived_idea_leaves_the_board_and_counts_as_before(client, session, idea):
    period = Period(date(2026, 1, 1), TODAY)
    before = goals.all_values(session, View(TODAY), period), board_as_of(session, View(TODAY))
    assert client.post(f"/ideer/{idea.id}/arkiver").status_code == 303
    assert client.post(f"/ideer/{idea.id}/arkiver").status_code == 303  # sent twice
    after = goals.all_values(session, View(TODAY), period), board_as_of(session, View(TODAY))
    assert after == before
    assert f'id="i{idea.id}"' not in client.get("/").text
    assert "Flis" in text_of(client.get("/ideer/arkiv"))
    assert "Arkivert" in text_of(client.get(f"/ideer/{idea.id}"))
    assert client.post(f"/ideer/{idea.id}/hent-tilbake").status_code == 303
    assert f'id="i{idea.id}"' in client.get("/").text
    undo_change(session, ME, idea.last_change_id)
    assert idea.archived_on == TODAY


# What partners see.


def test_the_preview_is_what_partners_get(client, session, me, idea):
    say(client, idea, MARK)
    tags.tag_ideas(session, ME, [idea], MARK)
    preview = client.get(f"/ideer/{idea.id}/del").text
    card = re.search(r'<article class="idea.*?</article>', preview, re.S)[0]
    assert MARK not in card
    assert client.post(f"/ideer/{idea.id}/del", data={"is_shared": "1"}).status_code == 303
    client.sign_in(make.user(session, Role.PARTNER))
    got = re.search(
        r'<article class="idea.*?</article>', client.get(f"/ideer/{idea.id}").text, re.S
    )
    # What differs is that by then it is said to be shared.
    is_shared = (
        r' is-preview|<span class="tag"[^>]*>Delt</span>|<li>\s*<p class="what">Delt.*?</li>'
    )
    plain = [" ".join(re.sub(is_shared, "", html, flags=re.S).split()) for html in (card, got[0])]
    assert plain[0] == plain[1]


def test_sharing_from_the_preview_says_so_and_is_undone_there(client, session, me, idea):
    client.post(f"/ideer/{idea.id}/del", data={"is_shared": "1"})
    told = re.search(
        r'class="flashes".*?</div></div></div>', client.get(f"/ideer/{idea.id}").text, re.S
    )
    assert "Delt med partnerne." in told[0]
    undo = re.search(r'action="(/endringer/\d+/angre)"', told[0])[1]
    assert client.post(undo).status_code == 303
    assert not idea.is_shared
    assert "Angret." in client.get("/").text


def test_partners_read_no_word_that_is_said_of_a_shared_idea(client, session, me, idea):
    """A marker in all that the page gained; every address of it asked for by a partner."""
    other = make.ripe_idea(session, title=MARK, owner_id=me.id)
    joined = make.ripe_idea(session, title=f"{MARK} 2", owner_id=me.id)
    ideas.edit_idea(session, ME, idea, {"description": MARK})
    ideas.edit_idea(session, ME, idea, {"description": "Annet"})
    merge_ideas(session, ME, idea, joined)
    say(client, idea, MARK)
    tags.tag_ideas(session, ME, [idea], MARK)
    links.link_ideas(session, ME, idea, other, LinkKind.RELATED)
    [tag] = tags.tags_of(session, [idea.id])[idea.id]
    comment = session.scalars(sa.select(Comment)).one()
    ideas.share_idea(session, ME, idea, is_shared=True, on=TODAY)
    seen = client.get(f"/ideer/{idea.id}").text
    assert seen.count(MARK) >= 4  # the marker stands there, for whoever may read it
    client.sign_in(make.user(session, Role.PARTNER))
    base = f"/ideer/{idea.id}"
    addresses = [
        base, f"{base}/endringer", f"{base}/del", f"{base}/sla-sammen", f"{base}/felt/problem",
        f"{base}/rediger", f"{base}/lenker/ny?q=zirkon", f"{base}/merkelapper/forslag?tag=Z",
        f"{base}/kommentarer/{comment.id}", f"{base}/omtal?q=", f"/ideer/{joined.id}",
        f"/ideer/{other.id}", "/ideer/arkiv", "/?q=zirkon", "/",
        f"{base}/sla-sammen?med={other.id}",
    ]  # fmt: skip
    posts = [
        f"{base}/merkelapper", f"{base}/merkelapper/{tag.id}/fjern", f"{base}/lenker",
        f"{base}/kommentarer", f"{base}/kommentarer/{comment.id}", f"{base}/arkiver",
        f"{base}/kommentarer/{comment.id}/slett", f"{base}/sla-sammen", f"{base}/felt/title",
    ]  # fmt: skip
    for headers in ({}, HTMX):
        for address in addresses:
            answer = client.get(address, headers=headers)
            assert MARK not in answer.text, address
        for address in posts:
            answer = client.post(address, data={"other": other.id, "tag": "x"}, headers=headers)
            assert answer.status_code in (403, 404) and MARK not in answer.text, address


def test_a_merged_address_leads_on_and_tells_a_partner_nothing(client, session, me, idea):
    other = make.ripe_idea(session, title="Bark", owner_id=me.id)
    data = {"med": other.id, "kept_version": idea.version, "other_version": other.version}
    preview = client.get(f"/ideer/{idea.id}/sla-sammen?med={other.id}").text
    assert "Flis" in preview and "Bark" in preview
    done = client.post(f"/ideer/{idea.id}/sla-sammen", data=data)
    assert (done.status_code, done.headers["Location"]) == (303, f"/ideer/{idea.id}")
    assert client.post(f"/ideer/{idea.id}/sla-sammen", data=data).status_code == 303
    led = client.get(f"/ideer/{other.id}")
    assert (led.status_code, led.headers["Location"]) == (302, f"/ideer/{idea.id}")
    assert "Bark" in text_of(client.get(f"/ideer/{idea.id}"))
    client.sign_in(make.user(session, Role.PARTNER))
    assert client.get(f"/ideer/{other.id}").status_code == 404


def test_the_page_costs_the_same_however_much_is_said(client, session, me, idea, queries):
    none = queries.of(lambda: client.get(f"/ideer/{idea.id}"))
    few: list[str] = []
    for nth in range(4):
        if nth == 1:
            few = queries.of(lambda: client.get(f"/ideer/{idea.id}"))
        comments.comment_idea(session, make.actor_of(session, me), idea, f"{nth}", PLACE)
        tags.tag_ideas(session, ME, [idea], f"Ord {nth}")
        links.link_ideas(session, ME, idea, make.idea(session), LinkKind.RELATED)
        merge_ideas(session, ME, idea, make.ripe_idea(session, owner_id=me.id))
    many = queries.of(lambda: client.get(f"/ideer/{idea.id}"))
    assert len(many) == len(few), "\n".join(many)
    assert len(none) < len(few) <= 24  # of what is not there nothing more is asked
