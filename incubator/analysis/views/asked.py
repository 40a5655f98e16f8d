"""Read from an address what an analysis is asked for, and say it in words."""

from dataclasses import dataclass, replace
from datetime import date

from flask import request
from flask_babel import gettext as _

from incubator.analysis.figure import Reader
from incubator.analysis.look import NOWHERE, Look, year_back
from incubator.core import clock, db
from incubator.core.access import Actor, current_actor
from incubator.core.clock import Period
from incubator.core.errors import NotFound, RuleBroken
from incubator.core.formats import day as write_day
from incubator.core.forms import parse_day, whole_number
from incubator.core.scope import View
from incubator.ideas import queries as ideas
from incubator.reference.numbers import SHARES_FROM, value
from incubator.reference.queries import choose_region, municipalities_of

ALL = "alle"
MOST_REGIONS = 12  # that are looked at together
LONGEST = 20  # years


@dataclass(frozen=True)
class Asked:
    """What is looked at, by whom, and what there is to choose from."""

    look: Look
    reader: Reader
    municipalities: list[tuple[str, str]]

    @property
    def region_name(self) -> str:
        numbers = self.look.view.region_ids or ()
        if len(numbers) > 1 or self.look.place["region"] == ALL:
            return str(_("All my regions"))
        return self.reader.region_names[numbers[0]]

    @property
    def described(self) -> str:
        """Say where, over which days and as of when."""
        span = self.look.span
        place = self.look.place.get("kommune")
        names = dict(self.municipalities) | {NOWHERE: str(_("Unknown municipality"))}
        when = _("From %(first)s to %(last)s, as of %(day)s", first=write_day(span.first),
                 last=write_day(span.last), day=write_day(self.look.as_of))  # fmt: skip
        return " · ".join(filter(None, (self.region_name, names.get(place or ""), str(when))))


def may_see_all(viewer: Actor) -> bool:
    """Say whether a viewer has several regions, and not too many to look at together."""
    return 1 < len(viewer.region_names) <= MOST_REGIONS


def read() -> Asked:
    """Read regions, municipality, span and day. Raises NotFound and RuleBroken."""
    viewer, today = current_actor(), clock.today()
    as_of = _day("per", today)
    if as_of > today:
        raise RuleBroken("future_date")
    span = _span(as_of)
    regions = _regions(viewer)
    is_all = request.args.get("region") == ALL
    municipalities = _municipalities(regions)
    look = Look(View(as_of, None, regions), span, {"region": ALL if is_all else str(regions[0])},
                few=value(db.session, SHARES_FROM))  # fmt: skip
    stages = ideas.list_stages(db.session)
    reader = Reader(viewer, stages, viewer.region_names)
    return Asked(_narrowed(look, municipalities), reader, municipalities)


def _regions(viewer: Actor) -> tuple[int, ...]:
    if request.args.get("region") != ALL:
        return (choose_region(viewer, whole_number(request.args.get("region"))),)
    if len(viewer.region_names) > MOST_REGIONS:
        raise RuleBroken("too_many_regions", most=MOST_REGIONS)
    if not viewer.region_names:
        raise NotFound("no_region")
    return tuple(viewer.region_names)


def _municipalities(regions: tuple[int, ...]) -> list[tuple[str, str]]:
    """List the municipalities to choose from: those of one region; of several, none."""
    if len(regions) > 1:
        return []
    return [(str(one), name) for one, _number, name in municipalities_of(db.session, regions[0])]


def _narrowed(look: Look, municipalities: list[tuple[str, str]]) -> Look:
    wanted = request.args.get("kommune", "")
    if not wanted:
        return look
    place = {**look.place, "kommune": wanted}
    if wanted == NOWHERE:
        return replace(look, place=place, is_nowhere=True)
    if wanted not in dict(municipalities):
        raise NotFound("not_found")
    view = replace(look.view, municipality_ids=(int(wanted),))
    return replace(look, place=place, view=view)


def _span(as_of: date) -> Period:
    usual = year_back(as_of)
    last = _day("til", usual.last)
    first = _day("fra", min(usual.first, last))
    if last < first:
        raise RuleBroken("period_order")
    if last.year - first.year > LONGEST:
        raise RuleBroken("period_too_long", most=LONGEST)
    return Period(first, last)


def _day(name: str, default: date) -> date:
    text = request.args.get(name, "")
    if not text:
        return default
    found = parse_day(text)
    if found is None:
        raise RuleBroken("bad_date")
    return found
