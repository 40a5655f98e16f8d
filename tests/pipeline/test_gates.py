"""What each stage asks for, decided without a database."""

import pytest

from incubator.ideas.models import StageKind
from incubator.pipeline.gates import GATES, Known, asked_for, lacking

NEEDS = {
    StageKind.IDEA: (),
    StageKind.CASE: ("owner_id", "company_or_founder", "problem"),
    StageKind.INCUBATOR: ("company", "orgnr"),
    StageKind.APPLICATION: ("instrument_id", "planned_on", "sought_nok"),
    StageKind.MARKET: ("launched_what", "first_sale_on"),
}


@pytest.mark.parametrize("kind", list(StageKind))
def test_a_stage_asks_for_all_that_it_needs_of_a_card_that_has_nothing(kind):
    assert lacking(kind, Known()) == NEEDS[kind]


def test_every_kind_of_stage_has_a_gate():
    assert set(GATES) == set(StageKind)


@pytest.mark.parametrize(
    ("known", "asked"),
    [
        (Known(has_owner=True, has_problem=True, has_company=True), ()),
        (Known(has_owner=True, has_problem=True, has_founder=True), ()),
        (Known(has_owner=True, has_company=True), ("problem",)),
        (Known(has_problem=True, has_company=True), ("owner_id",)),
        (Known(has_owner=True, has_problem=True), ("company_or_founder",)),
    ],
)
def test_a_case_asks_for_what_is_missing_alone_and_takes_a_founder_for_a_company(known, asked):
    assert lacking(StageKind.CASE, known) == asked


def test_the_incubator_takes_a_company_and_no_founder_in_its_place():
    founder = Known(has_founder=True, has_orgnr=True)
    assert lacking(StageKind.INCUBATOR, founder) == ("company",)


def test_a_card_that_came_from_a_list_is_asked_what_its_stage_lacks_when_it_goes_on():
    asked = asked_for(StageKind.CASE, StageKind.INCUBATOR, Known(), is_forward=True)
    assert asked == ("owner_id", "company_or_founder", "problem", "company", "orgnr")


def test_going_back_asks_for_nothing_but_the_reason():
    assert asked_for(StageKind.MARKET, StageKind.CASE, Known(), is_forward=False) == ()


def test_stages_are_no_compulsory_steps():
    has_case = Known(has_owner=True, has_problem=True, has_company=True)
    asked = asked_for(StageKind.CASE, StageKind.APPLICATION, has_case, is_forward=True)
    assert asked == NEEDS[StageKind.APPLICATION]
