"""The charts of the analysis, each as one Vega-Lite specification.

Colours are written as `@name` and filled in by whoever draws, as in `goals.chart`. Eight states
have no eight colours: the stages are shades of one, what is closed has its own; the list above
the chart names them in the same order, and so does the table beside it.
"""

from collections.abc import Sequence
from typing import Any

from incubator.core.charts import SCHEMA, look

BAR = 30  # points of height for one bar
SPACED = "replace(format(datum.value, ','), ',', '\u00a0')"  # thousands as in Norwegian


def areas(title: str, values: Sequence[dict[str, Any]], series: Sequence[str]) -> dict[str, Any]:
    """Draw how many there were in each state over time, one upon the other.

    `values`: `on`, `name`, `value`; `series`: the names from the bottom up.
    """
    return {
        "$schema": SCHEMA,
        "description": title,
        "width": "container",
        "height": 320,
        "data": {"values": list(values)},
        "mark": {"type": "area", "opacity": 1},
        "encoding": {
            "x": {
                "field": "on", "type": "temporal", "title": None,
                "axis": {
                    "grid": False, "format": "%m.%y", "labelOverlap": "greedy",
                    "labelSeparation": 6, "tickCount": {"interval": "month", "step": 1},
                },
            },
            "y": {
                "field": "value", "type": "quantitative", "title": None, "stack": "zero",
                "axis": {"tickCount": 6, "tickMinStep": 1, "labelExpr": SPACED},
            },
            **_colours(series, shades(len(series))),
            "tooltip": [
                {"field": "on", "type": "temporal", "format": "%d.%m.%Y", "title": "·"},
                {"field": "value", "type": "quantitative", "title": title},
            ],
        },
        "config": look(labelLimit=190),
    }  # fmt: skip


STAGES = ("@s1", "@s2", "@s3", "@s4", "@s5")
CLOSED = ("@accent", "@pale", "@iron")
AGES = ("@s2", "@s4", "@late", "@iron")
UNKNOWN = "@rule"


def shades(names: int) -> list[str]:
    """Give the shades of the stages, from the first to the last, and of what is closed."""
    return [*(STAGES[min(nth, len(STAGES) - 1)] for nth in range(names - len(CLOSED))), *CLOSED]


def _colours(series: Sequence[str], colours: Sequence[str]) -> dict[str, Any]:
    return {
        "color": {
            "field": "name", "type": "nominal", "legend": None,
            "scale": {"domain": list(series), "range": list(colours)},
        },
        "order": {"field": "nth", "type": "quantitative"},
    }  # fmt: skip


def bars(
    title: str,
    values: Sequence[dict[str, Any]],
    labels: Sequence[str],
    series: Sequence[str] = (),
    colours: Sequence[str] = (),
) -> dict[str, Any]:
    """Draw lying bars, one for each label; with series, stacked in their order.

    `values`: `label`, `value`, and for series `name` and `nth`.
    """
    encoding: dict[str, Any] = {
        "y": {
            "field": "label", "type": "nominal", "title": None, "sort": list(labels),
            "axis": {"ticks": False, "domain": False, "labelPadding": 8},
            "scale": {"paddingInner": 0.3, "paddingOuter": 0.1},
        },
        "x": {
            "field": "value", "type": "quantitative", "title": None,
            "axis": {"tickCount": 5, "tickMinStep": 1, "labelExpr": SPACED},
        },
        "tooltip": [
            {"field": "label", "type": "nominal", "title": title},
            {"field": "value", "type": "quantitative", "title": "·"},
        ],
    }  # fmt: skip
    mark: dict[str, Any] = {"type": "bar", "color": "@main", "cornerRadiusEnd": 2}
    if series:
        mark = {"type": "bar"}
        encoding |= _colours(series, colours)
    return {
        "$schema": SCHEMA,
        "description": title,
        "width": "container",
        "height": max(3, len(labels)) * BAR + 10,
        "data": {"values": list(values)},
        "mark": mark,
        "encoding": encoding,
        "config": look(labelLimit=190),
    }


def spans(title: str, values: Sequence[dict[str, Any]], labels: Sequence[str]) -> dict[str, Any]:
    """Draw for each label a bar to the median, and a line on to the 85th percentile.

    `values`: `label`, `median`, `p85`.
    """
    y = {
        "field": "label", "type": "nominal", "title": None, "sort": list(labels),
        "axis": {"ticks": False, "domain": False, "labelPadding": 8},
    }  # fmt: skip
    tip = [
        {"field": "label", "type": "nominal", "title": title},
        {"field": "median", "type": "quantitative", "title": "50 %"},
        {"field": "p85", "type": "quantitative", "title": "85 %"},
    ]
    x = {
        "type": "quantitative",
        "title": None,
        "axis": {"tickCount": 6, "tickMinStep": 1, "labelExpr": SPACED},
    }
    return {
        "$schema": SCHEMA,
        "description": title,
        "width": "container",
        "height": max(3, len(labels)) * (BAR + 6) + 10,
        "data": {"values": list(values)},
        "layer": [
            {
                "mark": {"type": "rule", "color": "@soft", "strokeWidth": 2},
                "encoding": {
                    "y": y, "x": {**x, "field": "median"}, "x2": {"field": "p85"}, "tooltip": tip,
                },
            },
            {
                "mark": {"type": "bar", "color": "@main", "size": 16, "cornerRadiusEnd": 2},
                "encoding": {"y": y, "x": {**x, "field": "median"}, "tooltip": tip},
            },
            {
                "mark": {"type": "tick", "color": "@iron", "size": 18, "thickness": 3},
                "encoding": {"y": y, "x": {**x, "field": "p85"}, "tooltip": tip},
            },
        ],
        "config": look(labelLimit=190),
    }  # fmt: skip
