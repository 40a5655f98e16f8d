"""Whatever is done in whatever order: what is stored, counted and asked of the past agrees."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

from incubator.core.access import command_line
from incubator.core.clock import Period
from incubator.core.errors import Refusal
from incubator.core.scope import View
from incubator.goals import metrics, queries as goals
from incubator.ideas import operations as ideas
from incubator.ideas.models import Idea
from incubator.ideas.order import Place
from incubator.pipeline import card
from incubator.pipeline.operations import place_idea
from incubator.pipeline.queries import board_as_of
from incubator.pipeline.undo import undo_change
from incubator.upkeep import check
from tests import make

ME = command_line()
BEGIN = date(2026, 3, 2)
KEYS = ("idea", "case", "incubator_company", "rd_application", "commercialisation")
ACTIONS = ("add", "move", "move", "move", "park", "stop", "reopen", "launch", "place", "undo")
STEP = st.tuples(
    st.sampled_from(ACTIONS),
    st.integers(0, 4),  # which idea, or which of the latest changes
    st.sampled_from(KEYS),
    st.integers(0, 3),  # days since the step before
    st.integers(0, 2),  # days ago that it happened
)
BOUNDED = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),  # each example writes to a database
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@dataclass
class Told:
    """What happened to one idea, as one would tell it: (day, what, change), in order."""

    idea: Idea
    change: int
    stages: list[tuple[date, str, int]] = field(default_factory=list)
    statuses: list[tuple[date, str, int]] = field(default_factory=list)

    def forget(self, change):
        self.stages = [event for event in self.stages if event[2] != change]
        self.statuses = [event for event in self.statuses if event[2] != change]

    def on(self, day):
        """Give stage and status when a day ended, or None before the beginning."""
        stage = [what for when, what, _ in self.stages if when <= day]
        status = [what for when, what, _ in self.statuses if when <= day]
        return (stage[-1], status[-1]) if stage else None


class History:
    """Does what it is told through the operations, and remembers what was not refused."""

    def __init__(self, session, clock):
        self.session, self.clock, self.day = session, clock, BEGIN
        self.told: list[Told] = []
        self.changes: list[int] = []
        self.company = make.company(session)
        self.owner = make.user(session)

    def step(self, action, which, stage, later, ago):
        self.day += timedelta(days=later)
        self.clock.set(self.day)
        if action != "add" and not self.told:
            return
        subject = self.told[which % len(self.told)] if self.told else None
        on = self.day - timedelta(days=ago)
        try:
            with self.session.begin_nested():
                getattr(self, f"_{action}")(subject, which, stage, on)
        except Refusal:
            self.session.expire_all()

    def _add(self, _subject, which, stage, on):
        made = make.ripe_idea(
            self.session, stage, on=on, company_id=self.company.id, owner_id=self.owner.id
        )
        told = Told(made, made.change_id, [(on, stage, made.change_id)])
        told.statuses.append((on, "open", made.change_id))
        self.told.append(told)
        self.changes.append(made.change_id)

    def _move(self, subject, which, stage, on):
        sale = on if stage == "commercialisation" and which % 2 else None
        change = make.move(self.session, subject.idea, stage, on, first_sale_on=sale)
        subject.stages.append((on, stage, change.id))
        if sale:
            subject.statuses.append((sale, "launched", change.id))
        self.changes.append(change.id)

    def _close(self, subject, status, on, change):
        subject.statuses.append((on, status, change.id))
        self.changes.append(change.id)

    def _park(self, subject, _which, _stage, on):
        change = ideas.park_idea(
            self.session, ME, subject.idea, on=on, reason="Venter.", look_again_on=None
        )
        self._close(subject, "parked", on, change)

    def _stop(self, subject, _which, _stage, on):
        change = ideas.stop_idea(self.session, ME, subject.idea, on=on, reason="Nei.", learnt="")
        self._close(subject, "stopped", on, change)

    def _launch(self, subject, _which, _stage, on):
        self._close(
            subject, "launched", on, ideas.launch_idea(self.session, ME, subject.idea, on=on)
        )

    def _reopen(self, subject, _which, _stage, on):
        change = ideas.reopen_idea(self.session, ME, subject.idea, on=on, reason="Klar.")
        self._close(subject, "open", on, change)

    def _place(self, subject, which, _stage, _on):
        other = self.told[(which + 1) % len(self.told)].idea
        change = place_idea(self.session, ME, subject.idea, Place(after_id=other.id))
        self.changes.append(change.id)

    def _undo(self, _subject, which, _stage, _on):
        change = self.changes[-1 - which % len(self.changes)]
        undo_change(self.session, ME, change)
        self.changes.remove(change)
        self.told = [told for told in self.told if told.change != change]
        for told in self.told:
            told.forget(change)

    def board(self, day):
        """Count the board when a day ended, one idea after the other."""
        stages, closed = dict.fromkeys(KEYS, 0), dict.fromkeys(("parked", "stopped", "launched"), 0)
        for stage, status in filter(None, (told.on(day) for told in self.told)):
            if status == "open":
                stages[stage] += 1
            else:
                closed[status] += 1
        return {"stages": stages, **closed}

    def days(self):
        first = BEGIN - timedelta(days=3)
        return [first + timedelta(days=n) for n in range((self.day - first).days + 1)]

    def first_entries(self, stage):
        """Give the first day of each idea in a stage, for those that came there."""
        found = ([d for d, what, _ in told.stages if what == stage] for told in self.told)
        return [min(days) for days in found if days]


@BOUNDED
@given(steps=st.lists(STEP, min_size=1, max_size=25))
def test_random_histories_agree_with_a_plain_account_of_them(session, clock, steps):
    with session.begin_nested() as savepoint:
        history = History(session, clock)
        for step in steps:
            history.step(*step)
        stored_is_what_was_told(session, history)
        boards_are_what_was_told(session, history)
        durations_add_up(session, history)
        metrics_count_their_rows(session, history)
        assert [str(row) for _, row in check.broken(session)] == []
        savepoint.rollback()
    session.expire_all()


def stored_is_what_was_told(session, history):
    keys = {stage.id: key for key, stage in make.stages(session).items()}
    for told in history.told:
        session.refresh(told.idea)
        stored = keys[told.idea.stage_id], told.idea.status.value
        assert stored == told.on(history.day)
    standing = session.scalar(sa.select(sa.func.count(Idea.id)).where(Idea.known()))
    assert standing == len(history.told)


def boards_are_what_was_told(session, history):
    for day in history.days():
        assert board_as_of(session, View(day)) == history.board(day), day


def durations_add_up(session, history):
    for told in history.told:
        beads = card.contents(session, ME, told.idea.id, history.day)["beads"]
        closed_on = told.idea.status_on if told.idea.status != "open" else None
        until = max(closed_on, told.idea.stage_on) if closed_on else history.day
        assert sum(bead.days or 0 for bead in beads) == (until - told.idea.registered_on).days


def metrics_count_their_rows(session, history):
    period = Period(BEGIN - timedelta(days=3), history.day)
    values = goals.all_values(session, View(history.day), period)
    for metric in metrics.METRICS:
        rows = session.execute(sa.select(metrics.rows_of(metric, View(history.day), period))).all()
        expected = sum(row.amount for row in rows) if metric.is_sum else len(rows)
        assert values[metric.key] == expected, metric.key
        assert len({row.id for row in rows}) == len(rows), metric.key
    assert values["ideas_registered"] == len(history.told)
    assert values["cases_opened"] == len(history.first_entries("case"))
    assert values["ideas_commercialised"] == len(history.first_entries("commercialisation"))
    for day in history.days():
        until = goals.all_values(session, View(day), Period(period.first, day))
        opened = [first for first in history.first_entries("case") if first <= day]
        assert until["cases_opened"] == len(opened), day
