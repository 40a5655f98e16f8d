"""Whatever is done in whatever order: what is stored, counted and asked of the past agrees.

A run makes 8 short ones. `HISTORIES=2000` makes as many long ones, and others each time.
"""

import os
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from heapq import merge

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from incubator.audit.models import Change
from incubator.core import clock as times
from incubator.core.access import command_line
from incubator.core.clock import Period
from incubator.core.errors import Refusal
from incubator.core.scope import View
from incubator.goals import metrics, queries as goals
from incubator.ideas import corrections, operations as ideas, queries as stored
from incubator.ideas.models import Idea, StageEvent, StatusEvent
from incubator.ideas.order import Place
from incubator.ideas.queries import Filter, Pick
from incubator.pipeline import card, joining
from incubator.pipeline.operations import place_idea
from incubator.pipeline.queries import board_as_of
from incubator.pipeline.undo import undo_change
from incubator.upkeep import check
from tests import make

ME = command_line()
BEGIN = date(2026, 3, 2)
KEYS = ("idea", "case", "incubator_company", "rd_application", "commercialisation")
ACTIONS = (
    "add", "add", "move", "move", "move", "park", "stop", "launch", "reopen", "reopen", "place",
    "merge", "merge",
)  # fmt: skip
HURRIED = {"place": "move", "stop": "launch"}
CORRECTIONS = ("redate", "redate", "void", "undo", "part", "part")
WHICH = st.integers(0, 4)  # which idea, or which of the latest changes
STAGE = st.sampled_from(KEYS)
LATER = st.sampled_from((1, 0, 2, 4))  # days since the step before
AGO = st.sampled_from((1, 0, 2, 3, -1))  # days after the latest event, or before it: refused
BEYOND = 3  # such a day may lie in the future
DAYS = st.integers(-3, 3)  # by which a date was wrong; odd: by what is beside it
ASKED = int(os.environ.get("HISTORIES", "0"))
BOUNDED = settings(
    max_examples=ASKED or 8,
    stateful_step_count=40 if ASKED else 12,
    deadline=None,
    derandomize=not ASKED,
    phases=(Phase.explicit, Phase.generate),  # each example writes to a database
    suppress_health_check=list(HealthCheck),
)


@dataclass
class Told:
    """What happened to one idea, as one would tell it: (day, what, change), in order."""

    idea: Idea
    change: int
    stages: list[tuple[date, str, int]] = field(default_factory=list)
    statuses: list[tuple[date, str, int]] = field(default_factory=list)
    changes: list[int] = field(default_factory=list)  # what its course rests on, and stands

    def forget(self, change):
        self.stages = [event for event in self.stages if event[2] != change]
        self.statuses = [event for event in self.statuses if event[2] != change]
        self.changes = [one for one in self.changes if one != change]

    @property
    def is_open(self):
        return self.statuses[-1][1] == "open"

    @property
    def latest(self):
        """Give the day of what happened last."""
        return max(self.stages[-1][0], self.statuses[-1][0])

    def course(self):
        """Give what happened in its order, stages and statuses together."""
        by_day = {"key": lambda event: (event[0], event[2])}
        return list(merge(self.stages, self.statuses, **by_day))

    def beside(self, event):
        """Give what happened right before an event and right after it, if anything."""
        course = self.course()
        at = next(n for n, one in enumerate(course) if one is event)
        return course[at - 1] if at else None, course[at + 1] if at + 1 < len(course) else None

    @property
    def day(self):
        """Give the day on which it was registered."""
        return self.stages[0][0]

    def first(self, key):
        """Give the day on which it first came to a stage, or the end of days."""
        return min((day for day, what, _ in self.stages if what == key), default=date.max)

    def copy(self):
        lists = (deepcopy(one) for one in (self.stages, self.statuses, self.changes))
        return Told(self.idea, self.change, *lists)

    def read(self, session):
        """Tell what is stored."""
        keys = {stage.id: key for key, stage in make.stages(session).items()}
        for table, told in ((StageEvent, self.stages), (StatusEvent, self.statuses)):
            query = sa.select(table).where(table.idea_id == self.idea.id, table.known())
            told[:] = [
                (
                    e.occurred_on,
                    keys[e.stage_id] if table is StageEvent else e.status.value,
                    e.change_id,
                )
                for e in session.scalars(query.order_by(table.occurred_on, table.nth))
            ]

    def reread(self, session):
        """Hold what is told against what is stored, and note by which change that is."""
        told = [[event[:2] for event in one] for one in (self.stages, self.statuses)]
        self.read(session)
        assert [[event[:2] for event in one] for one in (self.stages, self.statuses)] == told

    def on(self, day):
        """Give stage and status when a day ended, or None before the beginning."""
        stage = [what for when, what, _ in self.stages if when <= day]
        status = [what for when, what, _ in self.statuses if when <= day]
        return (stage[-1], status[-1]) if stage else None


