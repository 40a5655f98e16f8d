"""Put together what the page of one idea shows, in a fixed number of queries."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy.orm import Session

from incubator.core.access import Actor, Permission
from incubator.core.formats import day as write_day, nok
from incubator.followups import queries as followups
from incubator.funding import queries as funding, words as application_words
from incubator.funding.models import Application
from incubator.ideas import corrections, focus, queries as ideas
from incubator.ideas.models import Idea, Stage, StageKind, Status
from incubator.ideas.queries import Happening, IdeaPage
from incubator.jobs import queries as jobs, words as job_words
from incubator.pipeline import gates, talk
from incubator.pipeline.operations import NEEDS_APPLICATIONS, known_of
from incubator.visits import queries as visits
from incubator.visits.words import KIND_LABELS

STATUS_LABELS = {
    Status.OPEN: _l("Open"),
    Status.PARKED: _l("Parked"),
    Status.STOPPED: _l("Stopped"),
    Status.LAUNCHED: _l("Launched"),
}
MISSING_LABELS = {
    "owner_id": _l("an owner"),
    "company_or_founder": _l("a company or a founder"),
    "company": _l("a company"),
    "problem": _l("the problem"),
    "orgnr": _l("the organisation number"),
    "instrument_id": _l("the funding scheme"),
    "planned_on": _l("the deadline or planned date"),
    "sought_nok": _l("the amount sought"),
    "launched_what": _l("what is launched"),
    "first_sale_on": _l("the date of the first sale"),
}


@dataclass(frozen=True)
class Bead:
    """A stage on the trail of an idea: entered, stood in now, skipped, or ahead."""

    label: str
    state: str
    on: date | None = None
    is_estimated: bool = False
    days: int | None = None
    is_stale: bool = False


@dataclass(frozen=True)
class Entry:
    """A line of the timeline."""

    text: str
    on: date
    at: datetime
    who: str | None
    note: str | None = None
    is_estimated: bool = False
    is_voided: bool = False
    correct_href: str | None = None


@dataclass(frozen=True)
class Corrected:
    """A correction in the history: what was said before, and what instead."""

    old: str
    new: str | None
    at: datetime
    who: str | None
    note: str | None
    undo_url: str


@dataclass(frozen=True)
class NextStep:
    id: int
    text: str
    due_on: date | None
    is_overdue: bool
    who: str | None
    done_url: str


@dataclass(frozen=True)
class Face:
    """The head of the page."""

    id: int
    href: str
    title: str
    problem: str | None
    description: str | None
    company_name: str | None
    company_href: str | None
    municipality: str | None
    owner_name: str | None
    status: str
    status_label: Any
    is_shared: bool
    missing: list[str]
    stage_id: int
    stage_kind: str
    region_id: int
    archived_on: date | None


def contents(
    session: Session,
    viewer: Actor,
    idea_id: int,
    today: date,
    *,
    found: IdeaPage | None = None,
) -> dict[str, Any]:
    """Give all that the page of an idea shows. Raises NotFound.

    `found` is the idea where somebody who sees it looks at what others would see of it.
    """
    found = found or ideas.get_page(session, viewer, idea_id)
    stages = ideas.list_stages(session)
    events = ideas.timeline(session, idea_id)
    steps = followups.list_for_idea(session, idea_id)
    applications = funding.with_instruments(session, idea_id)
    return {
        "record": found.idea,
        "idea": _face(session, viewer, found, stages, applications),
        "beads": _beads(found.idea, stages, events, today, viewer.locale),
        "timeline": _entries(events, stages, viewer, found.idea),
        "corrections": _corrections(session, viewer, idea_id, stages),
        "next_step": _next_step(steps, found, today),
        "facts": _facts(session, found),
        "asked_for": _asked_for(found, next(s.kind for s in stages if s.id == found.idea.stage_id)),
        "focus_areas": [name for _number, name in focus.areas_of(session, idea_id)],
        "applications": [_application(*row) for row in applications],
        "origin": _origin(session, viewer, idea_id),
        **talk.contents(session, viewer, found.idea, stages),
    }


def _origin(session: Session, viewer: Actor, idea_id: int) -> dict[str, str] | None:
    """Say at which visit an idea came up, and whose it was, to those who may know of visits."""
    if not viewer.may(Permission.VISIT_SEE):
        return None
    found = visits.origin_of(session, idea_id)
    if found is None:
        return None
    who = ", ".join(filter(None, (found.visitor, found.organisation)))
    words = {
        "kind": str(KIND_LABELS[found.kind]), "day": write_day(found.occurred_on),
        "company": found.company, "who": who,
    }  # fmt: skip
    with_whom = _("%(kind)s %(day)s with %(company)s", **words)
    logged = _("logged by %(who)s", **words) if who else ""
    return {"href": f"/besok/{found.visit_id}", "text": with_whom, "who": logged}


def _company_page(viewer: Actor, found: IdeaPage) -> str | None:
    """Give the address of the company's page, for those who may open it."""
    if found.company is None or not viewer.may(Permission.COMPANY_SEE):
        return None
    return f"/bedrifter/{found.company.id}"


