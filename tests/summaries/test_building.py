"""What a summary says: its figures, what it keeps of them, and what was corrected since."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa

from incubator.accounts.models import Role
from incubator.core.access import command_line
from incubator.core.clock import Period
from incubator.core.db import flush
from incubator.core.errors import NotAllowed, RuleBroken
from incubator.core.links import Place
from incubator.funding.models import ApplicationStatus
from incubator.goals import metrics, queries as goals
from incubator.goals.metrics import METRICS, Question
from incubator.ideas import operations as ideas
from incubator.mail.models import Message
from incubator.pipeline.undo import undo_change
from incubator.summaries import letter, operations, queries, rules
from incubator.summaries.models import Cadence, Delivery, Span, Summary, SummaryRow
from tests import make

ME = command_line()
APRIL, MAY = date(2026, 4, 1), date(2026, 5, 1)
PLACE = Place("https://loypa.example.no", "a secret of the test")


@pytest.fixture(autouse=True)
def now(clock):
    clock.set(datetime(2026, 5, 4, 8, tzinfo=UTC))
    return clock


def agree(session, region="Elverumregionen", municipalities=(), **over):
    """Write down an agreement with one recipient."""
    partner = operations.make_partner(
        session, ME, organisation_id=make.organisation(session, "Elverum kommune").id,
        region_id=make.region(session, region).id,
        municipality_ids=[make.municipality(session, number).id for number in municipalities],
        **over,
    )  # fmt: skip
    operations.add_recipient(
        session, ME, partner, name="Kari Nordby", email="Kari@kommune.example", locale="nb"
    )
    return agreement(session, partner)


def agreement(session, partner):
    [found] = queries.agreements(session, partner_id=partner.id)
    return found


def build(session, about, month=APRIL, **over):
    made = operations.build_one(session, ME, month, about, **over)
    assert made is not None
    return made


def told(session, about, month=APRIL, **over):
    """Build and approve."""
    summary = build(session, about, month, **over)
    operations.approve(session, ME, about, summary, PLACE)
    return summary


def figures(summary):
    return {one["metric"]: one for one in summary.contents["figures"]}


def some_history(session):
    """Make something of each kind, in two municipalities and over several months."""
    for nth, (number, day) in enumerate(
        (("3420", date(2026, 2, 3)), ("3420", date(2026, 4, 9)), ("3422", date(2026, 4, 20)))
    ):
        company = make.company(session, municipality_id=make.municipality(session, number).id)
        idea = make.idea(
            session, company_id=company.id, on=day,
            municipality_id=make.municipality(session, number).id,
        )  # fmt: skip
        make.visit(session, company_id=company.id, occurred_on=day)
        make.jobs(session, company_id=company.id, on=day, number=Decimal(nth + 1),
                  municipality_id=idea.municipality_id)  # fmt: skip
    flush(session)


def test_every_figure_equals_the_page_of_goals(session):
    some_history(session)
    about = agree(session, municipalities=("3420",))
    summary = build(session, about)
    found = figures(summary)
    assert found["ideas_registered"]["now"] == 1
    assert found["ideas_registered"]["year"] == 2
    view = about.view(date(2026, 4, 30), summary.cut_off_at)
    for metric in METRICS:
        for period, name in (
            (Period(APRIL, date(2026, 4, 30)), "now"),
            (Period(date(2026, 1, 1), date(2026, 4, 30)), "year"),
        ):
            if metric.kind == metrics.Kind.LEVEL and name == "year":
                continue
            expected = metrics.value(session, Question(metric, view, period))
            assert found[metric.key][name] == expected, (metric.key, name)


def test_the_rows_behind_each_number_are_kept(session):
    some_history(session)
    summary = build(session, agree(session))
    for key, one in figures(summary).items():
        for span, name in ((Span.PERIOD, "now"), (Span.YEAR, "year")):
            rows = queries.frozen_rows(session, summary.id, key, span)
            number = sum(row.amount or 0 for row in rows) if one["is_sum"] else len(rows)
            if key.startswith("jobs_"):
                number /= 100
            assert one[name] in (number, None), (key, name)
    kept = session.scalar(sa.select(sa.func.count(SummaryRow.id)))
    assert kept is not None
    assert kept > 6


def test_what_is_told_does_not_change_when_the_records_do(session):
    some_history(session)
    about = agree(session)
    summary = told(session, about)
    before = dict(summary.contents)
    make.idea(session, on=date(2026, 4, 2))
    session.expire_all()
    assert session.get_one(Summary, summary.id).contents == before
    assert operations.build_one(session, ME, APRIL, about) is None
    assert len(queries.frozen_rows(session, summary.id, "ideas_registered", Span.PERIOD)) == 2


def test_a_draft_is_built_anew_with_what_came_since(session, clock):
    about = agree(session)
    first = build(session, about)
    clock.set(datetime(2026, 5, 4, 9, tzinfo=UTC))
    make.idea(session, on=date(2026, 4, 2))
    second = build(session, about)
    assert (second.id, second.version) == (first.id, 1)
    assert figures(second)["ideas_registered"]["now"] == 1
    assert len(queries.frozen_rows(session, second.id, "ideas_registered", Span.YEAR)) == 1


def corrections(summary):
    return [
        (one["metric"], one["id"], one["was"], one["is"]) for one in summary.contents["corrections"]
    ]


def test_a_backdated_change_stands_once_in_the_next_one(session, clock):
    about = agree(session)
    told(session, about)
    clock.set(datetime(2026, 5, 20, 8, tzinfo=UTC))
    late = make.idea(session, on=date(2026, 4, 10))
    clock.set(datetime(2026, 6, 2, 8, tzinfo=UTC))
    of_may = told(session, about, MAY)
    assert corrections(of_may) == [("ideas_registered", late.id, None, "2026-04-10")]
    assert figures(of_may)["ideas_registered"]["now"] == 0
    assert figures(of_may)["ideas_registered"]["year"] == 1
    clock.set(datetime(2026, 7, 2, 8, tzinfo=UTC))
    assert corrections(told(session, about, date(2026, 6, 1))) == []


def test_what_was_taken_back_is_a_correction_too(session, clock):
    about = agree(session)
    record = make.jobs(session, on=date(2026, 4, 8), number=Decimal("2.5"))
    told(session, about)
    clock.set(datetime(2026, 5, 20, 8, tzinfo=UTC))
    undo_change(session, ME, record.change_id)
    clock.set(datetime(2026, 6, 2, 8, tzinfo=UTC))
    of_may = told(session, about, MAY)
    assert corrections(of_may) == [("jobs_created", record.id, "2026-04-08", None)]


def test_a_new_version_says_what_is_new_and_the_next_month_does_not_repeat_it(session, clock):
    about = agree(session)
    first = told(session, about)
    clock.set(datetime(2026, 5, 20, 8, tzinfo=UTC))
    late = make.idea(session, on=date(2026, 4, 10))
    second = told(session, about, is_new_version=True)
    assert (second.version, second.id != first.id) == (2, True)
    assert corrections(second) == [("ideas_registered", late.id, None, "2026-04-10")]
    clock.set(datetime(2026, 6, 2, 8, tzinfo=UTC))
    assert corrections(told(session, about, MAY)) == []


def test_small_counts_are_not_told_nor_what_gives_them_away(session):
    some_history(session)
    make.goal(session, "ideas_registered", target=50, from_on=date(2026, 1, 1))
    about = agree(session, hides_small=True)
    summary = build(session, about)
    one = figures(summary)["ideas_registered"]
    assert (one["now"], one["year"], one["at_least"]) == (None, None, None)
    for goal in summary.contents["goals"]:
        assert goal["so_far"] is None
    assert figures(summary)["jobs_created"]["now"] is None
    written = letter.write(summary, None, "nb", site="", stop_url="")
    assert "færre enn 3" in written.text
    for part in (written.subject, written.text, written.html):
        assert "2 nye" not in part


def test_single_corrections_are_not_told_where_small_counts_are_hidden(session, clock):
    about = agree(session, hides_small=True)
    told(session, about)
    clock.set(datetime(2026, 5, 20, 8, tzinfo=UTC))
    make.idea(session, on=date(2026, 4, 10))
    clock.set(datetime(2026, 6, 2, 8, tzinfo=UTC))
    [one] = told(session, about, MAY).contents["corrections"]
    assert one == {"metric": "ideas_registered", "subject": "idea", "is_hidden": True}


def test_nothing_of_an_unshared_idea_stands_in_the_mail(session):
    secret = "Xylofonhemmelighet"
    company = make.company(session, name=f"{secret} AS")
    hidden = make.idea(session, title=f"{secret} i drift", company_id=company.id,
                       on=date(2026, 4, 3))  # fmt: skip
    ideas.edit_idea(session, ME, hidden, {"problem": secret, "description": secret})
    make.visit(session, company_id=company.id, about=secret, occurred_on=date(2026, 4, 4))
    shared = make.idea(session, title="Delt idé om flis", on=date(2026, 4, 5))
    ideas.share_idea(session, ME, shared, is_shared=True, on=date(2026, 4, 6))
    about = agree(session)
    summary = told(session, about)
    message = session.scalars(sa.select(Message)).one()
    for part in (message.subject, message.text_body, message.html_body, str(summary.contents)):
        assert secret not in part
    assert "Delt idé om flis" in message.text_body


def test_approval_queues_one_mail_for_each_recipient_and_only_once(session):
    about = agree(session)
    stopped = operations.add_recipient(
        session, ME, about.partner, name="Ola", email="ola@kommune.example", locale="en"
    )
    operations.set_stopped(session, ME, stopped, is_stopped=True)
    summary = build(session, about)
    assert operations.approve(session, ME, about, summary, PLACE) == 1
    with pytest.raises(RuleBroken, match="summary_approved"):
        operations.approve(session, ME, about, summary, PLACE)
    [message] = session.scalars(sa.select(Message)).all()
    assert message.to_address == "kari@kommune.example"
    assert message.subject.startswith("Elverumregionen, april 2026: ")
    assert message.unsubscribe_url.startswith("https://loypa.example.no/rapportstopp/")
    assert session.scalar(sa.select(sa.func.count(Delivery.id))) == 1


def test_a_draft_that_was_built_anew_is_looked_at_again(session, clock):
    about = agree(session)
    seen = build(session, about).cut_off_at
    clock.set(datetime(2026, 5, 4, 9, tzinfo=UTC))
    summary = build(session, about)
    with pytest.raises(RuleBroken, match="summary_built_anew"):
        operations.approve(session, ME, about, summary, PLACE, seen=seen)


def test_a_quiet_month_says_so(session):
    written = letter.write(build(session, agree(session)), None, "nb", site="", stop_url="")
    assert written.subject == "Elverumregionen, april 2026: en stille måned"
    assert "Ingenting nytt" in written.text


def test_a_quarter_is_told_when_it_is_over(session, clock):
    about = agree(session, cadence=Cadence.QUARTERLY)
    assert operations.build_one(session, ME, APRIL, about) is None
    summary = build(session, about, date(2026, 3, 1))
    assert (summary.contents["first"], summary.contents["last"]) == ("2026-01-01", "2026-03-31")


def test_a_month_that_is_not_over_is_not_told(session):
    with pytest.raises(RuleBroken, match="month_not_over"):
        operations.build_month(session, ME, MAY, [agree(session)])


def test_goals_stand_as_on_their_own_page(session):
    goal = make.goal(session, "ideas_registered", target=40, from_on=date(2026, 1, 1))
    some_history(session)
    summary = build(session, agree(session))
    [one] = [one for one in summary.contents["goals"] if one["goal"] == goal.id]
    pairs = goals.goals_of_region(session, goal.region_id, date(2026, 4, 30))
    [line] = goals.lines(session, pairs, date(2026, 4, 30))
    assert (one["so_far"], one["expected"]) == (line.standing.so_far, line.standing.expected)


def test_it_costs_the_same_for_few_and_for_many(session, queries):
    about = agree(session)
    some_history(session)
    build(session, about)
    few = queries.of(lambda: build(session, about))
    for _ in range(3):
        some_history(session)
    many = queries.of(lambda: build(session, about))
    assert len(many) == len(few) < 40


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.ADVISOR, Role.PARTNER])
def test_only_managers_agree_and_build(session, role):
    about = agree(session)
    actor = make.actor(session, role)
    with pytest.raises(NotAllowed):
        operations.build_one(session, actor, APRIL, about)
    with pytest.raises(NotAllowed):
        operations.add_recipient(
            session, actor, about.partner, name="X", email="x@y.no", locale="nb"
        )


def test_the_first_working_day_of_a_month(session):
    assert rules.due_at(APRIL) == datetime(
        2026, 5, 4, 4, tzinfo=UTC
    )  # 1 May is a holiday, a Friday
    assert rules.due_at(date(2025, 12, 1)) == datetime(2026, 1, 2, 5, tzinfo=UTC)
    assert rules.due_at(date(2026, 3, 1)) == datetime(2026, 4, 1, 4, tzinfo=UTC)


def test_what_happened_to_ideas_is_told_with_its_rows(session):
    day = date(2026, 4, 15)
    moved, parked, still = (make.ripe_idea(session, on=date(2026, 1, 2)) for _ in range(3))
    make.move(session, moved, "case", day)
    ideas.park_idea(session, ME, parked, on=day, look_again_on=None, reason="Venter på prisen")
    summary = build(session, agree(session))
    news = summary.contents["news"]
    for key, expected in (("moved", [moved.id]), ("parked", [parked.id]), ("stale", [still.id])):
        rows = queries.frozen_rows(session, summary.id, key, Span.PERIOD)
        assert [row.subject_id for row in rows] == expected
        assert news[key] == 1
    assert (news["stopped"], news["launched"]) == (0, 0)


def test_deadlines_ahead_are_told_without_saying_whose(session):
    application = make.application(session)
    application.deadline_on = date(2026, 5, 20)
    application.status = ApplicationStatus.DRAFT
    session.flush()
    summary = build(session, agree(session))
    [one] = summary.contents["deadlines"]
    assert (one["on"], one["count"]) == ("2026-05-20", 1)
    assert application.idea_id is not None
    written = letter.write(summary, None, "nb", site="", stop_url="")
    assert "20.05.2026" in written.text


def test_what_has_no_municipality_is_told_as_unknown(session):
    make.idea(session, on=date(2026, 4, 9), municipality_id=None)
    about = agree(session, municipalities=("3420",))
    one = figures(build(session, about))["ideas_registered"]
    assert (one["now"], one["unknown"]) == (0, 1)
    written = letter.write(build(session, about), None, "nb", site="", stop_url="")
    assert "Nye ideer: 0 og 1 ukjent" in written.text


def test_a_partner_of_a_programme_is_told_of_what_counts_for_it(session):
    region = make.region(session)
    programme = make.programme(
        session, region_ids=[region.id], starts_on=date(2026, 4, 10), ends_on=date(2027, 4, 9)
    )
    make.idea(session, on=date(2026, 4, 9))
    make.idea(session, on=date(2026, 4, 11))
    about = agree(session, programme_id=programme.id)
    assert figures(build(session, about))["ideas_registered"]["now"] == 1
