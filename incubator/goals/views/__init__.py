"""The pages of goals: the strip, the goals, the rows behind every number."""

from incubator.goals.views import pages, rows
from incubator.goals.views.blueprint import bp

__all__ = ["bp", "pages", "rows"]
