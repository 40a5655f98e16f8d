"""The commands: what they print, what they leave behind, and how they say no."""

import json
import os
from datetime import date

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role, User, UserRegion
from incubator.audit.models import Change
from incubator.core.access import Via
from incubator.goals.metrics import METRICS
from incubator.ideas import operations as ideas
from incubator.ideas.models import Stage
from incubator.pipeline import operations as pipeline
from incubator.reference import queries as regions
from tests import make, programs

STAGES = ["idea", "case", "incubator_company", "rd_application", "commercialisation"]


@pytest.fixture
def flask(app, session):
    """Run a command as `flask --app wsgi` does, within the test's transaction."""
    runner = app.test_cli_runner()

    def run(*words: str, given: str | None = None):
        session.flush()
        result = runner.invoke(args=list(words), input=given)
        session.expire_all()
        return result

    return run


def told(result):
    """Give the one sentence of a command that failed."""
    assert result.exit_code != 0
    assert isinstance(result.exception, SystemExit), result.exception
    return result.output.strip().splitlines()[-1]


def printed(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def last_change(session, verb):
    return session.scalars(
        sa.select(Change).where(Change.verb == verb).order_by(Change.id.desc())
    ).first()


# regions create


def test_a_region_is_made(flask, session):
    result = flask("regions", "create", "Elverumregionen", "--municipalities", "3420, 3419,3422")
    assert result.exit_code == 0
    assert "Elverumregionen" in result.output
    made = regions.find_region(session, "Elverumregionen")
    numbers = [number for _id, number, _name in regions.municipalities_of(session, made.id)]
    assert sorted(numbers) == ["3419", "3420", "3422"]


@pytest.mark.parametrize(
    "name, numbers, sentence",
    [
        ("Nord", "9999", "There is no municipality called 9999, or with that number."),
        ("Nord", "3420", "Elverum lies in another region already."),
        ("Nord", ",", "Write at least one municipality."),
        ("elverumREGIONEN", "3421", "This name is taken."),
        ("  ", "3421", "Write a name."),
    ],
)
def test_a_region_that_cannot_be_is_refused(flask, session, name, numbers, sentence):
    make.region(session)
    result = flask("regions", "create", name, "--municipalities", numbers)
    assert told(result) == f"Error: {sentence}"
    assert len(regions.list_regions(session)) == 1


# users create


def create(flask, email="kari@example.no", *words, role="developer", given=make.PASSWORD + "\n"):
    return flask("users", "create", email, "--role", role, *words, given=given)


def works_in(session, person):
    query = sa.select(UserRegion.region_id).where(UserRegion.user_id == person.id)
    return set(session.scalars(query))


def person_named(session, email):
    return session.scalars(sa.select(User).where(User.email == email)).one()


@pytest.mark.parametrize("given", [make.PASSWORD, make.PASSWORD + "\n", make.PASSWORD + "\r\n"])
def test_a_person_is_made_with_a_password_from_standard_input(flask, session, client, given):
    region = make.region(session)
    result = create(flask, "Kari.Nordmann@example.no", "--region", "elverumregionen", given=given)
    assert result.exit_code == 0
    assert make.PASSWORD not in result.output
    made = person_named(session, "kari.nordmann@example.no")
    assert (made.name, made.role, works_in(session, made)) == (
        "Kari Nordmann", Role.DEVELOPER, {region.id},
    )  # fmt: skip
    data = {"email": made.email, "password": make.PASSWORD}
    assert client.post("/logg-inn", data=data).status_code == 302


def test_a_person_may_work_in_several_regions(flask, session):
    both = [make.region(session), make.region(session, "Hamarregionen")]
    words = ("--region", "Elverumregionen", "--region", "Hamarregionen", "--name", "Kari Ås")
    assert create(flask, "kari@example.no", *words).exit_code == 0
    made = person_named(session, "kari@example.no")
    assert made.name == "Kari Ås"
    assert works_in(session, made) == {region.id for region in both}


def test_the_only_region_is_meant_when_none_is_named(flask, session):
    region = make.region(session)
    create(flask)
    assert works_in(session, person_named(session, "kari@example.no")) == {region.id}


def test_of_several_regions_one_must_be_named(flask, session):
    make.region(session)
    make.region(session, "Hamarregionen")
    sentence = told(create(flask))
    assert "--region" in sentence
    assert "Elverumregionen, Hamarregionen" in sentence


def test_without_any_region_there_is_only_an_administrator(flask, session):
    assert "regions create" in told(create(flask))
    assert create(flask, "admin@example.no", role="admin").exit_code == 0
    assert works_in(session, person_named(session, "admin@example.no")) == set()


@pytest.mark.parametrize(
    "email, words, given, sentence",
    [
        ("kari", (), None, "This is no e-mail address."),
        ("TAKEN@example.no", (), None, "Somebody already signs in with this e-mail address."),
        ("k@example.no", (), "kort\n", "The password needs at least 10 characters."),
        ("k@example.no", (), "", "The password needs at least 10 characters."),
        ("k@example.no", ("--region", "Mars"), None, "There is no region 'Mars'."),
        ("k@example.no", ("--as", "nobody@example.no"), None, "Nobody signs in as nobody"),
    ],
)
def test_a_person_that_cannot_be_is_refused(flask, session, email, words, given, sentence):
    make.user(session, email="taken@example.no")
    before = session.scalar(sa.select(sa.func.count(User.id)))
    given = make.PASSWORD if given is None else given
    assert sentence in told(create(flask, email, *words, given=given))
    assert session.scalar(sa.select(sa.func.count(User.id))) == before


def test_an_unknown_role_is_refused_with_those_that_there_are(flask, session):
    make.region(session)
    sentence = told(create(flask, role="king"))
    assert all(role.value in sentence for role in Role)


# who did it


def test_a_change_is_the_command_lines(flask, session):
    flask("regions", "create", "Elverumregionen", "--municipalities", "3420")
    change = last_change(session, "region.created")
    assert (change.actor_id, change.via) == (None, Via.COMMAND_LINE)


def test_or_the_persons_whom_as_names(flask, session):
    admin = make.user(session, Role.ADMIN, email="sjef@example.no")
    words = ("regions", "create", "Nord", "--municipalities", "3421", "--as", "SJEF@example.no")
    assert flask(*words).exit_code == 0
    change = last_change(session, "region.created")
    assert (change.actor_id, change.via) == (admin.id, Via.COMMAND_LINE)
    create(flask, "kari@example.no", "--region", "Nord", "--as", "sjef@example.no")
    assert last_change(session, "user.created").actor_id == admin.id


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMIN])
def test_as_somebody_one_may_no_more_than_they(flask, session, role):
    person = make.user(session, role)
    words = ("regions", "create", "Nord", "--municipalities", "3421", "--as", person.email)
    assert "Your role does not allow this." in told(flask(*words))
    assert "Your role does" in told(create(flask, "kari@example.no", "--as", person.email))
    assert regions.find_region(session, "Nord") is None


