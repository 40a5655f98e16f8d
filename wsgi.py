"""The application object that servers and the `flask` command load."""

import sys

from config import BadSetting
from incubator.app import create_app

try:
    app = create_app()
except BadSetting as no:
    sys.exit(f"Idéløypa: {no}")
