"""What programs read: no more than the pages show, page by page, and not again when the same."""

import csv
import io
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.api import operations
from incubator.api.limits import Limits
from incubator.api.models import ApiToken
from incubator.api.scopes import Scope
from incubator.api.views.blueprint import LIMITS
from incubator.core import clock as clock_module
from incubator.core.access import command_line
from incubator.goals.metrics import METRICS
from incubator.ideas import operations as ideas
from incubator.reference import numbers
from incubator.reference.models import Setting
from tests import make
from tests.test_access import FIRM, SECRET, secrets  # noqa: F401

ME = command_line()
TODAY = date(2026, 5, 12)
LISTS = ("/ideas", "/companies", "/visits", "/applications")


def get_all(program, path):
    """Read a list to its end, two at a time."""
    found, cursor = [], ""
    while cursor is not None:
        page = program.get(f"{path}?limit=2&cursor={cursor}").json
        found += page["items"]
        cursor = page["next_cursor"]
    return found


def test_lists_are_read_page_by_page_and_one_by_one(program, session, clock, queries):
    asks = program(Role.MANAGER)
    for _nth in range(3):
        made = make.application(session)
        make.visit(session, company_id=made.company_id, idea_title="Fra besøket")
    for path in LISTS:
        found = get_all(asks, path)
        numbers = [one["id"] for one in found]
        assert len(numbers) >= 3
        assert numbers == sorted(set(numbers)), path
        one = asks.get(f"{path}/{numbers[0]}").json
        assert {**one, "status_on": None} == {**found[0], "status_on": None}
        few = queries.count(lambda path=path: asks.get(f"{path}?limit=1"))
        many = queries.count(lambda path=path: asks.get(f"{path}?limit=100"))
        assert few == many, path
    whole = get_all(asks, "/ideas")
    assert len(get_all(asks, "/visits")[0]["idea_ids"]) == 1
    assert {one["stage"] for one in whole} == {"idea", "rd_application"}
    assert len(asks.get("/ideas?stage=rd_application").json["items"]) == 3
    assert get_all(asks, "/applications")[0]["sought_nok"] == 400_000


def test_what_is_the_same_is_not_sent_again(program, session, clock):
    idea = make.idea(session)
    asks = program()
    for path in ("/ideas", f"/ideas/{idea.id}", "/metrics", "/board", "/goals", "/me"):
        first = asks.get(path)
        again = asks.get(path, If_None_Match=first.headers["ETag"])
        assert (first.status_code, again.status_code, again.data) == (200, 304, b""), path
    tag = asks.get(f"/ideas/{idea.id}").headers["ETag"]
    ideas.edit_idea(session, ME, idea, {"title": "En ny tittel"})
    changed = asks.get(f"/ideas/{idea.id}", If_None_Match=tag)
    assert changed.json["title"] == "En ny tittel"


def test_figures_are_those_of_the_pages_also_as_a_table(program, session, clock):
    idea = make.ripe_idea(session, on=date(2026, 2, 1))
    make.move(session, idea, "case", date(2026, 3, 1))
    make.idea(session, region_name="Kongsvingerregionen")
    here, there = make.region(session), make.region(session, "Kongsvingerregionen")
    asks = program(Role.ADMIN)
    everywhere = asks.get("/metrics").json
    assert everywhere["metrics"]["ideas_registered"] == 2
    assert asks.get(f"/metrics?region={here.id}").json["metrics"]["ideas_registered"] == 1
    before = asks.get("/metrics?as_of=2026-02-28").json
    assert (before["metrics"]["cases_opened"], before["from"]) == (0, "2026-01-01")
    assert everywhere["metrics"]["cases_opened"] == 1
    unknown_then = asks.get("/metrics?known_at=2020-01-01T00:00:00Z").json
    assert unknown_then["metrics"]["ideas_registered"] == 0
    for answer in (asks.get("/metrics?format=csv"), asks.get("/metrics", Accept="text/csv")):
        assert answer.mimetype == "text/csv"
        lines = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
        told = {(line["region"], line["metric"]): line["value"] for line in lines}
        assert len(told) == 2 * len(METRICS)
        assert told[here.name, "cases_opened"] == "1"
        assert told[there.name, "ideas_registered"] == "1"
    board = asks.get("/board?as_of=2026-02-15").json
    assert board["stages"]["case"] == 0
    assert asks.get(f"/board?region={here.id}").json["stages"]["case"] == 1
    rows = asks.get("/metrics/cases_opened").json
    assert (rows["value"], rows["withheld"]) == (1, 0)
    assert [row["idea_id"] for row in rows["items"]] == [idea.id]


def test_goals_say_how_far_they_have_come(program, session, clock):
    make.goal(session, "ideas_registered", target=10)
    make.idea(session, on=date(2026, 2, 1))
    [goal] = program(Role.PARTNER).get("/goals").json["items"]
    assert (goal["so_far"], goal["target"], goal["metric"]) == (1, 10, "ideas_registered")


@pytest.mark.parametrize(
    "path", ["/nothing", "/ideas/99999", "/metrics/none", "/ideas?stage=x&y=1"]
)
def test_what_is_wrong_is_told_as_a_problem(program, path):
    answer = program().get(path)
    assert answer.status_code in (400, 404)
    assert answer.mimetype == "application/problem+json"
    assert answer.json["status"] == answer.status_code
    assert answer.json["type"].endswith(answer.json["code"])


