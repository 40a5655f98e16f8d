"""Schemathesis asks everything that the document allows, and what it does not; all its checks."""

from collections import Counter
from contextlib import contextmanager
from datetime import date
from threading import Thread

import schemathesis
import sqlalchemy as sa
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from werkzeug.serving import WSGIRequestHandler, make_server

from incubator.accounts.models import Role
from incubator.core import db
from incubator.ideas.models import Idea
from incubator.upkeep import check
from tests import make
from tests.api.conftest import key_of
from tests.thorough import THOROUGH

SETTINGS = {
    "seed": 7,
    "generation": {"max-examples": 3, "deterministic": True, "mode": "all"},
    # All methods are refused by one line of the router: one of them shows it.
    "phases": {"coverage": {"unexpected-methods": ["delete"]}},
    "checks": {
        # A rule of the field is no matter of shape: it is answered 422, and a shape 400.
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", "304", "401", "403", "404", "409", "422"],
        },
    },
}
# What is said in a wrong shape is refused before a database is asked: all of that goes to one.
TO_ANY_DATABASE = {"phases": {"coverage": {"enabled": False}}}

CHECKS = {
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_headers_conformance", "response_schema_conformance", "negative_data_rejection",
    "positive_data_acceptance", "missing_required_header", "unsupported_method",
    "allow_header_conformance", "use_after_free", "ensure_resource_availability", "ignored_auth",
}  # fmt: skip


def a_region(session):
    """Fill a region with some of everything, and give a key that may all."""
    made = make.application(session)
    make.visit(session, company_id=made.company_id, idea_title="Fra besøket")
    make.idea(session, on=date(2026, 2, 1))
    make.goal(session, "ideas_registered")
    make.jobs(session, idea_id=made.idea_id)
    return key_of(session, make.user(session, Role.MANAGER))


@contextmanager
def served(app):
    """Serve the application on this machine, in a thread."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Quiet(WSGIRequestHandler):
    """Keeps the connection, and tells of no request."""

    protocol_version = "HTTP/1.1"

    def log(self, *_args, **_more):
        pass


def findings(schema):
    """Give what the checks found wrong, and how often each was asked."""
    wrong, asked = [], Counter()
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            checks = [one for many in event.recorder.checks.values() for one in many]
            asked.update({"cases": len(event.recorder.cases)})
            asked.update(one.name for one in checks)
            wrong += [
                (event.recorder.label, one.name, one.failure_info.failure.message,
                 event.recorder.interactions[number].request.uri)
                for number, checks in event.recorder.checks.items()
                for one in checks if one.failure_info is not None
            ]  # fmt: skip
        elif isinstance(event, (events.NonFatalError, events.FatalError)):
            wrong.append((str(event),))
    return wrong, asked


def test_the_document_is_kept_to(alone, kind):
    has_all = THOROUGH or kind == "sqlite"
    asks = SETTINGS if has_all else SETTINGS | TO_ANY_DATABASE
    with alone.app_context(), db.unit_of_work() as work:
        secret = a_region(work)
    config = SchemathesisConfig.from_dict(
        {**asks, "headers": {"Authorization": f"Bearer {secret}"}}
    )
    with served(alone) as address:
        schema = schemathesis.openapi.from_url(f"{address}/api/v1/openapi.json", config=config)
        wrong, asked = findings(schema)
    assert not wrong, "\n".join(map(str, wrong[:20]))
    assert asked.keys() >= CHECKS or not has_all
    assert asked.pop("cases") > (500 if has_all else 50)
    with db.reading() as session:
        assert session.scalar(sa.select(sa.func.count(Idea.id))) > 4  # some were good
        assert not list(check.broken(session))
