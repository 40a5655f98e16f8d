"""The page on which people make keys: shown once, stored hashed, ended by a press."""

import re

import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.api.models import ApiToken
from incubator.audit.models import Change
from tests import make

ASKED = {"name": "Power BI", "scopes": ["counts", "read"], "expires_on": "2026-08-01"}


def test_a_key_is_made_shown_once_and_withdrawn(client, session, clock, app):
    person = make.user(session, Role.ADVISOR)
    client.sign_in(person)
    assert 'value="move"' in client.get("/api-nokler").text
    answer = client.post("/api-nokler", data=ASKED)
    secret = re.search(r"ilp_[\w-]{43}", answer.text)[0]
    assert answer.headers["Cache-Control"] == "private, no-store"
    token = session.scalars(sa.select(ApiToken)).one()
    assert (token.user_id, token.scopes) == (person.id, "counts read")
    assert secret not in str(vars(token)) and secret not in client.get("/api-nokler").text
    asks = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/me", headers=asks).json["scopes"] == ["counts", "read"]
    assert client.post("/api-nokler", data=ASKED).status_code == 303  # sent again: made already
    withdraw = f"/api-nokler/{token.id}/trekk-tilbake"
    client.sign_in(make.user(session))
    assert client.post(withdraw).status_code == 404
    client.sign_in(person)
    assert client.post(withdraw).status_code == 303
    assert client.get("/api/v1/me", headers=asks).status_code == 401
    verbs = session.scalars(sa.select(Change.verb).where(Change.actor_id == person.id)).all()
    assert verbs == ["api_token.made", "api_token.revoked"]


def test_a_key_that_cannot_be_is_refused_and_what_was_typed_is_kept(client, session, clock):
    client.sign_in(make.user(session, Role.PARTNER))
    for wrong in (
        {"scopes": ["read"]}, {"scopes": []}, {"name": " "}, {"expires_on": "2026-05-11"},
        {"expires_on": "2028-01-01"}, {"expires_on": ""}, {"region_ids": ["999"]},
    ):  # fmt: skip
        answer = client.post(
            "/api-nokler", data={"name": "Kari", **ASKED, "scopes": ["counts"], **wrong}
        )
        assert answer.status_code == 422, wrong
        assert "ds-error-summary" in answer.text
    assert session.scalar(sa.select(sa.func.count(ApiToken.id))) == 0


def test_the_page_about_the_api_says_what_the_document_says(client, session, clock):
    client.sign_in(make.user(session, Role.PARTNER))
    text = client.get("/api").text
    document = client.get("/api/v1/openapi.json").json
    assert document["openapi"].startswith("3.1")
    assert len(document["paths"]) == 14
    for path, methods in document["paths"].items():
        assert path in text
        for said in methods.values():
            assert all(one["name"] in text for one in said["parameters"])
    main = text.split("<main")[1].split("</main>")[0]
    assert not re.search(r'(?:href|src|action)="(?:\w+:)?//', main)  # nothing of another host
    # Names of its own: a script that looks for #idea must not find the address of that name.
    ids = {one for one in re.findall(r' id="([\w.-]+)"', main) if not one.endswith("-head")}
    assert {one.partition("-")[0] for one in ids} == {"main", "operation", "schema"}
