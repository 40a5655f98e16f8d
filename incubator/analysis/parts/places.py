"""Regions and municipalities side by side: chosen figures, also per 1,000 inhabitants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from incubator.analysis import charts
from incubator.analysis.figure import Cell, Figure, Reader
from incubator.analysis.look import Look
from incubator.background.queries import Known, latest_on
from incubator.core.formats import day as write_day
from incubator.core.scope import Places, View
from incubator.goals import metrics
from incubator.goals.metrics import BY_KEY, Metric, Question
from incubator.reference.places import Key, find_places, municipality_key
from incubator.reference.queries import municipalities_of

USUAL = ("ideas_registered", "cases_opened", "incubator_admissions", "company_visits")
MOST = 4
POPULATION = "population"


@dataclass(frozen=True)
class Place:
    """A region, a municipality of it, or what of it has no municipality (number 0)."""

    label: str
    region_id: int
    municipality_id: int | None = None


def chosen(keys: Sequence[str]) -> list[Metric]:
    """Give the metrics that are asked for, the usual ones where there are none."""
    found = [BY_KEY[key] for key in dict.fromkeys(keys) if key in BY_KEY]
    return found[:MOST] or [BY_KEY[key] for key in USUAL]


def figures(session: Session, reader: Reader, look: Look, keys: Sequence[str] = ()) -> list[Figure]:
    """Give each chosen metric in every region that is looked at and in its municipalities."""
    regions = {number: municipalities_of(session, number) for number in look.view.region_ids or ()}
    shown = [place for number in regions for place in _places(number, regions[number], reader)]
    within = find_places(
        session, [municipality_key(one) for of in regions.values() for one, *_name in of]
    )
    asked = [
        (metric, place, _question(metric, place, look, within, regions))
        for metric in chosen(keys)
        for place in shown
    ]
    questions = [question for *_of, question in asked if question is not None]
    answers = iter(metrics.values(session, questions))
    values = {
        (metric.key, place): next(answers) if question is not None else None
        for metric, place, question in asked
    }
    inhabitants = latest_on(session, POPULATION, look.as_of)
    people = {place: _people(place, regions, inhabitants) for place in shown}
    source = _source(inhabitants, [p for p, number in people.items() if number is not None])
    return [
        _figure(metric, shown, {p: values[metric.key, p] for p in shown}, people, look, regions,
                source)
        for metric in chosen(keys)
    ]  # fmt: skip


def _places(
    region_id: int, municipalities: Sequence[tuple[int, str, str]], reader: Reader
) -> list[Place]:
    region = Place(_("%(name)s, all of it", name=reader.region_names[region_id]), region_id)
    inside = [Place(name, region_id, number) for number, _key, name in municipalities]
    unknown = [Place(_("Unknown municipality"), region_id, 0)] if inside else []
    return [region, *inside, *unknown]


def _question(
    metric: Metric, place: Place, look: Look, within: Mapping[Key, Places],
    regions: Mapping[int, Sequence[tuple[int, str, str]]],
) -> Question | None:  # fmt: skip
    view = View(look.as_of, None, (place.region_id,))
    if place.municipality_id is None:
        return Question(metric, view, look.span)
    number = place.municipality_id or regions[place.region_id][0][0]
    narrowed = view.inside(within[municipality_key(number)])
    question = Question(metric, narrowed, look.span, unknown=not place.municipality_id)
    if question.unknown and (metric.unknown or not question.can_be_unknown):
        return None  # it has unknown ones of its own, or a region of one municipality
    return question


def _people(
    place: Place, regions: Mapping[int, Sequence[tuple[int, str, str]]],
    inhabitants: Mapping[int, Known],
) -> float | None:  # fmt: skip
    """Give the inhabitants of a place; of a region where all its municipalities are known."""
    if place.municipality_id is not None:
        known = inhabitants.get(place.municipality_id)
        return float(known.value) if known else None
    inside = [inhabitants.get(number) for number, *_name in regions[place.region_id]]
    return float(sum(one.value for one in inside if one)) if inside and all(inside) else None


def _source(inhabitants: Mapping[int, Known], known: Sequence[Place]) -> str:
    """Name source and day of the inhabitants."""
    numbers = [place.municipality_id or 0 for place in known]
    used = [inhabitants[number] for number in numbers if number in inhabitants]
    if not used:
        return str(_("No number of inhabitants is known here, so nothing is given per 1,000."))
    days: list[date] = sorted({one.on for one in used})
    when = " – ".join(write_day(day) for day in dict.fromkeys((days[0], days[-1])))
    sources = ", ".join(sorted({one.source for one in used}))
    return str(_("Inhabitants: %(source)s, %(day)s.", source=sources, day=when))


def _figure(
    metric: Metric, shown: Sequence[Place], values: Mapping[Place, Any],
    people: Mapping[Place, float | None], look: Look,
    regions: Mapping[int, Sequence[tuple[int, str, str]]], source: str,
) -> Figure:  # fmt: skip
    rates = {
        place: round(values[place] * 1000 / people[place], 2) if people[place] else None
        for place in shown
        if values[place] is not None
    }
    table = [
        (
            place.label,
            [
                Cell(values[place], _address(metric, place, look, regions)),
                Cell(rates.get(place)),
            ],
        )
        for place in shown
        if place.municipality_id != 0 or values[place]
    ]
    is_rate = any(rates.values())
    drawn = [place for place in shown if not is_rate or rates.get(place) is not None]
    drawn = [place for place in drawn if place.municipality_id != 0]
    label = str(metric.label)
    title = _("%(metric)s per 1,000 inhabitants", metric=label) if is_rate else label
    return Figure(
        metric.key, label,
        _("Counted as in the goals. What a municipality outside the region has is in the region's "
          "number alone."),
        [_("Place"), label, _("Per 1,000 inhabitants")], table,
        charts.bars(
            title,
            [{"label": p.label, "value": rates[p] if is_rate else values[p]} for p in drawn],
            [place.label for place in drawn],
        ),
        legend=[("@main", title)],
        source=source,
    )  # fmt: skip


def _address(
    metric: Metric, place: Place, look: Look,
    regions: Mapping[int, Sequence[tuple[int, str, str]]],
) -> str:  # fmt: skip
    values: dict[str, Any] = {
        "region": place.region_id, "fra": look.span.first, "til": look.span.last,
        "per": look.as_of,
    }  # fmt: skip
    if place.municipality_id is not None:
        values["kommune"] = place.municipality_id or regions[place.region_id][0][0]
    if place.municipality_id == 0:
        values["ukjent"] = 1
    return f"/mal/tall/{metric.key}?{urlencode(values)}"
