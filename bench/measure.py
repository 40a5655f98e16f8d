"""Measure one journey: alone, with several clients, and the bare page in between."""

import itertools
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from bench.client import Answer, BadAnswer, Connection, Load, at_once, one_by_one
from bench.journeys import Journey, World
from bench.servers import Running

CLIENTS = 4
WARM_UP = 20
BLOCK = 20  # requests between two looks at the bare page
BARE_BLOCK = 5
ENOUGH = 60  # requests after which a journey that takes very long is broken off
PATIENCE = 10  # seconds


@dataclass(frozen=True)
class Effort:
    """How much is asked."""

    requests: int = 200
    rounds: int = 3
    seconds: float = 0.8
    bare_seconds: float = 0.3


LIGHT = Effort(rounds=2, seconds=0.6)  # at sizes where nothing is asked of several clients
QUICK = Effort(60, 2, 0.4, 0.2)


@dataclass
class Figures:
    """What came of one journey; times in milliseconds."""

    key: str
    label: str
    requests: int = 0
    median: float = 0.0
    p95: float = 0.0
    per_second: float = 0.0
    rounds: list[float] = field(default_factory=list)
    p95_at_once: float = 0.0
    slowest_at_once: float = 0.0
    refused: int = 0
    bare_median: float = 0.0
    bare_per_second: float = 0.0
    busy_ms: float = 0.0  # processor time of the program for a request
    own_us: float = 0.0  # processor time of the clients for a request, in microseconds
    packed: int = 0
    raw: int = 0
    queries: int | None = None

    @property
    def ratio(self) -> float:
        return self.median / self.bare_median if self.bare_median else 0.0

    @property
    def ratio_at_once(self) -> float:
        return self.bare_per_second / self.per_second if self.per_second else 0.0


def measure(server: Running, world: World, journey: Journey, effort: Effort) -> Figures | None:
    """Measure a journey, or give None where the board has no such thing (no further cards)."""
    figures = Figures(journey.key, journey.label)
    answer = _alone(server, world, journey, effort, figures)
    if answer is None:
        return None
    figures.packed, figures.raw = len(answer.body), len(answer.text().encode())
    _at_once(server, world, journey, effort, figures)
    return figures


def _alone(
    server: Running, world: World, journey: Journey, effort: Effort, figures: Figures
) -> Answer | None:
    times: list[float] = []
    bare_times: list[float] = []
    last = None
    connection, bare = Connection(server.address), Connection(server.bare)
    bare_requests = itertools.repeat(server.bare_request())
    one_by_one(bare, bare_requests, WARM_UP, 200)
    requests = _endless(server, world, journey)
    one_by_one(connection, requests, WARM_UP, journey.status)
    end = time.monotonic() + PATIENCE
    while len(times) < effort.requests and (len(times) < ENOUGH or time.monotonic() < end):
        took, answer = one_by_one(connection, requests, BLOCK, journey.status)
        if answer is None:
            return None
        last = answer
        times += took
        bare_times += one_by_one(bare, bare_requests, BARE_BLOCK, 200)[0]
    connection.close()
    bare.close()
    figures.requests = len(times)
    figures.median, figures.p95 = statistics.median(times), percentile(times, 95)
    figures.bare_median = statistics.median(bare_times)
    return last


def _endless(server: Running, world: World, journey: Journey) -> Iterator[bytes]:
    """Give requests without end: once all cards are moved they go back, not measured."""
    while True:
        given = 0
        for request in journey.requests(world, world.people[0]):
            given += 1
            yield request
        if not given or not journey.is_finite:
            return
        put_back(server, world)


def put_back(server: Running, world: World) -> None:
    """Move the cards back to where they came from."""
    load = at_once(server.address, [world.moves_back(p) for p in world.people], 60)
    _must_all_be(200, load, "moving cards back")


def _at_once(
    server: Running, world: World, journey: Journey, effort: Effort, figures: Figures
) -> None:
    loads: list[Load] = []
    bare: list[float] = []
    busy = 0.0
    for _ in range(effort.rounds):
        if journey.is_finite:
            put_back(server, world)
        clients = [journey.requests(world, person) for person in world.people]
        busy -= server.busy()
        loads.append(at_once(server.address, clients, effort.seconds))
        busy += server.busy()
        idle = [itertools.repeat(server.bare_request()) for _ in range(CLIENTS)]
        bare.append(at_once(server.bare, idle, effort.bare_seconds).per_second)
    times = [each for load in loads for each in load.times]
    answers = sum(load.answers for load in loads)
    figures.rounds = [load.per_second for load in loads]
    figures.per_second = statistics.median(figures.rounds)
    figures.p95_at_once, figures.slowest_at_once = percentile(times, 95), max(times)
    figures.refused = answers - sum(load.statuses.get(journey.status, 0) for load in loads)
    figures.busy_ms = busy / answers * 1000
    figures.own_us = sum(load.own_seconds for load in loads) / answers * 1e6
    figures.bare_per_second = statistics.median(bare)


def _must_all_be(status: int, load: Load, what: str) -> None:
    for other in set(load.statuses) - {status}:
        raise BadAnswer(f"{what}: {load.statuses}, with {load.last[other].words}")


def percentile(values: list[float], nth: int) -> float:
    """Give the value that `nth` of a hundred do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(len(ordered) * nth / 100))]
