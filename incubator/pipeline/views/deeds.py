"""What can be done with many cards beside moving them: its form, the operation, a word about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l, ngettext

from incubator.accounts import queries as accounts
from incubator.audit.models import Change
from incubator.core import clock, db
from incubator.core.access import Actor
from incubator.core.errors import RuleBroken
from incubator.core.forms import Form
from incubator.followups.operations import Next
from incubator.ideas import tags
from incubator.ideas.models import Status
from incubator.pipeline import bulk
from incubator.pipeline.bulk import Chosen
from incubator.pipeline.forms_many import (
    AreaForm,
    AssignForm,
    ManyParkForm,
    ManyStopForm,
    PromiseForm,
    TagForm,
)
from incubator.pipeline.views.asked import Region
from incubator.reference import queries as reference

TAKE = "ta"  # in the place of "gi"


@dataclass(frozen=True)
class Deed:
    """Something that can be done with many cards: its form, and what it does."""

    label: Any
    icon: str
    heading: Callable[[int], Any]
    form: Callable[[Actor, Region], Form]
    act: Callable[[Actor, Chosen, Any], Change]
    told: Callable[[int, Any], Any]
    send: Any


def _assign_form(_viewer: Actor, region: Region) -> Form:
    form = AssignForm()
    people = accounts.owner_choices(db.session, region.id)
    form.owner_id.choices = [("", _("Nobody")), *people]
    return form


def _area_form(_viewer: Actor, region: Region) -> Form:
    form = AreaForm()
    offered = reference.focus_areas_in(db.session, region.id, clock.today())
    form.area_id.choices = [(area.id, area.name) for area in offered]
    return form


def _tag_form(_viewer: Actor, region: Region) -> Form:
    form = TagForm()
    form.known = tuple(tag.name for tag in tags.list_tags(db.session, region.id))
    return form


def _promise_form(viewer: Actor, region: Region) -> Form:
    form = PromiseForm()
    form.responsible_id.choices = accounts.owner_choices(db.session, region.id)
    if form.responsible_id.data is None:
        form.responsible_id.data = viewer.id
    return form


def _dated(form: type[Form]) -> Callable[[Actor, Region], Form]:
    return lambda _viewer, _region: form(on=clock.today())


def _assign(viewer: Actor, chosen: Chosen, form: AssignForm) -> Change:
    return bulk.assign(db.session, viewer, chosen, form.owner_id.data)


def _park(viewer: Actor, chosen: Chosen, form: ManyParkForm) -> Change:
    return bulk.close(
        db.session, viewer, chosen, Status.PARKED, form.on.data or clock.today(),
        reason=form.reason.data or "", look_again_on=form.look_again_on.data,
    )  # fmt: skip


def _stop(viewer: Actor, chosen: Chosen, form: ManyStopForm) -> Change:
    return bulk.close(
        db.session, viewer, chosen, Status.STOPPED, form.on.data or clock.today(),
        reason=form.reason.data or "", learnt=form.learnt.data or "",
    )  # fmt: skip


def _tag(viewer: Actor, chosen: Chosen, form: TagForm) -> Change:
    word = form.tag.data or ""
    if form.way.data != TAKE:
        return bulk.tag(db.session, viewer, chosen, word)
    return bulk.untag(db.session, viewer, chosen, word)


def _area(viewer: Actor, chosen: Chosen, form: AreaForm) -> Change:
    if form.area_id.data is None:
        raise RuleBroken("no_such_focus_area", fields=["area_id"])
    is_given = form.way.data != TAKE
    return bulk.set_area(db.session, viewer, chosen, form.area_id.data, is_given=is_given)


def _promise(viewer: Actor, chosen: Chosen, form: PromiseForm) -> Change:
    promised = Next(form.what.data or "", form.due_on.data, form.responsible_id.data)
    return bulk.promise(db.session, viewer, chosen, promised)


def _told_owner(n: int, form: AssignForm) -> Any:
    name = dict(form.owner_id.choices or ()).get(form.owner_id.data)
    if name is None:
        return ngettext("%(num)d card has no owner now.", "%(num)d cards have no owner now.", n)
    return ngettext(
        "%(num)d card given to %(name)s.", "%(num)d cards given to %(name)s.", n, name=name
    )


def _told_tag(n: int, form: TagForm) -> Any:
    tag = (form.tag.data or "").strip()
    if form.way.data == TAKE:
        return ngettext(
            "%(tag)s taken away from %(num)d card.",
            "%(tag)s taken away from %(num)d cards.",
            n,
            tag=tag,
        )
    return ngettext("%(num)d card tagged %(tag)s.", "%(num)d cards tagged %(tag)s.", n, tag=tag)


def _told_area(n: int, form: AreaForm) -> Any:
    area = dict(form.area_id.choices or ()).get(form.area_id.data)
    if form.way.data == TAKE:
        return ngettext(
            "%(num)d card taken out of %(area)s.",
            "%(num)d cards taken out of %(area)s.",
            n,
            area=area,
        )
    return ngettext(
        "%(num)d card placed in %(area)s.", "%(num)d cards placed in %(area)s.", n, area=area
    )


DEEDS: Mapping[str, Deed] = {
    "ansvarlig": Deed(
        _l("Owner"), "user-round",
        lambda n: ngettext("Owner of %(num)d card", "Owner of %(num)d cards", n),
        _assign_form, _assign, _told_owner, _l("Give"),
    ),
    "merke": Deed(
        _l("Tag"), "flag", lambda n: ngettext("Tag %(num)d card", "Tag %(num)d cards", n),
        _tag_form, _tag, _told_tag, _l("Save"),
    ),
    "satsing": Deed(
        _l("Focus area"), "target",
        lambda n: ngettext("Focus area of %(num)d card", "Focus area of %(num)d cards", n),
        _area_form, _area, _told_area, _l("Save"),
    ),
    "oppfolging": Deed(
        _l("Follow-up"), "clock",
        lambda n: ngettext("Follow up %(num)d card", "Follow up %(num)d cards", n),
        _promise_form, _promise,
        lambda n, _form: ngettext("%(num)d follow-up noted.", "%(num)d follow-ups noted.", n),
        _l("Save"),
    ),
    "parker": Deed(
        _l("Park"), "circle-pause",
        lambda n: ngettext("Park %(num)d card", "Park %(num)d cards", n),
        _dated(ManyParkForm), _park,
        lambda n, _form: ngettext("%(num)d card parked.", "%(num)d cards parked.", n), _l("Park"),
    ),
    "stopp": Deed(
        _l("Stop"), "circle-stop", lambda n: ngettext("Stop %(num)d card", "Stop %(num)d cards", n),
        _dated(ManyStopForm), _stop,
        lambda n, _form: ngettext("%(num)d card stopped.", "%(num)d cards stopped.", n), _l("Stop"),
    ),
}  # fmt: skip
# In the order of their buttons.
BUTTONS = ("ansvarlig", "oppfolging", "merke", "satsing", "parker", "stopp")
