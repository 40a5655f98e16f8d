"""Conversion by cohort: what has become of the ideas that were registered in a quarter."""

from collections import Counter
from collections.abc import Sequence
from statistics import median

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from incubator.analysis import charts, queries, rows
from incubator.analysis.figure import Figure, Reader, counted, part_of
from incubator.analysis.look import Look, month_end, month_number, month_start
from incubator.analysis.rows import UNKNOWN, Row
from incubator.core.clock import Period

QUARTER, HALF = 3, 6  # months


def cohorts(look: Look, months: int) -> list[Period]:
    """Cut the span into quarters or half-years of the calendar."""
    if look.last < look.span.first:
        return []
    first = month_number(look.span.first) // months
    last = month_number(look.last) // months
    return [
        Period(
            max(month_start(nth * months), look.span.first),
            min(month_end(nth * months + months - 1), look.last),
        )
        for nth in range(first, last + 1)
    ]


def length_of(days: Sequence[int], look: Look) -> int:
    """Choose half-years where most quarters would be too small for a share."""
    sizes = [
        sum(c.first.toordinal() <= day <= c.last.toordinal() for day in days)
        for c in cohorts(look, QUARTER)
    ]
    return HALF if sizes and median(sizes) < look.few else QUARTER


def label_of(period: Period, months: int) -> str:
    """Name a cohort: 2. kvartal 2026, or 1. halvår 2026."""
    nth = (period.first.month - 1) // months + 1
    if months == QUARTER:
        return str(_("Q%(nth)s %(year)s", nth=nth, year=period.first.year))
    return str(_("Half %(nth)s of %(year)s", nth=nth, year=period.first.year))


def figures(session: Session, reader: Reader, look: Look) -> list[Figure]:
    """Count what has become of each cohort, and how many ever came to each stage."""
    courses = rows.registered(queries.courses(session, look), look)
    now, reached = list(rows.where_now(courses, look)), list(rows.ever_reached(courses, look))
    months = length_of([row.day or 0 for row in now], look)
    parts = cohorts(look, months)
    names = reader.states
    if any(row.keys[0] == UNKNOWN for row in now):
        names |= {UNKNOWN: _("Unknown")}
    return [
        _now(parts, months, now, names, look),
        _reached(parts, months, now, reached, reader, look),
    ]


def _in(found: Sequence[Row], cohort: Period) -> Counter[str]:
    first, last = cohort.first.toordinal(), cohort.last.toordinal()
    return Counter(row.keys[0] for row in found if first <= (row.day or 0) <= last)


def _now(
    parts: Sequence[Period], months: int, now: Sequence[Row], names: dict[str, str], look: Look
) -> Figure:
    table, values = [], []
    for cohort in parts:
        label, tally = label_of(cohort, months), _in(now, cohort)
        whole = tally.total()
        table.append(
            (
                label,
                [
                    counted(whole, look.rows("kull", span=cohort)),
                    *(
                        part_of(tally[key], look.rows("kull", span=cohort, stand=key), whole, look)
                        for key in names
                    ),
                ],
            )
        )
        values += [
            {"label": label, "name": name, "nth": nth, "value": tally[key]}
            for nth, (key, name) in enumerate(names.items())
        ]
    colours = charts.shades(len(names) - (UNKNOWN in names)) + [charts.UNKNOWN] * (UNKNOWN in names)
    return Figure(
        "kull",
        _("Where each cohort is now"),
        _("All ideas that were registered in the period, where they are on the day that is looked "
          "from. None drops out: what was parked or stopped stays in its cohort."),
        [_("Registered in"), _("Ideas"), *names.values()],
        table,
        charts.bars(
            _("Ideas"), values, [label_of(cohort, months) for cohort in parts],
            list(names.values()), colours,
        ),
        legend=list(zip(colours, names.values(), strict=True)),
    )  # fmt: skip


def _reached(
    parts: Sequence[Period], months: int, now: Sequence[Row], reached: Sequence[Row],
    reader: Reader, look: Look,
) -> Figure:  # fmt: skip
    stages = {str(stage.id): stage.label(reader.viewer.locale) for stage in reader.stages}
    table = []
    for cohort in parts:
        whole, tally = _in(now, cohort).total(), _in(reached, cohort)
        cells = [
            part_of(tally[key], look.rows("nadd", span=cohort, fase=key), whole, look)
            for key in stages
        ]
        table.append(
            (label_of(cohort, months), [counted(whole, look.rows("kull", span=cohort)), *cells])
        )
    return Figure(
        "nadd",
        _("How many ever came to each stage"),
        _("An idea counts in every stage that it has stood in, also when it left it again. Stages "
          "are no compulsory steps, so a later one can have more than an earlier one."),
        [_("Registered in"), _("Ideas"), *stages.values()],
        table,
    )  # fmt: skip
