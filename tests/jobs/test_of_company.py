"""The work places of a company, as its tab lists them."""

from decimal import Decimal

import pytest

from incubator.jobs import queries
from incubator.jobs.models import JobKind, JobState
from tests import make


@pytest.fixture
def company(session, clock):
    return make.company(session)


def test_planned_and_expected_ones_are_never_added_to_realised(client, session, company):
    for state, number in ((JobState.REALISED, "2.5"), (JobState.REALISED, "1"),
                          (JobState.PLANNED, "10")):  # fmt: skip
        make.jobs(session, company_id=company.id, state=state, number=Decimal(number))
    totals = queries.totals_of(queries.of_company(session, make.actor(session), company.id))
    assert totals == {
        (JobKind.NEW, JobState.REALISED): Decimal("3.5"),
        (JobKind.NEW, JobState.PLANNED): Decimal(10),
    }
    client.sign_in(make.user(session))
    text = client.get(f"/bedrifter/{company.id}/arbeidsplasser").text
    assert ">3,5</b>" in text and ">10</b>" in text
    assert "13,5" not in text


def test_those_of_another_region_are_not_listed(session, company):
    elsewhere = make.region(session, "Hamarregionen").id
    make.jobs(session, company_id=company.id, region_id=elsewhere)
    assert queries.of_company(session, make.actor(session), company.id) == []


def test_a_company_without_any_says_what_belongs_here(client, session, company):
    client.sign_in(make.user(session))
    text = client.get(f"/bedrifter/{company.id}/arbeidsplasser").text
    assert "Ingen arbeidsplasser ennå" in text
