"""What the program tells of itself holds nothing of anybody."""

import json
import logging
import sys

import pytest
from sqlalchemy.exc import IntegrityError

from incubator.core import log, sentry

SECRETS = ("kari@bruket.example", "Flisovn", "nokkel-i-adressen", "hemmelig", "Tørke")


def failed():
    """Give what a failure leaves behind: a refused row, with its values."""
    refused = ValueError("duplicate key\nDETAIL:  Key (email)=(kari@bruket.example) Flisovn.")
    try:
        raise IntegrityError("INSERT", {"title": SECRETS[1]}, refused, hide_parameters=True)
    except IntegrityError:
        return sys.exc_info()


def record(msg, *args, exc_info=None, level=logging.ERROR):
    return logging.LogRecord("incubator.app", level, "x.py", 1, msg, args, exc_info)


TOLD = (
    record("mail to %s was refused", "kari@bruket.example"),
    record("see https://kari:hemmelig@db.example/x and /ideer?q=Tørke&s=1"),
    record("Exception on %s [%s]", "/kalender/nokkel-i-adressen.ics", "GET", exc_info=failed()),
)


@pytest.mark.parametrize("form", [log.Plain(), log.Json()])
@pytest.mark.parametrize("told", TOLD)
def test_no_line_holds_what_is_somebodys(form, told):
    line = form.format(told)
    assert not [secret for secret in SECRETS if secret in line], line


def test_a_failure_is_one_line_of_json_with_where_it_happened():
    line = log.Json().format(TOLD[2])
    event = json.loads(line)
    assert "\n" not in line
    assert event["level"] == "error"
    assert "IntegrityError" in event["traceback"]
    assert "DETAIL: (left out)" in event["traceback"]


def test_a_request_is_told_by_its_number_and_view(client, caplog):
    caplog.set_level(logging.INFO, "incubator.requests")
    answer = client.get("/glemt-passord?q=hemmelig", headers={"X-Request-ID": "abcdef-12345"})
    assert answer.headers["X-Request-ID"] == "abcdef-12345"
    (told,) = [one for one in caplog.records if one.name == "incubator.requests"]
    assert told.told["status"] == 200
    assert "hemmelig" not in log.Json().format(told)


@pytest.mark.parametrize("given", ["short", "a b c d e f g", "x" * 65, "kari@bruket.example"])
def test_a_number_of_a_request_that_is_none_is_not_taken_over(client, given):
    answer = client.get("/healthz", headers={"X-Request-ID": given})
    assert answer.headers["X-Request-ID"] != given


def test_what_goes_to_sentry_holds_places_in_the_program_and_no_more(app):
    event = {
        "logentry": {"message": "mail to %s was refused", "params": ["kari@bruket.example"]},
        "message": "mail to kari@bruket.example",
        "request": {"url": "/ideer?q=Tørke", "headers": {"Cookie": "hemmelig"}},
        "user": {"email": "kari@bruket.example"},
        "server_name": "maskinen",
        "extra": {"title": "Flisovn"},
        "breadcrumbs": {"values": [{"message": "Flisovn"}]},
        "exception": {"values": [{
            "type": "IntegrityError", "value": "x\nDETAIL: Key (title)=(Flisovn)",
            "stacktrace": {"frames": [
                {"function": "move", "lineno": 3, "vars": {"title": "Flisovn"},
                 "context_line": "hemmelig"},
            ]},
        }]},
    }  # fmt: skip
    with app.test_request_context("/ideer/17?q=Tørke"):
        kept = json.dumps(sentry.strip(event, {}), ensure_ascii=False)
    assert not [secret for secret in (*SECRETS, "maskinen") if secret in kept], kept
    assert "mail to %s was refused" in kept
    assert '"function": "move"' in kept
    assert '"endpoint"' in kept
