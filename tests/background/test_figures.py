"""Background figures: entered, loaded, corrected, and read beside the goals."""

import io
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit import operations as audit
from incubator.background import operations, queries
from incubator.background.loading import read_day, read_figures, read_number
from incubator.background.models import Figure
from incubator.core.access import command_line
from incubator.core.errors import NotAllowed, RuleBroken
from incubator.core.sheets import SheetError
from incubator.reference.models import Municipality
from tests import make

TODAY = date(2026, 5, 12)
ME = command_line()
pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def series(session):
    make.region(session)
    return make.series(session)


@pytest.fixture
def elverum(session, series):
    return make.municipality(session, "3420")


def former(session, number="0427"):
    query = sa.select(Municipality).where(Municipality.number == number)
    return session.scalars(query.order_by(Municipality.valid_from.desc())).first()


def read(session, text, actor=ME):
    return read_figures(io.BytesIO(text.encode()), queries.places(session, actor), TODAY)


def load(session, series, text, actor=ME):
    reading = read(session, text, actor)
    return operations.load_figures(
        session, actor, series, reading.entries, file_name="tall.csv"
    )  # fmt: skip


@pytest.mark.parametrize(
    "text, number",
    [
        ("21 435", 21435), ("21.435", 21435), ("1.234,5", "1234.5"), ("-12", -12), ("\u2212 3", -3),
        ("12,25", "12.25"), ("4\u00a0567", 4567), ("12.5", "12.5"), ("0", 0), (3.0, 3), (7, 7),
        ("1,234", None), ("tolv", None), ("", None), (None, None), (True, None), ("9" * 12, None),
        ("nan", None), ("\u0661\u0662", None),
    ],
)  # fmt: skip
def test_numbers_are_read_as_norwegians_write_them(text, number):
    assert read_number(text) == (None if number is None else Decimal(number))


@pytest.mark.parametrize(
    "text, day",
    [
        ("2026", date(2026, 1, 1)), (2026, date(2026, 1, 1)), ("31.12.2025", date(2025, 12, 31)),
        ("2025-12-31", date(2025, 12, 31)), ("26", None), ("", None), (2026.0, date(2026, 1, 1)),
    ],
)  # fmt: skip
def test_a_year_alone_is_its_first_day(text, day):
    assert read_day(text) == day


def test_a_file_is_loaded_once_however_often(session, series, elverum):
    text = "Kommune;År;Folkemengde\n3420 Elverum;2025;21 400\nÅmot;2025;4 300\n3419;2025;3700\n"
    assert load(session, series, text) == operations.Loaded(3, 0, 0)
    assert load(session, series, text) == operations.Loaded(0, 0, 3)
    assert session.scalar(sa.select(sa.func.count(Figure.id))) == 3
    known = queries.latest(session, "population", [elverum.id], TODAY)[elverum.id]
    assert (known.value, known.on, known.source) == (21400, date(2025, 1, 1), "Oppdiktet")


def test_a_changed_value_voids_the_old_one_which_stays_readable(session, series, elverum):
    load(session, series, "kommune;år;verdi\n3420;2025;21400\n")
    changed = load(session, series, "kommune;år;verdi\n3420;2025;21500\n3420;2026;21600")
    assert changed == operations.Loaded(1, 1, 0)
    past = queries.history(session, ME, series.id)
    assert {(int(p.figure.value), p.figure.is_voided) for p in past} == {
        (21500, False), (21600, False), (21400, True),
    }  # fmt: skip
    standing = queries.standing_values(session, series.id, [elverum.id])
    assert standing[elverum.id, date(2025, 1, 1)].value == 21500


def test_what_cannot_be_read_is_told_by_row_and_the_rest_is_kept(session, series):
    reading = read(
        session,
        "kommune;år;verdi\n3420;2025;21400\nAtlantis;2025;1\n3420;i fjor;2\n3420;2027;3\n"
        "3422;2025;mange\n3420;2025;21401\n3420;2025;21400\n3403;2025;30000\n3419;2024;5\n",
        make.actor(session, Role.MANAGER),
    )
    assert [(one.row, one.code) for one in reading.bad] == [
        (3, "bad_place"), (4, "bad_day"), (5, "future_day"), (6, "bad_value"), (7, "said_twice"),
    ]  # fmt: skip
    assert [entry.row for entry in reading.entries] == [2, 10]
    assert reading.elsewhere == 1  # Hamar lies in no region of theirs


