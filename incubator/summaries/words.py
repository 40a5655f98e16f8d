"""What cadences and states are called."""

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l

from incubator.core.access import Via
from incubator.core.clock import OSLO
from incubator.core.formats import day
from incubator.mail.models import Outcome
from incubator.mail.operations import SILENCE
from incubator.summaries import recipients
from incubator.summaries.models import Cadence, SummaryStatus

CADENCE_LABELS: dict[Cadence, Any] = {
    Cadence.MONTHLY: _l("Each month"),
    Cadence.QUARTERLY: _l("Each quarter"),
}
STATUS_LABELS: dict[SummaryStatus, Any] = {
    SummaryStatus.DRAFT: _l("Draft"),
    SummaryStatus.APPROVED: _l("Approved"),
}
LOCALE_LABELS = {"nb": _l("Bokmål"), "en": _l("English")}
NEWS_LABELS = {
    "moved": _l("Ideas that moved"),
    "stale": _l("Ideas that stand still"),
    "parked": _l("Ideas parked"),
    "stopped": _l("Ideas stopped"),
    "launched": _l("Ideas launched"),
}
OUTCOME_LABELS: dict[Outcome | None, Any] = {
    None: _l("Under way"),
    Outcome.SENT: _l("Sent"),
    Outcome.FILED: _l("Written to a file"),
    Outcome.NEVER: _l("Refused"),
    Outcome.LATER: _l("Put off by the mail server"),
    Outcome.NO_SERVER: _l("The mail server could not be used"),
    Outcome.UNANSWERED: _l("No answer after the letter"),
    Outcome.BROKEN_OFF: _l("Broken off"),
}
# What is stored in English beside what mail servers say.
WHY_HELD: dict[str, Any] = {
    SILENCE: _l("The mail server never said whether it took the message; a copy may have arrived."),
    recipients.STOPPED: _l("The recipient stopped the report."),
    recipients.CAME_BACK: _l("Mail to this address came back."),
    recipients.REMOVED: _l("The recipient was removed from the agreement."),
}
VERB_LABELS: dict[str, Any] = {
    "partner.made": _l("Agreement made"),
    "partner.edited": _l("Agreement changed"),
    "partner.ended": _l("Agreement ended"),
    "recipient.added": _l("Recipient added"),
    "recipient.edited": _l("Recipient changed"),
    "recipient.removed": _l("Recipient removed"),
    "recipient.stopped": _l("Stopped"),
    "recipient.resumed": _l("Started again"),
    "recipient.bounced": _l("Mail came back"),
    "recipient.mended": _l("The address works again"),
}
FIELD_LABELS: dict[str, Any] = {
    "name": _l("Name"),
    "email": _l("E-mail"),
    "locale": _l("Language"),
    "bounced_on": _l("Mail came back"),
    "reason": _l("Reason"),
    "stopped_at": _l("Stopped"),
    "to_address": _l("E-mail"),
    "municipalities": _l("Municipalities"),
    "programme_id": _l("Programme"),
    "cadence": _l("How often"),
    "hides_small": _l("Small counts are not told"),
    "sends_after_days": _l("Sent by itself after so many days"),
    "legal_basis": _l("Basis"),
    "case_number": _l("Case number"),
}
VIA_LABELS: dict[str, Any] = {
    Via.COMMAND_LINE.value: _l("by a command"),
    Via.DEMO.value: _l("with the demo"),
    Via.WORKER.value: _l("by itself"),
}
_CHOICES: dict[str, dict[str, Any]] = {
    "locale": LOCALE_LABELS,
    "cadence": {one.value: label for one, label in CADENCE_LABELS.items()},
    "hides_small": {"true": _l("yes"), "false": _l("no")},
}


def why(error: str | None) -> Any:
    """Say why a mail did not leave: our own reasons in the reader's language, or the server's."""
    return WHY_HELD.get(error or "", error)


def shown(field: str, text: str | None) -> Any:
    """Write a value of the history as people read it."""
    if text is None:
        return ""
    if field == "bounced_on":
        return day(date.fromisoformat(text))
    if field == "stopped_at":
        return day(datetime.fromisoformat(text).astimezone(OSLO).date())
    return _CHOICES.get(field, {}).get(text, text)