def test_nobody_acts_as_one_whose_account_is_closed(flask, session):
    admin = make.user(session, Role.ADMIN)
    admin.active = False
    words = ("regions", "create", "Nord", "--municipalities", "3421", "--as", admin.email)
    assert "Nobody signs in as" in told(flask(*words))


# metrics and board


@pytest.fixture
def history(session, clock):
    """Leave some facts in two regions, in the autumn of 2025 and the spring of 2026."""
    clock.set(date(2026, 5, 12))
    by = make.actor(session, Role.ADMIN)
    stages = make.stages(session)
    early = make.idea(session, "idea", on=date(2025, 9, 1), owner_id=by.id, company_name="Sag AS")
    _move(session, by, early, stages["case"], date(2026, 2, 1))
    parked = make.idea(session, "idea", on=date(2026, 1, 10))
    ideas.park_idea(session, by, parked, on=date(2026, 3, 1), reason="Venter", look_again_on=None)
    stopped = make.idea(session, "idea", on=date(2026, 1, 11))
    ideas.stop_idea(session, by, stopped, on=date(2026, 3, 2), reason="Nei", learnt="")
    launched = make.idea(session, "commercialisation", on=date(2026, 1, 12))
    ideas.launch_idea(session, by, launched, on=date(2026, 4, 1))
    make.idea(session, "idea", on=date(2026, 5, 12))
    make.idea(session, "idea", on=date(2026, 2, 2), region_name="Hamarregionen")
    return by


def _move(session, by, idea, to, on):
    seen = session.get_one(Stage, idea.stage_id)
    answers = pipeline.Answers(problem="Det lekker varme")
    pipeline.move_idea(session, by, idea, to, on, seen=seen, answers=answers)


