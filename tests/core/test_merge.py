"""Two who edit one thing: silent where they changed different fields, else both are shown."""

from hypothesis import given, strategies as st

from incubator.core.merge import Conflict, merge

FORM = {"title": "Flis", "problem": "Dyrt"}


def test_different_fields_go_together():
    mine, stored = {**FORM, "title": "Kull"}, {**FORM, "problem": "Tungt"}
    assert merge(FORM, mine, stored) == ({"title": "Kull"}, [])


def test_the_same_change_twice_is_no_conflict():
    both = {**FORM, "title": "Kull"}
    assert merge(FORM, both, both) == ({"title": "Kull"}, [])


def test_a_field_that_both_changed_is_a_conflict_and_the_rest_is_kept():
    mine = {"title": "Kull", "problem": "Lett"}
    stored = {**FORM, "title": "Bark"}
    assert merge(FORM, mine, stored) == (
        {"problem": "Lett"},
        [Conflict("title", mine="Kull", stored="Bark", original="Flis")],
    )


def test_what_i_did_not_touch_is_left_to_the_other():
    assert merge(FORM, FORM, {"title": "Bark", "problem": "Tungt"}) == ({}, [])


TEXTS = st.fixed_dictionaries({key: st.sampled_from("abc") for key in ("x", "y", "z")})


@given(TEXTS, TEXTS, TEXTS)
def test_nothing_that_anybody_wrote_is_lost(original, mine, stored):
    values, conflicts = merge(original, mine, stored)
    after = {**stored, **values}
    told = {conflict.field for conflict in conflicts}
    for field in original:
        if mine[field] != original[field] and field not in told:
            assert after[field] == mine[field]
        if stored[field] != original[field] and field not in values:
            assert after[field] == stored[field]
        if field in told:
            assert len({original[field], mine[field], stored[field]}) == 3
