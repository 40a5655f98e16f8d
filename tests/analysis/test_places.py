"""Regions and municipalities side by side: counted as the goals are, per 1,000 where one can."""

from datetime import date
from decimal import Decimal

import pytest

from incubator.accounts.models import Role
from incubator.analysis.figure import Reader
from incubator.analysis.look import Look
from incubator.analysis.parts import places
from incubator.background.models import Figure, Series
from incubator.core import clock as clock_module
from incubator.core.clock import Period
from incubator.core.scope import View
from incubator.ideas import queries as ideas
from incubator.reference.queries import municipalities_of
from tests import make

SPAN = Period(date(2026, 1, 1), date(2026, 5, 12))


@pytest.fixture
def region(session, clock):
    """Give a region with two ideas in its first municipality, and one that lies nowhere."""
    region = make.region(session)
    first = municipalities_of(session, region.id)[0][0]
    for place in (first, first, None):
        make.idea(session, on=date(2026, 2, 5), municipality_id=place)
    return region


def shown(session, region, as_of=date(2026, 5, 12)):
    viewer = make.actor(session, Role.ADMIN)
    reader = Reader(viewer, ideas.list_stages(session), viewer.region_names)
    look = Look(View(as_of, None, (region.id,)), SPAN, {"region": str(region.id)})
    [figure] = places.figures(session, reader, look, ["ideas_registered"])
    return figure, {label: [cell.value for cell in cells] for label, cells in figure.rows}


def inhabitants(session, region, numbers, on=date(2026, 1, 1), source=None):
    series = session.query(Series).filter_by(key="population").one_or_none()
    if series is None:
        series = Series(key="population", name="Folketall", sort_key="folketall", source="SSB")
        session.add(series)
        session.flush()
    change = make.a_change(session)
    for (place, *_name), number in zip(municipalities_of(session, region.id), numbers, strict=True):
        session.add(
            Figure(
                series_id=series.id, municipality_id=place, value=Decimal(number), occurred_on=on,
                source=source, change_id=change.id, recorded_at=clock_module.now(),
            )
        )  # fmt: skip
    session.flush()


def test_each_place_is_counted_and_what_lies_nowhere_too(session, region):
    figure, rows = shown(session, region)
    first = municipalities_of(session, region.id)[0][2]
    assert rows["Elverumregionen, hele"] == [3, None]
    assert rows[first] == [2, None]
    assert rows["Ukjent kommune"] == [1, None]
    assert "ikke kjent" in figure.source


def test_per_thousand_inhabitants_with_source_and_day(session, region):
    places_here = municipalities_of(session, region.id)
    inhabitants(session, region, [4000] * len(places_here))
    inhabitants(session, region, [9] * len(places_here), on=date(2026, 5, 1))
    figure, rows = shown(session, region, as_of=date(2026, 4, 30))
    assert rows[places_here[0][2]] == [2, 0.5]
    assert rows["Elverumregionen, hele"] == [3, round(3000 / (4000 * len(places_here)), 2)]
    assert rows["Ukjent kommune"] == [1, None]
    assert figure.source == "Innbyggere: SSB, 01.01.2026."


def test_a_region_has_no_rate_unless_all_its_municipalities_are_known(session, region):
    number = len(municipalities_of(session, region.id))
    inhabitants(session, region, [4000] * number)
    lost = session.query(Figure).order_by(Figure.id).first()
    lost.voided_at = clock_module.now()
    session.flush()
    _figure, rows = shown(session, region)
    assert rows["Elverumregionen, hele"] == [3, None]
