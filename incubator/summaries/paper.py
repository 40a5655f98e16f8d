"""Write a summary as the PDF says it: words and numbers that the drawing process lays out."""

from typing import Any

from incubator.core.clock import OSLO
from incubator.mail import letters
from incubator.summaries import letter
from incubator.summaries.drawing import Job
from incubator.summaries.models import Summary

REGION = {"nb": "NO", "en": "GB"}


def job_of(summary: Summary, locale: str, *, with_report: bool = True) -> Job:
    """Say what is to be drawn for a summary in a language."""
    about = letter.about(summary, locale)
    specs = tuple(chart.spec for chart in about["charts"])
    return Job(locale, specs, _report(summary, about, locale) if with_report else None)


def _report(summary: Summary, about: dict[str, Any], locale: str) -> dict[str, Any]:
    texts, words = letters.texts_in(locale), letters.words("summary/_words.txt", locale)
    _ = texts.gettext
    case_number = summary.contents.get("case_number") or ""
    case = _("Case number: %(number)s") % {"number": case_number} if case_number else ""
    known = summary.cut_off_at.astimezone(OSLO)
    title = f"{about['place']}, {about['period']}"
    return {
        "lang": locale,
        "region": REGION.get(locale, "NO"),
        "title": title,
        "author": "Idéløypa",
        "about": case or summary.contents["organisation"],
        "keywords": [one for one in (case_number,) if one],
        "date": {"year": known.year, "month": known.month, "day": known.day},
        "lead": [one for one in (
            " · ".join(one for one in (summary.contents["organisation"], case) if one),
            str(words.as_known(summary.cut_off_at, summary.version)),
        ) if one],
        "note": (summary.note or "").splitlines(),
        "quiet": str(words.quiet()) if about["is_quiet"] else "",
        "figures": [
            [str(words.metric(one["metric"])), str(words.now(one)), str(words.year(one))]
            for one in about["figures"]
        ],
        "figure_columns": [_("Figure"), _("In the period"), _("This year")],
        "happened": [f"{words.happened(key, n)}." for key, n in about["happened"].items()],
        "goals": [
            {"name": str(words.metric(one["metric"])), "about": str(words.goal_about(one)),
             "words": str(words.goal(one))}
            for one in about["goals"]
        ],
        "goal_columns": [_("Goal"), _("So far")],
        "heads": {"figures": _("What happened"), "goals": _("The goals")},
        "lists": [
            [_("Deadlines ahead"), [str(words.deadline(one)) for one in about["deadlines"]]],
            [_("New ideas that are shared with you"),
             [f"{one['title']} ({words.on(one)})" for one in about["shared"]]],
            [_("Corrections since the last one"),
             [str(words.correction(one)) for one in about["all_corrections"]]],
        ],
        "foot": " · ".join(one for one in ("Idéløypa", case) if one),
        "page_words": _("Page {page} of {pages}"),
    }  # fmt: skip
