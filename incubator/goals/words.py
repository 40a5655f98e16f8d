"""What the kinds of goals are called."""

from flask_babel import lazy_gettext as _l

from incubator.goals.models import AttributedKind, PeriodKind

PERIOD_LABELS = {
    PeriodKind.WHOLE: _l("The whole period"),
    PeriodKind.YEAR: _l("Each calendar year"),
    PeriodKind.HALF_YEAR: _l("Each half-year"),
    PeriodKind.QUARTER: _l("Each quarter"),
    PeriodKind.MONTH: _l("Each month"),
}
KIND_LABELS = {
    AttributedKind.IDEA: _l("Idea"),
    AttributedKind.INCUBATION: _l("Agreement with the incubator"),
    AttributedKind.APPLICATION: _l("Application"),
    AttributedKind.JOBS: _l("Jobs"),
}
