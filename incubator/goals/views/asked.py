"""Read from an address what a number is narrowed to, and say it in words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask_babel import gettext as _

from incubator.core import clock, db
from incubator.core.access import Actor, current_actor
from incubator.core.clock import Period
from incubator.core.errors import NotFound, RuleBroken
from incubator.core.formats import day as write_day, moment
from incubator.core.forms import parse_day, whole_number
from incubator.core.scope import ProgrammeScope, View
from incubator.goals import programmes
from incubator.goals.metrics import Kind, Metric, Question, Sharing
from incubator.goals.programmes import Choices
from incubator.reference.places import county_key, find_places, municipality_key, programme_key
from incubator.reference.queries import choose_region

NARROWED_BY = ("kommune", "program", "satsing", "organisasjon")
SHARING = {"delt": Sharing.SHARED, "over": Sharing.OVER}


@dataclass(frozen=True)
class Asked:
    """A question, what there was to choose from, and the place where one came from."""

    question: Question
    choices: Choices
    region_id: int | None


def read(metric: Metric) -> Asked:
    """Read metric, scope, period, as of and known at from the address."""
    viewer, today = current_actor(), clock.today()
    last = day_asked("til", today)
    as_of = day_asked("per", min(last, today))
    if as_of > today:
        raise RuleBroken("future_date")
    first = day_asked("fra", date(as_of.year, 1, 1))
    if "til" not in request.args:
        last = as_of
    if last < first:
        raise RuleBroken("period_order")
    regions = _regions(viewer)
    here = regions[0] if regions else whole_number(request.args.get("fra_region"))
    choices = programmes.choices(db.session, viewer, here if viewer.works_in(here) else None)
    view, shared_by = _narrowed(View(as_of, known_at(), regions), choices)
    question = Question(
        metric, view, Period(first, last), is_net=_is("netto") and metric.net is not None,
        sharing=_sharing(metric), shared_by=shared_by,
    )  # fmt: skip
    if _is("ukjent") and question.can_be_unknown:
        question = replace(question, unknown=True)
    return Asked(question, choices, here)


def _is(name: str) -> bool:
    return request.args.get(name) == "1"


def _sharing(metric: Metric) -> Sharing:
    asked = next((kind for name, kind in SHARING.items() if _is(name)), Sharing.WHOLE)
    return asked if metric.attributed else Sharing.WHOLE


def _regions(viewer: Actor) -> tuple[int, ...] | None:
    """Give the regions asked for. A whole county, or all, is counted but its text withheld."""
    if request.args.get("region") == "alle":
        return None
    return (choose_region(viewer, whole_number(request.args.get("region"))),)


def _narrowed(view: View, choices: Choices) -> tuple[View, tuple[ProgrammeScope, ...]]:
    """Narrow a view to all that the address names. Raises NotFound for what is not there."""
    county, place = request.args.get("fylke", ""), _number("kommune")
    named = _named(choices)
    sharing = choices.programmes if _is("delt") else ()
    keys = [county_key(county)] if county else []
    keys += [municipality_key(place)] if place else []
    keys += [programme_key(one.id) for one in (*named, *sharing)]
    places = find_places(db.session, keys)
    if county:
        if places[county_key(county)].is_empty:
            raise NotFound("not_found")
        view = view.inside(places[county_key(county)])
    if place is not None:
        found = places.get(municipality_key(place))
        view = view.inside(found) if found else replace(view, municipality_ids=(0,))
    scopes = {one.id: programmes.scope(one, places) for one in (*named, *sharing)}
    view = replace(
        view,
        programme=scopes[named[0].id] if named else None,
        focus_area_id=_chosen("satsing", choices.areas),
        organisation_id=_chosen("organisasjon", choices.organisations),
    )
    return view, tuple(scopes[one.id] for one in sharing)


def _named(choices: Choices) -> list[Any]:
    number = _chosen("program", [(one.id, one.name) for one in choices.programmes])
    return [one for one in choices.programmes if one.id == number]


def _number(name: str) -> int | None:
    """Give the number asked for: 0, which nothing has, where there is something else."""
    text = request.args.get(name, "")
    return None if not text else whole_number(text) or 0


def _chosen(name: str, choices: Sequence[tuple[int, Any]]) -> int | None:
    """Give one of the choices. Raises NotFound for anything else but none."""
    number = _number(name)
    if number is not None and number not in {choice[0] for choice in choices}:
        raise NotFound("not_found")
    return number


def day_asked(name: str, default: date) -> date:
    """Read a day from the address. Raises RuleBroken for what is none."""
    text = request.args.get(name, "")
    if not text:
        return default
    found = parse_day(text)
    if found is None:
        raise RuleBroken("bad_date")
    return found


def known_at() -> datetime | None:
    """Read as known when, from the address. Raises RuleBroken for what is no day or instant."""
    text = request.args.get("kjent", "").replace(" ", "+")  # a plus sign is a space in an address
    if not text:
        return None
    try:
        day = parse_day(text)
        return clock.end_of(day) if day else clock.in_oslo(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise RuleBroken("bad_date") from None


def described(asked: Asked) -> str:
    """Say in words what the address asks for: where, whose, when, and as known when."""
    question, view = asked.question, asked.question.view
    period = question.period
    as_of = write_day(view.as_of)
    when = _("As of %(day)s", day=as_of)
    if question.metric.kind == Kind.FLOW:
        first, last = write_day(period.first), write_day(period.last)
        when = _("From %(first)s to %(last)s, as of %(day)s", first=first, last=last, day=as_of)
    known = _("as known %(moment)s", moment=moment(view.known_at)) if view.known_at else ""
    more = [chip["label"] for chip in chips(asked)]
    return ", ".join(str(part) for part in (_where(view), *more, when, known) if part)


def _where(view: View) -> str:
    if view.region_ids is not None:
        return current_actor().region_names[view.region_ids[0]]
    if request.args.get("fylke"):
        return str(_("The whole county"))
    return str(_("All regions"))


def chips(asked: Asked) -> list[dict[str, str]]:
    """Name what the number is narrowed to, each with the address without it."""
    choices, found = asked.choices, []
    of_kind = {
        "kommune": choices.municipalities,
        "program": [(one.id, one.name) for one in choices.programmes],
        "satsing": choices.areas,
        "organisasjon": choices.organisations,
    }
    for name in NARROWED_BY:
        number = _number(name)
        if number is not None:
            label = dict(of_kind[name]).get(number, _("another municipality"))
            found.append({"label": str(label), "href": address_without(name)})
    for name, label in (
        ("netto", _("net: new less lost")), ("delt", _("by shares, each result once")),
        ("over", _("claimed by more than one whole")),
    ):  # fmt: skip
        if _is(name):
            found.append({"label": str(label), "href": address_without(name)})
    return found


def address_without(*names: str) -> str:
    """Give this address without some of what it asks for."""
    kept = {k: v for k, v in request.args.items() if k not in (*names, "side", "ukjent")}
    return f"{request.path}?{urlencode(kept)}"
