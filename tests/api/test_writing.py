"""What programs write: by the operations of the pages, once, and refused with names of fields."""

from datetime import date

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.api.models import ApiChange
from incubator.api.scopes import Scope
from incubator.audit.models import Change
from incubator.core.access import Via
from incubator.ideas.models import Idea, StageEvent
from incubator.visits.models import Visit
from tests import make

TODAY = date(2026, 5, 12)


def count(session, table):
    return session.scalar(sa.select(sa.func.count()).select_from(table))


def test_an_idea_is_added_and_moved_by_the_same_door_as_the_pages(program, session, clock):
    asks = program()
    made = asks.post("/ideas", {"title": "  Tørr  flis ", "company_name": "Flisfabrikken AS"})
    assert made.status_code == 201
    idea = made.json
    assert (idea["title"], idea["stage"], idea["owner_id"]) == ("Tørr flis", "idea", asks.person.id)
    assert asks.get(made.headers["Location"].removeprefix("/api/v1")).json == idea
    gate = asks.post(f"/ideas/{idea['id']}/moves", {"from": "idea", "to": "case"})
    assert (gate.status_code, gate.json["code"]) == (422, "gate_incomplete")
    assert gate.json["fields"] == ["problem"]
    body = {"from": "idea", "to": "case", "problem": "Flisa er våt.", "on": "2026-05-12"}
    moved = asks.post(f"/ideas/{idea['id']}/moves", body)
    assert (moved.status_code, moved.json["idea"]["stage"]) == (201, "case")
    change = session.get_one(Change, moved.json["change_id"])
    assert (change.verb, change.actor_id) == ("idea.moved", asks.person.id)
    assert change.via == Via.API
    assert session.get_one(ApiChange, change.id).token_id
    late = asks.post(f"/ideas/{idea['id']}/moves", body)
    assert (late.status_code, late.json["code"]) == (409, "moved_meanwhile")


def test_a_visit_is_logged_with_what_came_of_it(program, session, clock):
    company = make.company(session)
    asks = program(Role.ADVISOR)
    body = {
        "kind": "visit", "occurred_on": "2026-05-11", "company_id": company.id,
        "about": "Flis", "promises": [{"what": "Ring", "due_on": "2026-06-01"}],
        "idea_title": "Tørk den",
    }  # fmt: skip
    made = asks.post("/visits", body)
    assert made.status_code == 201
    assert made.json["visit"]["idea_ids"] == [made.json["idea_id"]]
    assert made.json["visit"]["about"] == "Flis"
    assert session.get_one(Visit, made.json["visit"]["id"]).visitor_id == asks.person.id


WRONG = [
    ({"title": ""}, 400, "title"),
    ({"title": 7}, 400, "title"),
    ({"title": "Noe", "colour": "red"}, 400, "colour"),
    ({"title": "a\0b"}, 400, "title"),
    ({"title": "\ud800"}, 400, "title"),
    ({"title": "Noe", "owner_id": True}, 400, "owner_id"),
    ({"title": "Noe", "registered_on": "20260501"}, 400, "registered_on"),
    ([], 400, ""),
    ({"title": "   "}, 422, "title"),
    ({"title": "Noe", "owner_id": 999_999}, 422, "owner_id"),
    ({"title": "Noe", "company_id": 999_999}, 422, "company_id"),
    ({"title": "Noe", "municipality_id": 999_999}, 422, "municipality_id"),
    ({"title": "Noe", "region_id": 999_999}, 422, "region_id"),
    ({"title": "Noe", "registered_on": "2030-01-01"}, 422, "on"),
    ({"title": "Noe", "registered_on": "0001-01-01"}, 422, "registered_on"),
]


