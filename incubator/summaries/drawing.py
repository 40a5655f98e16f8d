"""Have charts and PDFs drawn by a short-lived process, so that no other ever loads what draws."""

import base64
import hashlib
import json
import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from config import ROOT

log = logging.getLogger(__name__)
COMMAND = (sys.executable, "-E", "-s", "-m", "incubator.summaries.drawer")
STARTING = 20  # seconds
EACH = 2


class NotDrawn(Exception):
    """The process did not draw; the message says why."""


@dataclass(frozen=True)
class Job:
    """What is to be drawn: charts, and a PDF or None. Equal jobs give equal bytes."""

    lang: str
    charts: tuple[dict[str, Any], ...]
    report: dict[str, Any] | None

    @property
    def key(self) -> str:
        """Give what only an equal job has."""
        return hashlib.sha256(self.as_json().encode()).hexdigest()

    def as_json(self) -> str:
        """Write it as the process reads it."""
        given = {"lang": self.lang, "charts": self.charts, "report": self.report}
        return json.dumps(given, sort_keys=True)


@dataclass(frozen=True)
class Drawn:
    """What came of a job: a PNG for each chart, and the PDF."""

    pictures: tuple[bytes, ...]
    report: bytes | None


def draw(jobs: Sequence[Job]) -> dict[str, Drawn]:
    """Draw jobs in one process, and give what came of each by its key.

    One that cannot be drawn is left out and logged. Raises NotDrawn when the process fails.
    """
    if not jobs:
        return {}
    answers = _answers(f"[{','.join(job.as_json() for job in jobs)}]", len(jobs))
    drawn = {}
    for job, answer in zip(jobs, answers, strict=True):
        if "error" in answer:
            log.error("a report could not be drawn: %s", answer["error"])
            continue
        report = answer["report"]
        drawn[job.key] = Drawn(
            tuple(base64.b64decode(one) for one in answer["pictures"]),
            base64.b64decode(report) if report else None,
        )
    return drawn


def draw_one(job: Job) -> Drawn:
    """Draw one job. Raises NotDrawn."""
    found = draw([job]).get(job.key)
    if found is None:
        raise NotDrawn("what it was given cannot be drawn")
    return found


def _answers(asked: str, count: int) -> list[dict[str, Any]]:
    # It is told nothing of the settings, which hold passwords.
    surroundings = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603  # our own program
            COMMAND, input=asked.encode(), capture_output=True, check=True, cwd=ROOT,
            env=surroundings, timeout=STARTING + EACH * count,
        )  # fmt: skip
    except subprocess.TimeoutExpired as slow:
        raise NotDrawn(f"it took more than {slow.timeout:.0f} seconds") from slow
    except subprocess.CalledProcessError as failed:
        said = failed.stderr.decode(errors="replace").strip().splitlines()
        raise NotDrawn(said[-1] if said else f"it ended with {failed.returncode}") from failed
    except OSError as none:
        raise NotDrawn(f"it could not be started: {none}") from none
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found
