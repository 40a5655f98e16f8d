"""The board, the card and the companies: parse, ask, call, answer."""

from incubator.pipeline.views import board, card, companies, merging, moves
from incubator.pipeline.views.blueprint import bp

__all__ = ["board", "bp", "card", "companies", "merging", "moves"]
