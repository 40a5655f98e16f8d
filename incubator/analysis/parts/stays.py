"""Time in stage: how long ideas stay in each, and with whom."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from incubator.analysis import charts, queries, rows
from incubator.analysis.figure import Cell, Figure, Reader, counted
from incubator.analysis.look import Look
from incubator.analysis.rows import Row

STAGE, OWNER, REGION = 1, 2, 3


def percentile(days: Sequence[int], nth: int = 85) -> int:
    """Give the days that `nth` of a hundred stays did not exceed: a number that was measured."""
    return sorted(days)[-(-len(days) * nth // 100) - 1]


def _how(look: Look) -> str:
    return str(
        _(
            "Each stay counts by itself, by the day it was over: from the day the idea entered the "
            "stage until it left it, or was parked, stopped or launched. Days in which it was not "
            "open are left out, and an idea that comes back begins a new stay. Stays that still go "
            "on are not in the median; they stand beside it, with the days they have had so far. "
            "No percentile of fewer than %(few)s.",
            few=look.few,
        )
    )


def figures(session: Session, reader: Reader, look: Look) -> list[Figure]:
    """Give how long stays took by stage, by region where there are more, and by owner."""
    found = list(rows.stayed(queries.courses(session, look), look))
    stages = {str(stage.id): stage.label(reader.viewer.locale) for stage in reader.stages}
    regions = look.view.region_ids or ()
    parts = [_figure("tid", _("Time in stage"), _("Stage"), found, STAGE, stages, look, "fase")]
    if len(regions) > 1:
        names = {str(number): reader.region_names[number] for number in regions}
        parts.append(
            _figure("tid-region", _("Time in a stage, by region"), _("Region"), found, REGION,
                    names, look, "i_region")
        )  # fmt: skip
    if reader.sees_text:
        parts.append(
            _figure("tid-eier", _("Time in a stage, by owner"), _("Owner today"), found, OWNER,
                    _owners(session, look, found), look, "eier")
        )  # fmt: skip
    return parts


def _owners(session: Session, look: Look, found: Iterable[Row]) -> dict[str, str]:
    users = queries.owners(session, look)
    keys = {row.keys[OWNER] for row in found}
    names = {key: users.get(key, key) for key in keys if key != "ingen"}
    ordered = dict(sorted(names.items(), key=lambda item: item[1].casefold()))
    return ordered | ({"ingen": _("No owner")} if "ingen" in keys else {})


def _figure(
    key: str, title: str, head: str, found: list[Row], nth: int, names: Mapping[str, str],
    look: Look, asked: str,
) -> Figure:  # fmt: skip
    table, values = [], []
    for name, label in names.items():
        mine = [row for row in found if row.keys[nth] == name]
        over = [row.days or 0 for row in mine if row.keys[0] == "1"]
        going = [row.days or 0 for row in mine if row.keys[0] == "0"]
        keys: dict[str, Any] = {asked: name}
        table.append(
            (
                label,
                [
                    counted(len(over), look.rows("tid", ferdig="1", **keys)),
                    *_measures(over, look),
                    counted(len(going), look.rows("tid", ferdig="0", **keys)),
                    Cell(median(going) if going else None),
                ],
            )
        )
        if over:
            most = percentile(over) if len(over) >= look.few else None
            values.append({"label": label, "median": median(over), "p85": most})
    header = [
        head, _("Stays that are over"), _("Median days"), _("85th percentile, days"),
        _("Still going on"), _("Their median days so far"),
    ]  # fmt: skip
    labels = [str(value["label"]) for value in values]
    return Figure(
        key, title, _how(look) if key == "tid" else "", header, table,
        charts.spans(_("Days"), values, labels) if values else None,
        legend=[("@main", _("Median")), ("@iron", _("85th percentile"))],
    )  # fmt: skip


def _measures(days: Sequence[int], look: Look) -> list[Cell]:
    """Give median and percentile; the latter is a share, so not of a few."""
    return [
        Cell(median(days) if days else None),
        Cell(percentile(days) if len(days) >= look.few else None),
    ]
