"""Visits: the list, one visit, and the screen on which they are logged."""

from incubator.visits.views import log
from incubator.visits.views.blueprint import bp
from incubator.visits.views.offline import offline

__all__ = ["bp", "log", "offline"]
