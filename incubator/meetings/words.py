"""What meetings say on the screen."""

from flask_babel import gettext as _, lazy_gettext as _l

from incubator.core.formats import day as write_day
from incubator.meetings.models import DecisionKind, Part
from incubator.meetings.queries import Decided

PART_LABELS = {
    Part.AGAIN: _l("To be looked at again"),
    Part.CHANGED: _l("Changed since the last meeting"),
    Part.STALE: _l("Standing still"),
    Part.DEADLINE: _l("Deadlines ahead"),
    Part.NEW: _l("New ideas to decide on"),
    Part.ADDED: _l("Taken up at the meeting"),
}


def said(one: Decided, locale: str) -> str:
    """Write a decision as the minutes tell of it, without the reason."""
    if one.kind == DecisionKind.MOVED and one.stage is not None:
        return str(_("Moved to %(stage)s", stage=one.stage.label(locale)))
    if one.kind == DecisionKind.ASSIGNED:
        return str(_("Owner: %(name)s", name=one.owner or _("nobody")))
    if one.kind == DecisionKind.STEP:
        step = _("Next step: %(what)s", what=one.what)
        more = [one.responsible or ""]
        more += [_("by %(day)s", day=write_day(one.due_on))] if one.due_on else []
        return f"{step} ({', '.join(filter(None, more))})" if any(more) else str(step)
    if one.kind == DecisionKind.PARKED and one.look_again_on:
        return str(_("Parked, look again %(day)s", day=write_day(one.look_again_on)))
    return str(_PLAIN[one.kind])


_PLAIN = {
    DecisionKind.MOVED: _l("Moved"),
    DecisionKind.PARKED: _l("Parked"),
    DecisionKind.STOPPED: _l("Stopped"),
    DecisionKind.REOPENED: _l("Reopened"),
    DecisionKind.LAUNCHED: _l("First sale confirmed"),
    DecisionKind.AGAIN: _l("Look again at the next meeting"),
    DecisionKind.UNCHANGED: _l("No change"),
}
