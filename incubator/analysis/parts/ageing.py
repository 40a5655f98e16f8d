"""Ageing of open work: how long each open idea has been in its stage."""

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from incubator.analysis import charts, queries, rows
from incubator.analysis.figure import Cell, Figure, Reader, counted, part_of
from incubator.analysis.look import Look


def age_labels() -> dict[str, str]:
    return {
        "ny": _("Under half the limit"),
        "halv": _("Half the limit or more"),
        "over": _("Over the limit"),
        "dobbel": _("Over twice the limit"),
    }


def figures(session: Session, reader: Reader, look: Look) -> list[Figure]:
    """Count the open ideas by stage and by their days beside the stage's limit."""
    limits = {stage.id: stage.stale_days for stage in reader.stages}
    found = list(rows.ageing(queries.courses(session, look), look, limits))
    tally, whole = rows.count(found, 0, 1), rows.count(found, 0)
    ages = age_labels()
    table, values = [], []
    for stage in reader.stages:
        key, label = str(stage.id), stage.label(reader.viewer.locale)
        all_here = whole[(key,)]
        cells = [
            part_of(tally[key, age], look.rows("alder", fase=key, alder=age), all_here, look)
            for age in ages
        ]
        days = sorted(row.days or 0 for row in found if row.keys[0] == key)
        table.append(
            (
                label,
                [
                    Cell(stage.stale_days), *cells,
                    counted(all_here, look.rows("alder", fase=key)),
                    Cell(days[-1] if days else None),
                ],
            )
        )  # fmt: skip
        values += [
            {"label": label, "name": name, "nth": nth, "value": tally[key, age]}
            for nth, (age, name) in enumerate(ages.items())
        ]
    labels = [label for label, _cells in table]
    header = [
        _("Stage"), _("Limit, days"), *ages.values(), _("All open"), _("The oldest, days"),
    ]  # fmt: skip
    return [
        Figure(
            "alder",
            _("Ageing of open work"),
            _("Every open idea by the days since it came to its stage, as the board counts them, "
              "beside the number of days after which the stage says that it stands still."),
            header,
            table,
            charts.bars(_("Open ideas"), values, labels, list(ages.values()), charts.AGES),
            legend=list(zip(charts.AGES, ages.values(), strict=True)),
        )
    ]  # fmt: skip
