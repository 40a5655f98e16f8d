"""Whatever happens to applications and incubations in whatever order: no impossible state, and
every number is that of its rows and of a count kept by hand.

`LIVES` in the environment asks for more examples than `make test` takes.
"""

import os
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from incubator.core.access import command_line
from incubator.core.clock import Period
from incubator.core.errors import Refusal
from incubator.core.scope import View
from incubator.funding import operations as funding
from incubator.funding.models import (
    Application,
    ApplicationEvent,
    ApplicationStatus,
    Payment,
    PaymentKind,
)  # fmt: skip
from incubator.goals import metrics
from incubator.ideas.models import Idea
from incubator.incubation import operations as incubation
from incubator.incubation.models import EndReason, Incubation, IncubationEnd
from incubator.pipeline.undo import undo_change
from incubator.upkeep import check
from tests import make

ME = command_line()
BEGIN = date(2026, 3, 2)
KEYS = (
    "applications_sent", "applications_granted", "amount_granted", "rd_projects_completed",
    "incubator_admissions", "incubator_active",
)  # fmt: skip
# What each status comes after, in the words of the field and not of the program.
AFTER = {
    "sent": {"draft"},
    "processing": {"sent", "refused"},
    "granted": {"sent", "processing", "granted"},
    "accepted": {"granted"},
    "running": {"accepted"},
    "reported": {"accepted", "running"},
    "done": {"reported"},
    "refused": {"sent", "processing"},
    "withdrawn": {"draft", "sent", "processing", "granted", "accepted", "running"},
    "lapsed": {"draft", "granted", "accepted", "running"},
}
USUAL = ("sent", "processing", "granted", "accepted", "running", "reported", "done")
STATUSES = tuple(status.value for status in ApplicationStatus)
AMOUNTS = (100, 250, 400)
some = st.integers(0, 5)
later = st.sampled_from((0, 0, 1, 2))
ago = st.sampled_from((0, 0, 0, 1, 3))
EXAMPLES = int(os.environ.get("LIVES", "8"))
BOUNDED = settings(
    max_examples=EXAMPLES,
    stateful_step_count=6 if EXAMPLES <= 100 else 10,
    deadline=None,
    derandomize=EXAMPLES <= 100,
    database=None,
    phases=(Phase.generate,),  # each step writes to a database
    suppress_health_check=list(HealthCheck),
)


@dataclass
class Fact:
    """Something that happened, as one would write it into a book by hand."""

    kind: str  # event, payment, incubation or end
    of: int  # the application, the company or the incubation
    day: date
    what: str
    amount: int
    made: int  # by which change
    voided: int | None = None


@dataclass
class World:
    """What is there before anything happens."""

    session: object
    clock: object
    companies: list[int]
    ideas: list[int]


