"""The board and the card: parse, ask, call, answer."""

from incubator.pipeline.views.blueprint import bp
from incubator.pipeline.views import board, card, moves  # noqa: I001  (they add to the blueprint)

__all__ = ["board", "bp", "card", "moves"]
