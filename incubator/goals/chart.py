"""The burn-up chart of a goal, as one Vega-Lite specification.

Colours are written as `@name` and filled in by whoever draws it: on a page with the theme's
colours, light or dark, elsewhere with those of paper.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from incubator.core.charts import SCHEMA, look
from incubator.goals.forecast import Band
from incubator.goals.progress import Point


@dataclass(frozen=True)
class Words:
    """What stands on the chart, in the language of the reader."""

    title: str
    so_far: str
    line: str
    target: str
    median: str
    band50: str
    band80: str
    day: str


def burn_up(
    words: Words,
    points: Sequence[Point],
    fan: Sequence[tuple[date, Band]],
    line: Sequence[Point],
    *,
    steps: bool,
) -> dict[str, Any]:
    """Write the chart: what came, the planned way to the target, and the fan of what may come.

    `steps`: the value holds until the next point, as a sum does that grows event by event.
    """
    layers = [
        _area(fan, words.band80, "low80", "high80", 0.18),
        _area(fan, words.band50, "low50", "high50", 0.3),
        _line(_values(line), words.line, "@soft", dash=[5, 4]),
        _line(
            [_value(on, band.median) for on, band in fan], words.median, "@accent", dash=[2, 3]
        ),
        _line(_values(points), words.so_far, "@main", width=2.5, steps=steps),
        _target(line[-1], words.target),
    ]  # fmt: skip
    return {
        "$schema": SCHEMA,
        "description": words.title,
        "width": "container",
        "height": 300,
        "layer": [layer for layer in layers if layer["data"]["values"]],
        "config": look(),
    }


def _value(on: date, value: float) -> dict[str, Any]:
    return {"on": on.isoformat(), "value": round(value, 2)}


def _values(points: Sequence[Point]) -> list[dict[str, Any]]:
    return [_value(point.on, point.value) for point in points]


_X = {
    "field": "on",
    "type": "temporal",
    "title": None,
    "axis": {
        "labelOverlap": "greedy",
        "labelSeparation": 6,
        "grid": False,
        "format": "%m.%y",
        "tickCount": {"interval": "month", "step": 1},
    },
}
_Y = {"type": "quantitative", "title": None, "axis": {"tickCount": 6, "tickMinStep": 1}}


def _tip(field: str, title: str) -> dict[str, Any]:
    if field == "on":
        return {"field": field, "type": "temporal", "title": title, "format": "%d.%m.%Y"}
    return {"field": field, "type": "quantitative", "title": title}


def _area(
    fan: Sequence[tuple[date, Band]], name: str, low: str, high: str, opacity: float
) -> dict[str, Any]:
    values = [
        {"on": on.isoformat(), "low": getattr(band, low), "high": getattr(band, high)}
        for on, band in fan
    ]
    return {
        "data": {"values": values},
        "description": name,
        "mark": {"type": "area", "color": "@accent", "opacity": opacity},
        "encoding": {
            "x": _X,
            "y": {**_Y, "field": "low"},
            "y2": {"field": "high"},
        },
    }


def _line(
    values: list[dict[str, Any]],
    name: str,
    color: str,
    *,
    dash: list[int] | None = None,
    width: float = 1.5,
    steps: bool = False,
) -> dict[str, Any]:
    mark: dict[str, Any] = {"type": "line", "color": color, "strokeWidth": width}
    if dash:
        mark["strokeDash"] = dash
    if steps:
        mark["interpolate"] = "step-after"
    return {
        "data": {"values": values},
        "description": name,
        "mark": mark,
        "encoding": {
            "x": _X,
            "y": {**_Y, "field": "value"},
            "tooltip": [_tip("on", name), _tip("value", name)],
        },
    }


def _target(end: Point, name: str) -> dict[str, Any]:
    """Mark the target at the end of the line, with its number."""
    return {
        "data": {"values": [{**_value(end.on, end.value), "label": name}]},
        "description": name,
        "layer": [
            {"mark": {"type": "point", "shape": "diamond", "size": 110, "filled": True,
                      "color": "@main", "opacity": 1}},
            {"mark": {"type": "text", "align": "right", "dx": -10, "dy": -8, "fontWeight": 600},
             "encoding": {"text": {"field": "label"}}},
        ],
        "encoding": {"x": _X, "y": {**_Y, "field": "value"}},
    }  # fmt: skip
