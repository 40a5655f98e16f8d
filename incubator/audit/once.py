"""What a browser sends again because no answer came is done once.

A script that finds the server again sends what was lost anew, under the same name. Whether it
had arrived the first time nobody else can tell: its name is kept with the change that it made.
"""

from dataclasses import replace

from flask import Flask, Response, g, request

from incubator.audit.operations import made_by_key
from incubator.core import db
from incubator.core.access import Actor

HEADER = "X-Once"
LONGEST = 64


def init_app(app: Flask) -> None:
    """Ask before every view; `guard` has said who it is."""
    app.before_request(check)


def check() -> Response | None:
    """Answer that it was done already, or let the change that is made keep the name."""
    name = request.headers.get(HEADER, "")
    actor: Actor | None = g.get("actor")
    if request.method != "POST" or actor is None or not 0 < len(name) <= LONGEST:
        return None
    if made_by_key(db.session, actor, name) is not None:
        return Response(status=200, headers={HEADER: "done"})
    g.actor = replace(actor, once=name)
    return None
