"""The application object that servers and the `flask` command load."""

import atexit
import gc
import sys

gc.disable()  # what is loaded stays; to look through it again and again takes a fifth of the time
atexit.register(gc.freeze)  # nor at the end, when it would take most of a second

from config import BadSetting, load
from incubator.app import create_app
from incubator.core import log

try:
    settings = load()
    log.set_up(settings)
    app = create_app(settings)
except BadSetting as no:
    sys.exit("\n".join(f"Idéløypa: {line}" for line in str(no).splitlines()))
gc.enable()
