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
COUNTIES = {
    "03": "Oslo", "11": "Rogaland", "15": "Møre og Romsdal", "18": "Nordland", "31": "Østfold",
    "32": "Akershus", "33": "Buskerud", "34": "Innlandet", "39": "Vestfold", "40": "Telemark",
    "42": "Agder", "46": "Vestland", "50": "Trøndelag", "55": "Troms", "56": "Finnmark",
}  # fmt: skip
# How an address names what is attributed.
ATTRIBUTED_WORDS = {
    AttributedKind.IDEA: "ide",
    AttributedKind.INCUBATION: "inkubasjon",
    AttributedKind.APPLICATION: "soknad",
    AttributedKind.JOBS: "arbeidsplasser",
}
