"""What the program measures of itself while it answers: requests by view and status, seconds.

Counted by view, never by address: no figure holds an id, a name or what somebody asked for.
Several processes of one start share a folder, and whichever is asked tells the sum of all.
"""

import os
import time
from collections.abc import Iterable
from pathlib import Path

from flask import Flask, Response, current_app, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, values
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from incubator.core.log import METHODS

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


def share(folder: Path) -> None:
    """Let all processes that are forked from this one count together, from nothing."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in folder.glob("*.db"):
        old.unlink()
    os.environ[FOLDER] = str(folder)
    values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]


class Meter:
    """The counters of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.answers = Counter(
            "ideloypa_requests",
            "Answers given, by view and status.",
            ("method", "endpoint", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "ideloypa_request_seconds",
            "How long it took to answer, by view.",
            ("endpoint",),
            buckets=BUCKETS,
            registry=self.registry,
        )


class _Given(Collector):
    """Levels that were read for this answer."""

    def __init__(self, levels: Iterable[tuple[str, str, float]]) -> None:
        self._levels = levels

    def collect(self) -> Iterable[Metric]:
        for name, words, value in self._levels:
            yield GaugeMetricFamily(name, words, value)


def init_app(app: Flask) -> None:
    """Count what the application answers."""
    app.extensions["meter"] = Meter()
    app.before_request(_begin)
    app.after_request(_count)


def _begin() -> None:
    g.measured_from = time.perf_counter()


def _count(response: Response) -> Response:
    meter: Meter = current_app.extensions["meter"]
    endpoint = request.endpoint or "none"
    method = request.method if request.method in METHODS else "other"
    meter.answers.labels(method, endpoint, str(response.status_code)).inc()
    if "measured_from" in g:
        meter.seconds.labels(endpoint).observe(time.perf_counter() - g.measured_from)
    return response


def exposition(levels: Iterable[tuple[str, str, float]]) -> bytes:
    """Write all that is measured as Prometheus reads it, with levels: name, words, value."""
    meter: Meter = current_app.extensions["meter"]
    registry = meter.registry
    if folder := os.environ.get(FOLDER):
        registry = CollectorRegistry()
        MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]
    given = CollectorRegistry()
    given.register(_Given(levels))
    return generate_latest(registry) + generate_latest(given)
