"""Regions, organisations and municipalities, and what lies where."""

from datetime import date

import pytest
import sqlalchemy as sa

from incubator.accounts import queries as people
from incubator.accounts.models import Role
from incubator.audit.models import Change
from incubator.core.access import command_line
from incubator.core.errors import NotAllowed, NotFound, RuleBroken
from incubator.reference import operations as reference, queries
from incubator.reference.models import Municipality, OrganisationKind
from incubator.reference.places import places_of
from tests import make

ME = command_line()


def refused(code, write, *args, **given):
    with pytest.raises(RuleBroken) as no:
        write(*args, **given)
    assert no.value.code == code
    return no.value


def test_loading_the_municipalities_again_adds_none(session):
    assert reference.load_municipalities(session) == 0
    elverum = queries.find_municipality(session, "3420", date(2026, 1, 1))
    before = queries.find_municipality(session, "0427", date(2019, 12, 31))
    assert before.successor_id == elverum.id
    assert queries.find_municipality(session, "0427", date(2020, 1, 1)) is None


def test_a_region_is_made_with_a_change_of_its_own(session):
    made = reference.create_region(
        session, ME, name="  Nord  ", municipality_numbers=["3427", " 3428 ", "3427"]
    )
    assert made.name == "Nord"
    assert {m[1] for m in queries.municipalities_of(session, made.id)} == {"3427", "3428"}
    change = session.scalars(sa.select(Change).where(Change.verb == "region.created")).one()
    assert (change.subject_id, change.region_id) == (made.id, made.id)


def test_a_municipality_lies_in_one_region(session):
    make.region(session)
    no = refused(
        "municipality_taken", reference.create_region, session, ME, name="Ny",
        municipality_numbers=["3421", "3420"],
    )  # fmt: skip
    assert no.details["name"] == "Elverum"
    assert [region.name for region in queries.list_regions(session)] == ["Elverumregionen"]


@pytest.mark.parametrize("number", ["0427", "9999", "", "34200", "abc"])
def test_a_number_of_no_municipality_today_is_refused(session, number):
    refused(
        "unknown_municipality", reference.create_region, session, ME, name="Ny",
        municipality_numbers=[number],
    )  # fmt: skip


def test_names_are_taken_in_any_case(session):
    make.region(session)
    refused(
        "name_taken", reference.create_region, session, ME, name="ELVERUMREGIONEN",
        municipality_numbers=["3421"],
    )  # fmt: skip
    make.organisation(session, "ERNU")
    refused(
        "name_taken", reference.create_organisation, session, ME, name="ernu",
        kind=OrganisationKind.OPERATOR,
    )  # fmt: skip
    refused(
        "name_missing", reference.create_organisation, session, ME, name=" ",
        kind=OrganisationKind.OPERATOR,
    )  # fmt: skip


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMIN])
def test_only_administrators_make_them(session, role):
    actor = make.actor(session, role)
    with pytest.raises(NotAllowed):
        reference.create_region(session, actor, name="Ny", municipality_numbers=["3421"])
    with pytest.raises(NotAllowed):
        reference.create_organisation(session, actor, name="Ny", kind=OrganisationKind.OPERATOR)


def test_a_page_is_about_the_region_asked_for_or_the_first(session):
    there = make.region(session, "Hamarregionen")
    kari = make.actor(session)
    here = make.region(session).id
    assert queries.choose_region(kari, None) == here
    assert queries.choose_region(kari, here) == here
    with pytest.raises(NotFound):
        queries.choose_region(kari, there.id)
    admin = make.actor(session, Role.ADMIN)
    assert queries.choose_region(admin, there.id) == there.id
    session.execute(sa.text("DELETE FROM user_regions"))
    nowhere = people.actor_by_email(session, kari.email)
    with pytest.raises(NotFound, match="no_region"):
        queries.choose_region(nowhere, None)


def test_a_county_holds_its_regions_whole_and_its_municipalities_of_all_times(session):
    inside = make.region(session)
    across = reference.create_region(
        session, ME, name="På tvers", municipality_numbers=["3301", "3421"]
    )
    places = places_of(session, {"34", "33"})
    assert inside.id in places["34"].region_ids
    assert across.id not in places["34"].region_ids + places["33"].region_ids
    numbers = set(
        session.scalars(
            sa.select(Municipality.number).where(Municipality.id.in_(places["34"].municipality_ids))
        )
    )
    assert {"3420", "0427", "0501", "3421"} <= numbers
    assert "3301" not in numbers
    assert places_of(session, set()) == {}
    assert places_of(session, {"99"})["99"].municipality_ids == ()
