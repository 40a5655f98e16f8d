"""How a person's board looks: compact or roomy cards, and which columns are folded.

It is kept with the browser: a phone and a desk want different boards. See decision 0029.
"""

from dataclasses import dataclass

from flask import Response, request
from flask.typing import ResponseReturnValue

from incubator.core.access import Actor, Permission, current_actor, requires
from incubator.core.forms import whole_number
from incubator.core.web import go_to, is_htmx
from incubator.pipeline.views.blueprint import bp

A_YEAR = 365 * 24 * 3600
COMPACT = "tett"
MOST_FOLDED = 20


@dataclass(frozen=True)
class Look:
    """What a browser keeps of it for one person."""

    is_compact: bool = False
    folded: frozenset[int] = frozenset()

    def written(self) -> str:
        words = [COMPACT] if self.is_compact else []
        return ".".join([*words, *map(str, sorted(self.folded))])


def _cookie(viewer: Actor) -> str:
    return f"tavle-{viewer.id}"


def look_of(viewer: Actor) -> Look:
    """Read how a person's board looks in this browser; what is no such thing is passed over."""
    words = request.cookies.get(_cookie(viewer), "").split(".")[: MOST_FOLDED + 1]
    folded = {number for word in words if (number := whole_number(word))}
    return Look(COMPACT in words, frozenset(folded))


@bp.post("/tavle/utseende")
@requires(Permission.BOARD_SEE)
def choose_look() -> ResponseReturnValue:
    viewer = current_actor()
    look = look_of(viewer)
    folded = set(look.folded)
    if stage_id := whole_number(request.form.get("brett")):
        folded ^= {stage_id}
    is_compact = look.is_compact
    if COMPACT in request.form:
        is_compact = request.form[COMPACT] == "1"
    kept = Look(is_compact, frozenset(sorted(folded)[:MOST_FOLDED]))
    back = request.form.get("til", "")
    answer = Response(status=204) if is_htmx() else go_to(back if back.startswith("/?") else "/")
    answer.set_cookie(
        _cookie(viewer), kept.written(), max_age=A_YEAR, httponly=True, samesite="Lax",
        secure=request.is_secure,
    )  # fmt: skip
    return answer
