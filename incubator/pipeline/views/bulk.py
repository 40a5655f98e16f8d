"""Many cards at once: choose them, and do one thing with all of them in one dialog."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from flask import Response, make_response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, ngettext

from incubator.audit.models import Change
from incubator.core import clock, db
from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.errors import NotFound, RuleBroken
from incubator.core.forms import whole_number
from incubator.core.refusals import sentence
from incubator.core.web import go_to, is_htmx, page
from incubator.ideas import queries as ideas
from incubator.ideas.models import Idea, Stage, Status
from incubator.pipeline import bulk, queries, undo
from incubator.pipeline.bulk import Chosen, Held, Seen, SomeCannot
from incubator.pipeline.views.asked import Region, asked_filter, asked_region, query_of, region_of
from incubator.pipeline.views.blueprint import Toast, bp, changed
from incubator.pipeline.views.deeds import BUTTONS, DEEDS, Deed
from incubator.pipeline.views.gating import Gating


@bp.get("/tavle/velg")
@requires(Permission.IDEA_MOVE)
def choose() -> ResponseReturnValue:
    """Answer with the cards of the board, or all of one column, and a box beside each."""
    viewer, narrowed, today = current_actor(), asked_filter(), clock.today()
    region = asked_region(viewer)
    columns, _counted = queries.columns(db.session, viewer, region.id, narrowed, today)
    if only := whole_number(request.args.get("fase")):
        columns = [column for column in columns if column.stage.id == only]
        if not columns:
            raise NotFound("no_such_stage")
        found = ideas.matching(db.session, viewer, region.id, narrowed).get(only, [])
        rows = ideas.cards_in_order(db.session, found[: bulk.MOST])
        cards = [queries.face(row, columns[0].stage, today) for row in rows]
        columns = [queries.Column(columns[0].stage, len(found), None, cards)]
    query = query_of(region, narrowed)
    return page(
        "pipeline/choose.html",
        region=region,
        columns=[
            (column, f"/tavle/velg?{query}&fase={column.stage.id}") for column in columns
        ],
        back=f"/?{query}",
        deeds=[(word, DEEDS[word]) for word in BUTTONS],
        most=bulk.MOST,
        only=only,
    )  # fmt: skip


@dataclass
class Asking:
    """What somebody asks to be done with which cards."""

    viewer: Actor
    region: Region
    chosen: Chosen
    cards: bulk.Cards

    @property
    def ideas(self) -> list[Idea]:
        return self.cards.ideas


def _asked() -> Asking:
    """Read the cards from an address, as they are now."""
    viewer = current_actor()
    region = asked_region(viewer)
    words = ",".join(request.args.getlist("ider")).replace(" ", ",").split(",")
    ids = list(dict.fromkeys(number for word in words if (number := whole_number(word))))
    cards = bulk.load(db.session, region.id, ids[: bulk.MOST + 1])
    seen = {idea.id: Seen(idea.stage_id, idea.owner_id) for idea in cards.ideas}
    return Asking(viewer, region, Chosen(region.id, seen, uuid4().hex), cards)


def _posted() -> Asking:
    """Read the cards from a form, as they were seen, without those that shall be left out."""
    viewer = current_actor()
    region = region_of(viewer, whole_number(request.form.get("region")))
    left_out = {whole_number(word) for word in request.form.get("uten", "").split(",")}
    seen = {}
    for word in request.form.getlist("kort"):
        idea_id, stage_id, owner_id = (whole_number(part) for part in f"{word}::".split(":")[:3])
        if idea_id and stage_id and idea_id not in left_out:
            seen[idea_id] = Seen(stage_id, owner_id or None)
    chosen = Chosen(region.id, seen, request.form.get("nokkel", "")[:64])
    cards = bulk.load(db.session, region.id, list(seen)[: bulk.MOST + 1])
    return Asking(viewer, region, chosen, cards)


@bp.get("/ideer/mange/flytt")
@requires(Permission.IDEA_MOVE)
def move_many_form() -> ResponseReturnValue:
    asking = _asked()
    return _move_dialog(asking, Gating(asking.region.id, asking.ideas), None)


@bp.post("/ideer/mange/flytt")
@requires(Permission.IDEA_MOVE)
def move_many() -> ResponseReturnValue:
    asking = _posted()
    gating = Gating(asking.region.id, asking.ideas)
    stages = {stage.id: stage for stage in ideas.list_stages(db.session)}
    to = stages.get(whole_number(request.form.get("to_stage")) or 0)
    if to is None:
        gating.form.add_error("to_stage", _("Choose the stage that the cards go to."))
        return _move_dialog(asking, gating, None), 422
    if not gating.validate():
        return _move_dialog(asking, gating, to), 422
    try:
        change = bulk.move(
            db.session, asking.viewer, asking.chosen, to, gating.form.on.data or clock.today(),
            answers=gating.answers(), reason=gating.form.reason.data or "",
        )  # fmt: skip
    except SomeCannot as no:
        gating.ask(dict(no.asked))
        return _move_dialog(asking, gating, to, no.held), 422
    except RuleBroken as no:
        gating.form.form_errors.append(sentence(no.code, no.details))
        return _move_dialog(asking, gating, to), 422
    label = to.label(asking.viewer.locale)
    return _done(asking, change, lambda n: ngettext(
        "%(num)d card moved to %(stage)s.", "%(num)d cards moved to %(stage)s.", n, stage=label
    ))  # fmt: skip


@bp.get("/ideer/mange/<any(ansvarlig,merke,satsing,oppfolging,parker,stopp):deed>")
@requires(Permission.IDEA_MOVE)
def many_form(deed: str) -> ResponseReturnValue:
    asking = _asked()
    form = DEEDS[deed].form(asking.viewer, asking.region)
    return _dialog(asking, deed, form)


@bp.post("/ideer/mange/<any(ansvarlig,merke,satsing,oppfolging,parker,stopp):deed>")
@requires(Permission.IDEA_MOVE)
def many(deed: str) -> ResponseReturnValue:
    asking, done = _posted(), DEEDS[deed]
    form = done.form(asking.viewer, asking.region)
    if not form.validate():
        return _dialog(asking, deed, form), 422
    try:
        change = done.act(asking.viewer, asking.chosen, form)
    except SomeCannot as no:
        for one in no.asked.values():
            if not form.errors:
                _put(form, one)
        return _dialog(asking, deed, form, no.held), 422
    except RuleBroken as no:
        _put(form, no)
        return _dialog(asking, deed, form), 422
    return _done(asking, change, lambda n: done.told(n, form))


def _put(form: Any, no: RuleBroken) -> None:
    """Put a refusal beside its field, or on top."""
    name = next(iter(no.fields), "")
    form.add_error(name, sentence(no.code, no.details))


def _done(asking: Asking, change: Change, told: Any) -> ResponseReturnValue:
    """Answer with the cards that changed, and a word with the way to undo it."""
    touched = undo.cards_of(db.session, change.id)
    toast = Toast(told(len(touched)), f"/endringer/{change.id}/angre")
    db.settle()
    if not is_htmx():
        toast.on_the_next_page()
        return go_to(f"/?region={asking.region.id}")
    standing = [row.id for row in touched if row.status == Status.OPEN and not row.is_voided]
    left = {seen.stage_id for seen in asking.chosen.seen.values()}
    return changed(
        asking.viewer, asking.region.id, ideas.cards_by_id(db.session, standing),
        gone=[row.id for row in touched if row.id not in standing],
        stage_ids=left | {row.stage_id for row in touched}, toast=toast,
    )  # fmt: skip


def _move_dialog(
    asking: Asking, gating: Gating, to: Stage | None, held: Sequence[Held] = ()
) -> Response:
    stages = queries.heads(ideas.list_stages(db.session, clock.today()), asking.viewer.locale)
    gating.form.to_stage.choices = [(stage.id, stage.label) for stage in stages]
    number = len(asking.chosen.seen)
    heading = ngettext("Move %(num)d card to …", "Move %(num)d cards to …", number)
    if to is not None:
        heading = ngettext(
            "Move %(num)d card to %(stage)s", "Move %(num)d cards to %(stage)s", number,
            stage=to.label(asking.viewer.locale),
        )  # fmt: skip
    return _answer(asking, held, deed="flytt", heading=heading, send=_("Move"), gating=gating,
                   form=gating.form, forms=gating.forms, to_stage=to)  # fmt: skip


def _dialog(asking: Asking, word: str, form: Any, held: Sequence[Held] = ()) -> Response:
    deed: Deed = DEEDS[word]
    return _answer(asking, held, deed=word, heading=deed.heading(len(asking.chosen.seen)),
                   send=deed.send, form=form, forms=[form])  # fmt: skip


def _answer(asking: Asking, held: Sequence[Held], **shown: Any) -> Response:
    stages = {s.id: s.label(asking.viewer.locale) for s in ideas.list_stages(db.session)}
    answer = make_response(
        page(
            "pipeline/many.html",
            block="dialog" if is_htmx() else None,
            region=asking.region,
            chosen=asking.chosen,
            cards=[(idea.title, stages[idea.stage_id]) for idea in asking.ideas],
            held=[(one.title or _("A card"), _why(one, stages)) for one in held],
            without=",".join(str(one.idea_id) for one in held),
            rest=len(asking.chosen.seen) - len(held),
            today=clock.today(),
            back=f"/?region={asking.region.id}",
            **shown,
        )
    )  # fmt: skip
    answer.headers["HX-Retarget"] = "#dialog"
    answer.headers["HX-Reswap"] = "innerHTML"
    return answer


def _why(one: Held, stages: Mapping[int, str]) -> str:
    """Say why a card cannot, and who was first where somebody was."""
    who = one.who or _("Somebody")
    if one.code == "moved_meanwhile":
        where = stages.get(one.stage_id or 0, "")
        return str(_("%(who)s has moved it to %(stage)s.", who=who, stage=where))
    if one.code == "closed_meanwhile":
        return str(_("%(who)s has closed it.", who=who))
    return sentence(one.code, one.details)
