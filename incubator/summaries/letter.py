"""Write a summary as the mail that its recipient gets; the preview shows the same."""

from datetime import date
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal

from incubator.goals.metrics import BY_KEY, Unit
from incubator.mail import letters
from incubator.mail.letters import Letter
from incubator.summaries.charts import CALENDAR, charts_of
from incubator.summaries.models import Recipient, Summary

MOST_IN_MAIL = 60  # corrections; the PDF has all of them


def write(
    summary: Summary, recipient: Recipient | None, locale: str, *, site: str, stop_url: str
) -> Letter:
    """Write the mail. Everything in it comes from what the summary froze."""
    return letters.write(
        "summary",
        locale,
        reader=recipient.name if recipient else "",
        site=site,
        summary_url=f"{site}/rapporter/{summary.id}",
        stop_url=stop_url,
        **about(summary, locale),
    )


def about(summary: Summary, locale: str) -> dict[str, Any]:
    """Give what mail and PDF tell, with numbers and days as they are written in a language."""
    contents = summary.contents
    figures = [_figure(one, locale) for one in contents["figures"] if _is_told(one)]
    goals = [_goal(one, locale) for one in contents["goals"]]
    corrections = [_correction(one, locale) for one in contents["corrections"]]
    return {
        "place": contents["place"],
        "period": period_name(summary, locale),
        "version": summary.version,
        "note": summary.note or "",
        "figures": figures,
        "news": {
            one["metric"]: one["now"] or 0 for one in contents["figures"] if not one["is_level"]
        },
        "happened": {key: count for key, count in contents["news"].items() if count},
        "deadlines": [
            {**one, "on": date.fromisoformat(one["on"])} for one in contents["deadlines"]
        ],
        "goals": goals,
        "shared": [{**one, "on": date.fromisoformat(one["on"])} for one in contents["shared"]],
        "corrections": corrections[:MOST_IN_MAIL],
        "all_corrections": corrections,
        "is_quiet": not any(one["now"] for one in contents["figures"] if not one["is_level"])
        and not any(one["is_small"] or one.get("is_withheld") for one in contents["figures"]),
        "charts": charts_of(contents, figures, goals, locale),
    }


def hides_small(summary: Summary) -> bool:
    """Say whether small counts were hidden when it was told, whatever the agreement says now."""
    figures = summary.contents["figures"]
    return bool(summary.contents.get("hides_small") or any(one["is_rounded"] for one in figures))


def period_name(summary: Summary, locale: str) -> str:
    """Name what a summary tells of: a month, or a quarter."""
    first, last = (date.fromisoformat(summary.contents[end]) for end in ("first", "last"))
    return _period(first, last, locale)


def _period(first: date, last: date, locale: str) -> str:
    """Name a month, or a quarter by its first and last month."""
    calendar = CALENDAR.get(locale, "nb_NO")
    end = str(format_date(last, "LLLL y", locale=calendar))
    if (first.year, first.month) == (last.year, last.month):
        return end
    return f"{format_date(first, 'LLLL', locale=calendar)}–{end}"


def _is_told(figure: dict[str, Any]) -> bool:
    """Leave out where nothing happened; whatever is not told could be something."""
    if figure["is_rounded"] and figure["at_least"] is None:
        return True
    return any(figure[part] for part in ("now", "year", "is_small", "at_least", "unknown"))


def _written(value: float | None, locale: str) -> str:
    if value is None:
        return ""
    return str(format_decimal(value, locale=CALENDAR.get(locale, "nb_NO")))


def _figure(one: dict[str, Any], locale: str) -> dict[str, Any]:
    return {
        **one,
        "count": one["now"],
        "now": _written(one["now"], locale),
        "year": _written(one["year"], locale),
        "at_least": _written(one["at_least"], locale),
        "is_withheld": one.get("is_withheld", False),
    }


def _goal(one: dict[str, Any], locale: str) -> dict[str, Any]:
    return {
        **one,
        "told": one["at_least"] if one["so_far"] is None else one["so_far"],
        "aim": one["target"],
        "line": one["expected"],
        "so_far": _written(one["so_far"], locale),
        "at_least": _written(one["at_least"], locale),
        "target": _written(one["target"], locale),
        "expected": _written(one["expected"], locale),
        "first": date.fromisoformat(one["first"]),
        "last": date.fromisoformat(one["last"]),
    }


def _correction(one: dict[str, Any], locale: str) -> dict[str, Any]:
    if one.get("is_hidden"):
        return one
    days = {end: date.fromisoformat(one[end]) if one[end] else None for end in ("was", "is")}
    amounts = {f"{end}_amount": _amount(one, end, locale) for end in ("was", "is")}
    return {**one, **amounts, "was": days["was"], "now": days["is"], "is_hidden": False}


def _amount(one: dict[str, Any], end: str, locale: str) -> str:
    """Write an amount of a row; work places are kept in hundredths."""
    value = one[f"{end}_amount"]
    if value is not None and BY_KEY[one["metric"]].unit == Unit.JOBS:
        value = value / 100
    return _written(value, locale)
