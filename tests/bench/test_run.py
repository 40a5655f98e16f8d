"""`make bench` comes to its end: what it measures first leaves a board on which the rest works."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# The figures go to a folder of the test's own.
RUN = """
import sys, pathlib
from bench import run
run.HERE = pathlib.Path(sys.argv.pop(1))
sys.exit(run.main())
"""
ASKED = ["--sizes", "100", "--databases", "sqlite", "--only", "memory,browser,move", "--quick"]


@pytest.mark.browser
@pytest.mark.thorough
@pytest.mark.xdist_group("bench")
def test_cards_are_dragged_after_many_were_added_under_load(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(tmp_path), *ASKED],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    [board] = json.loads((tmp_path / "latest.json").read_text())["boards"]
    told = {finding["label"]: finding["value"] for finding in board["findings"]}
    assert told["memory under load (PSS, MiB)"] > 50
    assert told["Chromium, from drop to done (ms)"] > 0