# Who comes with a key, and what it may.


def test_no_key_opens_nothing_and_neither_does_a_cookie(client, session, clock, program):
    admin = make.user(session, Role.ADMIN)
    client.sign_in(admin)
    for headers in ({}, {"Authorization": "Bearer ilp_made-up"}, {"Authorization": "Basic eDp5"}):
        for answer in (
            client.get("/api/v1/ideas", headers=headers),
            client.post("/api/v1/ideas", json={"title": "Noe"}, headers=headers),
        ):
            assert answer.status_code == 401
            assert answer.json["code"] == "sign_in"
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_key_ends_when_it_is_over_withdrawn_or_its_person_is_gone(program, session, clock):
    asks = program()
    assert asks.get("/me").status_code == 200
    token = session.scalars(sa.select(ApiToken)).one()
    assert token.last_used_at == clock_module.now()
    assert token.token_hash not in asks.headers["Authorization"]
    clock.set(TODAY + timedelta(days=31))
    assert asks.get("/me").status_code == 401
    clock.set(TODAY)
    asks.person.active = False
    assert asks.get("/me").status_code == 401
    asks.person.active = True
    session.flush()
    operations.revoke_token(session, make.actor_of(session, asks.person), token.id)
    assert asks.get("/me").status_code == 401


def test_a_key_may_less_than_its_person_and_never_more(program, session, clock):
    idea = make.idea(session)
    elsewhere = make.idea(session, region_name="Kongsvingerregionen")
    here = make.region(session)
    counting = program(Role.ADMIN, [Scope.COUNTS])
    assert counting.get("/metrics").status_code == 200
    assert counting.get(f"/ideas/{idea.id}").status_code == 404
    assert counting.get("/companies").status_code == 403
    assert counting.post("/ideas", {"title": "Noe"}).status_code == 403
    narrowed = program(Role.ADMIN, region_ids=[here.id])
    assert narrowed.get(f"/ideas/{idea.id}").status_code == 200
    assert narrowed.get(f"/ideas/{elsewhere.id}").status_code == 404
    assert narrowed.get("/metrics").json["metrics"]["ideas_registered"] == 1
    assert narrowed.get(f"/metrics?region={elsewhere.region_id}").status_code == 404
    demoted = program(Role.DEVELOPER)
    demoted.person.role = Role.PARTNER
    assert demoted.get("/companies").status_code == 403
    assert demoted.get(f"/ideas/{idea.id}").status_code == 404


def addresses(app, made):
    """Give every address that can be read, with each number and what narrows it."""
    for path in app.test_client().get("/api/v1/openapi.json").json["paths"]:
        short = path.removeprefix("/api/v1")
        if "{key}" in short:
            yield from (short.replace("{key}", metric.key) for metric in METRICS)
        elif "{" in short:
            head, _brace, tail = short.partition("{")
            some = made[::4]
            numbers = [*(one.id for one in some), *(one.company_id for one in some), 1, 2]
            yield from (f"{head}{number}{tail.partition('}')[2]}" for number in numbers)
        else:
            yield short
    yield from (
        "/metrics?format=csv",
        "/ideas?stage=case",
        "/ideas?status=parked",
        "/ideas?limit=1",
    )


def test_a_partners_key_reads_no_word_of_what_is_not_shared(app, program, session, secrets):  # noqa: F811
    made = secrets("Elverumregionen")
    asks = program(Role.PARTNER)
    seen = 0
    for address in addresses(app, made):
        answer = asks.get(address)
        assert SECRET not in answer.text, address
        assert FIRM not in answer.text, address
        assert answer.status_code in (200, 403, 404, 405), address
        seen += answer.status_code == 200
    assert seen > len(METRICS)
    assert asks.get("/ideas").json == {"items": [], "next_cursor": None, "withheld": 9}
    ideas.share_idea(session, ME, made[4], is_shared=True, on=TODAY)
    [shared] = asks.get("/ideas").json["items"]
    assert (shared["id"], shared["company_id"], shared["next_step"]) == (made[4].id, None, None)


def test_nobody_reads_a_word_of_another_region(app, program, session, secrets):  # noqa: F811
    made = secrets("Kongsvingerregionen")
    asks = program(Role.MANAGER)
    for address in addresses(app, made):
        assert SECRET not in asks.get(address).text, address
    assert len(program(Role.ADMIN).get("/ideas").json["items"]) == 9


# How often.


def test_a_key_that_asks_too_often_waits_and_others_do_not(app, program, session, monkeypatch):
    monkeypatch.setitem(app.extensions, LIMITS, Limits(app.config["SETTINGS"]))
    most = numbers.API_PER_MINUTE.least
    session.add(Setting(key=numbers.API_PER_MINUTE.key, value=str(most)))
    asks, other = program(), program()
    answers = [asks.get("/me") for _nth in range(most + 1)]
    assert [one.status_code for one in answers] == [*[200] * most, 429]
    assert [one.headers["RateLimit-Remaining"] for one in answers[-3:]] == ["1", "0", "0"]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[-1].mimetype == "application/problem+json"
    assert answers[-1].json["code"] == "too_many_requests"
    assert other.get("/me").status_code == 200
