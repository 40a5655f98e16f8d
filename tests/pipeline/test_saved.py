"""Saved views: named addresses, own and shared, and what the board opens with."""

import re

import pytest

from incubator.accounts.models import Role
from incubator.core.errors import NotAllowed, NotFound, RuleBroken
from incubator.pipeline import saved
from tests import make


def menu(answer):
    """Give the views of the menu: name and address."""
    found = re.findall(r'<p><a href="([^"]*)" data-narrow[^>]*><span>([^<]*?) *<', answer.text)
    return {name: href.replace("&amp;", "&") for href, name in found}


def save(client, region, query, name, **more):
    data = {"region": region.id, "name": name, "query": query, **more}
    return client.post("/tavle/visninger", data=data)


def test_a_view_is_kept_renamed_given_another_address_and_deleted(client, session, queries):
    region, person = make.region(session), make.user(session)
    client.sign_in(person)
    home = f"/?region={region.id}"
    form = client.get(f"/tavle/visninger/ny?region={region.id}&eier=meg&sorter=tid&ukjent=1").text
    assert 'value="eier=meg&amp;sorter=tid"' in form
    before = queries.count(lambda: client.get(home))
    saved_at = save(client, region, "eier=meg&ukjent=1&sorter=tid", "Mine gamle")
    assert saved_at.location == f"{home}&eier=meg&sorter=tid"
    assert menu(client.get(home)) == {"Mine gamle": f"{home}&eier=meg&sorter=tid"}
    assert "Mine gamle</span></summary>" in client.get(saved_at.location).text
    assert queries.count(lambda: client.get(home)) == before  # however many views
    view = saved.list_views(session, make.actor_of(session, person), region.id)[0]
    address = f"/tavle/visninger/{view.id}"
    assert "Slett visningen" in client.get(address).text
    moved = {"name": "Mine", "query": "vis=stille", "takes_shown": "y"}
    assert client.post(address, data=moved).location == f"{home}&vis=stille"
    assert menu(client.get(home)) == {"Mine": f"{home}&vis=stille"}
    save(client, region, "vis=delt", " mine ")  # the name is there: it gets the address
    assert menu(client.get(home)) == {"mine": f"{home}&vis=delt"}
    assert client.post(f"{address}/slett").location == f"{home}&alle=1"
    assert menu(client.get(home)) == {} and client.get(address).status_code == 404


def test_what_is_wrong_is_said_and_kept(client, session):
    region, person = make.region(session), make.user(session)
    client.sign_in(person)
    refused = save(client, region, "vis=stille", "  ")
    assert refused.status_code == 422 and "vis=stille" in refused.text
    for name in ("En", "To"):
        save(client, region, "vis=stille", name)
    actor = make.actor_of(session, person)
    one = saved.list_views(session, actor, region.id)[0]
    taken = client.post(f"/tavle/visninger/{one.id}", data={"name": "TO", "query": ""})
    assert taken.status_code == 422 and 'value="TO"' in taken.text
    with pytest.raises(RuleBroken):
        saved.change_view(session, actor, one, name="", is_default=False)


def test_the_board_opens_with_the_own_default_before_the_shared_one(client, session):
    region = make.region(session)
    boss, other = make.user(session, Role.MANAGER), make.user(session, Role.ADVISOR)
    home = f"/?region={region.id}"
    client.sign_in(boss)
    save(client, region, "vis=stille", "Møtet", is_shared="y", is_default="y")
    save(client, region, "vis=frist", "Ukas", is_shared="y", is_default="y")
    client.sign_in(other)
    for bare in ("/", home):
        assert client.get(bare).location == f"{home}&vis=frist"  # one is the default, the latest
    assert set(menu(client.get(f"{home}&alle=1"))) == {"Møtet", "Ukas"}
    for said in (f"{home}&alle=1", f"{home}&vis=delt", f"{home}&per=2026-01-31"):
        assert client.get(said).status_code == 200, said
    assert client.get(home, headers={"HX-Request": "true"}).status_code == 200
    narrowed = client.get(f"{home}&vis=delt")
    assert f'href="{home}&amp;alle=1" data-narrow' in narrowed.text  # out of it, not back into it
    save(client, region, "eier=meg", "Mine", is_default="y")
    assert client.get("/").location == f"{home}&eier=meg"
    save(client, region, "", "Alt", is_default="y")
    assert client.get("/").status_code == 200


def test_a_view_is_seen_and_changed_by_those_who_may(client, session):
    region = make.region(session)
    boss = make.actor(session, Role.DEVELOPER)
    advisor, partner = make.actor(session, Role.ADVISOR), make.actor(session, Role.PARTNER)
    shared = saved.save_view(
        session, boss, region_id=region.id, name="Hemmelig AS", query="vis=stille",
        is_shared=True, is_default=True,
    )  # fmt: skip
    own = saved.save_view(session, boss, region_id=region.id, name="Min", query="vis=delt")
    for person, views in ((boss, [own, shared]), (advisor, [shared]), (partner, [])):
        assert saved.list_views(session, person, region.id) == views, person.role
    for view, person in ((own, advisor), (shared, partner), (own, partner)):
        with pytest.raises(NotFound):
            saved.get_view(session, person, view.id)
    with pytest.raises(NotAllowed):
        saved.delete_view(session, advisor, shared)
    with pytest.raises(NotAllowed):
        saved.save_view(session, advisor, region_id=region.id, name="Vår", query="", is_shared=True)
    stranger = make.actor(session, Role.MANAGER, region_name="Kongsvingerregionen")
    with pytest.raises(NotAllowed):
        saved.save_view(session, stranger, region_id=region.id, name="Min", query="")
    with pytest.raises(NotFound):
        saved.get_view(session, stranger, shared.id)
    client.sign_in(make.user(session, Role.PARTNER))
    assert client.get("/").status_code == 200  # the shared default is none of theirs
    mine = save(client, region, "bedrift=1&vis=delt", "Delte")
    assert mine.location == f"/?region={region.id}&vis=delt"
