"""Cumulative flow: how many ideas stood in each state at the end of each month."""

from datetime import date

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from incubator.analysis import charts, queries, rows
from incubator.analysis.figure import Figure, Reader, counted
from incubator.analysis.look import Look, month_end, month_number
from incubator.core.formats import day as write_day


def month_days(look: Look) -> list[date]:
    """List the last days of the months of the span; of one that is not over, the day itself."""
    if look.last < look.span.first:
        return []
    months = range(month_number(look.span.first), month_number(look.last) + 1)
    return [min(month_end(number), look.last) for number in months]


def figures(session: Session, reader: Reader, look: Look) -> list[Figure]:
    """Count the ideas by state at each month end."""
    days, names = month_days(look), reader.states
    courses = queries.courses(session, look)
    found = rows.over_time(courses, [day.toordinal() for day in days])
    of = {key: found.get(key, [0] * len(days)) for key in names}
    values = [
        {"on": day.isoformat(), "name": label, "nth": nth, "value": of[key][at]}
        for nth, (key, label) in enumerate(names.items())
        for at, day in enumerate(days)
    ]
    table = [
        (
            write_day(day),
            [counted(of[key][at], look.rows("flyt", as_of=day, stand=key)) for key in names],
        )
        for at, day in reversed(list(enumerate(days)))
    ]
    return [
        Figure(
            "flyt",
            _("Cumulative flow"),
            _("Each idea is counted where it stood when the month ended: in its stage while it "
              "is open, else as launched, parked or stopped."),
            [_("Month end"), *names.values()],
            table,
            charts.areas(_("Ideas"), values, list(names.values())),
            legend=list(zip(charts.shades(len(names)), names.values(), strict=True)),
        )
    ]  # fmt: skip
