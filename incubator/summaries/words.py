"""What cadences and states are called."""

from typing import Any

from flask_babel import lazy_gettext as _l

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
