"""The settings: regions and people are made by page, and what is wrong is told beside the field."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from incubator.accounts.models import Role
from incubator.audit import queries as changes
from incubator.audit.models import Change, ChangeValue
from incubator.reference import queries as regions
from tests import make

NOON = datetime(2026, 5, 12, 10, tzinfo=UTC)


def add_region(client, name="Trysil", numbers="3421"):
    return client.post("/oppsett/regioner/ny", data={"name": name, "municipalities": numbers})


def test_a_region_is_made_of_municipality_numbers(admin, session):
    answer = admin.post(
        "/oppsett/regioner/ny",
        data={"name": "Nord-Østerdal", "municipalities": "3423; Trysil, 3425 Engerdal,3421 3423"},
    )
    assert (answer.status_code, answer.location) == (303, "/oppsett/regioner")
    made = regions.find_region(session, "NORD-østerdal")
    names = [name for _id, _number, name in regions.municipalities_of(session, made.id)]
    assert names == ["Engerdal", "Stor-Elvdal", "Trysil"]
    shown = admin.get("/oppsett/regioner").text
    assert "3425 Engerdal, 3423 Stor-Elvdal, 3421 Trysil" in shown
    assert "Regionen Nord-Østerdal er opprettet." in shown


@pytest.mark.parametrize(
    "operators, is_chosen", [([], False), (["Klosser"], True), (["Klosser", "ERNU"], False)]
)
@pytest.mark.parametrize("path", ["/oppsett/regioner/ny", "/oppsett/personer/ny"])
def test_the_only_operator_stands_in_the_forms_already(admin, session, path, operators, is_chosen):
    made = [make.organisation(session, name).id for name in operators]
    answer = admin.get(path).text
    chosen = [one for one in made if f'<option selected value="{one}">' in answer]
    assert chosen == (made if is_chosen else [])


@pytest.mark.parametrize(
    "name, numbers, told",
    [
        ("", "3421", "Skriv et navn."),
        ("Trysil", "", "Skriv minst én kommune"),
        ("Trysil", " , ;", "Skriv minst én kommune"),
        ("Trysil", "9999", "Det finnes ingen kommune som heter 9999, eller med det nummeret."),
        ("Trysil", "3421, abc", "Det finnes ingen kommune som heter abc, eller med det nummeret."),
        ("Trysil", "0428", "Det finnes ingen kommune som heter 0428, eller med det nummeret."),
        ("Trysil", "våler", "Skriv nummeret: 3114 Våler (Østfold), 3419 Våler (Innlandet)"),
        ("Trysil", "elverum", "Elverum ligger alt i en annen region."),
        ("Trysil", "3420", "Elverum ligger alt i en annen region."),
        ("ELVERUMregionen", "3421", "Navnet er opptatt."),
        ("x" * 101, "3421", "100"),
    ],
)
def test_a_region_that_cannot_be_is_refused_beside_its_field(admin, session, name, numbers, told):
    make.region(session)
    before = len(regions.list_regions(session))
    answer = add_region(admin, name, numbers)
    assert answer.status_code == 422
    assert told in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert len(regions.list_regions(session)) == before
    assert f'value="{numbers}"' in answer.text  # what was typed is kept


def test_who_signed_in_long_ago_confirms_the_password_first(client, session):
    person = make.user(session, Role.ADMIN)
    with time_machine.travel(NOON, tick=False) as clock:
        client.sign_in(person)
        clock.shift(timedelta(hours=11, minutes=59))
        assert client.get("/oppsett").status_code == 200
        clock.shift(timedelta(minutes=2))
        asked = client.get("/oppsett")
        assert asked.location == "/bekreft-passord?next=/oppsett"
        assert client.get("/").status_code == 200
        assert "Bekreft passordet" in client.get(asked.location).text
        told = client.post(asked.location, data={"password": "galt", "next": "/oppsett"})
        assert "Passordet er feil." in told.text
        assert client.get("/oppsett").status_code != 200
        right = {"password": make.PASSWORD, "next": "/oppsett"}
        assert client.post(asked.location, data=right).location == "/oppsett"
        assert client.get("/oppsett").status_code == 200


def test_what_was_begun_in_time_may_be_sent_an_hour_later(client, session):
    with time_machine.travel(NOON, tick=False) as clock:
        client.sign_in(make.user(session, Role.ADMIN))
        clock.shift(timedelta(hours=12, minutes=59))
        assert add_region(client).location == "/oppsett/regioner"
        clock.shift(timedelta(minutes=2))
        late = add_region(client, "For sent", "3425")
        assert late.location == "/bekreft-passord?next=/oppsett"
    assert regions.find_region(session, "For sent") is None


def test_a_cookie_from_the_future_is_not_fresh(client, session):
    client.sign_in(make.user(session, Role.ADMIN))
    with client.session_transaction() as cookie:
        cookie["fs_paa"] += 10**9
    assert client.get("/oppsett").location == "/bekreft-passord?next=/oppsett"


def test_guessing_while_signed_in_is_locked_out_too(client, session):
    client.sign_in(make.user(session, Role.ADMIN))
    for _ in range(8):
        client.post("/bekreft-passord", data={"password": "gjetter"})
    answer = client.post("/bekreft-passord", data={"password": make.PASSWORD})
    assert answer.status_code == 200
    assert "For mange forsøk." in answer.text


def test_a_region_changes_with_old_and_new_kept_and_the_second_is_told(admin, session):
    region, operator = make.region(session), make.organisation(session)
    seen = str(changes.latest_of(session, "region", region.id))
    data = {
        "name": "Elverum og Åmot", "municipalities": "3420, 3422", "seen": seen,
        "operator_id": str(operator.id),
    }  # fmt: skip
    address = f"/oppsett/regioner/{region.id}"
    assert admin.post(address, data={**data, "municipalities": "9999"}).status_code == 422
    assert admin.post(address, data=data).status_code == 303
    assert noted(session, "region.edited") == {
        "name": ("Elverumregionen", "Elverum og Åmot"),
        "operator_id": (None, str(operator.id)),
        "municipalities": ("3419, 3420, 3422", "3420, 3422"),
    }
    late = admin.post(address, data={**data, "name": "Noe annet"})
    assert late.status_code == 409
    assert 'value="Noe annet"' in late.text
    assert add_region(admin, "Våler", "3419").status_code == 303  # it is free again


def test_an_organisation_is_made_and_changed(admin, session):
    new = {"name": "Våler kommune", "kind": "municipality", "orgnr": make.orgnr()}
    assert admin.post("/oppsett/organisasjoner/ny", data=new).status_code == 303
    made = regions.find_organisation(session, "våler KOMMUNE")
    for over, told in (
        ({"name": ""}, "Skriv et navn."),
        ({"name": "Våler Kommune"}, "Navnet er opptatt."),
        ({"name": "En annen"}, "En annen organisasjon har dette"),
        ({"name": "En annen", "orgnr": "123456789"}, "gyldig organisasjonsnummer"),
    ):
        refused = admin.post("/oppsett/organisasjoner/ny", data={**new, **over})
        assert refused.status_code == 422
        assert told in refused.text
    seen = str(changes.latest_of(session, "organisation", made.id))
    data = {**new, "kind": "county", "seen": seen}
    assert admin.post(f"/oppsett/organisasjoner/{made.id}", data=data).status_code == 303
    assert noted(session, "organisation.edited") == {"kind": ("municipality", "county")}


def noted(session, verb):
    """Give what the one change with a verb noted: old and new of each field."""
    rows = session.execute(
        sa.select(ChangeValue.field, ChangeValue.old, ChangeValue.new)
        .join(Change, Change.id == ChangeValue.change_id)
        .where(Change.verb == verb)
    )
    return {row[0]: (row[1], row[2]) for row in rows}
