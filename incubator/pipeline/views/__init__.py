"""The board and the card: parse, ask, call, answer."""

from incubator.pipeline.views import board, card, moves
from incubator.pipeline.views.blueprint import bp

__all__ = ["board", "bp", "card", "moves"]