@pytest.mark.parametrize("text", ["kommune;verdi\n3420;1\n", "a;b;c\n1;2;3\n", "bare tekst\n"])
def test_a_file_without_the_columns_says_so(session, series, text):
    with pytest.raises(SheetError) as no:
        read(session, text)
    assert no.value.code == "no_figures"


def test_a_former_number_is_accepted_and_read_as_the_municipality_of_today(
    session, series, elverum
):
    text = "kommunenr;år;verdi\n0427;2018;21100\n427;2019;21200\n0427;2022;21300\n3420;2018;1\n"
    reading = read(session, text)
    assert [(e.place.number, e.on.year) for e in reading.entries] == [
        ("0427", 2018), ("0427", 2019), ("3420", 2022),
    ]  # fmt: skip
    assert [one.code for one in reading.bad] == ["said_twice"]  # 3420 was 0427 then
    operations.load_figures(session, ME, series, reading.entries, file_name="tall.csv")
    assert make.figure(
        session, series, elverum.id, on=date(2019, 1, 1), value=Decimal(21_200)
    ).municipality_id == former(session).id  # fmt: skip
    days = [f.on.year for f in queries.figures_of(session, [elverum.id], TODAY)]
    assert days == [2018, 2019, 2022]
    found = queries.latest(session, "population", [elverum.id], date(2019, 6, 1))
    assert found[elverum.id].value == 21200


def test_a_part_of_a_merged_municipality_is_no_figure_of_the_whole(session, series):
    merged = session.execute(
        sa.select(Municipality.successor_id, sa.func.min(Municipality.id))
        .where(Municipality.successor_id.is_not(None))
        .group_by(Municipality.successor_id)
        .having(sa.func.count(sa.distinct(Municipality.number)) > 1)
        .limit(1)
    ).one()
    part = Figure(
        series_id=series.id, municipality_id=merged[1], occurred_on=date(2000, 1, 1),
        value=Decimal(5),
    )  # fmt: skip
    audit.stamp(part, make.a_change(session))
    session.add(part)
    session.flush()
    assert queries.latest(session, "population", [merged[1]], TODAY)
    assert queries.latest(session, "population", [merged[0]], TODAY) == {}


def test_latest_is_one_query_and_knows_the_day(session, series, elverum, queries_of):
    for year in (2024, 2025, 2026):
        make.figure(session, series, elverum.id, on=date(year, 1, 1), value=Decimal(year))
    ids = [elverum.id, make.municipality(session, "3422").id]
    session.flush()
    assert queries_of(lambda: queries.latest(session, "population", ids, TODAY)) == 1
    assert queries.latest(session, "population", ids, date(2025, 6, 1))[elverum.id].value == 2025
    assert queries.latest(session, "population", ids, date(2020, 1, 1)) == {}
    assert queries.latest(session, "finnes_ikke", ids, TODAY) == {}


@pytest.fixture
def queries_of(request):
    return request.getfixturevalue("queries").count


def test_a_figure_is_entered_corrected_and_taken_back(session, series, elverum):
    first = make.figure(session, series, elverum.id)
    assert make.figure(session, series, elverum.id) is first
    second = make.figure(session, series, elverum.id, value=Decimal(5))
    assert (first.is_voided, second.value) == (True, 5)
    with pytest.raises(RuleBroken, match="reason_missing"):
        operations.void_figure(session, ME, second, reason=" ")
    operations.void_figure(session, ME, second, reason="Feil kommune")
    assert queries.latest(session, "population", [elverum.id], TODAY) == {}
    with pytest.raises(RuleBroken, match="in_the_future"):
        make.figure(session, series, elverum.id, on=date(2027, 1, 1))


def test_nobody_writes_for_the_municipalities_of_others(session, series):
    manager = make.actor(session, Role.MANAGER)
    hamar = make.municipality(session, "3403")
    with pytest.raises(NotAllowed):
        operations.enter_figure(
            session, manager, series, municipality_id=hamar.id, on=TODAY, value=Decimal(1)
        )
    with pytest.raises(NotAllowed):
        operations.make_series(
            session, make.actor(session), key="x_y", name="X", source="Y"
        )  # fmt: skip


@pytest.mark.parametrize(
    "wrong, code",
    [
        ({"key": "Folk!"}, "bad_series_key"), ({"key": "ny"}, "bad_series_key"),
        ({"key": "population"}, "series_taken"), ({"name": " "}, "name_missing"),
        ({"source": ""}, "source_missing"), ({"source_url": "javascript:x"}, "bad_address"),
    ],
)  # fmt: skip
def test_a_series_must_say_what_it_is(session, series, wrong, code):
    values = {"key": "jobs_share", "name": "Andel", "source": "Oppdiktet", **wrong}
    with pytest.raises(RuleBroken) as no:
        operations.make_series(session, ME, **values)
    assert no.value.code == code


