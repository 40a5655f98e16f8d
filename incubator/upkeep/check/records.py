"""Records and facts: made by a change that is there, voided as a whole, in one region."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.audit.models import Change
from incubator.background.models import Figure
from incubator.companies.models import Company, CompanyMerge, Contact
from incubator.companies.rules import valid_orgnr
from incubator.core import clock
from incubator.funding.models import Application, ApplicationEvent, Payment
from incubator.goals.metrics import BY_KEY
from incubator.goals.models import Attribution, Goal, GoalRule, GoalTarget
from incubator.ideas.models import (
    Comment,
    Idea,
    IdeaFocusArea,
    IdeaLink,
    IdeaMerge,
    IdeaTag,
    Mention,
    MentionStop,
    SharingEvent,
    StageEvent,
    StageLimit,
    StageTerms,
    StatusEvent,
)  # fmt: skip
from incubator.incubation.models import Incubation, IncubationEnd, IncubationIdea
from incubator.jobs.models import JobRecord
from incubator.meetings.models import Meeting, MeetingDecision, MeetingItem, MeetingPresence
from incubator.pipeline.models import SavedView
from incubator.reference.models import RegionMunicipality
from incubator.summaries.models import (
    Bounce,
    Partner,
    PartnerMunicipality,
    Recipient,
    SummaryComment,
)  # fmt: skip
from incubator.upkeep.check.finding import Broken, Find, Listing, all_of
from incubator.upkeep.check.ideas import ON_FACE
from incubator.visits.models import (
    Visit,
    VisitColleague,
    VisitContact,
    VisitFollowUp,
    VisitIdea,
)  # fmt: skip

Tables = tuple[type[Any], ...]
ON_IDEA: Tables = (*ON_FACE, IncubationIdea, IdeaFocusArea, JobRecord, IdeaTag, Comment)
# What an undo voids without asking; a company or a contact stays while something uses it.
ON_VISIT: Tables = (VisitContact, VisitColleague, VisitIdea, VisitFollowUp)
MADE_BY_CHANGES: Tables = (
    *ON_IDEA, Idea, IdeaLink, IdeaMerge, Mention, ApplicationEvent, Payment, Incubation,
    IncubationEnd, CompanyMerge, Visit, *ON_VISIT,
)  # fmt: skip
RECORDED: Tables = (
    *MADE_BY_CHANGES, MentionStop, Company, Contact, Goal, GoalTarget, GoalRule, Attribution,
    Figure, Partner, PartnerMunicipality, Recipient, SummaryComment, Bounce, SavedView,
    StageTerms, StageLimit, Meeting, MeetingItem, MeetingDecision, MeetingPresence,
)  # fmt: skip
PAST_FACTS: Tables = (
    StageEvent, StatusEvent, SharingEvent, ApplicationEvent, Payment, Incubation, IncubationEnd,
    Visit, Bounce,
)  # fmt: skip
ENDS = sa.select(IncubationEnd.incubation_id.label("of"), IncubationEnd.occurred_on).where(
    IncubationEnd.known()
)
# Imports stand beside this room, not below it: their tables are known here by name alone.
RUNS = sa.table("import_runs", *map(sa.column, ("id", "region_id", "accepted", "change_id")))
ROWS = sa.table(
    "import_rows",
    *map(
        sa.column,
        ("id", "run_id", "region_id", "title_key", "company_match_key", "orgnr", "idea_id"),
    ),
)
VISIT_ROWS = sa.table(
    "import_visit_rows", *map(sa.column, ("id", "run_id", "region_id", "visit_id"))
)
LIST_ROWS = sa.table("import_list_rows", *map(sa.column, ("id", "run_id")))


def in_the_future() -> Find:
    """Find facts that have occurred on a day that has not come."""
    today = sa.bindparam("today", callable_=clock.today, type_=sa.Date)
    return all_of(_ahead(table, today) for table in PAST_FACTS)


def _ahead(table: type[Any], today: sa.BindParameter[date]) -> Listing:
    ahead = sa.and_(table.known(), table.occurred_on > today)
    query = sa.select(table.id, table.occurred_on).where(ahead).order_by(table.id)
    return Listing(table.__tablename__, query, "lies ahead, on {0}")


def incubations_in_order() -> Find:
    """Find incubations that end before they begin, or that run beside another one."""
    ended = (
        sa.select(IncubationEnd.id, IncubationEnd.occurred_on, Incubation.occurred_on)
        .join(Incubation, Incubation.id == IncubationEnd.incubation_id)
        .where(IncubationEnd.known(), IncubationEnd.occurred_on < Incubation.occurred_on)
        .order_by(IncubationEnd.id)
    )
    runs = sa.and_(Incubation.known(), Incubation.left_on.is_(None))
    several = (
        sa.select(Incubation.company_id)
        .where(runs)
        .group_by(Incubation.company_id)
        .having(sa.func.count() > 1)
    )
    beside = (
        sa.select(Incubation.id, Incubation.company_id)
        .where(runs, Incubation.company_id.in_(several))
        .order_by(Incubation.id)
    )
    return all_of(
        (
            Listing("incubation_ends", ended, "is on {0}, before the beginning on {1}"),
            Listing("incubations", beside, "is one of several that run for company {0}"),
        )
    )


def changes() -> Find:
    """Find rows without the change that made them, or that voided them."""
    return all_of(find for table in RECORDED for find in (_unmade(table), _half_voided(table)))


def _unmade(table: type[Any]) -> Listing:
    made = sa.exists().where(Change.id == table.change_id)
    query = sa.select(table.id, table.change_id).where(~made).order_by(table.id)
    if table.__table__.c.change_id.nullable:  # what came with the schema has none
        query = query.where(table.change_id.is_not(None))
    return Listing(table.__tablename__, query, "names change {0}, which is not there")


def _half_voided(table: type[Any]) -> Listing:
    is_half = table.voided_at.is_(None) != table.void_change_id.is_(None)
    has_change = sa.exists().where(Change.id == table.void_change_id)
    is_lost = sa.and_(table.void_change_id.isnot(None), ~has_change)
    query = sa.select(table.id).where(sa.or_(is_half, is_lost)).order_by(table.id)
    return Listing(table.__tablename__, query, "is voided without a change, or the other way")


def on_voided() -> Find:
    """Find facts that stand on something that is voided."""
    return all_of(
        (
            *(_standing_on(table.idea_id, Idea) for table in ON_IDEA),
            _standing_on(ApplicationEvent.application_id, Application),
            _standing_on(Payment.application_id, Application),
            _standing_on(IncubationEnd.incubation_id, Incubation),
            _standing_on(IncubationIdea.incubation_id, Incubation),
            *(_standing_on(table.visit_id, Visit) for table in ON_VISIT),
            _standing_on(VisitIdea.idea_id, Idea),
        )
    )


def _standing_on(key: Any, below: type[Any]) -> Listing:
    table = key.class_
    query = (
        sa.select(table.id, key)
        .join(below, below.id == key)
        .where(table.known(), below.voided_at.isnot(None))
        .order_by(table.id)
    )
    what = f"stands on {below.__tablename__} {{0}}, which is voided"
    return Listing(table.__tablename__, query, what)


def undone() -> Find:
    """Find rows that stand though the change that made them is undone."""
    return all_of(map(_still_standing, MADE_BY_CHANGES))


def _still_standing(table: type[Any]) -> Listing:
    undo = aliased(Change)
    query = (
        sa.select(table.id, table.change_id)
        .join(undo, undo.undoes_id == table.change_id)
        .where(table.known())
        .order_by(table.id)
    )
    return Listing(table.__tablename__, query, "stands, though change {0} is undone")


def regions() -> Find:
    """Find records and changes that lie in another region than their idea."""
    with_region: Tables = tuple(table for table in ON_IDEA if hasattr(table, "region_id"))
    return all_of(
        (
            *(_elsewhere(table) for table in with_region),
            *(_changed_elsewhere(table, table.idea_id) for table in ON_FACE),
            _changed_elsewhere(Idea, Idea.id),
        )
    )


def _elsewhere(table: type[Any]) -> Listing:
    query = (
        sa.select(table.id, table.region_id, Idea.region_id)
        .join(Idea, Idea.id == table.idea_id)
        .where(table.region_id != Idea.region_id)
        .order_by(table.id)
    )
    return Listing(table.__tablename__, query, "lies in region {0}, its idea in {1}")


def _changed_elsewhere(table: type[Any], key: Any) -> Listing:
    idea = aliased(Idea)
    query = (
        sa.select(table.id, Change.region_id, idea.region_id)
        .join(idea, idea.id == key)
        .join(Change, Change.id == table.change_id)
        .where(Change.region_id.is_distinct_from(idea.region_id))
        .order_by(table.id)
    )
    what = "was made by a change in region {0}, its idea lies in {1}"
    return Listing(table.__tablename__, query, what)


def municipalities() -> Listing:
    """Find municipalities that lie in several regions."""
    lies = RegionMunicipality.municipality_id
    query = (
        sa.select(lies, sa.func.count()).group_by(lies).having(sa.func.count() > 1).order_by(lies)
    )
    return Listing("municipalities", query, "lies in {0} regions")


def numbers(session: Session) -> Iterator[Broken]:
    """Find companies whose organisation number is none."""
    query = sa.select(Company.id, Company.orgnr).where(Company.known(), Company.orgnr.isnot(None))
    for company_id, orgnr in session.execute(query.order_by(Company.id)):
        if valid_orgnr(str(orgnr)) != orgnr:
            yield Broken("companies", company_id, f"has {orgnr}, which is no such number")


def metrics() -> Listing:
    """Find goals that count something that nobody counts."""
    unknown = sa.and_(Goal.known(), Goal.metric.notin_(sorted(BY_KEY)))
    query = sa.select(Goal.id, Goal.metric).where(unknown).order_by(Goal.id)
    return Listing("goals", query, "counts {0}, which is no metric")


def imports() -> Find:
    """Find rows of lists that lie astray or came in twice, and runs that counted wrong."""
    astray = [
        sa.select(rows.c.id, rows.c.region_id, table.region_id)
        .join_from(rows, table, table.id == of)
        .join(RUNS, RUNS.c.id == rows.c.run_id)
        .where(sa.or_(rows.c.region_id != table.region_id, rows.c.region_id != RUNS.c.region_id))
        .order_by(rows.c.id)
        for rows, table, of in (
            (ROWS, Idea, ROWS.c.idea_id),
            (VISIT_ROWS, Visit, VISIT_ROWS.c.visit_id),
        )
    ]
    of_run = (
        sa.select(sa.func.count()).where(rows.c.run_id == RUNS.c.id).scalar_subquery()
        for rows in (ROWS, VISIT_ROWS, LIST_ROWS)
    )
    made = sum(of_run, sa.literal(0))
    counted = sa.select(RUNS.c.id, RUNS.c.accepted, made).where(RUNS.c.accepted != made)
    first = sa.func.min(ROWS.c.id)
    company = sa.func.coalesce(ROWS.c.orgnr, ROWS.c.company_match_key)
    twice = (
        sa.select(first, sa.func.count())
        .join_from(ROWS, Idea, Idea.id == ROWS.c.idea_id)
        .join(RUNS, RUNS.c.id == ROWS.c.run_id)
        .join(Change, Change.id == RUNS.c.change_id)
        # An export of ours tells two ideas apart that a company has under one title.
        .where(Idea.known(), Change.verb != "archive.imported")
        .group_by(ROWS.c.region_id, ROWS.c.title_key, company)
        .having(sa.func.count() > 1)
        .order_by(first)
    )
    return all_of(
        (
            Listing("import_rows", astray[0], "is of region {0}, its idea of {1}"),
            Listing("import_visit_rows", astray[1], "is of region {0}, its visit of {1}"),
            Listing(
                "import_runs", counted.order_by(RUNS.c.id), "says {0} rows accepted, but made {1}"
            ),
            Listing("import_rows", twice, "came in {0} times"),
        )
    )