def joined(kept, gone, day):
    """Say how two ideas that are one stood when a day ended.

    In the stage that either came to last, but of the one that is not kept only each stage that
    the other one had not been in by then. Open while either was, launched once either was.
    """
    stages = [(when, 0, n, what) for n, (when, what, _) in enumerate(kept.stages)]
    entered = set()
    for n, (when, what, _) in enumerate(gone.stages):
        if what not in entered and when < kept.first(what):
            stages.append((when, 1, n, what))
        entered.add(what)
    came = [one for one in stages if one[0] <= day]
    statuses = [
        max(
            (when, is_gone, n, what)
            for n, (when, what, _) in enumerate(one.statuses)
            if when <= day
        )
        for is_gone, one in enumerate((kept, gone))
        if one.day <= day
    ]
    if not came:
        return None
    found = {what for *_, what in statuses}
    return max(came)[-1], next(
        (what for what in ("launched", "open") if what in found), max(statuses)[-1]
    )


class History:
    """Does what it is told through the operations, and remembers what was not refused."""

    def __init__(self, session, clock, people, *, is_hurried):
        self.session, self.clock, self.day = session, clock, BEGIN
        self.is_hurried = is_hurried  # most things happen on the same day, in few stages
        self.refuses: bool | None = None  # whether what is tried now must be refused, if known
        self.told: list[Told] = []
        self.changes: list[int] = []
        self.in_turn: list[int] = []  # changes that can be undone, the latest first
        self.before: dict[int, list[Told]] = {}  # what was told before a correction
        self.merged: dict[int, tuple[Told, Told]] = {}  # the two that a merge made one
        self.known: dict[date, list[Told]] = {}  # what was told when a day ended
        self.company_id, self.owner_id = people
        clock.set(self.day)
        for stage, days in (("idea", 0), ("idea", 0)) if is_hurried else (("idea", 0), ("case", 2)):
            self._add(None, 0, stage, self.day - timedelta(days=days))

    def step(self, action, which, stage, later, ago):
        if self.is_hurried:
            action = HURRIED.get(action, action)
            stage, later = KEYS[KEYS.index(stage) % 3], later // 2
            ago = ago if action == "redate" or ago < 0 else ago // 2
        if later:
            self.known[self.day] = self.account()
        self.day += timedelta(days=later)
        self.clock.set(self.day)
        if (len(self.told) > 3) if action == "add" else not self.told:
            return
        subject = self._subject(action, which)
        on = self._on(action, subject, ago)
        self.refuses = None
        try:
            with self.session.begin_nested():
                getattr(self, f"_{action}")(subject, which, stage, on)
            assert not self.refuses, f"{action} should have been refused"
            DONE[action] = DONE.get(action, 0) + 1
        except Refusal as no:
            if self.refuses is False:
                raise AssertionError(f"{action} was refused: {no.code}") from no
            self.session.expire_all()

    def _subject(self, action, which):
        """Choose an idea: mostly one that it can be done to."""
        wanted = {
            "reopen": lambda told: told.statuses[-1][1] != "open",
            "redate": lambda told: len(told.stages) + len(told.statuses) > 2,
            "void": lambda told: len(told.stages) + len(told.statuses) > 2,
            "add": lambda told: True,
        }.get(action, lambda told: told.statuses[-1][1] == "open")
        found = [told for told in self.told if wanted(told)] or self.told
        return found[which % len(found)] if found else None

    def _on(self, action, subject, ago):
        """Choose a day: mostly one that can be, entered late."""
        if action in ("add", "redate"):
            return self.day - timedelta(days=ago)
        on = subject.latest + timedelta(days=ago)
        return on if ago == BEYOND else min(self.day, on)

    def _note(self, change, *touched):
        """Keep what was done, and on which courses."""
        self.changes.append(change.id)
        self.in_turn.append(change.id)
        for told in touched:
            told.changes.append(change.id)

    def account(self):
        """Give what is told now, to be kept."""
        return [told.copy() for told in self.told]

    def _add(self, _subject, which, stage, on):
        self.refuses = on > self.day
        made = make.ripe_idea(
            self.session, stage, on=on, company_id=self.company_id, owner_id=self.owner_id
        )
        told = Told(made, made.change_id, [(on, stage, made.change_id)])
        told.statuses.append((on, "open", made.change_id))
        self.told.append(told)
        self._note(self.session.get(Change, made.change_id), told)

    def _move(self, subject, which, stage, on):
        if stage == subject.stages[-1][1]:
            stage = KEYS[(KEYS.index(stage) + 1) % len(KEYS)]
        sale = on if stage == "commercialisation" and which % 2 else None
        self._must_fit(subject, on, subject.is_open)
        if subject.stages[-1][1] == "rd_application" and not self.refuses:
            self.refuses = None  # written down in that stage, it may lack what the gate asks for
        change = make.move(self.session, subject.idea, stage, on, first_sale_on=sale)
        subject.stages.append((on, stage, change.id))
        if sale:
            subject.statuses.append((sale, "launched", change.id))
        self._note(change, subject)

    def _must_fit(self, subject, on, is_possible):
        self.refuses = not (is_possible and subject.latest <= on <= self.day)

    def _close(self, subject, status, on, change):
        subject.statuses.append((on, status, change.id))
        self._note(change, subject)

    def _park(self, subject, _which, _stage, on):
        self._must_fit(subject, on, subject.is_open)
        change = ideas.park_idea(
            self.session, ME, subject.idea, on=on, reason="Venter.", look_again_on=None
        )
        self._close(subject, "parked", on, change)

    def _stop(self, subject, _which, _stage, on):
        self._must_fit(subject, on, subject.is_open)
        change = ideas.stop_idea(self.session, ME, subject.idea, on=on, reason="Nei.", learnt="")
        self._close(subject, "stopped", on, change)

    def _launch(self, subject, _which, _stage, on):
        self._must_fit(subject, on, subject.is_open)
        self._close(
            subject, "launched", on, ideas.launch_idea(self.session, ME, subject.idea, on=on)
        )

    def _reopen(self, subject, _which, _stage, on):
        self._must_fit(subject, on, not subject.is_open)
        change = ideas.reopen_idea(self.session, ME, subject.idea, on=on, reason="Klar.")
        self._close(subject, "open", on, change)

    def _merge(self, subject, which, _stage, _on):
        """Merge two ideas, and hold what became of them against what was told of each."""
        others = [told for told in self.told if told is not subject] or self.told
        other = others[which % len(others)]
        self.refuses = other is subject
        kept, gone = sorted((subject, other), key=lambda told: (told.day, told.idea.id))
        expected = {day: joined(kept, gone, day) for day in self.days()}
        firsts = {key: min(kept.first(key), gone.first(key)) for key in KEYS}
        change = joining.merge_ideas(self.session, ME, subject.idea, other.idea)
        self.merged[change.id] = (kept.copy(), gone)
        kept.read(self.session)
        assert {day: kept.on(day) for day in expected} == expected
        assert {key: kept.first(key) for key in KEYS} == firsts
        self.told.remove(gone)
        kept.changes = sorted(kept.changes + gone.changes)
        self._note(change, kept)

    def _tell_of_both(self, change):
        """Tell of two ideas again what was told before they were merged."""
        was, gone = self.merged.pop(change)
        kept = next(told for told in self.told if told.idea is was.idea)
        kept.stages, kept.statuses, kept.changes = was.stages, was.statuses, was.changes
        gone.idea = self.session.get(Idea, stored.merged_into(self.session, gone.idea.id))
        self.told.append(gone)
        kept.reread(self.session)
        gone.reread(self.session)
        DONE["parted"] = DONE.get("parted", 0) + 1

    def _place(self, subject, which, _stage, _on):
        other = self.told[(which + 1) % len(self.told)].idea
        change = place_idea(self.session, ME, subject.idea, Place(after_id=other.id))
        self._note(change)

    def _undo(self, _subject, which, _stage, _on):
        self._take_back(self.changes[-1 - which % len(self.changes)])

    def _part(self, *how):
        """Undo the latest merge, or make one."""
        if self.merged:
            self._take_back(max(self.merged))
        else:
            self._merge(*how)

    def _take_back(self, change):
        """Undo what was done last; what something was built on must be refused."""
        is_last = self.in_turn[-1:] == [change]
        is_below = any(change in told.changes[:-1] for told in self.told)
        self.refuses = False if is_last else is_below or None
        undo_change(self.session, ME, change)
        self.changes.remove(change)
        is_plain = is_last and change not in self.merged and change not in self.before
        self.in_turn = self.in_turn[:-1] if is_plain else []  # else facts were written anew
        if change in self.merged:
            self._tell_of_both(change)
        if change in self.before:
            idea, stages, statuses = self.before.pop(change)
            told = next(told for told in self.told if told.idea is idea)
            told.stages, told.statuses = stages, statuses
            told.reread(self.session)
        self.told = [told for told in self.told if told.change != change]
        for told in self.told:
            told.forget(change)

    def _event(self, subject, which, *, is_early=False):
        """Choose an event: what is told of it, where in the account, and its row."""
        every = [("status", nth) for nth in range(1, len(subject.statuses))]
        every += [("stage", nth) for nth in range(1, len(subject.stages))]
        every = every or [("stage", 0)]  # not to be corrected
        at = which % len(every)
        kind, nth = every[at if is_early else -1 - at]
        table = StageEvent if kind == "stage" else StatusEvent
        rows = self.session.scalars(
            sa.select(table)
            .where(table.idea_id == subject.idea.id, table.known())
            .order_by(table.occurred_on, table.nth)
        ).all()
        return kind, (subject.stages if kind == "stage" else subject.statuses), nth, rows[nth].id

    def _redate(self, subject, which, _stage, on):
        days = (self.day - on).days
        kind, told, nth, event_id = self._event(subject, which, is_early=days < 0)
        before, after = subject.beside(told[nth])
        beside = after if days < 0 else before
        on = told[nth][0] - timedelta(days=days)
        if days % 2 and beside:  # the same day as what is beside it, or one beyond that
            on = beside[0] - timedelta(days=days // 2 if days > 0 else -(-days // 2))
        self.refuses = not (
            nth
            and (before is None or before[0] <= on)
            and on <= (self.day if after is None else after[0])
            and on != told[nth][0]
        )
        kept = subject.idea, list(subject.stages), list(subject.statuses)
        change = corrections.redate_event(
            self.session, ME, subject.idea, kind, event_id, on=on, reason="Feil dag."
        )
        told[nth] = (on, told[nth][1], change.id)
        self.before[change.id] = kept
        self._note(change, subject)
        subject.reread(self.session)

    def _void(self, subject, which, _stage, on):
        kind, told, nth, event_id = self._event(subject, which)
        course, what = subject.course(), told[nth][1]
        since = course[[one is told[nth] for one in course].index(True) + 1 :]
        was_launched = any(one[1] == "launched" for one in since)
        self.refuses = (
            not nth
            or (what == "open" and bool(since))
            or (what == "commercialisation" and was_launched)
        )
        kept = subject.idea, list(subject.stages), list(subject.statuses)
        change = corrections.void_event(
            self.session, ME, subject.idea, kind, event_id, reason="Skjedde ikke."
        )
        del told[nth]
        if nth < len(told) and told[nth][1] == told[nth - 1][1]:
            del told[nth]
        self.before[change.id] = kept
        self._note(change, subject)

    def board(self, day, told=None):
        """Count the board when a day ended, one idea after the other."""
        stages, closed = dict.fromkeys(KEYS, 0), dict.fromkeys(("parked", "stopped", "launched"), 0)
        account = self.told if told is None else told
        for stage, status in filter(None, (one.on(day) for one in account)):
            if status == "open":
                stages[stage] += 1
            else:
                closed[status] += 1
        return {"stages": stages, **closed}

    def days(self):
        """Give the days on which anything is told to have happened, and those before them."""
        told = {event[0] for one in self.told for event in (*one.stages, *one.statuses)}
        return sorted(told | {day - timedelta(days=1) for day in told} | {self.day})

    def first_entries(self, stage):
        """Give the first day of each idea in a stage, for those that came there."""
        found = ([d for d, what, _ in told.stages if what == stage] for told in self.told)
        return [min(days) for days in found if days]


DONE: dict[str, int] = {}  # how often each was not refused


class Histories(RuleBasedStateMachine):
    """Whatever one can do to ideas, in any order."""

    def __init__(self, session, clock, people):
        super().__init__()
        self.session, self.clock, self.people = session, clock, people
        self._say("SAVEPOINT example")

    @initialize(is_hurried=st.booleans())
    def begins(self, is_hurried):
        self.history = History(self.session, self.clock, self.people, is_hurried=is_hurried)

    @rule(action=st.sampled_from(ACTIONS), which=WHICH, stage=STAGE, later=LATER, ago=AGO)
    def happens(self, action, **how):
        self.history.step(action, **how)

    @rule(action=st.sampled_from(CORRECTIONS), which=WHICH, stage=STAGE, later=LATER, ago=DAYS)
    def is_put_right(self, action, **how):
        self.history.step(action, **how)

    def teardown(self):
        try:
            stored_is_what_was_told(self.session, self.history)
            boards_are_what_was_told(self.session, self.history)
            boards_were_known_as_told(self.session, self.history)
            durations_add_up(self.session, self.history)
            metrics_count_their_rows(self.session, self.history)
            assert [str(row) for _, row in check.broken(self.session)] == []
        finally:
            self.session.expunge_all()
            # Rolled back alone it would stay, and each example would lie within all before it.
            self._say("ROLLBACK TO SAVEPOINT example")
            self._say("RELEASE SAVEPOINT example")

    def _say(self, statement):
        self.session.connection().exec_driver_sql(statement)


def test_random_histories_agree_with_a_plain_account_of_them(session, clock):
    make.stages(session)
    people = make.company(session).id, make.user(session).id
    DONE.clear()
    run_state_machine_as_test(lambda: Histories(session, clock, people), settings=BOUNDED)
    assert DONE.keys() >= {
        "add",
        "move",
        "park",
        "reopen",
        "undo",
        "redate",
        "void",
        "merge",
        "parted",
    }
    if ASKED:
        print(f"{ASKED} histories:", ", ".join(f"{n} {what}" for what, n in sorted(DONE.items())))  # noqa: T201


def stored_is_what_was_told(session, history):
    keys = {stage.id: key for key, stage in make.stages(session).items()}
    for told in history.told:
        session.refresh(told.idea)
        stored = keys[told.idea.stage_id], told.idea.status.value
        assert stored == told.on(history.day)
    standing = session.scalar(sa.select(sa.func.count(Idea.id)).where(Idea.known()))
    assert standing == len(history.told)


def some(every, few=2):
    """Choose some of many, more of a long history: the last, and others evenly before it."""
    found = list(every)
    most = few * (6 if ASKED else 1)
    return [found[-1 - n * len(found) // most] for n in range(min(most, len(found)))]


def boards_are_what_was_told(session, history):
    keys = {stage.id: key for key, stage in make.stages(session).items()}
    picks = [Pick(stage_id, limit=500) for stage_id in keys]
    for day in some(history.days()):
        stood = stored.board_stood(session, ME, View(day), Filter(), picks)
        states = {told.idea.id: told.on(day) for told in history.told if told.on(day)}
        shown = {(one.id, keys[one.stage_id]) for one in stood.cards}
        assert shown == {(n, stage) for n, (stage, status) in states.items() if status == "open"}
        counted = {(keys[one.stage_id], one.status.value): one.total for one in stood.counts}
        assert counted == {
            state: list(states.values()).count(state) for state in set(states.values())
        }, day
    for day in some(history.days(), 1):
        assert board_as_of(session, View(day)) == history.board(day), day


def boards_were_known_as_told(session, history):
    for day, told in some(history.known.items(), 1):
        known_at = times.end_of(day)
        for asked in (day, day - timedelta(days=2)):
            found = board_as_of(session, View(asked, known_at))
            assert found == history.board(asked, told), (asked, day)


def durations_add_up(session, history):
    for told in history.told:
        beads = card.contents(session, ME, told.idea.id, history.day)["beads"]
        closed_on = told.idea.status_on if told.idea.status != "open" else None
        until = max(closed_on, told.idea.stage_on) if closed_on else history.day
        assert sum(bead.days or 0 for bead in beads) == (until - told.idea.registered_on).days


def metrics_count_their_rows(session, history):
    period = Period(BEGIN - timedelta(days=16), history.day)
    values = goals.all_values(session, View(history.day), period)
    for metric in metrics.METRICS:
        rows = session.execute(sa.select(metrics.rows_of(metric, View(history.day), period))).all()
        expected = sum(row.amount for row in rows) if metric.is_sum else len(rows)
        assert values[metric.key] == expected, metric.key
        assert len({row.id for row in rows}) == len(rows), metric.key
    assert values["ideas_registered"] == len(history.told)
    assert values["cases_opened"] == len(history.first_entries("case"))
    assert values["ideas_commercialised"] == len(history.first_entries("commercialisation"))
    for day in some(history.days(), 1) if ASKED else ():
        until = goals.all_values(session, View(day), Period(period.first, day))
        opened = [first for first in history.first_entries("case") if first <= day]
        assert until["cases_opened"] == len(opened), day
