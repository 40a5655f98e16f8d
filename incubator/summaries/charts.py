"""Say what the two charts of a summary show: from what it froze alone, in the reader's words."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date

from incubator.mail import letters

WIDTH, MARGIN = 360, 8  # as they are laid out; the mail shows them larger
SHOWN_WIDTH = 552
COLUMNS_HIGH = 200
BARS_HEAD, BAR_HIGH, KEY_HIGH = 36, 46, 24
MOST_BARS = 12
STUB = 0.06  # of a bar whose number is not told: as long as any other such
CALENDAR = {"nb": "nb_NO", "en": "en_GB"}


@dataclass(frozen=True)
class Chart:
    """A chart: what the drawing process lays out, and how the mail shows it."""

    key: str
    alt: str
    spec: dict[str, Any]

    @property
    def name(self) -> str:
        """Name the picture as a file."""
        return f"{self.key}.png"

    @property
    def content_id(self) -> str:
        """Give what the mail shows it by: another chart never has the same."""
        known = json.dumps(self.spec, sort_keys=True).encode()
        return f"{self.key}.{hashlib.sha256(known).hexdigest()[:20]}@ideloypa.local"

    @property
    def size(self) -> tuple[int, int]:
        """Give width and height as the mail shows it."""
        wide, high = (self.spec[side] + 2 * MARGIN for side in ("width", "height"))
        return SHOWN_WIDTH, round(high * SHOWN_WIDTH / wide)


def charts_of(contents: Mapping[str, Any], figures: Any, goals: Any, locale: str) -> list[Chart]:
    """Give the charts: what happened, and how the goals stand; none where nothing is to be seen.

    `figures` and `goals` are those of the contents with their numbers written out.
    """
    found = (_months(contents, locale) or _figures(figures, locale), _goals(goals, locale))
    return [chart for chart in found if chart is not None]


def _months(contents: Mapping[str, Any], locale: str) -> Chart | None:
    """Show the new ideas of the year month by month; None where single months are not told."""
    months = contents.get("months")
    if not months or not any(months["counts"]):
        return None
    texts, year, counts = letters.texts_in(locale), months["year"], months["counts"]
    first, last = (date.fromisoformat(contents[end]) for end in ("first", "last"))
    title = texts.gettext("New ideas in %(year)s, month by month") % {"year": year}
    slots = [
        {
            "label": _month(year, number, "LLL", locale).rstrip("."),
            "value": counts[number - 1] if number <= len(counts) else None,
            "shown": str(counts[number - 1]) if number <= len(counts) else "",
            "is-now": first.month <= number <= last.month,
        }
        for number in range(1, 13)
    ]
    most = max(counts)
    finding = texts.gettext(
        "Columns. %(title)s: %(now)s in the period, %(total)s so far this year. "
        "Most in %(month)s: %(most)s."
    ) % {
        "title": title, "now": sum(counts[first.month - 1 :]), "total": sum(counts), "most": most,
        "month": _month(year, counts.index(most) + 1, "LLLL", locale),
    }  # fmt: skip
    return _chart("months", finding, kind="columns", title=title, slots=slots, height=COLUMNS_HIGH)


def _month(year: int, number: int, form: str, locale: str) -> str:
    calendar = CALENDAR.get(locale, "nb_NO")
    return str(format_date(date(year, number, 1), form, locale=calendar))


def _chart(key: str, alt: str, **spec: Any) -> Chart:
    return Chart(key, alt, {"about": key, "width": WIDTH, "alt": alt, **spec})


def _figures(figures: Any, locale: str) -> Chart | None:
    """Show the counts of the period as they are told: one that is too small has no length."""
    texts, words = letters.texts_in(locale), letters.words("summary/_words.txt", locale)
    told = [
        one for one in figures
        if not one["is_level"] and not one["is_sum"] and (one["count"] or one["is_small"])
    ]  # fmt: skip
    if not told:
        return None
    most = max(one["count"] or 0 for one in told) or 1
    rows = [
        {
            "label": str(words.metric(one["metric"])),
            "shown": str(words.now(one)),
            "part": STUB if one["is_small"] else one["count"] / most,
            "mark": None,
            "is-small": one["is_small"],
        }
        for one in told[:MOST_BARS]
    ]
    title = texts.gettext("What happened in the period")
    return _bars("figures", title, rows, texts.gettext("Bars. %(title)s: %(rows)s."), "")


def _bars(key: str, title: str, rows: list[dict[str, Any]], finding: str, legend: str) -> Chart:
    said = "; ".join(f"{row['label']}: {row['shown']}" for row in rows)
    height = BARS_HEAD + BAR_HIGH * len(rows) + (KEY_HIGH if legend else 0)
    alt = finding % {"title": title, "rows": said}
    return _chart(key, alt, kind="bars", title=title, rows=rows, height=height, legend=legend)


def _goals(goals: Any, locale: str) -> Chart | None:
    """Show how far each goal is, and where a straight line would be; what is not told is left out.

    Where small counts are hidden the bar is as long as the rounded number that is told.
    """
    texts, words = letters.texts_in(locale), letters.words("summary/_words.txt", locale)
    rows = [
        {
            "label": str(words.metric(one["metric"])),
            "shown": str(words.goal_in_short(one)),
            "part": one["told"] / one["aim"],
            "mark": one["line"] / one["aim"],
            "is-small": False,
        }
        for one in goals
        if one["told"] is not None and one["aim"]
    ]
    if not rows:
        return None
    title = texts.gettext("The goals so far")
    legend = texts.gettext("where a straight line would be now")
    finding = texts.gettext("Bars. %(title)s: %(rows)s.")
    return _bars("goals", title, rows[:MOST_BARS], finding, legend)
