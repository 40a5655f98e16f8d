"""Which Chromium the tests, measurements and pictures use: that of CHROMIUM, or one found here."""

import os
import shutil

# The one without windows comes first: a journey costs it a third less.
NAMES = (
    "chromium-headless-shell", "chromium", "chromium-browser",
    "google-chrome", "google-chrome-stable",
)  # fmt: skip


def look_for_browser() -> str | None:
    """Give the path of a Chromium, if there is any."""
    wanted = [name for name in (os.environ.get("CHROMIUM"), *NAMES) if name]
    return next((path for name in wanted if (path := shutil.which(name))), None)


def find_browser() -> str:
    """Give the path of a Chromium. Raises SystemExit when there is none."""
    if found := look_for_browser():
        return found
    raise SystemExit("Idéløypa: no Chromium was found; set CHROMIUM=/path/to/it.")
