"""The application object that servers and the `flask` command load."""

import sys

from config import BadSetting, load
from incubator.app import create_app
from incubator.core import log

try:
    settings = load()
    log.set_up(settings)
    app = create_app(settings)
except BadSetting as no:
    sys.exit("\n".join(f"Idéløypa: {line}" for line in str(no).splitlines()))
