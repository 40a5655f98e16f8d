"""Visits: the list, one visit, and the screen on which they are logged."""

from incubator.visits.views.blueprint import bp

__all__ = ["bp"]
