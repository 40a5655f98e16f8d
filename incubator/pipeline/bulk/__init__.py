"""Do one thing with many cards: by the rules of one, as one change, that is undone as one.

All or nothing: where some cards cannot, or their gates ask for something, it is said of each of
them and nothing is done. However many cards there are, it takes as many statements; only what
somebody types for a card of its own (a new company, a number) asks for more.
"""

from incubator.pipeline.bulk.cards import (
    FOR_ALL,
    MOST,
    Cards,
    Chosen,
    Held,
    Seen,
    SomeCannot,
    load,
)  # fmt: skip
from incubator.pipeline.bulk.deeds import assign, close, promise, set_area, tag, untag
from incubator.pipeline.bulk.moving import move

__all__ = [
    "FOR_ALL",
    "MOST",
    "Cards",
    "Chosen",
    "Held",
    "Seen",
    "SomeCannot",
    "assign",
    "close",
    "load",
    "move",
    "promise",
    "set_area",
    "tag",
    "untag",
]
