"""The board, the card and the companies: parse, ask, call, answer."""

from incubator.pipeline.views import board, card, companies, lists, merging, moves
from incubator.pipeline.views.blueprint import bp

__all__ = ["board", "bp", "card", "companies", "lists", "merging", "moves"]
