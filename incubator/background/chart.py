"""The chart of a series: a line for each municipality, as one Vega-Lite specification.

Colours are written as `@name` and filled in by whoever draws it, as in `goals/chart.py`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from incubator.background.queries import Shown

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
COLOURS = ("@main", "@accent", "@iron", "@soft")
DASHES: tuple[list[int], ...] = ([1, 0], [6, 3], [2, 2])


def lines(title: str, figures: Sequence[Shown], names: Mapping[int, str]) -> dict[str, Any]:
    """Write the chart of a series; each municipality has a colour and a dash of its own."""
    places = [place for place in names if any(f.municipality_id == place for f in figures)]
    return {
        "$schema": SCHEMA,
        "description": title,
        "width": "container",
        "height": 180,
        "layer": [
            _line(nth, names[place], [f for f in figures if f.municipality_id == place])
            for nth, place in enumerate(places)
        ],
        "config": {
            "background": "transparent",
            "font": "Inter, sans-serif",
            "view": {"stroke": None},
            "axis": {
                "gridColor": "@rule", "domainColor": "@rule", "tickColor": "@rule",
                "labelColor": "@text", "labelFontSize": 12, "titleColor": "@text",
            },
            "text": {"color": "@text", "fontSize": 12},
        },
    }  # fmt: skip


def _line(nth: int, name: str, figures: Sequence[Shown]) -> dict[str, Any]:
    colour, dash = COLOURS[nth % len(COLOURS)], DASHES[nth // len(COLOURS) % len(DASHES)]
    values = [{"on": f.on.isoformat(), "value": float(f.value), "place": name} for f in figures]
    x = {"field": "on", "type": "temporal", "title": None, "axis": {"grid": False, "format": "%Y"}}
    y = {
        "field": "value", "type": "quantitative", "title": None, "scale": {"zero": False},
        "axis": {"tickCount": 4},
    }  # fmt: skip
    tip = [
        {"field": "place", "type": "nominal", "title": name},
        {"field": "on", "type": "temporal", "title": "", "format": "%d.%m.%Y"},
        {"field": "value", "type": "quantitative", "title": ""},
    ]
    return {
        "data": {"values": values},
        "description": name,
        "encoding": {"x": x, "y": y},
        "layer": [
            {
                "mark": {
                    "type": "line", "color": colour, "strokeWidth": 2, "strokeDash": dash,
                    "point": {"color": colour, "filled": True},
                },
                "encoding": {"tooltip": tip},
            },
            {
                "data": {"values": values[-1:]},
                "mark": {"type": "text", "align": "right", "dy": -9, "fontWeight": 600},
                "encoding": {"text": {"field": "place"}},
            },
        ],
    }  # fmt: skip
