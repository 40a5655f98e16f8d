"""Start the program without loading its code anew for every process that a test wants.

One process for each test process loads it and forks the others, as `serve.py` forks its web
processes. What a start from nothing does is shown by `tests/test_serve.py` and `make run`.
"""

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from tools import server
from tools.server import ROOT

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["serve"])


class Fork:
    """A process of the program, with those parts of `subprocess.Popen` that the tests use.

    Arguments: the words after `python`: `serve.py …` or `-m …`; the whole environment; files for
    what it writes (the same one for both, where `errors` is left out).
    """

    def __init__(
        self, words: Sequence[str], env: Mapping[str, str], output: Path, errors: Path | None = None
    ) -> None:
        for path in (output, errors or output):
            path.open("w").close()
        self._process = FORKS.Process(target=_become, args=(words, env, output, errors or output))
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended. Raises subprocess.TimeoutExpired, as Popen does."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(str(self._process), timeout or 0)
        return self._process.exitcode


def start(log: Path, **settings: str) -> Fork:
    """Start the server, as `tools.server.start` does."""
    return Fork(["serve.py"], server.environment(**settings), log)


run_server = partial(server.run_server, start=start)


def flask(
    *words: str, env: Mapping[str, str], given: str = "", timeout: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command of the program and give what it wrote. Raises TimeoutExpired."""
    with tempfile.TemporaryDirectory() as name:
        said = [Path(name, part) for part in ("input", "output", "errors")]
        said[0].write_text(given)
        process = Fork(["-m", "flask", "--app", "wsgi", *words], env, *said[1:])
        code = process.wait(timeout)
        return subprocess.CompletedProcess(words, code, *(part.read_text() for part in said[1:]))


def _become(words: Sequence[str], env: Mapping[str, str], output: Path, errors: Path) -> None:
    """Go on, in the new process, as `python <words>` would in a process group of its own."""
    assert "serve" in sys.modules, "the code was not loaded before the fork"
    os.setpgid(0, 0)
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(env)
    given = output.with_name("input")
    ways = [(given if given.exists() else Path(os.devnull), os.O_RDONLY)]
    ways += [(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND) for path in (output, errors)]
    for number, (path, how) in enumerate(ways):
        os.dup2(os.open(path, how), number)
    sys.stdin = os.fdopen(0, closefd=False)  # what a fork is given reads from nothing
    kind, *rest = words
    if kind == "-m":
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = list(words)
        runpy.run_path(str(ROOT / kind), run_name="__main__")
