"""Read everything of a region, table by table: what stands, in the columns of the layout."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.audit.models import Change
from incubator.companies.models import Company, Contact
from incubator.core.access import Actor
from incubator.core.db import AnySelect
from incubator.followups.models import FollowUp
from incubator.funding.models import Application, ApplicationEvent, Instrument, Payment
from incubator.ideas.models import (
    Comment,
    Idea,
    IdeaFocusArea,
    IdeaTag,
    SharingEvent,
    Stage,
    StageEvent,
    StatusEvent,
    Tag,
)  # fmt: skip
from incubator.ideas.queries import may_see
from incubator.incubation.models import Incubation, IncubationEnd, IncubationIdea
from incubator.jobs.models import JobRecord
from incubator.reference.models import (
    FocusArea,
    Municipality,
    Organisation,
    Programme,
    RegionMunicipality,
)  # fmt: skip
from incubator.transfer.archive.layout import Part, Turn
from incubator.visits.models import Visit, VisitContact, VisitIdea
from incubator.visits.queries import if_read, notes_are_read

AT_ONCE = 1000
Query = Callable[[Actor, int], AnySelect]


def rows_of(session: Session, viewer: Actor, region_id: int, part: Part) -> Iterator[sa.Row[Any]]:
    """Yield the rows of a table of a region, in a total order."""
    query = QUERIES[part.name](viewer, region_id).execution_options(yield_per=AT_ONCE)
    yield from session.execute(query)


def _ideas_here(viewer: Actor, region_id: int) -> sa.Select[int]:
    return sa.select(Idea.id).where(Idea.region_id == region_id, may_see(viewer))


def _of_region(table: type[Any], region_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (table.region_id == region_id, table.known())


def _number_of_place(column: Any) -> Any:
    return (
        sa.select(Municipality.number)
        .where(Municipality.id == column)
        .correlate_except(Municipality)
        .scalar_subquery()
    )


def _companies_here(region_id: int) -> sa.ColumnElement[bool]:
    """Say in SQL that a region has to do with a company: something of it, or where it lies."""
    places = sa.select(RegionMunicipality.municipality_id).where(
        RegionMunicipality.region_id == region_id
    )
    named = (Idea, Visit, Incubation, Application, JobRecord, FollowUp)
    parts = [sa.select(table.company_id).where(*_of_region(table, region_id)) for table in named]
    return sa.or_(
        Company.id.in_(sa.union(*parts).scalar_subquery()), Company.municipality_id.in_(places)
    )


def _companies(_viewer: Actor, region_id: int) -> AnySelect:
    return (
        sa.select(
            Company.id, Company.name, Company.orgnr, _number_of_place(Company.municipality_id),
            Company.industry_code, Company.industry_section, Company.founded_on, Company.employees,
        )
        .where(Company.known(), _companies_here(region_id))
        .order_by(Company.id)
    )  # fmt: skip


def _contacts(_viewer: Actor, region_id: int) -> AnySelect:
    return (
        sa.select(
            Contact.id, Contact.company_id, Contact.name, Contact.title, Contact.telephone,
            Contact.email,
        )
        .join(Company, Company.id == Contact.company_id)
        .where(Contact.known(), Company.known(), _companies_here(region_id))
        .order_by(Contact.id)
    )  # fmt: skip


def _ideas(viewer: Actor, region_id: int) -> AnySelect:
    return (
        sa.select(
            Idea.id, Idea.title, Idea.company_id, _number_of_place(Idea.municipality_id),
            sa.func.coalesce(User.name, Idea.owner_name), User.email, Idea.registered_on,
            Idea.problem, Idea.description, Idea.launched_what, Idea.first_sale_planned_on,
            Idea.archived_on, Idea.position,
        )
        .outerjoin(User, User.id == Idea.owner_id)
        .where(Idea.region_id == region_id, may_see(viewer))
        .order_by(Idea.id)
    )  # fmt: skip


def _events(viewer: Actor, region_id: int) -> AnySelect:
    here = _ideas_here(viewer, region_id)
    nothing = {kind: sa.cast(sa.null(), kind) for kind in (sa.Date, sa.Text, sa.Boolean)}

    def turn(table: Any, kind: Turn, value: Any, **more: Any) -> AnySelect:
        columns = {
            "idea_id": table.idea_id,
            "kind": sa.literal(kind.value),
            "day": table.occurred_on,
            "nth": table.nth,
            "value": value,
            "is_estimated": nothing[sa.Boolean],
            "note": nothing[sa.Text],
            "learnt": nothing[sa.Text],
            "look_again_on": nothing[sa.Date],
            **more,
        }
        named = (column.label(name) for name, column in columns.items())
        return sa.select(*named).where(table.idea_id.in_(here), table.known())

    shared = sa.case((SharingEvent.is_shared, "ja"), else_="nei")
    stage = turn(
        StageEvent, Turn.STAGE, Stage.key, is_estimated=StageEvent.is_estimated,
        note=StageEvent.note,
    )  # fmt: skip
    status = turn(
        StatusEvent, Turn.STATUS, sa.cast(StatusEvent.status, sa.Text), note=StatusEvent.reason,
        learnt=StatusEvent.learnt, look_again_on=StatusEvent.look_again_on,
    )  # fmt: skip
    parts = sa.union_all(
        stage.join(Stage, Stage.id == StageEvent.stage_id),
        status,
        turn(SharingEvent, Turn.SHARING, shared),
    ).subquery()
    order = (parts.c.idea_id, parts.c.day, parts.c.kind, parts.c.nth)
    return sa.select(parts).order_by(*order)


def _incubations(_viewer: Actor, region_id: int) -> AnySelect:
    is_its_end = sa.and_(IncubationEnd.incubation_id == Incubation.id, IncubationEnd.known())
    return (
        sa.select(
            Incubation.id, Incubation.company_id, _number_of_place(Incubation.municipality_id),
            Incubation.occurred_on, Incubation.period_started_on, Incubation.phase,
            IncubationEnd.occurred_on, IncubationEnd.reason, IncubationEnd.note,
        )
        .outerjoin(IncubationEnd, is_its_end)
        .where(*_of_region(Incubation, region_id))
        .order_by(Incubation.id)
    )  # fmt: skip


def _incubation_ideas(viewer: Actor, region_id: int) -> AnySelect:
    return (
        sa.select(IncubationIdea.incubation_id, IncubationIdea.idea_id)
        .join(Incubation, Incubation.id == IncubationIdea.incubation_id)
        .where(
            *_of_region(Incubation, region_id), IncubationIdea.known(),
            IncubationIdea.idea_id.in_(_ideas_here(viewer, region_id)),
        )
        .order_by(IncubationIdea.incubation_id, IncubationIdea.idea_id)
        .distinct()
    )  # fmt: skip


def _applications(_viewer: Actor, region_id: int) -> AnySelect:
    return (
        sa.select(
            Application.id, Application.title, Application.idea_id, Application.company_id,
            _number_of_place(Application.municipality_id), User.email, Instrument.key,
            Application.deadline_on, Application.planned_on, Application.report_due_on,
            Application.sought_nok, Application.reference,
        )
        .outerjoin(User, User.id == Application.owner_id)
        .outerjoin(Instrument, Instrument.id == Application.instrument_id)
        .where(*_of_region(Application, region_id))
        .order_by(Application.id)
    )  # fmt: skip


def _application_events(_viewer: Actor, region_id: int) -> AnySelect:
    event = ApplicationEvent
    return (
        sa.select(
            event.application_id, event.occurred_on, event.nth, event.status, event.amount_nok,
            event.is_estimated, event.reason,
        )
        .join(Application, Application.id == event.application_id)
        .where(*_of_region(Application, region_id), event.known())
        .order_by(event.application_id, event.occurred_on, event.nth)
    )  # fmt: skip


def _payments(_viewer: Actor, region_id: int) -> AnySelect:
    return (
        sa.select(
            Payment.application_id, Payment.occurred_on, Payment.kind, Payment.amount_nok,
            Payment.note,
        )
        .join(Application, Application.id == Payment.application_id)
        .where(*_of_region(Application, region_id), Payment.known())
        .order_by(Payment.id)
    )  # fmt: skip


def _jobs(_viewer: Actor, region_id: int) -> AnySelect:
    job = JobRecord
    return (
        sa.select(
            job.id, job.company_id, job.idea_id, _number_of_place(job.municipality_id),
            job.occurred_on, job.kind, job.state, job.unit, job.number, job.women, job.men,
            job.source, job.evidence, job.next_check_on, job.note, job.realises_id,
        )
        .where(*_of_region(job, region_id))
        .order_by(job.id)
    )  # fmt: skip


def _visits(viewer: Actor, region_id: int) -> AnySelect:
    return (
        sa.select(
            Visit.id, Visit.company_id, _number_of_place(Visit.municipality_id),
            Organisation.name, sa.func.coalesce(User.name, Visit.visitor_name), User.email,
            Visit.kind, Visit.occurred_on, if_read(viewer, Visit.about),
            if_read(viewer, Visit.needs), Visit.is_shared,
        )
        .outerjoin(Organisation, Organisation.id == Visit.organisation_id)
        .outerjoin(User, User.id == Visit.visitor_id)
        .where(*_of_region(Visit, region_id))
        .order_by(Visit.id)
    )  # fmt: skip


def _visit_ideas(viewer: Actor, region_id: int) -> AnySelect:
    return (
        sa.select(VisitIdea.visit_id, VisitIdea.idea_id)
        .join(Visit, Visit.id == VisitIdea.visit_id)
        .where(
            *_of_region(Visit, region_id), VisitIdea.known(),
            VisitIdea.idea_id.in_(_ideas_here(viewer, region_id)),
        )
        .order_by(VisitIdea.id)
    )  # fmt: skip


def _visit_contacts(viewer: Actor, region_id: int) -> AnySelect:
    return (
        sa.select(VisitContact.visit_id, VisitContact.contact_id)
        .join(Visit, Visit.id == VisitContact.visit_id)
        .where(*_of_region(Visit, region_id), VisitContact.known(), notes_are_read(viewer))
        .order_by(VisitContact.id)
    )


def _follow_ups(_viewer: Actor, region_id: int) -> AnySelect:
    return (
        sa.select(
            FollowUp.idea_id, FollowUp.company_id, FollowUp.what, User.name, User.email,
            FollowUp.due_on, FollowUp.done_on,
        )
        .outerjoin(User, User.id == FollowUp.responsible_id)
        .where(*_of_region(FollowUp, region_id))
        .order_by(FollowUp.id)
    )  # fmt: skip


def _tags(viewer: Actor, region_id: int) -> AnySelect:
    return (
        sa.select(IdeaTag.idea_id, Tag.name)
        .join(Tag, Tag.id == IdeaTag.tag_id)
        .where(IdeaTag.known(), IdeaTag.idea_id.in_(_ideas_here(viewer, region_id)))
        .order_by(IdeaTag.id)
    )


def _focus_areas(viewer: Actor, region_id: int) -> AnySelect:
    return (
        sa.select(IdeaFocusArea.idea_id, Programme.name, FocusArea.name)
        .join(FocusArea, FocusArea.id == IdeaFocusArea.focus_area_id)
        .join(Programme, Programme.id == FocusArea.programme_id)
        .where(IdeaFocusArea.known(), IdeaFocusArea.idea_id.in_(_ideas_here(viewer, region_id)))
        .order_by(IdeaFocusArea.id)
    )


def _comments(viewer: Actor, region_id: int) -> AnySelect:
    return (
        sa.select(Comment.idea_id, Comment.body, User.name, Comment.recorded_at)
        .outerjoin(User, User.id == Comment.recorded_by_id)
        .where(Comment.known(), Comment.idea_id.in_(_ideas_here(viewer, region_id)))
        .order_by(Comment.id)
    )


def _changes(_viewer: Actor, region_id: int) -> AnySelect:
    return (
        sa.select(
            Change.id, Change.recorded_at, User.name, Change.verb, Change.subject_kind,
            Change.subject_id, Change.via, Change.undoes_id,
        )
        .outerjoin(User, User.id == Change.actor_id)
        .where(Change.region_id == region_id)
        .order_by(Change.id)
    )  # fmt: skip


QUERIES: Mapping[str, Query] = {
    "bedrifter": _companies,
    "kontakter": _contacts,
    "ideer": _ideas,
    "hendelser": _events,
    "inkubasjoner": _incubations,
    "inkubasjon_ideer": _incubation_ideas,
    "soknader": _applications,
    "soknadshendelser": _application_events,
    "betalinger": _payments,
    "arbeidsplasser": _jobs,
    "besok": _visits,
    "besok_ideer": _visit_ideas,
    "besok_kontakter": _visit_contacts,
    "oppfolginger": _follow_ups,
    "merker": _tags,
    "satsinger": _focus_areas,
    "kommentarer": _comments,
    "endringer": _changes,
}