class Lives(RuleBasedStateMachine):
    """Lets things happen through the operations, and keeps the book."""

    world: World

    begun = 0

    @initialize(
        far=st.lists(st.integers(0, 6), min_size=1, max_size=2), paid=st.booleans(), admits=some
    )
    def begin(self, far, paid, admits):
        """Begin among applications that have come some way already, and perhaps an admission."""
        type(self).begun += 1
        self.session, self.clock = self.world.session, self.world.clock
        self.point = self.session.begin_nested()
        self.today = BEGIN
        self.clock.set(BEGIN)
        self.book: list[Fact] = []
        self.applications: list[int] = []
        self.gone: dict[int, int] = {}  # voided applications, by which change
        self.deadlines: dict[int, date | None] = {}
        self.changes: list[int] = []
        self.undone: set[int] = set()
        for nth, steps in enumerate(far):
            self.open(3 * nth, 0, 0, 20)
            for _ in range(steps):
                self.go_on(nth, 0, 0, AMOUNTS[nth])
        if paid and any(f.what == "granted" for f in self.book):
            self.pay(0, 1, 0, PaymentKind.PAID, AMOUNTS[0])
        if admits > 2:
            self.admit(admits, 0, 0)

    def teardown(self):
        if hasattr(self, "point"):
            # What always holds of the data takes many queries: not after each of the histories.
            found = list(check.broken(self.session)) if self.begun % 5 == 0 else []
            self.point.rollback()
            self.session.expire_all()
            assert found == []

    # What happens.

    def _pass(self, days):
        self.today += timedelta(days=days)
        self.clock.set(self.today)

    def _try(self, do):
        """Do something; None when it is refused, and then nothing of it stays."""
        point = self.session.begin_nested()
        try:
            done = do()
            self.session.flush()
        except Refusal:
            point.rollback()
            self.session.expire_all()
            return None
        point.commit()
        return done

    def _note(self, kind, of, day, what, amount, change):
        self.book.append(Fact(kind, of, day, what, amount, change))
        self._changed(change)

    def _changed(self, change):
        if change not in self.changes:
            self.changes.append(change)

    def _events(self, number):
        found = [f for f in self.book if f.kind == "event" and f.of == number and not f.voided]
        return sorted(found, key=lambda fact: fact.day)  # those of one day as they came

    def _one(self, which):
        number = self.applications[which % len(self.applications)]
        return self.session.get(Application, number)

    @rule(which=some, days=later, back=ago, due=st.sampled_from((None, -2, 1, 20)))
    def open(self, which, days, back, due):
        self._pass(days)
        on = self.today - timedelta(days=back)
        deadline = None if due is None else self.today + timedelta(days=due)
        plan = funding.Plan(
            title=f"Søknad {len(self.applications)}", deadline_on=deadline, sought_nok=500
        )
        idea = self.session.get(Idea, self.world.ideas[which]) if which < 3 else None
        company = idea is None and self.session.get(
            make.Company, self.world.companies[which % len(self.world.companies)]
        )
        made = self._try(
            lambda: funding.add_application(
                self.session, ME, plan, region_id=make.region(self.session).id, on=on,
                idea=idea, company=company or None,
            )
        )  # fmt: skip
        assert made is not None
        self.applications.append(made.id)
        self.deadlines[made.id] = deadline
        self._note("event", made.id, on, "draft", 0, made.change_id)

    def _turn(self, application, status, back, amount, reason):
        on, number = self.today - timedelta(days=back), application.id
        done = self._try(
            lambda: funding.set_status(
                self.session, ME, application, ApplicationStatus(status), on=on,
                amount_nok=amount, reason=reason,
            )
        )  # fmt: skip
        assert (done is not None) == self._can_follow(number, status, on, reason)
        if done is not None:
            granted = amount if status == "granted" else 0
            self._note("event", number, on, status, granted, done.change_id)

    def _can_follow(self, number, status, on, reason):
        if number in self.gone or status not in AFTER:
            return False
        last = self._events(number)[-1]
        fits = last.what in AFTER[status] and last.day <= on
        if status == "refused" and not reason:
            return False
        if status == "lapsed" and last.what == "draft":
            deadline = self.deadlines[number]
            return fits and deadline is not None and deadline < on
        if status == "lapsed":
            return fits and self._kept(number) == 0
        return fits

    def _kept(self, number):
        return self._sum(number, "paid") - self._sum(number, "returned")

    def _sum(self, number, what, day=date.max):
        facts = (f for f in self.book if f.of == number and f.what == what and not f.voided)
        kinds = ("event", "payment")
        return sum(f.amount for f in facts if f.kind in kinds and f.day <= day)

    @precondition(lambda self: self.applications)
    @rule(which=some, days=later, back=ago, amount=st.sampled_from(AMOUNTS))
    def go_on(self, which, days, back, amount):
        """Let an application go on as it usually does."""
        self._pass(days)
        application = self._one(which)
        usual = [s for s in USUAL if application.status.value in AFTER[s]]
        if usual:
            self._turn(application, usual[-1 if which % 2 else 0], back, amount, "")

    @precondition(lambda self: self.applications)
    @rule(which=some, days=later, back=ago, status=st.sampled_from(STATUSES), why=st.booleans())
    def turn(self, which, days, back, status, why):
        """Let anything be tried with an application."""
        self._pass(days)
        self._turn(self._one(which), status, back, AMOUNTS[which % 3], "Slik ble det" * why)

    @precondition(lambda self: any(f.what == "granted" for f in self.book))
    @rule(
        which=some, days=later, back=ago, kind=st.sampled_from(PaymentKind),
        amount=st.sampled_from(AMOUNTS),
    )  # fmt: skip
    def pay(self, which, days, back, kind, amount):
        self._pass(days)
        granted = [f.of for f in self.book if f.what == "granted"]
        application = self.session.get(Application, granted[which % len(granted)])
        on, number = self.today - timedelta(days=back), application.id
        done = self._try(
            lambda: funding.record_payment(
                self.session, ME, application, kind, on=on, amount_nok=amount
            )
        )
        trial = Fact("payment", number, on, kind.value, amount, 0)
        self.book.append(trial)
        can = number not in self.gone and self._money_goes(number)
        self.book.remove(trial)
        assert (done is not None) == can
        if done is not None:
            self._note("payment", number, on, kind.value, amount, done.change_id)

    def _money_goes(self, number):
        days = {f.day for f in self.book if f.of == number and f.kind in ("event", "payment")}
        for day in days:
            granted, paid, returned = (
                self._sum(number, what, day) for what in ("granted", "paid", "returned")
            )
            if returned > paid or paid - returned > granted:
                return False
        return True

    @precondition(lambda self: self.applications)
    @rule(which=some, days=later, due=st.sampled_from((None, -1, 3)))
    def edit(self, which, days, due):
        self._pass(days)
        application = self._one(which)
        deadline = None if due is None else self.today + timedelta(days=due)
        seen = {"deadline_on": application.deadline_on}
        done = self._try(
            lambda: funding.edit_application(
                self.session, ME, application, {"deadline_on": deadline}, seen
            )
        )
        if done is not None:
            assert application.id not in self.gone
            self.deadlines[application.id] = deadline
            self._changed(done.id)

    @precondition(lambda self: self.applications)
    @rule(which=some)
    def void(self, which):
        application = self._one(which)
        done = self._try(
            lambda: funding.void_application(self.session, ME, application, reason="Feil")
        )
        assert (done is None) == (application.id in self.gone)
        if done is not None:
            self.gone[application.id] = done.id
            self._void(done.id, lambda f: f.of == application.id and f.kind in ("event", "payment"))
            self._changed(done.id)

    @precondition(lambda self: any(f.kind == "payment" and not f.voided for f in self.book))
    @rule(which=some)
    def void_payment(self, which):
        facts = [f for f in self.book if f.kind == "payment" and not f.voided]
        fact = facts[which % len(facts)]
        application = self.session.get(Application, fact.of)
        payment = self.session.scalars(
            sa.select(Payment).where(Payment.change_id == fact.made)
        ).one()
        done = self._try(
            lambda: funding.void_payment(self.session, ME, application, payment, reason="Feil")
        )
        fact.voided = -1
        assert (done is not None) == self._money_goes(fact.of)
        fact.voided = done.id if done is not None else None
        if done is not None:
            self._changed(done.id)

    def _void(self, change, which):
        for fact in self.book:
            if which(fact) and not fact.voided:
                fact.voided = change

    @precondition(lambda self: self.changes)
    @rule(which=some)
    def undo(self, which):
        """Undo one of the latest changes; what it had made is void, what it had voided stands."""
        change = self.changes[-1 - which % min(3, len(self.changes))]
        is_last = change == self.changes[-1]
        done = self._try(lambda: undo_change(self.session, ME, change))
        if done is None:
            assert not is_last or self._lost(change), "nothing builds on the latest of all"
            return
        self.changes.remove(change)
        self.undone.add(change)
        self._void(done.id, lambda f: f.made == change)
        for fact in self.book:
            if fact.voided == change:
                fact.voided = None
        self.gone = {one: by for one, by in self.gone.items() if by != change}
        for number in self.applications:
            if not self._events(number):
                self.gone.setdefault(number, done.id)
            # An edit has an old value to go back to: that is told by the row, and held by the card.
            self.deadlines[number] = self.session.get(Application, number).deadline_on

    def _lost(self, change):
        """Say whether a change voided what cannot stand again: what had made it is undone."""
        return any(fact.voided == change and fact.made in self.undone for fact in self.book)

    @rule(which=some, days=later, back=ago)
    def admit(self, which, days, back):
        self._pass(days)
        idea = self.session.get(Idea, self.world.ideas[which])
        on = self.today - timedelta(days=back)
        before = self._running(idea.company_id)
        done = self._try(lambda: make.move(self.session, idea, "incubator_company", on))
        if done is not None:
            if before is None:
                self._note("incubation", idea.company_id, on, "in", 0, done.id)
            self._changed(done.id)

    def _running(self, company_id):
        ended = {f.of for f in self.book if f.kind == "end" and not f.voided}
        for fact in self.book:
            stands = fact.kind == "incubation" and not fact.voided
            if stands and fact.of == company_id and fact.made not in ended:
                return fact
        return None

    @precondition(lambda self: any(f.kind == "incubation" for f in self.book))
    @rule(which=some, days=later, back=ago)
    def leave(self, which, days, back):
        self._pass(days)
        facts = [f for f in self.book if f.kind == "incubation" and not f.voided]
        if not facts:
            return
        fact, on = facts[which % len(facts)], self.today - timedelta(days=back)
        running = self._agreement(fact)
        done = self._try(
            lambda: incubation.end_incubation(
                self.session, ME, running, on=on, reason=EndReason.COMPLETED
            )
        )
        can = self._running(fact.of) is fact and on >= fact.day
        assert (done is not None) == can
        if done is not None:
            self._note("end", fact.made, on, "out", 0, done.change_id)

    def _agreement(self, fact):
        query = sa.select(Incubation).where(Incubation.change_id == fact.made)
        return self.session.scalars(query).one()

    @precondition(lambda self: any(f.kind == "incubation" for f in self.book))
    @rule(which=some, phase=st.sampled_from(("Tidlig", "Vekst")))
    def set_phase(self, which, phase):
        facts = [f for f in self.book if f.kind == "incubation" and not f.voided]
        if not facts:
            return
        fact = facts[which % len(facts)]
        running = self._agreement(fact)
        seen = (running.phase, running.period_started_on)
        done = self._try(
            lambda: incubation.set_phase(
                self.session, ME, running, phase=phase, period_started_on=fact.day, seen=seen
            )
        )
        if done is not None:
            assert self._running(fact.of) is fact
            self._changed(done.id)

    # What always holds.

    @invariant()
    def the_tables_say_what_the_book_says(self):
        if not hasattr(self, "book"):
            return
        for table, kind, columns in (
            (ApplicationEvent, "event", (ApplicationEvent.application_id, ApplicationEvent.status)),
            (Payment, "payment", (Payment.application_id, Payment.kind)),
            (Incubation, "incubation", (Incubation.company_id, sa.literal("in"))),
            (IncubationEnd, "end", (sa.literal(0), sa.literal("out"))),
        ):
            stored = self.session.execute(
                sa.select(table.change_id, table.occurred_on, *columns).where(table.known())
            )
            booked = [f for f in self.book if f.kind == kind and not f.voided]
            assert sorted(tuple(map(str, row)) for row in stored) == sorted(
                tuple(map(str, (f.made, f.day, 0 if kind == "end" else f.of, f.what)))
                for f in booked
            ), kind

    @invariant()
    def no_state_is_impossible(self):
        if not hasattr(self, "book"):
            return
        for number in self.applications:
            row = self.session.get(Application, number)
            events = self._events(number)
            assert row.is_voided == (number in self.gone) == (not events)
            if not events:
                continue
            statuses = [event.what for event in events]
            assert row.status.value == statuses[-1]
            assert statuses[0] == "draft"
            for before, after in pairwise(statuses):
                assert before in AFTER[after], statuses
            assert self._money_goes(number)
            assert row.deadline_on == self.deadlines[number]
        running = [f.of for f in self.book if f.kind == "incubation" and self._running(f.of) is f]
        assert len(running) == len(set(running))

    @invariant()
    def each_number_is_that_of_its_rows_and_of_the_book(self):
        if not hasattr(self, "book"):
            return
        for day in (self.today, self.today - timedelta(days=2)):
            view, period = View(day), Period(date(2026, 1, 1), day)
            questions = [metrics.Question(metrics.BY_KEY[key], view, period) for key in KEYS]
            found = metrics.values(self.session, questions)
            assert found == [self._by_hand(key, day) for key in KEYS], (KEYS, day)
        nth = len(self.changes) % len(KEYS)  # one after the other: each is a query of its own
        question, value = questions[nth], found[nth]
        rows = self.session.execute(
            sa.select(metrics.rows_of(question.metric, question.view, question.period))
        ).all()
        assert value == (sum(r.amount for r in rows) if question.metric.is_sum else len(rows))

    def _by_hand(self, key, day):
        facts = [f for f in self.book if not f.voided and f.day <= day]
        if key == "amount_granted":
            return sum(f.amount for f in facts if f.what == "granted")
        if key == "incubator_admissions":
            return sum(f.kind == "incubation" for f in facts)
        if key == "incubator_active":
            ended = {f.of for f in facts if f.kind == "end"}
            return sum(f.kind == "incubation" and f.made not in ended for f in facts)
        what = {
            "applications_sent": "sent", "applications_granted": "granted",
            "rd_projects_completed": "reported",
        }[key]  # fmt: skip
        return len({f.of for f in facts if f.kind == "event" and f.what == what})


@pytest.fixture
def world(session, clock):
    clock.set(BEGIN)
    companies = [make.company(session).id for _ in range(3)]
    owner = make.user(session)
    ideas = [
        make.ripe_idea(session, company_id=companies[n % 3], owner_id=owner.id).id for n in range(6)
    ]
    session.flush()
    return World(session, clock, companies, ideas)


def test_lives_go_only_as_they_can_and_are_counted_as_they_went(world):
    class LivesHere(Lives):
        pass

    LivesHere.world = world
    run_state_machine_as_test(LivesHere, settings=BOUNDED)
