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
from typing import Any

from tools import server
from tools.server import ROOT

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["serve"])


class Fork:
    """A process of the program, with those parts of `subprocess.Popen` that the tests use.

    Arguments: the words after `python`: `serve.py …` or `-m …`; the whole environment; files for
    what it writes (the same one for both, where `errors` is left out) and for what it reads.
    """

    def __init__(
        self, words: Sequence[str], env: Mapping[str, str],
        output: Path, errors: Path | None = None, given: Path = Path(os.devnull),
    ) -> None:  # fmt: skip
        files = (given, output, errors or output)
        for path in files[1:]:
            path.open("w").close()
        self._process = FORKS.Process(target=_become, args=(words, env, files))
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


def start(log: Path, *words: str, **settings: str) -> Fork:
    """Start the server, as `tools.server.start` does."""
    return Fork(["serve.py", *words], server.environment(**settings), log)


run_server = partial(server.run_server, start=start)


def run(
    words: Sequence[str], *, env: Mapping[str, str], given: str = "", timeout: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Let a process run to its end and give what it wrote. Raises TimeoutExpired."""
    with tempfile.TemporaryDirectory() as name:
        *said, typed = (Path(name, part) for part in ("output", "errors", "typed"))
        typed.write_text(given)
        code = Fork(words, env, *said, given=typed).wait(timeout)
        return subprocess.CompletedProcess(words, code, *(part.read_text() for part in said))


def flask(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run a command of the program, as `run` does."""
    return run(["-m", "flask", "--app", "wsgi", *words], **more)


def _become(words: Sequence[str], env: Mapping[str, str], files: Sequence[Path]) -> None:
    """Go on, in the new process, as `python <words>` would in a process group of its own."""
    assert "serve" in sys.modules, "the code was not loaded before the fork"
    os.setpgid(0, 0)
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(env)
    for number, path in enumerate(files):
        os.dup2(os.open(path, os.O_WRONLY | os.O_APPEND if number else os.O_RDONLY), number)
    sys.stdin = os.fdopen(0, closefd=False)  # what a fork is given reads from nothing
    kind, *rest = words
    if kind == "-m":
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = list(words)
        runpy.run_path(str(ROOT / kind), run_name="__main__")
