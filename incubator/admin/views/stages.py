"""Settings of the stages: names, limits and thresholds, each from a day on."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, Length, Optional

from incubator.admin.views.blueprint import bp
from incubator.core import clock, db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.errors import RuleBroken, Stale
from incubator.core.forms import DayField, Form, whole_number
from incubator.core.refusals import sentence
from incubator.core.web import go_to, page
from incubator.ideas import queries as ideas, stages
from incubator.ideas.models import Stage
from incubator.reference import queries as reference
from incubator.reference.models import Region

LIMIT = "limit_{}"


class StageForm(Form):
    """What a stage is called and should hold; the limits of regions are added."""

    label_nb = StringField(_l("Name in bokmål"), [Length(max=stages.LONGEST_LABEL)])
    label_en = StringField(_l("Name in English"), [Length(max=stages.LONGEST_LABEL)])
    stale_days = IntegerField(
        _l("A card stands still after so many days"),
        [InputRequired(_l("Write a whole number; 0 is never."))],
    )
    soft_limit = IntegerField(_l("Limit: how many open cards it should hold"), [Optional()])
    on = DayField(_l("Holds from"))
    seen = HiddenField()


def _form(regions: Sequence[Region], **filled: Any) -> StageForm:
    fields = {
        LIMIT.format(region.id): IntegerField(region.name, [Optional()]) for region in regions
    }
    made: StageForm = type("RegionsStageForm", (StageForm,), fields)(**filled)
    return made


@bp.get("/faser")
@requires(Permission.ADMIN)
def stages_index() -> ResponseReturnValue:
    regions = {region.id: region.name for region in reference.list_regions(db.session)}
    limits = stages.all_limits(db.session)
    return page(
        "admin/stages.html",
        stages=[
            (stage, [(regions[n], limit) for n, limit in limits.get(stage.id, {}).items()])
            for stage in ideas.list_stages(db.session)
        ],
        today=clock.today(),
    )


@bp.get("/faser/<int:stage_id>")
@requires(Permission.ADMIN)
def stage_form(stage_id: int) -> ResponseReturnValue:
    stage = stages.get_stage(db.session, stage_id)
    return _page(stage, _filled(stage))


def _filled(stage: Stage) -> StageForm:
    regions = reference.list_regions(db.session)
    own = stages.limits_of(db.session, stage.id)
    return _form(
        regions,
        formdata=None,
        label_nb=stage.label_nb,
        label_en=stage.label_en,
        stale_days=stage.stale_days,
        soft_limit=stage.soft_limit,
        on=clock.today(),
        seen=stages.mark_of(db.session, stage.id),
        **{LIMIT.format(n): limit for n, limit in own.items()},
    )


@bp.post("/faser/<int:stage_id>")
@requires(Permission.ADMIN)
def set_stage(stage_id: int) -> ResponseReturnValue:
    stage = stages.get_stage(db.session, stage_id)
    regions = reference.list_regions(db.session)
    form = _form(regions)
    if not form.validate():
        return _page(stage, form), 422
    entry = stages.Entry(
        form.label_nb.data or "", form.label_en.data or "", form.stale_days.data,
        form.soft_limit.data,
    )  # fmt: skip
    try:
        change = stages.set_stage(
            db.session, current_actor(), stage, entry,
            {region.id: form[LIMIT.format(region.id)].data for region in regions},
            on=form.on.data or clock.today(), seen=whole_number(form.seen.data) or 0,
        )  # fmt: skip
    except RuleBroken as no:
        for field in no.fields or ("",):
            form.add_error(field, sentence(no.code, no.details))
        return _page(stage, form), 422
    except Stale as late:
        db.start_over()
        return _conflict(stage_id, form, late), 409
    told = _("The stage is changed.") if change else _("Nothing was different.")
    flash(told, "success")
    return go_to(f"/oppsett/faser/{stage_id}")


def _conflict(stage_id: int, form: StageForm, late: Stale) -> str:
    """Keep what was typed, and show what somebody else has stored; sent again, it holds."""
    stage = stages.get_stage(db.session, stage_id)
    form.add_error("", sentence(late.code, late.details))
    form.seen.data = str(stages.mark_of(db.session, stage_id))
    form.seen.raw_data = None
    return _page(stage, form, stored=_filled(stage))


def _page(stage: Stage, form: StageForm, stored: StageForm | None = None) -> str:
    days = stages.days_of(db.session, stage.id)
    locale = current_actor().locale
    return page(
        "admin/stage.html",
        stage=stage,
        label=stage.label(locale),
        form=form,
        stored=stored,
        of_regions=[name for name in form._fields if name.startswith(LIMIT.format(""))],
        history=_told(stage, days),
        today=clock.today(),
    )


FIELD_LABELS = {
    "label_nb": _l("Name in bokmål"),
    "label_en": _l("Name in English"),
    "stale_days": _l("Stands still after"),
    "soft_limit": _l("Limit"),
}


def _told(stage: Stage, days: dict[int, date | None]) -> list[dict[str, Any]]:
    """Say what was changed, with old and new, and whether it can be undone."""
    regions = {region.id: region.name for region in reference.list_regions(db.session)}
    values = stages.values_of(db.session, stage.id)
    rows = stages.history(db.session, stage.id)
    last = next((row.id for row in rows if row.undone_by is None), None)
    return [
        {
            "at": row.recorded_at,
            "who": row.who,
            "from_on": days.get(row.id),
            "is_undone": row.undone_by is not None,
            "undo_url": f"/oppsett/faser/endringer/{row.id}/angre" if row.id == last else None,
            "values": [
                (_field_label(field, regions), old, new)
                for field, old, new in values.get(row.id, ())
            ],
        }
        for row in rows
    ]


def _field_label(field: str, regions: dict[int, str]) -> str:
    if field in FIELD_LABELS:
        return str(FIELD_LABELS[field])
    number = whole_number(field.rpartition("_")[2]) or 0
    return str(_("Limit in %(region)s", region=regions.get(number, "–")))


@bp.post("/faser/endringer/<int:change_id>/angre")
@requires(Permission.ADMIN)
def undo_stage(change_id: int) -> ResponseReturnValue:
    undo = stages.undo_stage_change(db.session, current_actor(), change_id)
    flash(_("Undone."), "success")
    return go_to(f"/oppsett/faser/{undo.subject_id}")
