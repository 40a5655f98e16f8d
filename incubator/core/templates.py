"""Templates, compiled before anybody waits for a page.

To compile them all takes two seconds of a processor. What was compiled is kept in the folder for
temporary files of who runs the program, for every process that starts after.
"""

from contextlib import suppress

from flask import Flask
from jinja2 import FileSystemBytecodeCache, __version__
from jinja2.bccache import Bucket


class Kept(FileSystemBytecodeCache):
    """Compiled templates in a folder that is this user's alone.

    Raises OSError or RuntimeError where there is no such folder.
    """

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self._app = app

    def get_source_checksum(self, source: str) -> str:
        """Let what another release, or another Jinja, made of the same source count for nothing."""
        release = self._app.config.get("RELEASE")
        return super().get_source_checksum(f"{__version__} {release} {source}")

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):  # a full disk costs time, not pages
            super().dump_bytecode(bucket)


def init_app(app: Flask) -> None:
    """Let the application read compiled templates where there are any, and keep them."""
    with suppress(OSError, RuntimeError):
        app.jinja_env.bytecode_cache = Kept(app)


def load_all(app: Flask) -> None:
    """Load every template of ours, so that the processes forked after share them."""
    assert app.jinja_loader
    with app.app_context():
        for name in app.jinja_loader.list_templates():
            app.jinja_env.get_template(name)
