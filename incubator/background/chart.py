"""The chart of a series: a line for each municipality, as one Vega-Lite specification.

Colours are written as `@name` and filled in by whoever draws it, as in `goals/chart.py`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from incubator.background.queries import Shown
from incubator.core.charts import SCHEMA, look

COLOURS = ("@main", "@accent", "@iron", "@soft")
DASHES: tuple[list[int], ...] = ([1, 0], [6, 3], [2, 2])


def lines(title: str, figures: Sequence[Shown], names: Mapping[int, str]) -> dict[str, Any]:
    """Write the chart of a series; each municipality has a colour and a dash of its own."""
    shown = [places for places in names if any(f.municipality_id == places for f in figures)]
    values = [
        {"on": f.on.isoformat(), "value": float(f.value), "place": names[f.municipality_id]}
        for f in figures
        if f.municipality_id in names
    ]
    domain = [names[place] for place in shown]
    colours = [COLOURS[nth % len(COLOURS)] for nth in range(len(shown))]
    dashes = [DASHES[nth // len(COLOURS) % len(DASHES)] for nth in range(len(shown))]
    legend = {"orient": "bottom", "title": None, "columns": 3, "symbolStrokeWidth": 3}
    place = {"field": "place", "type": "nominal", "legend": legend}
    return {
        "$schema": SCHEMA,
        "description": title,
        "width": "container",
        "height": 220,
        "data": {"values": values},
        "mark": {"type": "line", "strokeWidth": 2, "point": {"filled": True}},
        "encoding": {
            "x": {
                "field": "on", "type": "temporal", "title": None,
                "axis": {"grid": False, "format": "%Y", "tickCount": "year"},
            },
            "y": {
                "field": "value", "type": "quantitative", "title": None,
                "scale": {"zero": False},
                "axis": {
                    "tickCount": 4, "labelExpr": "replace(format(datum.value, ','), ',', ' ')",
                },
            },
            "color": {**place, "scale": {"domain": domain, "range": colours}},
            "strokeDash": {**place, "scale": {"domain": domain, "range": dashes}},
            "tooltip": [
                {"field": "place", "type": "nominal", "title": title},
                {"field": "on", "type": "temporal", "title": "", "format": "%d.%m.%Y"},
                {"field": "value", "type": "quantitative", "title": ""},
            ],
        },
        "config": look(),
    }  # fmt: skip
