"""Funding schemes and their frames: reference data that a manager keeps, and what is left."""

import re
from datetime import date

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit.models import Change, ChangeValue
from incubator.core.access import command_line
from incubator.core.errors import NotAllowed, RuleBroken, Stale
from incubator.funding import operations as funding, queries as reads
from incubator.funding.models import ApplicationStatus, Instrument, Intake
from incubator.funding.operations import FrameEntry, InstrumentEntry
from tests import make

ME = command_line()
DAY = date(2026, 3, 2)
FIRST, SECOND = date(2026, 5, 15), date(2026, 9, 15)


@pytest.fixture
def scheme(session, clock):
    return funding.add_instrument(session, ME, InstrumentEntry("Omstilling for skog"))


def frame(session, scheme, amount=1_900_000, year=2026, deadline=None, by=ME):
    return funding.set_frame(
        session, by, scheme, year=year, amount_nok=amount, deadline_on=deadline
    )


def grant(session, scheme, amount, deadline=None, region_name="Elverumregionen", title="Flis"):
    plan = funding.Plan(title=title, instrument_id=scheme.id, deadline_on=deadline)
    made = funding.add_application(
        session, ME, plan, region_id=make.region(session, region_name).id, on=DAY,
        company=make.company(session),
    )  # fmt: skip
    for status in (ApplicationStatus.SENT, ApplicationStatus.GRANTED):
        funding.set_status(session, ME, made, status, on=DAY, amount_nok=amount)
    return made


def left(session, one):
    return reads.get_frame(session, one.id)[0]


def noted(session, verb):
    query = (
        sa.select(ChangeValue.field, ChangeValue.old, ChangeValue.new)
        .join(Change, Change.id == ChangeValue.change_id)
        .where(Change.verb == verb)
        .order_by(ChangeValue.field)
    )
    return [tuple(row) for row in session.execute(query)]


def test_a_name_changes_and_the_key_does_not(session, scheme):
    assert scheme.key == "omstilling_for_skog"
    seen = InstrumentEntry("Omstilling for skog")
    wanted = InstrumentEntry("Skogpakken", intake=Intake.DEADLINE, valid_to=date(2026, 12, 31))
    funding.edit_instrument(session, ME, scheme, wanted, seen=seen)
    assert (scheme.key, scheme.name, scheme.intake) == (
        "omstilling_for_skog", "Skogpakken", "deadline",
    )  # fmt: skip
    assert noted(session, "instrument.edited") == [
        ("intake", "rolling", "deadline"), ("name", "Omstilling for skog", "Skogpakken"),
        ("valid_to", None, "2026-12-31"),
    ]  # fmt: skip
    assert funding.edit_instrument(session, ME, scheme, wanted, seen=wanted) is None
    with pytest.raises(Stale):
        funding.edit_instrument(session, ME, scheme, InstrumentEntry("Noe annet"), seen=seen)


def test_two_have_not_the_same_name_nor_the_same_key(session, scheme):
    with pytest.raises(RuleBroken, match="name_taken"):
        funding.add_instrument(session, ME, InstrumentEntry("omstilling  FOR skog"))
    other = funding.add_instrument(session, ME, InstrumentEntry("Omstilling for skog!"))
    assert other.key == "omstilling_for_skog_2"
    with pytest.raises(RuleBroken, match="period_order"):
        backwards = InstrumentEntry("Ny", valid_from=SECOND, valid_to=FIRST)
        funding.add_instrument(session, ME, backwards)


def test_what_is_left_is_the_frame_without_what_was_granted(session, scheme):
    of_year = frame(session, scheme)
    grant(session, scheme, 300_000)
    assert (left(session, of_year).left_nok, left(session, of_year).grants) == (1_600_000, 1)
    assert left(session, frame(session, scheme, year=2025)).left_nok == 1_900_000


def test_a_deadline_with_a_frame_takes_of_its_own_and_not_of_the_years(session, scheme):
    of_year, of_first = frame(session, scheme), frame(session, scheme, deadline=FIRST)
    grant(session, scheme, 100_000, deadline=FIRST)
    grant(session, scheme, 20_000, deadline=SECOND)
    assert left(session, of_first).granted_nok == 100_000
    assert left(session, of_year).granted_nok == 20_000


def test_what_is_voided_takes_nothing(session, scheme):
    of_year = frame(session, scheme)
    made = grant(session, scheme, 300_000)
    funding.void_application(session, ME, made, reason="Feil")
    assert left(session, of_year).left_nok == 1_900_000


