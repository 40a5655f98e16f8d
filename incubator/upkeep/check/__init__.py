"""What always holds of the data; `flask check` tells of every row that breaks it.

An invariant holds at any moment, also while others write: each query sees one moment.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.accounts.models import User
from incubator.companies.models import Company, Contact
from incubator.core.texts import company_key, fold, sort_key
from incubator.funding.models import Application, ApplicationEvent, Instrument
from incubator.ideas.models import Idea, StageEvent, StatusEvent
from incubator.incubation.models import Incubation
from incubator.reference.models import FocusArea, Municipality, Organisation, Programme, Region
from incubator.upkeep.check import (
    applications,
    companies,
    ideas,
    jobs,
    letters,
    meetings,
    records,
    search,
    visits,
)
from incubator.upkeep.check.finding import Broken, Invariant, all_of, differing, keys_of, together

_next_step = ideas.next_steps()
_application = ideas.newest(
    ApplicationEvent, ApplicationEvent.application_id, ApplicationEvent.status
)

INVARIANTS = (
    Invariant(
        "idea_stage", "A card stands in the stage that it entered last.",
        differing(Idea.stage_id, ideas.STAGE, "stage_id"),
    ),
    Invariant(
        "idea_stage_on", "A card stands there since the day on which it entered.",
        differing(Idea.stage_on, ideas.STAGE, "occurred_on"),
    ),
    Invariant(
        "idea_status", "A card has the status that was set last.",
        differing(Idea.status, ideas.STATUS, "status"),
    ),
    Invariant(
        "idea_status_on", "A card has its status since the day on which it was set.",
        differing(Idea.status_on, ideas.STATUS, "occurred_on"),
    ),
    Invariant(
        "idea_latest_on", "A card knows the day of its latest stage or status.",
        differing(Idea.latest_on, ideas.latest_days(), "day"),
    ),
    Invariant(
        "idea_is_shared", "A card is shared if sharing is what was said last.",
        differing(Idea.is_shared, ideas.SHARING, "is_shared", absent=sa.false()),
    ),
    Invariant(
        "idea_next_step", "A card shows its earliest open promise.",
        all_of(
            (
                differing(Idea.next_step, _next_step, "what"),
                differing(Idea.next_step_on, _next_step, "due_on"),
            )
        ),
    ),
    Invariant(
        "idea_deadline", "A card shows the nearest deadline of its unsent applications.",
        differing(Idea.deadline_on, ideas.DEADLINE, "day"),
    ),
    Invariant(
        "idea_position", "No two cards share a place, and each that stands has one.",
        ideas.positions(),
    ),
    Invariant(
        "idea_opening", "Every idea has entered a stage and begins as open.", ideas.openings()
    ),
    Invariant(
        "events_in_order", "No event enters what the one before it entered.",
        all_of((ideas.repeated(StageEvent.stage_id), ideas.repeated(StatusEvent.status))),
    ),
    Invariant(
        "events_registered", "Nothing happens to an idea before it is registered.",
        all_of(map(ideas.too_early, ideas.EVENTS)),
    ),
    Invariant(
        "events_region", "What happens to an idea or an application happens in its region.",
        ideas.elsewhere(),
    ),
    Invariant(
        "facts_past", "What has occurred does not lie ahead.", records.in_the_future()
    ),
    Invariant(
        "idea_last_change", "A card names the latest change that touched its facts.",
        ideas.last_changes(),
    ),
    Invariant(
        "idea_search_key", "A card is found by its title, company and owner.", ideas.search_keys
    ),
    Invariant("idea_merges", "An idea that is a part of another one is voided.", ideas.merged()),
    Invariant(
        "incubation_end", "An incubation ended on the day of its end.",
        differing(Incubation.left_on, records.ENDS, "occurred_on"),
    ),
    Invariant(
        "incubation_order", "An incubation ends after it began; a company has one at a time.",
        records.incubations_in_order(),
    ),
    Invariant(
        "application_status", "An application has the status of its latest event.",
        differing(Application.status, _application, "status"),
    ),
    Invariant(
        "application_course", "What happened to an application can follow on what was before.",
        applications.courses,
    ),
    Invariant(
        "application_money", "No more is paid than granted, and no more returned than paid.",
        applications.money,
    ),
    Invariant(
        "changes", "Every row names the change that made it, and the one that voided it.",
        records.changes(),
    ),
    Invariant("voided", "Nothing stands on what is voided.", records.on_voided()),
    Invariant("undone", "Nothing stands of a change that is undone.", records.undone()),
    Invariant(
        "regions", "What belongs to an idea lies in its region.", records.regions()
    ),
    Invariant(
        "municipalities", "A municipality lies in one region.", records.municipalities()
    ),
    Invariant(
        "keys", "Names are sorted and matched by keys of what they are now.",
        together(
            (
                keys_of(Idea.title, title_key=fold),
                keys_of(Company.name, match_key=company_key, sort_key=sort_key),
                keys_of(Contact.name, sort_key=sort_key),
                keys_of(User.name, name_key=fold, sort_key=sort_key),
                keys_of(Organisation.name, name_key=fold, sort_key=sort_key),
                keys_of(Region.name, name_key=fold, sort_key=sort_key),
                keys_of(Municipality.name, name_key=fold, sort_key=sort_key),
                keys_of(Programme.name, name_key=fold),
                keys_of(FocusArea.name, name_key=fold),
                keys_of(Instrument.name, sort_key=sort_key),
            )
        ),
    ),
    Invariant("orgnr", "Organisation numbers have a valid check digit.", records.numbers),
    Invariant(
        "company_belongings", "What belongs to a company belongs to one that stands.",
        companies.belongings(),
    ),
    Invariant(
        "company_merges", "A company that was merged with another is voided.", companies.merged()
    ),
    Invariant(
        "company_last_contact", "A company shows the day of its latest visit.",
        differing(Company.last_contact_on, visits.LAST_CONTACT, "day"),
    ),
    Invariant("visit_days", "A visit is logged when it has been, and not by a slip.", visits.days),
    Invariant(
        "visit_origins", "What came of a visit lies in the visit's region.", visits.origins()
    ),
    Invariant(
        "meeting_agendas", "On the agenda of a meeting are ideas of its region.",
        meetings.agendas(),
    ),
    Invariant(
        "meeting_decisions", "What was decided at a meeting says what it was, and was done.",
        meetings.decisions(),
    ),
    Invariant("jobs", "Jobs have a number and a day that can be.", jobs.sensible),
    Invariant(
        "jobs_realised", "Jobs are realised from expected ones that stand.", jobs.realised()
    ),
    Invariant("goal_metric", "A goal counts something that is counted.", records.metrics()),
    Invariant(
        "mail", "Nobody gets mail that was stopped, and what is sent is over.", letters.mail()
    ),
    Invariant("figures", "A figure of a report has its rows behind it.", letters.figures),
    Invariant("search", "What is stored is found by its words.", search.words),
    Invariant(
        "imports", "A row of a list became one idea of its region, once.", records.imports()
    ),
)  # fmt: skip


def broken(session: Session) -> Iterator[tuple[Invariant, Broken]]:
    """Give every row that breaks an invariant, in the order of the list."""
    for invariant in INVARIANTS:
        for row in invariant.find(session):
            yield invariant, row
