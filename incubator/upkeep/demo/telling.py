"""Tell one idea through the operations that people use: every fact of it, in its order."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from incubator.core.access import Actor
from incubator.followups import operations as followups
from incubator.funding import operations as funding, queries as applications
from incubator.funding.models import PaymentKind
from incubator.ideas import operations as ideas
from incubator.ideas.models import Idea, StageKind, Status
from incubator.incubation import operations as incubation, queries as incubations
from incubator.incubation.models import EndReason
from incubator.jobs.models import Evidence, JobRecord, JobState
from incubator.pipeline.operations import Answers, move_idea
from incubator.upkeep.demo import data, money, visits
from incubator.upkeep.demo.jobs import Told, enter_jobs
from incubator.upkeep.demo.known import Companies
from incubator.upkeep.demo.lives import Entry
from incubator.upkeep.demo.script import Diary, Script
from incubator.upkeep.demo.stories import OF_FOUNDERS, Story
from incubator.upkeep.demo.world import World

SMALL = OF_FOUNDERS | {"transport"}  # kinds of companies that seek little money
LEFT = (EndReason.COMPLETED, EndReason.OUTGROWN, EndReason.WITHDREW, EndReason.SOLD)
LEFT_BECAUSE = (6, 3, 2, 1)


class Telling:
    """One idea being told: what is entered about it, by whom and when."""

    def __init__(self, world: World, script: Script, known: Companies, story: Story) -> None:
        self._world = world
        self._known = known
        self._story = story
        self._dice = story.dice
        self._script = script
        self._diary_dice = data.dice(story.dice)
        self._happenings: list[tuple[date, Callable[[], object]]] = []
        self._actor = world.actors[story.owner]
        self._wish = money.wish_of(
            self._dice,
            is_large=story.words.kind not in SMALL,
            is_new=story.founder is not None,
        )
        self._is_unassigned = self._dice.random() < 0.12 and len(story.life.entries) == 1
        self._idea: Idea | None = None
        self._expected: JobRecord | None = None

    @property
    def story(self) -> Story:
        """What is told."""
        return self._story

    @property
    def actor(self) -> Actor:
        """Whoever owns the idea, and enters most about it."""
        return self._actor

    @property
    def idea(self) -> Idea:
        """The card, once it has been registered."""
        assert self._idea is not None, "nothing is told of an idea before it is registered"
        return self._idea

    def tell(self) -> None:
        """Put everything about the idea into the script."""
        entries = self._story.life.entries
        leaving = [*(entry.on for entry in entries[1:]), self._story.life.closed_on]
        for nth, (entry, left_on) in enumerate(zip(entries, leaving, strict=True)):
            if nth == 0:
                self._happens(entry.on, partial(self._register, entry.on, self._dice.random()))
            else:
                move = partial(self._move, entry, entries[nth - 1].kind, self._answers(entry))
                self._happens(entry.on, move)
            self._stay(entry, left_on, is_last=nth == len(entries) - 1)
        self._close()
        self._jobs()
        diary = Diary(self._script, self._diary_dice)
        for on, do in sorted(self._happenings, key=lambda happening: happening[0]):
            diary.enter(on, do)

    def _happens(self, on: date, do: Callable[[], object]) -> None:
        """Note what happens on a day; it is entered in the order of the days."""
        self._happenings.append((on, do))

    def _register(self, on: date, lot: float) -> None:
        story, world = self._story, self._world
        company = None
        if story.firm and not story.founder:
            company = self._known.get(story.firm, self._actor)
        if company and not self._is_unassigned and visits.came_of_one(story):
            text = story.words.problem if lot > 0.55 else ""
            self._idea = visits.log_with_idea(world, self._actor, story, company, on, text=text)
            return
        self._idea = ideas.add_idea(
            world.session,
            self._actor,
            region_id=world.regions[story.region].id,
            stage=world.stages[story.life.entries[0].kind],
            title=story.words.title,
            on=on,
            company_id=company.id if company else None,
            municipality_id=world.municipalities[story.municipality].id,
            owner_id=None if self._is_unassigned else world.people[story.owner].id,
        )
        if lot > 0.55:
            words = {"problem": story.words.problem}
            ideas.edit_idea(world.session, self._actor, self._idea, words)

    def _answers(self, entry: Entry) -> Answers:
        """Prepare what the gate of a stage asks for."""
        story, life = self._story, self._story.life
        reason = self._dice.choice(data.read("words")["back"])
        days = self._dice.randint(25, 60)
        if entry.is_back:
            return Answers(reason=reason)
        answers = Answers(
            owner_id=self._world.people[story.owner].id,
            problem=story.words.problem,
            founder=story.founder or "",
        )
        if entry.kind == StageKind.APPLICATION:
            answers = replace(
                answers,
                instrument_id=self._world.instruments[self._wish.instrument].id,
                deadline_on=self._deadline(entry.on),
                planned_on=entry.on + timedelta(days=self._wish.days_to_write),
                sought_nok=self._wish.sought_nok,
            )
        if entry.kind == StageKind.MARKET:
            sale_on = life.closed_on or entry.on + timedelta(days=days * 2)
            answers = replace(
                answers, launched_what=story.words.product, first_sale_planned_on=sale_on
            )
        return answers

    def _deadline(self, entered_on: date) -> date:
        return entered_on + timedelta(days=self._wish.days_to_write + 4)

    def _move(self, entry: Entry, seen: StageKind, answers: Answers) -> None:
        world = self._world
        if self._story.firm and entry.kind not in (StageKind.IDEA, StageKind.CASE):
            company = self._known.get(self._story.firm, self._actor)
            orgnr = "" if company.orgnr else self._story.firm.orgnr
            answers = replace(answers, company_id=company.id, orgnr=orgnr)
        move_idea(
            world.session,
            self._actor,
            self.idea,
            world.stages[entry.kind],
            entry.on,
            seen=world.stages[seen],
            answers=answers,
        )

    def _stay(self, entry: Entry, left_on: date | None, *, is_last: bool) -> None:
        """Tell what happens while a card stands in a stage."""
        until = left_on or self._script.last_day
        has_steps, gap = self._dice.random() < 0.55, self._dice.randint(2, 9)
        took = self._dice.randint(6, 25)
        what = self._dice.choice(data.read("words")["done"][entry.kind.value])
        promised_on = entry.on + timedelta(days=gap)
        if has_steps and promised_on + timedelta(days=took) <= until:
            self._kept_promise(what, promised_on, promised_on + timedelta(days=took))
        rest = self._story.life.rest
        if rest and left_on and entry.on <= rest.parked_on and rest.reopened_on <= left_on:
            self._rest(rest.parked_on, rest.reopened_on)
        if entry.kind == StageKind.APPLICATION and self._is_final_application(entry):
            self._apply(entry, left_on)
        if entry.kind == StageKind.INCUBATOR and entry.on == self._story.life.first(entry.kind):
            self._leave_incubator(entry.on)
        if is_last and left_on is None:
            self._next_step(entry)

    def _kept_promise(self, what: str, promised_on: date, kept_on: date) -> None:
        steps: list[Any] = []

        def promise() -> None:
            step = followups.promise(
                self._world.session, self._actor, self.idea, what=what, due_on=kept_on
            )
            steps.append(step)

        self._happens(promised_on, promise)
        self._happens(kept_on, lambda: followups.finish(self._world.session, self._actor, steps[0]))

    def _next_step(self, entry: Entry) -> None:
        """Leave an open card with a next step, overdue, ahead or missing."""
        lot, days = self._dice.random(), self._dice.randint(1, 24)
        what = self._dice.choice(data.read("words")["next"][entry.kind.value])
        today = self._world.today
        if lot < 0.26:
            return
        due_on = today - timedelta(days=1 + days // 2) if lot < 0.44 else today + timedelta(days)
        promised_on = max(entry.on, min(due_on, today) - timedelta(days=days + 2))
        self._happens(
            promised_on,
            lambda: followups.promise(
                self._world.session, self._actor, self.idea, what=what, due_on=due_on
            ),
        )

    def _rest(self, parked_on: date, reopened_on: date) -> None:
        session, told = self._world.session, data.read("words")
        why, again = self._dice.choice(told["park"]), self._dice.choice(told["reopened"])
        self._happens(
            parked_on,
            lambda: ideas.park_idea(
                session, self._actor, self.idea, on=parked_on, reason=why, look_again_on=reopened_on
            ),
        )
        self._happens(
            reopened_on,
            lambda: ideas.reopen_idea(
                session, self._actor, self.idea, on=reopened_on, reason=again
            ),
        )

    def _is_final_application(self, entry: Entry) -> bool:
        entered = [e for e in self._story.life.entries if e.kind == StageKind.APPLICATION]
        return entry is entered[-1]

    def _apply(self, entry: Entry, left_on: date | None) -> None:
        life = self._story.life
        course: Iterable[money.Turn | money.Instalment]
        if life.stage == StageKind.CASE and left_on:
            course = money.dropped(entry.on, left_on)
        elif life.stage == StageKind.APPLICATION and life.status == Status.PARKED:
            course = ()
        else:
            is_refused = life.stage == StageKind.APPLICATION and life.status == Status.STOPPED
            course = money.course_of(self._wish, entry.on, left_on, is_won=not is_refused)
        for turn in course:
            if isinstance(turn, money.Instalment):
                self._happens(turn.on, partial(self._paid, turn))
            else:
                self._happens(turn.on, partial(self._turn, turn))

    def _paid(self, part: money.Instalment) -> None:
        session = self._world.session
        for application in applications.of_idea(session, self.idea.id):
            if part.amount_nok:
                funding.record_payment(
                    session, self._actor, application, PaymentKind.PAID, on=part.on,
                    amount_nok=part.amount_nok,
                )  # fmt: skip

    def _turn(self, turn: money.Turn) -> None:
        session = self._world.session
        for application in applications.of_idea(session, self.idea.id):
            funding.set_status(
                session,
                self._actor,
                application,
                turn.status,
                on=turn.on,
                amount_nok=turn.amount_nok,
                reason=turn.reason,
                report_due_on=turn.report_due_on,
            )
            if turn.reference:
                wanted = {
                    "reference": turn.reference,
                    "owner_id": self._world.people[self._story.owner].id,
                }
                nothing = dict.fromkeys(wanted)
                funding.edit_application(session, self._actor, application, wanted, nothing)

    def _leave_incubator(self, admitted_on: date) -> None:
        """Let the company leave when its time is up, if it is to leave at all."""
        lot, days = self._dice.random(), self._dice.randint(380, 640)
        note = self._dice.choices(data.read("words")["left"], LEFT_BECAUSE)[0]
        left_on = admitted_on + timedelta(days=days)
        if lot < 0.6:
            self._happens(left_on, partial(self._end_incubation, left_on, note))

    def _end_incubation(self, left_on: date, note: str) -> None:
        session = self._world.session
        running = incubations.running_of(session, self.idea.company_id or 0)
        if running is None or running.occurred_on >= left_on:
            return
        reason = LEFT[data.read("words")["left"].index(note)]
        incubation.end_incubation(
            session, self._actor, running, on=left_on, reason=reason, note=note
        )

    def _close(self) -> None:
        life, session, told = self._story.life, self._world.session, data.read("words")
        stop, park = self._reason_to_stop(), self._dice.choice(told["park"])
        again = self._dice.randint(20, 120)
        share_lot = self._dice.random()
        self._share(share_lot)
        if (on := life.closed_on) is None:
            return
        look_again_on = self._world.today + timedelta(days=again - 25) if again > 40 else None
        closing = {
            Status.STOPPED: lambda: ideas.stop_idea(
                session,
                self._actor,
                self.idea,
                on=on,
                reason=stop["reason"],
                learnt=stop["learnt"],
            ),
            Status.PARKED: lambda: ideas.park_idea(
                session, self._actor, self.idea, on=on, reason=park, look_again_on=look_again_on
            ),
            Status.LAUNCHED: lambda: ideas.launch_idea(session, self._actor, self.idea, on=on),
        }
        self._happens(on, closing[life.status])

    def _reason_to_stop(self) -> Mapping[str, str]:
        """Choose why an idea is stopped, and what was learnt: what suits its stage and people."""
        suits: set[str | None] = {None, "founder"} if self._story.founder else {None}
        if self._story.life.stage == StageKind.APPLICATION:
            suits = {"refused"}
        fitting = [one for one in data.read("words")["stop"] if one.get("only") in suits]
        chosen: Mapping[str, str] = self._dice.choice(fitting)
        return chosen

    def _share(self, lot: float) -> None:
        """Share what can be told: most of what is sold, little of what is new."""
        life = self._story.life
        limit = {StageKind.MARKET: 0.4, StageKind.APPLICATION: 0.2}.get(life.stage, 0.05)
        on = life.entries[-1].on + timedelta(days=3)
        if (
            lot < limit
            and not self._is_unassigned
            and (life.closed_on is None or on < life.closed_on)
        ):
            self._happens(
                on,
                lambda: ideas.share_idea(
                    self._world.session, self._actor, self.idea, is_shared=True, on=on
                ),
            )

    def _jobs(self) -> None:
        """Write down the work places that an idea is planned, expected and found to bring."""
        life, number = self._story.life, self._dice.choice((1, 1, 2, 2, 2, 3, 3, 5))
        source = self._dice.choice(data.read("words")["job_sources"])
        lots = [self._dice.random() for _ in range(4)]
        case, admitted = life.first(StageKind.CASE), life.first(StageKind.INCUBATOR)
        applied, sold = life.first(StageKind.APPLICATION), life.first(StageKind.MARKET)
        if case and lots[0] < 0.35:
            self._job(case + timedelta(days=9), number + 1, JobState.PLANNED, "Samtale på besøk")
        if applied and lots[1] < 0.8:
            self._job(applied + timedelta(days=12), number + 1, JobState.EXPECTED, "Søknaden")
        if admitted and lots[2] < 0.35:
            self._job(admitted + timedelta(days=110), 1, JobState.REALISED, "Årssamtale")
        if sold and lots[3] < 0.85:
            day = (life.closed_on or sold) + timedelta(days=21)
            self._job(day, number, JobState.REALISED, source, is_of_expected=True)

    def _job(
        self, on: date, number: int, state: JobState, source: str, *, is_of_expected: bool = False
    ) -> None:
        lot = self._dice.random()
        is_secured = state == JobState.REALISED and lot < 0.2
        evidence = Evidence.DOCUMENTED if source == "Sluttrapport" else Evidence.TOLD
        told = Told(on, number, state, source, evidence, is_secured)
        self._happens(on, partial(self._enter_jobs, told, is_of_expected=is_of_expected))

    def _enter_jobs(self, told: Told, *, is_of_expected: bool) -> None:
        expected = self._expected if is_of_expected else None
        record = enter_jobs(self._world.session, self._actor, self.idea, told, expected)
        if told.state == JobState.EXPECTED:
            self._expected = record
