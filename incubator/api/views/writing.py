"""Write by the API: the operations of the pages, and an answer that is given once."""

import hashlib
import re
from collections.abc import Callable
from typing import Any

from flask import Response, g, request
from flask.typing import ResponseReturnValue

from incubator.api import operations, queries, writing
from incubator.api.operations import Answer
from incubator.api.schemas import asked as shapes, told
from incubator.api.views.blueprint import BadInput, Operation, bp, described, write
from incubator.core import db
from incubator.core.access import Permission, current_actor, requires
from incubator.core.errors import Stale
from incubator.core.problems import PREFIX
from incubator.ideas import queries as ideas

HEADER = "Idempotency-Key"
KEY = re.compile(r"[!-~]{1,200}")


def once(do: Callable[[], Answer]) -> Response:
    """Do what was asked for, or give the answer that the same request got before."""
    key = request.headers.get(HEADER)
    if key is None:
        return _sent(do())
    if not KEY.fullmatch(key):
        raise BadInput("bad_input", errors={HEADER: ["1 to 200 printable characters, no space"]})
    token_id, mark = g.token.id, _fingerprint()
    taken = operations.begin_answer(db.session, token_id, key, mark)
    if taken is None:
        before = operations.kept_answer(db.session, token_id, key, mark)
        if before is None or not before.status:
            raise Stale("changed_meanwhile")
        answer = _sent(before)
        answer.headers["Idempotent-Replayed"] = "true"
        return answer
    made = do()
    operations.keep_answer(db.session, taken, made)
    return _sent(made)


def _fingerprint() -> str:
    parts = (request.method.encode(), request.path.encode(), request.get_data())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _sent(answer: Answer) -> Response:
    sent = Response(answer.body, answer.status, content_type="application/json")
    if answer.location:
        sent.headers["Location"] = answer.location
    return sent


def _made(made: dict[str, Any], change_id: int, location: str | None) -> Answer:
    operations.note_change(db.session, change_id, g.token.id)
    return Answer(201, write(made), location)


@bp.post("/ideas")
@requires(Permission.IDEA_ADD)
@described(Operation("Add an idea.", told.Idea, body=shapes.IdeaNew, status=201))
def add_idea(body: dict[str, Any]) -> ResponseReturnValue:
    viewer = current_actor()

    def do() -> Answer:
        idea = writing.add_idea(db.session, viewer, body)
        made = queries.get_idea(db.session, viewer, idea.id)
        return _made(made, idea.change_id, f"{PREFIX}ideas/{idea.id}")

    return once(do)


@bp.post("/visits")
@requires(Permission.VISIT_LOG)
@described(Operation("Log a company visit.", told.VisitMade, body=shapes.VisitNew, status=201))
def log_visit(body: dict[str, Any]) -> ResponseReturnValue:
    viewer = current_actor()

    def do() -> Answer:
        logged = writing.log_visit(db.session, viewer, body)
        made = {
            "visit": queries.get_visit(db.session, viewer, logged.visit.id),
            "idea_id": logged.idea.id if logged.idea else None,
        }
        return _made(made, logged.visit.change_id, f"{PREFIX}visits/{logged.visit.id}")

    return once(do)


@bp.post("/ideas/<int:idea_id>/moves")
@requires(Permission.IDEA_MOVE)
@described(Operation("Move an idea to another stage.", told.Moved, body=shapes.MoveNew, status=201))
def move(idea_id: int, body: dict[str, Any]) -> ResponseReturnValue:
    viewer = current_actor()

    def do() -> Answer:
        # Held to the end: what the session has loaded and nobody holds would be read anew.
        named = ideas.get_with_names(db.session, viewer, idea_id)
        change = writing.move_idea(db.session, viewer, named.idea, body)
        made = {
            "change_id": change.id, "idea": queries.get_idea(db.session, viewer, idea_id),
        }  # fmt: skip
        return _made(made, change.id, f"{PREFIX}ideas/{idea_id}")

    return once(do)
