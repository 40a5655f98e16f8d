"""Stages have names, limits and thresholds from a day on; past days keep those of then."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.audit.models import ChangeValue
from incubator.core.errors import NotAllowed, RuleBroken, Stale
from incubator.core.scope import View
from incubator.ideas import queries, stages, terms
from incubator.ideas.queries import Filter
from incubator.ideas.stages import Entry
from incubator.pipeline import past
from incubator.pipeline.queries import board_as_of
from tests import make

MARCH, APRIL, MAY = date(2026, 3, 2), date(2026, 4, 1), date(2026, 5, 4)


@pytest.fixture(autouse=True)
def stands_still(clock):
    """It is 12 May 2026."""


@pytest.fixture
def admin(session):
    return make.actor(session, Role.ADMIN)


@pytest.fixture
def case(session):
    return make.stages(session)["case"]


def entry(stage, **over):
    given = {
        "label_nb": stage.label_nb, "label_en": stage.label_en,
        "stale_days": stage.stale_days, "soft_limit": stage.soft_limit, **over,
    }  # fmt: skip
    return Entry(**given)


def changed(session, admin, stage, on=MARCH, limits=None, **over):
    seen = stages.mark_of(session, stage.id)
    return stages.set_stage(
        session, admin, stage, entry(stage, **over), limits or {}, on=on, seen=seen
    )


def then(session, stage, day, region_id=None, known_at=None):
    region_id = region_id or make.region(session).id
    found = terms.list_then(session, region_id, [stage], day, known_at)[0]
    return found.label_nb, found.soft_limit, found.stale_days


def test_a_past_day_keeps_the_name_limit_and_threshold_of_then(session, admin, case):
    first = (case.label_nb, None, case.stale_days)
    changed(session, admin, case, MARCH, label_nb="Utredning", soft_limit=15)
    changed(session, admin, case, MAY, stale_days=30)
    assert then(session, case, date(2026, 3, 1)) == first
    assert then(session, case, MARCH) == ("Utredning", 15, first[2])
    assert then(session, case, MAY) == ("Utredning", 15, 30)
    assert (case.label_nb, case.soft_limit, case.stale_days) == ("Utredning", 15, 30)


def test_a_region_has_its_own_limit_none_or_that_of_the_stage(session, admin, case):
    here, there = make.region(session), make.region(session, "Hamarregionen")
    changed(session, admin, case, MARCH, {here.id: 5, there.id: 0}, soft_limit=15)
    changed(session, admin, case, APRIL, {here.id: None})
    limits = {r.id: terms.room_in(session, r.id, case.id)[0] for r in (here, there)}
    assert limits == {here.id: 15, there.id: None}
    assert then(session, case, MARCH, here.id)[1] == 5
    assert then(session, case, APRIL, here.id)[1] == 15
    assert [t.soft_limit for t in terms.list_today(session, there.id) if t.id == case.id] == [None]


def test_what_was_known_then_does_not_know_of_a_name_that_came_later(session, admin, case, clock):
    name = case.label_nb
    changed(session, admin, case, MARCH, label_nb="Utredning")
    before = datetime(2026, 5, 1, tzinfo=ZoneInfo("Europe/Oslo"))
    assert then(session, case, APRIL, known_at=before)[0] == name
    assert then(session, case, APRIL)[0] == "Utredning"


def test_the_board_of_a_past_day_shows_them_and_the_keys_stay(session, admin, case):
    make.idea(session, "case", on=date(2026, 2, 1))
    name = case.label_nb
    changed(session, admin, case, APRIL, label_nb="Utredning", soft_limit=1)

    def head(day):
        view = View(day, None, (make.region(session).id,))
        every = queries.list_stages(session)
        found = past.board(session, admin, view, Filter(), every)
        return next(c.stage for c in found.columns if c.stage.id == case.id)

    assert (head(MARCH).label, head(MARCH).soft_limit) == (name, None)
    assert (head(MAY).label, head(MAY).soft_limit) == ("Utredning", 1)
    assert board_as_of(session, View(MAY))["stages"]["case"] == 1


def test_old_and_new_are_kept_and_an_undo_gives_back_what_was(session, admin, case):
    here = make.region(session)
    before = entry(case)
    change = changed(session, admin, case, MARCH, {here.id: 7}, label_nb="Utredning")
    kept = session.execute(
        sa.select(ChangeValue.field, ChangeValue.old, ChangeValue.new)
        .where(ChangeValue.change_id == change.id)
        .order_by(ChangeValue.field)
    ).all()  # fmt: skip
    assert kept == [
        ("label_nb", before.label_nb, "Utredning"), (f"soft_limit_{here.id}", None, "7"),
    ]  # fmt: skip
    later = changed(session, admin, case, APRIL, stale_days=9)
    with pytest.raises(RuleBroken, match="built_upon"):
        stages.undo_stage_change(session, admin, change.id)
    stages.undo_stage_change(session, admin, later.id)
    stages.undo_stage_change(session, admin, change.id)
    assert entry(case) == before
    assert then(session, case, MAY) == (before.label_nb, before.soft_limit, before.stale_days)
    with pytest.raises(RuleBroken, match="already_undone"):
        stages.undo_stage_change(session, admin, change.id)
    # All boards learn of it.
    assert queries.version_of(session, here.id) > change.id


@pytest.mark.parametrize(
    ("over", "on", "code"),
    [
        ({"label_nb": " "}, MARCH, "name_missing"),
        ({"label_en": "IDEA"}, MARCH, "name_taken"),
        ({"label_nb": "x" * 41}, MARCH, "label_too_long"),
        ({"stale_days": -1}, MARCH, "bad_number"),
        ({"soft_limit": 10_000}, MARCH, "bad_number"),
        ({"stale_days": 9}, date(2026, 5, 13), "in_the_future"),
        ({"stale_days": 9}, date(2026, 2, 1), "before_latest_terms"),
    ],
)
def test_what_cannot_be_is_refused(session, admin, case, over, on, code):
    changed(session, admin, case, MARCH, soft_limit=20)
    with pytest.raises(RuleBroken, match=code):
        changed(session, admin, case, on, **over)


def test_only_administrators_and_only_from_what_stands_there(session, admin, case):
    with pytest.raises(NotAllowed):
        changed(session, make.actor(session, Role.MANAGER), case, stale_days=9)
    changed(session, admin, case, stale_days=9)
    assert changed(session, admin, case) is None
    with pytest.raises(Stale, match="stage_changed"):
        stages.set_stage(session, admin, case, entry(case, stale_days=8), {}, on=MAY, seen=0)