def test_what_is_wrong_is_refused_with_its_field_and_nothing_is_kept(program, session, clock):
    asks = program()
    for body, status, field in WRONG:
        answer = asks.post("/ideas", body)
        assert answer.status_code == status, (body, answer.text)
        told = answer.json.get("errors", {}) if status == 400 else answer.json["fields"]
        assert field in told, (body, answer.text)
    for data, kind, status in (
        (b"{", "application/json", 400), (b"\xff", "application/json", 400),
        (b"[" * 100_000, "application/json", 400), (b"title=Noe", "text/plain", 415),
        (b" " * 300_000, "application/json", 413),
    ):  # fmt: skip
        answer = asks._client.post(
            "/api/v1/ideas", data=data, content_type=kind, headers=asks.headers
        )
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert count(session, Idea) == 0


def test_who_may_not_on_the_pages_may_not_here(program, session, clock):
    idea = make.idea(session, owner_id=make.user(session).id)
    elsewhere = make.idea(session, region_name="Kongsvingerregionen")
    body = {"from": "idea", "to": "case"}
    for asks, at, status in (
        (program(Role.ADVISOR), idea, 403),
        (program(Role.PARTNER), idea, 403),
        (program(Role.DEVELOPER, [Scope.READ, Scope.ADD]), idea, 403),
        (program(Role.DEVELOPER), elsewhere, 404),
        (program(Role.DEVELOPER), idea, 422),
    ):
        assert asks.post(f"/ideas/{at.id}/moves", body).status_code == status
    assert count(session, StageEvent) == 2


# Once.


def test_the_same_request_with_the_same_key_is_done_once(program, session, clock):
    asks = program()
    body = {"title": "Tørr flis"}
    first, again = (asks.post("/ideas", body, Idempotency_Key="k1") for _nth in range(2))
    assert (again.status_code, again.data) == (first.status_code, first.data) == (201, first.data)
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert count(session, Idea) == 1
    other = asks.post("/ideas", {"title": "Våt flis"}, Idempotency_Key="k1")
    assert (other.status_code, other.json["code"]) == (422, "key_used_otherwise")
    assert asks.post("/ideas", body, Idempotency_Key="k2").status_code == 201
    assert program().post("/ideas", body, Idempotency_Key="k1").status_code == 201
    assert count(session, Idea) == 3
    for bad in ("", "a b", "æ", "x" * 201):
        assert asks.post("/ideas", body, Idempotency_Key=bad).status_code == 400, bad


def test_a_key_of_what_was_refused_is_free_for_what_is_mended(program, session, clock):
    asks = program()
    assert asks.post("/ideas", {"title": " "}, Idempotency_Key="k1").status_code == 422
    assert asks.post("/ideas", {"title": "Flis"}, Idempotency_Key="k1").status_code == 201


# Who may open what.

FIELD = frozenset(Role) - {Role.PARTNER}
MAY = {
    "me": frozenset(Role), "ideas": frozenset(Role), "idea": frozenset(Role), "companies": FIELD,
    "company": FIELD, "visits": FIELD, "visit": FIELD, "applications": FIELD,
    "application": FIELD, "board": frozenset(Role), "figures": frozenset(Role),
    "rows": frozenset(Role), "goals_list": frozenset(Role), "add_idea": FIELD,
    "log_visit": FIELD, "move": FIELD,
}  # fmt: skip


@pytest.mark.parametrize("role", Role)
def test_a_key_of_a_role_may_what_the_table_says(app, program, session, clock, role):
    asks = program(role)
    told = app.test_client().get("/api/v1/openapi.json").json["paths"]
    seen = set()
    for path, methods in told.items():
        address = path.removeprefix("/api/v1").replace("{key}", "jobs_created")
        for method, said in methods.items():
            at = address.replace("{idea_id}", "9").replace("{", "").replace("_id}", "")
            at = "/".join("9" if part in ("company", "visit", "application") else part
                          for part in at.split("/"))  # fmt: skip
            answer = asks.get(at) if method == "get" else asks.post(at, {})
            may = role in MAY[said["operationId"]]
            assert (answer.status_code != 403) == may, (at, role)
            assert answer.status_code in (200, 400, 403, 404), (at, role)
            seen.add(said["operationId"])
    assert seen == MAY.keys()