def _face(session: Session, viewer: Actor, found: IdeaPage, stages: Any, applications: Any) -> Face:
    idea = found.idea
    stage: Stage = next(stage for stage in stages if stage.id == idea.stage_id)
    asks = stage.kind in NEEDS_APPLICATIONS
    known = known_of(session, idea, tuple(row[0] for row in applications) if asks else ())
    missing = gates.lacking(stage.kind, known) if idea.status == Status.OPEN else ()
    return Face(
        id=idea.id,
        href=f"/ideer/{idea.id}",
        title=idea.title,
        problem=idea.problem,
        description=idea.description,
        company_name=found.company.name if found.company else None,
        company_href=_company_page(viewer, found),
        municipality=found.municipality,
        owner_name=found.owner,
        status=idea.status.value,
        status_label=STATUS_LABELS[idea.status],
        is_shared=idea.is_shared,
        missing=[str(MISSING_LABELS[field]) for field in missing],
        stage_id=idea.stage_id,
        stage_kind=stage.kind.value,
        region_id=idea.region_id,
        archived_on=idea.archived_on,
    )


def _beads(
    idea: Idea, stages: Any, events: list[Happening], today: date, locale: str
) -> list[Bead]:
    path = [event for event in reversed(events) if event.stage_id is not None]
    spent: dict[int, int] = {}
    ends = [event.occurred_on for event in path[1:]] + [_last_day(idea, today)]
    for event, end in zip(path, ends, strict=True):
        stage_id = event.stage_id or 0
        spent[stage_id] = spent.get(stage_id, 0) + (end - event.occurred_on).days
    first = {event.stage_id: event for event in reversed(path)}
    here = next(stage.nth for stage in stages if stage.id == idea.stage_id)
    return [
        Bead(
            stage.label(locale),
            _bead_state(stage, idea.stage_id, here, stage.id in first),
            first[stage.id].occurred_on if stage.id in first else None,
            bool(stage.id in first and first[stage.id].is_estimated),
            spent.get(stage.id),
            (today - idea.stage_on).days >= stage.stale_days,
        )
        for stage in stages
    ]


def _last_day(idea: Idea, today: date) -> date:
    """Give the day up to which a card has stood in its stage: today, or when it was closed."""
    return today if idea.status == Status.OPEN else max(idea.status_on, idea.stage_on)


def _bead_state(stage: Stage, stands_in: int, here: int, is_entered: bool) -> str:
    if stage.id == stands_in:
        return "current"
    if stage.nth > here:
        return "ahead"
    return "done" if is_entered else "skipped"


# How an address names the two kinds of events that can be corrected.
ADDRESS_WORDS = {"stage": "fase", "status": "status"}


def _entries(events: list[Happening], stages: Any, viewer: Actor, idea: Idea) -> list[Entry]:
    """Write the timeline; what somebody may correct leads to where it is done."""
    opening = {
        kind: next((event for event in reversed(events) if event.kind == kind), None)
        for kind in ADDRESS_WORDS
    }
    may_correct = corrections.may_correct(viewer, idea)
    entries = []
    for event in events:
        is_first = event is opening.get(event.kind)
        href = None
        if may_correct and event.kind in ADDRESS_WORDS and not is_first:
            href = f"/ideer/{idea.id}/historikk/{ADDRESS_WORDS[event.kind]}/{event.event_id}"
        text = said(event, stages, viewer.locale, is_first=is_first)
        entries.append(
            Entry(
                text, event.occurred_on, event.recorded_at, event.who, event.note,
                event.is_estimated, correct_href=href,
            )
        )  # fmt: skip
    return entries


