"""The pages of the analysis: its parts, and the lists behind every number."""

from incubator.analysis.views import lists, pages
from incubator.analysis.views.blueprint import bp

__all__ = ["bp", "lists", "pages"]
