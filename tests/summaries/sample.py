"""A summary as it was frozen, of each kind that mail and PDF can tell."""

import copy
from datetime import UTC, date, datetime

from incubator.goals.metrics import METRICS, Kind
from incubator.summaries.models import Summary


def figure(metric, now, year, **over):
    return {
        "metric": metric, "is_level": False, "is_sum": False, "unit": "count", "now": now,
        "year": year, "at_least": None, "is_small": False, "is_rounded": False, "unknown": 0,
        **over,
    }  # fmt: skip


def goal(metric, so_far, target, expected, **over):
    return {
        "goal": 1, "metric": metric, "programme": "Industrinettverk", "county": False,
        "first": "2026-01-01", "last": "2028-12-31", "so_far": so_far, "at_least": None,
        "target": target, "expected": expected, "is_on_track": (so_far or 0) >= expected,
        "is_reached": False, "is_invented": True, **over,
    }  # fmt: skip


CONTENTS = {
    "place": "Elverum", "organisation": "Elverum kommune", "region": "Elverumregionen",
    "case_number": "26/114", "hides_small": False, "first": "2026-10-01", "last": "2026-10-31",
    "figures": [
        figure("ideas_registered", 5, 45), figure("company_visits", 14, 96),
        figure("incubator_admissions", 0, 3), figure("applications_granted", 1, 2),
        figure("amount_granted", 1_200_000, 3_450_000, is_sum=True, unit="nok"),
    ],
    "months": {"metric": "ideas_registered", "year": 2026,
               "counts": [3, 1, 4, 9, 2, 0, 0, 9, 12, 5]},
    "news": {"moved": 3, "stale": 0, "parked": 0, "stopped": 1, "launched": 0},
    "deadlines": [{"on": "2026-11-15", "scheme": "SkatteFUNN", "count": 2}],
    "goals": [goal("ideas_registered", 45, 60, 20), goal("incubator_admissions", 3, 12, 4)],
    "shared": [{"id": 7, "title": "Biokull fra bark", "on": "2026-10-12", "stage": "case"}],
    "corrections": [{"metric": "ideas_registered", "subject": "idea", "id": 3, "was": None,
                     "is": "2026-09-12", "was_amount": None, "is_amount": None}],
}  # fmt: skip


def a_summary(*, version=1, note="God lesning!", **over):
    contents = copy.deepcopy(CONTENTS) | over
    return Summary(
        id=7, contents=contents, version=version, note=note, month=date(2026, 10, 1),
        cut_off_at=datetime(2026, 11, 2, 5, tzinfo=UTC),
    )  # fmt: skip


def _all_figures(told, **over):
    """Give a figure of every metric: those that are told, and nothing of the others."""
    found = []
    for metric in METRICS:
        now, year = told.get(metric.key, (0, 0))
        is_level = metric.kind == Kind.LEVEL
        found.append(
            figure(
                metric.key, now, None if is_level else year, is_level=is_level,
                is_sum=metric.is_sum, unit=metric.unit.value, **over,
            )
        )  # fmt: skip
    return found


RICH = _all_figures(
    {
        "ideas_registered": (5, 45), "ideas_from_industry": (3, 27), "cases_opened": (2, 11),
        "incubator_admissions": (2, 6), "incubator_active": (7, None),
        "applications_sent": (1, 9), "applications_granted": (1, 4),
        "amount_granted": (1_200_000, 3_450_000), "jobs_created": (2.5, 12),
        "company_visits": (14, 96), "companies_visited": (11, 52),
    }
)  # fmt: skip
RICH[1]["unknown"] = 1
NOTHING = {"moved": 0, "stale": 0, "parked": 0, "stopped": 0, "launched": 0}


def _small(one):
    """Tell a figure as an agreement that hides small counts does."""
    nothing, total = one["year"] == 0, (one["year"] or 0) // 5 * 5 or None
    one = {**one, "is_rounded": True, "is_withheld": False, "year": None, "unknown": 0}
    if one["is_level"]:
        return {**one, "now": None, "at_least": one["now"] // 5 * 5}
    is_small = 0 < one["now"] < 3 or one["metric"] == "amount_granted"  # of one application
    is_part = one["metric"] == "ideas_from_industry"  # and two from elsewhere
    is_total = not one["is_sum"] and one["metric"] != "companies_visited" and not is_part
    return {
        **one, "is_small": is_small, "is_withheld": is_part,
        "now": None if is_small or is_part else one["now"],
        "at_least": (0 if nothing else total) if is_total or (is_part and nothing) else None,
    }  # fmt: skip


CASES = {
    "summary": a_summary(figures=RICH),
    "quiet": a_summary(
        figures=_all_figures({"incubator_active": (7, None)}), note=None, news=NOTHING,
        months={"metric": "ideas_registered", "year": 2026, "counts": [0] * 10},
        deadlines=[], shared=[], corrections=[],
    ),
    "small": a_summary(
        figures=[_small(one) for one in RICH], hides_small=True, months=None, note=None,
        news={"moved": 3}, deadlines=[], shared=[],
        goals=[
            goal("ideas_registered", None, 60, 20, at_least=45, is_on_track=True),
            goal("incubator_admissions", None, 12, 4, at_least=None, is_on_track=None),
            goal("amount_granted", None, 9_000_000, 3_000_000, is_on_track=None),
        ],
        corrections=[{"metric": "ideas_registered", "subject": "idea", "is_hidden": True}],
    ),
    "corrected": a_summary(
        version=2, figures=RICH,
        corrections=[
            CONTENTS["corrections"][0],
            {"metric": "company_visits", "subject": "visit", "id": 8, "was": "2026-09-02",
             "is": None, "was_amount": None, "is_amount": None},
            {"metric": "cases_opened", "subject": "idea", "id": 9, "was": "2026-09-02",
             "is": "2026-08-30", "was_amount": None, "is_amount": None},
            {"metric": "amount_granted", "subject": "application", "id": 4, "was": "2026-05-02",
             "is": "2026-05-02", "was_amount": 500_000, "is_amount": 450_000},
        ],
    ),
}  # fmt: skip
