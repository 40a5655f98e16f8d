"""Settings: what administrators keep, a page for each."""

from incubator.admin.views import log, numbers, overview, people, places, rules, stages
from incubator.admin.views.blueprint import bp

__all__ = ["bp", "log", "numbers", "overview", "people", "places", "rules", "stages"]
