"""A database that several threads use at once, which the test's one transaction cannot be."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask

import config
from incubator import cli
from incubator.app import create_app
from incubator.core import db
from tests.conftest import HASTY_HASHES, new_database


@pytest.fixture
def own_app(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, app: Flask
) -> Iterator[Flask]:
    """Give an application on a database of its own, which more than one transaction can use."""
    before = db.db._ready
    with new_database(kind, tmp_path, request) as address:
        settings = config.load({"INSTANCE": str(tmp_path), "DATABASE_URL": address})
        own = create_app(
            settings, TESTING=True, WTF_CSRF_ENABLED=False,
            SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=HASTY_HASHES,
        )  # fmt: skip
        cli.bring_up_to_date()
        yield own
        db.db.dispose()
    db.db._ready = before


@pytest.fixture
def at_once(own_app: Flask) -> Callable[[int, Callable[[int], None]], None]:
    """Run something in several threads that begin together; what one raises, the test raises."""

    def run(times: int, do: Callable[[int], None]) -> None:
        start = threading.Barrier(times)

        def one(n: int) -> None:
            with own_app.app_context():
                start.wait()
                do(n)

        with ThreadPoolExecutor(times) as pool:
            list(pool.map(one, range(times)))

    return run
