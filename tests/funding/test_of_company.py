"""The applications of a company, as its tab lists them."""

from datetime import date

import pytest

from incubator.core.access import command_line
from incubator.funding import operations as funding, queries
from incubator.funding.models import ApplicationStatus
from tests import make

ME = command_line()
DAY = date(2026, 3, 2)


@pytest.fixture
def company(session, clock):
    return make.company(session)


def granted(session, application, amount):
    for status in (ApplicationStatus.SENT, ApplicationStatus.GRANTED):
        more = {"amount_nok": amount} if status == ApplicationStatus.GRANTED else {}
        funding.set_status(session, ME, application, status, on=DAY, **more)


def test_what_was_sought_and_granted_is_told(client, session, company):
    application = make.application(session, company_id=company.id, title="Flis til fjernvarme")
    granted(session, application, 300_000)
    client.sign_in(make.user(session))
    text = client.get(f"/bedrifter/{company.id}/soknader").text
    assert "Flis til fjernvarme" in text
    assert "400\xa0000\xa0kr" in text
    assert "300\xa0000\xa0kr" in text
    assert "innvilget" in text


def test_amounts_are_added_once_and_of_the_own_regions_alone(session, company):
    for region_name in ("Elverumregionen", "Hamarregionen"):
        application = make.application(session, company_id=company.id, region_name=region_name)
        granted(session, application, 300_000)
    found = queries.of_company(session, make.actor(session), company.id)
    assert len(found) == 1
    assert queries.totals_of(found) == {
        "sought": 400_000, "granted": 300_000, "paid": 0, "returned": 0
    }  # fmt: skip


def test_a_company_without_any_says_what_belongs_here(client, session, company):
    client.sign_in(make.user(session))
    assert "Ingen søknader ennå" in client.get(f"/bedrifter/{company.id}/soknader").text