def test_metrics_are_printed_as_agreed(flask, history):
    found = printed(flask("metrics", "--region", "Elverumregionen", "--json"))
    assert list(found) == ["as_of", "from", "to", "region", "metrics", "unknown"]
    assert found["as_of"] == found["to"] == "2026-05-12"
    assert found["from"] == "2026-01-01"
    assert found["region"] == "Elverumregionen"
    assert list(found["metrics"]) == [metric.key for metric in METRICS]
    assert found["metrics"]["ideas_registered"] == 4
    assert found["metrics"]["cases_opened"] == 1
    assert found["metrics"]["ideas_commercialised"] == 1
    assert all(type(value) is int for value in found["metrics"].values())


def test_without_a_region_all_are_counted(flask, history):
    found = printed(flask("metrics", "--json"))
    assert found["region"] is None
    assert found["metrics"]["ideas_registered"] == 5
    board = printed(flask("board", "--json"))
    assert (board["region"], board["stages"]["idea"]) == (None, 2)


def test_the_only_region_needs_no_name(flask, session):
    make.idea(session)
    assert printed(flask("metrics", "--json"))["region"] == "Elverumregionen"
    assert printed(flask("board", "--json"))["region"] == "Elverumregionen"


@pytest.mark.parametrize(
    "words, registered",
    [
        (("--from", "2025-01-01"), 5),
        (("--from", "2025-01-01", "--to", "2025-12-31"), 1),
        (("--from", "01.01.2026", "--to", "11.01.2026"), 2),
        (("--as-of", "2026-01-11"), 2),
        (("--as-of", "2025-12-31"), 1),
        (("--as-of", "2026-01-11", "--from", "2025-01-01", "--to", "2026-05-12"), 3),
    ],
)
def test_a_period_and_a_day_can_be_asked_for(flask, history, words, registered):
    found = printed(flask("metrics", "--region", "Elverumregionen", "--json", *words))
    assert found["metrics"]["ideas_registered"] == registered


def test_the_board_is_printed_as_agreed(flask, history):
    found = printed(flask("board", "--region", "elverumREGIONEN", "--json"))
    assert list(found) == ["as_of", "region", "stages", "parked", "stopped", "launched"]
    assert found == {
        "as_of": "2026-05-12",
        "region": "Elverumregionen",
        "stages": dict.fromkeys(STAGES, 0) | {"idea": 1, "case": 1},
        "parked": 1,
        "stopped": 1,
        "launched": 1,
    }


@pytest.mark.parametrize(
    "day, idea, case, market, closed",
    [
        ("2025-08-31", 0, 0, 0, (0, 0, 0)),
        ("2025-09-01", 1, 0, 0, (0, 0, 0)),
        ("2026-01-31", 3, 0, 1, (0, 0, 0)),
        ("2026-02-01", 2, 1, 1, (0, 0, 0)),
        ("2026-03-01", 1, 1, 1, (1, 0, 0)),
        ("2026-03-02", 0, 1, 1, (1, 1, 0)),
        ("2026-04-01", 0, 1, 0, (1, 1, 1)),
    ],
)
def test_the_board_of_any_past_day(flask, history, day, idea, case, market, closed):
    found = printed(flask("board", "--region", "Elverumregionen", "--json", "--as-of", day))
    stages = {"idea": idea, "case": case, "commercialisation": market}
    assert found["stages"] == dict.fromkeys(STAGES, 0) | stages
    assert (found["parked"], found["stopped"], found["launched"]) == closed


def test_what_was_known_can_be_asked_for(flask, session, clock):
    clock.set(date(2026, 5, 10))
    make.idea(session, on=date(2026, 1, 15))
    clock.set(date(2026, 5, 12))
    make.idea(session, on=date(2026, 1, 16))
    then = flask("metrics", "--json", "--known-at", "2026-05-10")
    assert printed(then)["metrics"]["ideas_registered"] == 1
    assert printed(flask("metrics", "--json"))["metrics"]["ideas_registered"] == 2
    before = flask("board", "--json", "--known-at", "2026-05-10T09:00+02:00")
    assert printed(before)["stages"]["idea"] == 0
    norway = flask("board", "--json", "--known-at", "2026-05-10T12:00")
    assert printed(norway)["stages"]["idea"] == 1


