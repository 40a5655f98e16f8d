"""What all charts of the pages have in common."""

from typing import Any

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"


def look(**axis: Any) -> dict[str, Any]:
    """Give the look of a Vega-Lite chart; names with @ are colours of the page's theme."""
    return {
        "background": "transparent",
        "font": "Inter, sans-serif",
        "view": {"stroke": None},
        "axis": {
            "gridColor": "@rule", "domainColor": "@rule", "tickColor": "@rule",
            "labelColor": "@text", "labelFontSize": 12, "titleColor": "@text", **axis,
        },
        "legend": {"labelColor": "@text", "labelFontSize": 12},
        "text": {"color": "@text", "fontSize": 12},
    }  # fmt: skip