def said(event: Happening, stages: Any, locale: str, *, is_first: bool = False) -> str:
    """Say in words what happened."""
    if event.stage_id is not None:
        label = next(stage.label(locale) for stage in stages if stage.id == event.stage_id)
        return str(_("Into %(stage)s", stage=label))
    if event.status == Status.OPEN:
        return str(_("Registered") if is_first else _("Reopened"))
    if event.status is not None:
        text = str(STATUS_LABELS[event.status])
        if event.look_again_on:
            text += " – " + _("look again %(day)s", day=write_day(event.look_again_on))
        return text
    return str(_("Shared with the partners") if event.is_shared else _("Sharing withdrawn"))


def _corrections(session: Session, viewer: Actor, idea_id: int, stages: Any) -> list[Corrected]:
    """List what was corrected, for those who may read of it."""
    if not viewer.may(Permission.IDEA_SEE):
        return []
    return [
        Corrected(
            _told(one.old, stages, viewer.locale), _told(one.new, stages, viewer.locale) or None,
            one.at, one.who, one.note, f"/endringer/{one.change_id}/angre",
        )
        for one in ideas.list_corrections(session, idea_id)
    ]  # fmt: skip


def _told(text: str | None, stages: Any, locale: str) -> str:
    """Write "case 2026-03-02" as a person reads it; what was erased is not told."""
    labels = {stage.key: _("Into %(stage)s", stage=stage.label(locale)) for stage in stages}
    labels |= {status.value: str(label) for status, label in STATUS_LABELS.items()}
    labels[Status.OPEN.value] = _("Reopened")
    told = [part.rpartition(" ") for part in (text or "").split(", ") if part]
    return ", ".join(
        f"{labels.get(key, key)} {write_day(date.fromisoformat(day))}" for key, _space, day in told
    )


def _next_step(steps: Any, found: IdeaPage, today: date) -> NextStep | None:
    step, who = next(((step, who) for step, who in steps if step.done_on is None), (None, None))
    if step is None:
        return None
    return NextStep(
        step.id,
        step.what,
        step.due_on,
        bool(step.due_on and step.due_on < today),
        who,
        f"/ideer/{found.idea.id}/neste-steg/{step.id}/gjort",
    )


def _application(application: Application, instrument: str | None) -> dict[str, Any]:
    amount = nok(application.sought_nok) if application.sought_nok is not None else ""
    parts = (instrument, amount, str(application_words.STATUS_LABELS[application.status]))
    text = ", ".join(part for part in parts if part)
    return {"href": f"/soknader/{application.id}", "text": text}


def _asked_for(found: IdeaPage, kind: StageKind) -> list[tuple[str, str, str]]:
    """Give what gates have asked for, or will: label, what is known, the field that edits it."""
    idea, is_market = found.idea, kind == StageKind.MARKET
    sale = idea.first_sale_planned_on
    every = (
        (_("Founder"), found.founder.name if found.founder else "", "founder", not found.company),
        (_("What is launched"), idea.launched_what or "", "launched_what", is_market),
        (_("Planned first sale"), write_day(sale) if sale else "", "first_sale_planned_on",
         is_market),
    )  # fmt: skip
    return [(label, value, field) for label, value, field, is_due in every if value or is_due]


def _facts(session: Session, found: IdeaPage) -> list[tuple[str, str]]:
    idea, company = found.idea, found.company
    facts = [(_("Registered"), write_day(idea.registered_on))]
    if company and company.orgnr:
        facts.append((_("Organisation number"), company.orgnr))
    for record in jobs.of_idea(session, idea.id):
        label = job_words.STATE_LABELS[record.state]
        number = f"{record.number.normalize():f}"
        facts.append((_("Jobs"), f"{number} {label}"))
    return facts
