"""The forecast tells how uncertain it is, and is right about that."""

import math
import random
from functools import lru_cache

import pytest

from incubator.goals import forecast
from incubator.goals.forecast import Throughput, band, chance

A_YEAR = 365
SIMULATED = 1500


def of_counts(events: int, days: int = A_YEAR) -> Throughput:
    return Throughput(days, events, events, events)


def poisson(draw: random.Random, mean: float) -> int:
    """Draw by the times between events."""
    count, time = 0, draw.expovariate(1.0)
    while time < mean:
        count, time = count + 1, time + draw.expovariate(1.0)
    return count


@pytest.mark.parametrize("months", [3, 12, 24])
@pytest.mark.parametrize("rate", [2, 3, 5, 10, 30])
def test_the_band_covers_what_it_says(rate, months):
    draw = random.Random(20261122 + rate * 100 + months)
    ahead = round(A_YEAR / 12 * months)
    asked = lru_cache(lambda events: band(0, of_counts(events), ahead))
    inside = 0
    for _ in range(SIMULATED):
        seen = asked(poisson(draw, rate * 12))
        inside += seen.low80 <= poisson(draw, rate * ahead * 12 / A_YEAR) <= seen.high80
    assert 0.75 <= inside / SIMULATED <= 0.90


@pytest.mark.parametrize("months", [3, 12, 24])
def test_the_band_of_a_sum_covers_what_it_says(months):
    draw = random.Random(7 + months)
    ahead = round(A_YEAR / 12 * months)

    def amounts(mean: float) -> list[float]:
        return [draw.choice((1, 1, 2, 3, 5)) for _ in range(poisson(draw, mean))]

    inside = 0
    for _ in range(SIMULATED // 2):
        past = amounts(40)
        seen = Throughput(A_YEAR, len(past), sum(past), sum(x * x for x in past))
        found = band(0, seen, ahead)
        inside += found.low80 <= sum(amounts(40 * ahead / A_YEAR)) <= found.high80
    assert 0.75 <= inside / (SIMULATED // 2) <= 0.90


@pytest.mark.parametrize(("events", "ahead"), [(8, 30), (40, 365), (600, 730), (50_000, 365)])
def test_the_probabilities_add_up_to_one(events, ahead):
    terms = list(forecast._terms(of_counts(events), ahead))
    assert math.isclose(sum(share for _, share in terms), 1, rel_tol=1e-6)
    mean = sum(number * share for number, share in terms)
    assert math.isclose(mean, (events + 0.5) * ahead / A_YEAR, rel_tol=1e-4)


def test_the_median_lies_where_the_throughput_leads():
    found = band(20, of_counts(120), A_YEAR)
    assert 138 <= found.median <= 141
    assert found.low80 < found.low50 < found.median < found.high50 < found.high80


def test_a_longer_way_is_less_certain():
    near, far = band(0, of_counts(60), 90), band(0, of_counts(60), 730)
    assert (far.high80 - far.low80) / far.median < (near.high80 - near.low80) / near.median
    assert far.high80 - far.low80 > near.high80 - near.low80


def test_the_chance_falls_as_the_target_rises():
    chances = [chance(10, target, of_counts(60), 180) for target in (5, 10, 30, 40, 50, 90)]
    assert chances[:2] == [1.0, 1.0]
    assert chances == sorted(chances, reverse=True)
    assert 0.4 < chance(10, 40, of_counts(60), 182) < 0.6
    assert chances[-1] < 0.001


def test_when_the_period_is_over_nothing_more_comes():
    assert chance(9, 10, of_counts(60), 0) == 0.0
    assert chance(10, 10, of_counts(60), 0) == 1.0
    assert band(9, of_counts(60), 0).high80 == 9


def test_amounts_count_in_events_of_equal_size():
    seen = Throughput(A_YEAR, 10, 10 * 500_000, 10 * 500_000**2)
    assert seen.unit == 500_000
    assert seen.count == 10
    assert band(0, seen, A_YEAR).median % 500_000 == 0


def test_one_large_amount_counts_as_few_events():
    seen = Throughput(A_YEAR, 10, 9 * 100_000 + 20_000_000, 9 * 100_000**2 + 20_000_000**2)
    assert seen.count < 1.2


@pytest.mark.parametrize(("events", "is_enough"), [(0, False), (7, False), (8, True)])
def test_too_few_events_are_no_ground_for_a_forecast(events, is_enough):
    assert of_counts(events).is_enough is is_enough