def test_there_is_one_frame_for_a_year_and_a_deadline(session, scheme):
    one = frame(session, scheme)
    with pytest.raises(RuleBroken, match="frame_taken"):
        frame(session, scheme, 5)
    other = frame(session, scheme, deadline=FIRST)
    with pytest.raises(RuleBroken, match="frame_taken"):
        funding.edit_frame(
            session, ME, other, FrameEntry(2026, 1), seen=FrameEntry(2026, 1_900_000, FIRST)
        )
    with pytest.raises(RuleBroken, match="bad_year"):
        frame(session, scheme, year=26)
    seen = FrameEntry(2026, 1_900_000)
    funding.edit_frame(session, ME, one, FrameEntry(2026, 2_000_000), seen=seen)
    assert noted(session, "frame.edited") == [("amount_nok", "1900000", "2000000")]
    with pytest.raises(Stale):
        funding.edit_frame(session, ME, one, FrameEntry(2026, 7), seen=seen)


def test_a_developer_reads_and_a_manager_keeps(session, client, scheme):
    developer = make.user(session)
    with pytest.raises(NotAllowed):
        frame(session, scheme, by=make.actor_of(session, developer))
    frame(session, scheme)
    client.sign_in(developer)
    text = client.get("/virkemidler").text
    assert "1\u00a0900\u00a0000\u00a0kr av 1\u00a0900\u00a0000\u00a0kr gjenstår" in text
    assert "/rediger" not in text and '/ramme"' not in text
    client.sign_in(make.user(session, Role.MANAGER))
    assert f"/virkemidler/{scheme.id}/rediger" in client.get("/virkemidler").text


def test_the_figure_opens_its_rows_and_those_elsewhere_are_a_sum(session, client, scheme):
    of_year = frame(session, scheme)
    grant(session, scheme, 300_000, title="Vår flis")
    grant(session, scheme, 50_000, region_name="Hamarregionen", title="Deres flis")
    client.sign_in(make.user(session))
    text = client.get("/virkemidler").text
    assert f"/virkemidler/rammer/{of_year.id}" in text
    text = client.get(f"/virkemidler/rammer/{of_year.id}").text
    assert "Vår flis" in text and "Deres flis" not in text
    assert re.search("1 tilsagn i andre regioner: .*50\u00a0000", text)
    assert "1\u00a0550\u00a0000" in text


def test_a_manager_adds_and_edits_on_the_page(session, client, scheme):
    client.sign_in(make.user(session, Role.MANAGER))
    typed = {"name": "Grønt løft", "intake": "deadline", "valid_from": "1.1.2026"}
    assert client.post("/virkemidler/ny", data=typed).status_code == 303
    made = session.scalars(sa.select(Instrument).where(Instrument.key == "gront_loft")).one()
    again = client.post("/virkemidler/ny", data=typed)
    assert again.status_code == 422
    assert 'value="Grønt løft"' in again.text
    address = f"/virkemidler/{made.id}/ramme"
    assert client.post(address, data={"year": "2026", "amount_nok": ""}).status_code == 422
    assert client.post(address, data={"year": "2026", "amount_nok": "5 000"}).status_code == 303
    [(kept, [of_year])] = [
        row for row in reads.list_instruments(session) if row[0][0].id == made.id
    ]
    assert (kept.instrument.valid_from, of_year.frame.amount_nok) == (date(2026, 1, 1), 5_000)
    stale = {"year": "2026", "amount_nok": "7", "was_year": "2026", "was_amount_nok": "6"}
    answer = client.post(f"/virkemidler/rammer/{of_year.frame.id}/rediger", data=stale)
    assert answer.status_code == 409
    was = dict(re.findall(r'name="(was_\w+)" type="hidden" value="([^"]*)"', answer.text))
    done = client.post(f"/virkemidler/rammer/{of_year.frame.id}/rediger", data={**stale, **was})
    assert done.status_code == 303
    session.refresh(of_year.frame)
    assert of_year.frame.amount_nok == 7


def test_the_page_costs_the_same_for_few_and_for_many(session, client, scheme, queries):
    client.sign_in(make.user(session))
    frame(session, scheme)
    few = queries.count(lambda: client.get("/virkemidler"))
    for nth in range(5):
        other = funding.add_instrument(session, ME, InstrumentEntry(f"Virkemiddel {nth}"))
        frame(session, other)
        grant(session, other, 1_000)
    assert queries.count(lambda: client.get("/virkemidler")) == few