def test_people_read_a_table(flask, history):
    shown = flask("metrics", "--region", "Elverumregionen")
    assert shown.exit_code == 0
    assert "ideas_registered" in shown.output
    assert "Elverumregionen, 2026-01-01 to 2026-05-12, as of 2026-05-12" in shown.output
    board = flask("board")
    assert board.output.startswith("All regions, as of 2026-05-12")


TODAY, TOMORROW = date(2026, 5, 12), "2026-05-13"


@pytest.mark.parametrize("command", ["metrics", "board"])
@pytest.mark.parametrize(
    "words, sentence",
    [
        (("--as-of", TOMORROW), "is in the future"),
        (("--as-of", "9999-12-31"), "is in the future"),
        (("--as-of", "2026-02-30"), "is no date"),
        (("--as-of", "i går"), "is no date"),
        (("--known-at", TOMORROW), "is in the future"),
        (("--known-at", "9999-12-31T23:59:59-12:00"), "--known-at"),
        (("--known-at", "0001-01-01T00:00:00+12:00"), "--known-at"),
        (("--known-at", "i går"), "is no instant"),
        (("--region", "Mars"), "There is no region 'Mars'. There are: Elverumregionen."),
    ],
)
def test_what_cannot_be_asked_is_refused(flask, session, clock, command, words, sentence):
    clock.set(TODAY)
    make.region(session)
    assert sentence in told(flask(command, *words))


@pytest.mark.parametrize(
    "words, sentence",
    [
        (("--from", TOMORROW), "is in the future"),
        (("--to", TOMORROW), "is in the future"),
        (("--from", "2026-02-01", "--to", "2026-01-01"), "The period ends before it begins."),
        (("--as-of", "2026-01-31", "--from", "2026-02-01"), "The period ends before it begins."),
    ],
)
def test_a_period_that_cannot_be_is_refused(flask, session, clock, words, sentence):
    clock.set(TODAY)
    make.region(session)
    assert sentence in told(flask("metrics", *words))


def test_every_command_explains_itself(app):
    runner = app.test_cli_runner()
    for words in ([], *([name] for name in app.cli.commands), ["users", "create"]):
        result = runner.invoke(args=[*words, "--help"])
        assert result.exit_code == 0, words
        assert "Usage:" in result.output
    assert "roles" not in app.cli.commands  # the library's own, which know nothing of ours


# a whole process


def run(folder, *words, given="", **env):
    env = {"PATH": os.environ["PATH"], "INSTANCE": str(folder), **env}
    return programs.flask(*words, env=env, given=given, timeout=60)


def one_sentence(ended):
    assert ended.returncode != 0
    assert "Traceback" not in ended.stderr
    lines = ended.stderr.strip().splitlines()
    assert len(lines) == 1, ended.stderr
    return lines[0]


@pytest.mark.parametrize(
    "words",
    [
        ("metrics",), ("board", "--json"), ("users", "create", "a@example.no", "--role", "admin"),
        ("regions", "create", "Nord", "--municipalities", "3421"),
    ],
)  # fmt: skip
def test_without_tables_a_command_says_what_to_run(tmp_path, words):
    assert "flask --app wsgi db upgrade" in one_sentence(run(tmp_path, *words, given="x" * 12))


def test_a_new_installation_is_set_up_by_commands(tmp_path):
    assert run(tmp_path, "db", "upgrade").returncode == 0
    assert run(tmp_path, "db", "upgrade").returncode == 0  # and again
    made = run(tmp_path, "regions", "create", "Elverumregionen", "--municipalities", "3420,3419")
    assert made.returncode == 0, made.stderr
    person = run(
        tmp_path, "users", "create", "kari@example.no", "--role", "manager", given=make.PASSWORD
    )
    assert person.returncode == 0, person.stderr
    found = json.loads(run(tmp_path, "board", "--json").stdout)
    assert found["region"] == "Elverumregionen"
    assert found["stages"] == dict.fromkeys(STAGES, 0)


@pytest.mark.parametrize(
    "words, address, word",
    [
        (("metrics",), "mysql://localhost/x", "DATABASE_URL"),
        (("metrics",), "postgresql://kari:hemmelig@127.0.0.1:1/ideloypa", "refused"),
        (("db", "upgrade"), "sqlite:////there/is/no/such/folder/x.db", "unable to open"),
    ],
)
def test_a_database_out_of_reach_is_one_sentence(tmp_path, words, address, word):
    sentence = one_sentence(run(tmp_path, *words, DATABASE_URL=address))
    assert word in sentence
    assert "hemmelig" not in sentence
