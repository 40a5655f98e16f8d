"""Settings: what administrators keep, a page for each."""

from incubator.admin.views import overview, people, places, stages
from incubator.admin.views.blueprint import bp

__all__ = ["bp", "overview", "people", "places", "stages"]
