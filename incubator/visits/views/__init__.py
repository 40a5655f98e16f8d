"""Visits: the list, one visit, and the screen on which they are logged."""

from incubator.visits.views import log, pages, visit
from incubator.visits.views.blueprint import bp
from incubator.visits.views.offline import without_coverage
from incubator.visits.views.pages import of_company

__all__ = ["bp", "log", "of_company", "pages", "visit", "without_coverage"]
