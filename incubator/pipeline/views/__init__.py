"""The board, the card and the companies: parse, ask, call, answer."""

from incubator.pipeline.views import (
    board,
    bulk,
    card,
    changed,
    companies,
    decisions,
    exports,
    finding,
    history,
    lists,
    meeting_items,
    meetings,
    merging,
    moves,
    past,
)
from incubator.pipeline.views.blueprint import bp

__all__ = [
    "board",
    "bp",
    "bulk",
    "card",
    "changed",
    "companies",
    "decisions",
    "exports",
    "finding",
    "history",
    "lists",
    "meeting_items",
    "meetings",
    "merging",
    "moves",
    "past",
]
