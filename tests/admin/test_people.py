"""People are invited, changed, closed with all handed over, and opened again, by page."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from incubator.accounts import queries
from incubator.accounts.models import Role, User
from incubator.audit.models import Change, ChangeValue
from incubator.audit.queries import latest_of
from incubator.core import clock as program_clock
from incubator.followups import operations as followups
from incubator.followups.models import FollowUp
from incubator.funding.models import Application
from incubator.ideas import operations as ideas
from incubator.ideas.models import Idea
from incubator.upkeep import check
from tests import make

LINK = re.compile(r"http://localhost(/velkommen/[\w-]+)")
CHOSEN = {"password": make.PASSWORD, "again": make.PASSWORD}


def given(session, **over):
    return {
        "name": "Ola Nordmann", "email": "Ola@Example.no", "role": "developer", "locale": "nb",
        "region_ids": str(make.region(session).id), "organisation_id": "", **over,
    }  # fmt: skip


def invite(client, session, **over):
    data = {k: v for k, v in given(session, **over).items() if v is not None}
    return client.post("/oppsett/personer/ny", data=data)


def find(session, email="ola@example.no"):
    return session.scalars(sa.select(User).where(User.email == email)).one_or_none()


def values(session, verb):
    """Give what the latest change with a verb noted: field, old and new."""
    change = session.scalars(
        sa.select(Change).where(Change.verb == verb).order_by(Change.id.desc())
    ).first()
    rows = session.scalars(sa.select(ChangeValue).where(ChangeValue.change_id == change.id))
    return {(one.subject_kind, one.field): (one.old, one.new) for one in rows}


def is_in(client):
    return client.get("/bedrifter").status_code == 200


def test_who_is_invited_chooses_a_password_once_and_is_in(admin, session, letters, app):
    answer = invite(admin, session)
    assert answer.status_code == 200
    [letter] = letters()
    path = LINK.search(letter.text_body)[1]
    assert path in answer.text  # no mail server is set: the page itself shows the link
    assert letter.to_address == "ola@example.no"
    assert "Astrid Admin inviterer deg" in letter.text_body
    assert path in letter.html_body
    assert path.rpartition("/")[2] not in str(values(session, "user.invited"))
    admin.post("/logg-ut")
    assert (
        admin.post("/logg-inn", data={"email": "ola@example.no", "password": ""}).status_code == 200
    )
    assert "Velkommen, Ola Nordmann" in admin.get(path).text
    for wrong in ({"password": "kort", "again": "kort"}, {**CHOSEN, "again": "noe annet her"}):
        assert admin.post(path, data=wrong).status_code == 422
    done = admin.post(path, data=CHOSEN)
    assert (done.status_code, done.location) == (303, "/")
    assert is_in(admin)
    admin.post("/logg-ut")
    assert admin.get(path).status_code == 404
    assert (
        admin.post(
            path, data={"password": "et annet passord", "again": "et annet passord"}
        ).status_code
        == 404
    )
    assert admin.post("/logg-inn", data={"email": "ola@example.no", **CHOSEN}).status_code == 302


def test_an_invitation_ends_with_time_and_with_a_newer_one(client, session, letters, clock):
    client.sign_in(make.user(session, Role.ADMIN))
    invite(client, session)
    person = find(session)
    client.post(f"/oppsett/personer/{person.id}/inviter")
    old, new = (LINK.search(letter.text_body)[1] for letter in letters())
    assert client.get(old).status_code == 404
    assert client.get(new).status_code == 200
    clock.set(program_clock.now() + timedelta(days=7, minutes=1))
    assert client.get(new).status_code == 404
    assert client.post(new, data=CHOSEN).status_code == 404
    assert find(session).password is None


def test_with_a_mail_server_the_link_goes_by_mail_alone(admin, session, letters, app, monkeypatch):
    settings = replace(app.config["SETTINGS"], mail_server="smtp.example.no")
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    answer = invite(admin, session)
    assert answer.location == f"/oppsett/personer/{find(session).id}"
    assert "/velkommen/" not in admin.get(answer.location).text
    assert len(letters()) == 1


@pytest.mark.parametrize(
    "over, told",
    [
        ({"name": " "}, "Skriv et navn."),
        ({"email": "ola"}, "Dette er ingen e-postadresse."),
        ({"email": "ola@example.no, kari@example.no"}, "Dette er ingen e-postadresse."),
        ({"email": "TAKEN@example.no"}, "Noen logger alt inn med denne e-postadressen."),
        ({"role": "king"}, "Ugyldig valg"),
        ({"role": None}, "Ikke et gyldig valg"),
        ({"region_ids": None}, "Velg hvor personen arbeider."),
        ({"region_ids": "999999"}, "999999"),
        ({"region_ids": "x"}, "Ugyldig(e) valg"),
        ({"organisation_id": "999999"}, "Velg"),
    ],
)
def test_who_cannot_be_invited_is_refused_beside_the_field(admin, session, letters, over, told):
    make.user(session, email="taken@example.no")
    answer = invite(admin, session, **over)
    assert answer.status_code == 422
    assert told in answer.text
    assert letters() == []


def test_a_change_of_a_person_is_kept_with_old_and_new(admin, session):
    person = make.user(session, name="Kari Ås")
    klosser = make.organisation(session)
    other = make.region(session, "Hamarregionen")
    page = admin.get(f"/oppsett/personer/{person.id}").text
    seen = re.search(r'name="seen"[^>]*value="(\d+)"', page)[1]
    data = given(
        session, name="Kari Åsen", email=person.email, role="manager", seen=seen,
        organisation_id=str(klosser.id), region_ids=str(other.id),
    )  # fmt: skip
    answer = admin.post(f"/oppsett/personer/{person.id}", data=data)
    assert answer.status_code == 303
    noted = values(session, "user.edited")
    assert noted["user", "role"] == ("developer", "manager")
    assert noted["user", "regions"] == ("Elverumregionen", "Hamarregionen")
    assert noted["user", "name"] == ("Kari Ås", "Kari Åsen")
    assert queries.region_ids_of(session, person.id) == [other.id]
    late = admin.post(f"/oppsett/personer/{person.id}", data={**data, "name": "Kari Mo"})
    assert late.status_code == 409
    assert 'value="Kari Mo"' in late.text  # what was typed is kept
    assert session.get(User, person.id).name == "Kari Åsen"


def test_the_last_administrator_stays(admin, session):
    me = session.scalars(sa.select(User).where(User.role == Role.ADMIN)).one()
    seen = re.search(r'name="seen"[^>]*value="(\d+)"', admin.get(f"/oppsett/personer/{me.id}").text)
    data = given(session, email=me.email, role="manager", seen=seen[1])
    refused = admin.post(f"/oppsett/personer/{me.id}", data=data)
    assert refused.status_code == 422
    assert "Ingen andre kan administrere" in refused.text
    assert admin.post(f"/oppsett/personer/{me.id}/steng").status_code == 422
    # One who was invited and has not come yet is nobody to rely on.
    invite(admin, session, role="admin")
    assert admin.post(f"/oppsett/personer/{me.id}", data=data).status_code == 422
    make.user(session, Role.ADMIN)
    assert admin.post(f"/oppsett/personer/{me.id}", data=data).status_code == 303
    assert admin.get("/oppsett").status_code == 403


def test_who_leaves_is_out_at_once_and_all_is_handed_over(admin, session, app):
    leaver, heir = make.user(session), make.user(session, name="Ny Eier")
    stranger = make.user(session, region_name="Hamarregionen")
    me = make.actor_of(session, leaver)
    mine = make.idea(session, owner_id=leaver.id, by=me)
    stopped = make.idea(session, owner_id=leaver.id, by=me)
    today = program_clock.today()
    ideas.stop_idea(session, me, stopped, on=today, reason="Nei", learnt="")
    theirs = make.idea(session, owner_id=heir.id)
    steps = [
        followups.promise(session, me, one, what="Ring", due_on=today) for one in (mine, theirs)
    ]
    sought = make.application(session)
    sought.owner_id = leaver.id
    other = type(admin)(app, app.response_class)
    other.session = session
    other.sign_in(leaver)
    assert is_in(other)
    address = f"/oppsett/personer/{leaver.id}/steng"
    shown = admin.get(address).text
    assert "1 kort" in shown and "2 neste steg" in shown and "1 søknad" in shown
    assert "Ny Eier" in shown and stranger.name not in shown
    for to_id in ("", str(stranger.id), str(leaver.id)):
        assert admin.post(address, data={"to_id": to_id}).status_code == 422
    assert is_in(other)
    before = session.scalar(sa.select(sa.func.max(Change.id)))
    assert admin.post(address, data={"to_id": str(heir.id)}).status_code == 303
    changes = session.scalars(sa.select(Change).where(Change.id > before)).all()
    assert [one.verb for one in changes] == ["user.closed"]
    assert session.get(Idea, mine.id).owner_id == heir.id
    assert "ny eier" in session.get(Idea, mine.id).search_key
    assert session.get(Idea, stopped.id).owner_id == leaver.id
    assert {session.get(FollowUp, one.id).responsible_id for one in steps} == {heir.id}
    assert session.get(Application, sought.id).owner_id == heir.id
    assert session.get(Idea, theirs.id).last_change_id == changes[0].id  # other boards see it
    assert not is_in(other)
    assert admin.post(address, data={"to_id": str(heir.id)}).status_code == 422  # sent twice
    sign_in = {"email": leaver.email, "password": make.PASSWORD}
    assert other.post("/logg-inn", data=sign_in).status_code == 200
    assert admin.post(f"/oppsett/personer/{leaver.id}/apne").status_code == 303
    assert not is_in(other)  # the old cookie stays dead
    assert other.post("/logg-inn", data=sign_in).status_code == 302


def test_the_list_of_people_costs_the_same_for_many(admin, session, queries):
    few = queries.count(lambda: admin.get("/oppsett/personer"))
    for n in range(8):
        invite(admin, session, email=f"person{n}@example.com")
    assert queries.count(lambda: admin.get("/oppsett/personer")) == few
    assert "Invitert, til" in admin.get("/oppsett/personer").text


def test_cards_and_visits_are_found_by_the_name_that_a_person_has_now(admin, session):
    owner = make.user(session, name="Kari Gammel")
    make.ripe_idea(session, owner_id=owner.id)
    make.idea(session, owner_id=owner.id)  # of no company
    make.visit(session, by=make.actor_of(session, owner))
    form = {
        "name": "Kari Nynavn", "email": owner.email, "role": owner.role, "locale": "nb",
        "organisation_id": "", "region_ids": [make.region(session).id],
        "seen": latest_of(session, "user", owner.id) or "",
    }  # fmt: skip
    assert admin.post(f"/oppsett/personer/{owner.id}", data=form).status_code == 303
    assert find(session, owner.email).name == "Kari Nynavn"
    assert [f"{invariant.name}: {row}" for invariant, row in check.broken(session)] == []
