"""Merge an idea with a duplicate: choose it, look at what the two would become, do it."""

from dataclasses import dataclass
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l

from incubator.core import db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.errors import NotAllowed, NotFound, Refusal, RuleBroken, Stale
from incubator.core.formats import day
from incubator.core.forms import Form, whole_number
from incubator.core.refusals import sentence
from incubator.core.web import go_to, page
from incubator.ideas import queries as ideas
from incubator.ideas.models import Idea, Stage
from incubator.ideas.queries import IdeaPage
from incubator.pipeline import joining
from incubator.pipeline.card import STATUS_LABELS
from incubator.pipeline.joining import Plan, Seen
from incubator.pipeline.views.blueprint import bp

LABELS = {
    "title": _l("Title"),
    "problem": _l("The problem"),
    "description": _l("More about it"),
    "company_id": _l("Company"),
    "municipality_id": _l("Municipality"),
    "owner_id": _l("Owner"),
}
KINDS = (
    ("follow_up", _l("Follow-ups")),
    ("application", _l("Applications")),
    ("job_record", _l("Records of jobs")),
    ("comment", _l("Comments")),
    ("import_row", _l("Rows of imported lists")),
)
KEPT, OTHER = "kept", "other"
MOST_OFFERED = 20


@dataclass(frozen=True)
class Choice:
    """A field of which one of two values is kept."""

    field: str
    label: Any
    kept: str
    other: str
    is_others: bool

    @property
    def is_same(self) -> bool:
        return self.kept == self.other


def _get(viewer: Actor, idea_id: int | None) -> IdeaPage:
    """Give an idea that the viewer may merge. Raises NotFound, NotAllowed."""
    found = ideas.get_page(db.session, viewer, idea_id or 0)
    if not joining.may_merge(viewer, found.idea):
        raise NotAllowed("not_yours")
    return found


@bp.get("/ideer/<int:idea_id>/sla-sammen")
@requires(Permission.IDEA_CORRECT)
def join_form(idea_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    found = _get(viewer, idea_id)
    other_id = whole_number(request.args.get("med"))
    if not other_id or other_id == idea_id:
        return _choose(viewer, found)
    return _compare(found, _get(viewer, other_id))


def _choose(viewer: Actor, found: IdeaPage) -> str:
    """Let somebody choose the duplicate: those of the same company first, any by its words."""
    text = request.args.get("q", "").strip()[:100]
    idea = found.idea
    hits = ideas.search(db.session, viewer, text) if text else []
    alike = ideas.list_for_company(db.session, viewer, idea.company_id) if idea.company_id else []
    return page(
        "ideas/merge.html",
        idea=_named(found),
        plan=None,
        text=text,
        found=[one for one in hits if one.id != idea.id and one.region_id == idea.region_id][
            :MOST_OFFERED
        ],
        alike=[one for one in alike if one.id != idea.id][:MOST_OFFERED],
    )


def _compare(one: IdeaPage, two: IdeaPage, refusal: Refusal | None = None) -> str:
    planned = joining.plan(db.session, one.idea, two.idea)
    kept, other = (one, two) if planned.kept is one.idea else (two, one)
    numbers = joining.count_belongings(db.session, planned)
    stages = {stage.id: stage for stage in ideas.list_stages(db.session)}
    return page(
        "ideas/merge.html",
        idea=_named(one),
        plan=planned,
        kept=_named(kept),
        other=_named(other),
        choices=[_choice(kept, other, field) for field in LABELS],
        kinds=[(label, *numbers[kind]) for kind, label in KINDS],
        course=_course(planned, stages, current_actor().locale),
        refusal=sentence(refusal.code, refusal.details) if refusal else None,
        form=Form(formdata=None),
    )


def _named(found: IdeaPage) -> dict[str, Any]:
    idea = found.idea
    return {
        "id": idea.id, "title": idea.title, "href": f"/ideer/{idea.id}", "version": idea.version,
        "registered_on": idea.registered_on,
    }  # fmt: skip


def _choice(kept: IdeaPage, other: IdeaPage, field: str) -> Choice:
    """Offer both values; the one that is known is right until somebody says otherwise."""
    mine, theirs = _shown(kept, field), _shown(other, field)
    chosen = request.form.get(field)
    is_others = chosen == OTHER if chosen else not mine and bool(theirs)
    return Choice(field, LABELS[field], mine, theirs, is_others)


def _shown(found: IdeaPage, field: str) -> str:
    names = {
        "company_id": found.company.name if found.company else None,
        "municipality_id": found.municipality,
        "owner_id": found.owner,
    }
    value = names[field] if field in names else getattr(found.idea, field)
    return str(value or "")


def _course(planned: Plan, stages: dict[int, Stage], locale: str) -> list[tuple[str, str, str]]:
    """Write what the merged idea has come to: what, when, and whose event it was."""
    titles = {True: planned.kept.title, False: planned.other.title}
    steps = [
        (step.on, stages[step.event.stage_id].label(locale), titles[step.is_own])
        for step in planned.stages
    ]
    steps += [
        (step.on, str(STATUS_LABELS[step.event.status]), titles[step.is_own])
        for step in planned.statuses[1:]
    ]
    return [(what, day(on), whose) for on, what, whose in sorted(steps, key=lambda one: one[0])]


@bp.post("/ideer/<int:idea_id>/sla-sammen")
@requires(Permission.IDEA_CORRECT)
def join(idea_id: int) -> ResponseReturnValue:
    viewer = current_actor()
    numbers = (idea_id, whole_number(request.form.get("med")) or 0)
    try:
        one, two = (_get(viewer, number) for number in numbers)
    except NotFound:
        # A form that was sent twice: the first one did it.
        done = next(filter(None, (lead_on(viewer, number) for number in numbers)), None)
        if done is None:
            raise
        return go_to(f"/ideer/{done.id}")
    planned = joining.plan(db.session, one.idea, two.idea)
    seen = Seen(*(whole_number(request.form.get(f"{side}_version")) or 0 for side in (KEPT, OTHER)))
    take = [field for field in LABELS if request.form.get(field) == OTHER]
    called, kept_id = planned.other.title, planned.kept.id
    try:
        joining.merge_ideas(db.session, viewer, one.idea, two.idea, take=take, seen=seen)
    except RuleBroken as no:
        return _compare(one, two, no), 422
    except Stale as late:
        db.start_over()
        db.session.expire_all()
        return _compare(_get(viewer, idea_id), _get(viewer, two.idea.id), late), 409
    flash(_("“%(title)s” is a part of this idea now.", title=called), "success")
    return go_to(f"/ideer/{kept_id}")


def lead_on(viewer: Actor, idea_id: int) -> Idea | None:
    """Give the idea that a merged one is a part of, where the viewer may see that."""
    into = ideas.merged_into(db.session, idea_id)
    return ideas.get_visible(db.session, viewer, into) if into else None