# Pages and the command.

CSV = "kommune;år;verdi\n3420;2025;21400\nAtlantis;2025;1\n"


@pytest.fixture
def signed_in(session, client, series):
    client.sign_in(make.user(session, Role.MANAGER))
    return client


def test_a_file_is_looked_at_and_then_loaded(session, signed_in, elverum):
    address = "/bakgrunnstall/population/last-inn"
    file = {"file": (io.BytesIO(CSV.encode()), "tall.csv"), "retrieved_on": "2026-05-01"}
    look = signed_in.post(address, data=file)
    assert look.status_code == 200
    assert "Atlantis" in look.text and "21\u00a0400" in look.text and "Elverum" in look.text
    assert queries.latest(session, "population", [elverum.id], TODAY) == {}
    content = look.text.partition('name="content" type="hidden" value="')[2].partition('"')[0]
    done = {"content": content, "file_name": "tall.csv", "lagre": "1"}
    for _ in range(2):
        assert signed_in.post(address, data=done).status_code == 303
    assert session.scalar(sa.select(sa.func.count(Figure.id))) == 1
    assert "21\u00a0400" in signed_in.get("/bakgrunnstall").text


@pytest.mark.parametrize("content", [b"", b"hei", b"\x00\x01"])
def test_what_is_no_file_of_figures_is_refused_in_words(signed_in, content):
    file = {"file": (io.BytesIO(content), "tall.csv")}
    answer = signed_in.post("/bakgrunnstall/population/last-inn", data=file)
    assert answer.status_code == 422 and 'class="error"' in answer.text


def test_a_figure_is_entered_on_the_page_and_what_is_wrong_is_kept(signed_in, elverum):
    data = {"municipality_id": elverum.id, "on": "2025", "value": "21 400,5"}
    assert signed_in.post("/bakgrunnstall/population/tall", data=data).status_code == 303
    assert "21\u00a0400,5" in signed_in.get("/bakgrunnstall/population").text
    wrong = signed_in.post("/bakgrunnstall/population/tall", data={**data, "value": "mange"})
    assert wrong.status_code == 422 and 'value="mange"' in wrong.text


def test_a_series_is_made_and_edited_on_its_page(signed_in):
    data = {"key": "net_migration", "name": "Netto innflytting", "source": "Oppdiktet"}
    made = signed_in.post("/bakgrunnstall", data=data)
    assert made.location == "/bakgrunnstall/net_migration"
    new = {**data, "name": "Flytting, netto", "source_url": "https://example.no/x"}
    assert signed_in.post(f"{made.location}/rediger", data=new).status_code == 303
    assert "Flytting, netto" in signed_in.get("/bakgrunnstall").text
    assert signed_in.post("/bakgrunnstall", data=data).status_code == 422


def test_the_page_costs_the_same_for_few_and_many(session, signed_in, elverum, queries_of):
    make.figure(session, make.series(session), elverum.id)
    few = queries_of(lambda: signed_in.get("/bakgrunnstall"))
    for key in ("a_b", "c_d", "e_f"):
        for year in range(2015, 2026):
            make.figure(session, make.series(session, key), elverum.id, on=date(year, 1, 1))
    assert queries_of(lambda: signed_in.get("/bakgrunnstall")) == few <= 6


def test_figures_stand_beside_a_goal_and_in_none_of_its_numbers(session, signed_in, elverum):
    make.figure(session, make.series(session), elverum.id, value=Decimal(21_987))
    goal = make.goal(session, region_id=make.region(session).id)
    text = signed_in.get(f"/mal/{goal.id}").text
    assert "21\u00a0987" in text.partition('id="background-head"')[2]
    assert "21\u00a0987" not in text.partition('id="background-head"')[0]


def test_the_command_loads_a_file(app, session, series, elverum, tmp_path):
    file = tmp_path / "tall.csv"
    file.write_text(CSV, encoding="utf-8")
    session.flush()
    run = app.test_cli_runner().invoke
    result = run(args=["background", "load", str(file), "--series", "population"])
    assert result.exit_code == 0, result.output
    assert "1 new, 0 changed, 0 there already" in result.output
    assert "3: There is no such municipality" in result.output
    assert run(args=["background", "load", str(file), "--series", "x"]).exit_code == 1
    made = run(args=["background", "series", "work", "--name", "Arbeid", "--source", "Oppdiktet"])
    assert made.exit_code == 0, made.output
