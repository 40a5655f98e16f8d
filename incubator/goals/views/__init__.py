"""The pages of goals: the strip, the goals, their programmes, the rows behind every number."""

from incubator.goals.views import claims, pages, rows, targets
from incubator.goals.views.blueprint import bp
from incubator.goals.views.programmes import bp as programmes

__all__ = ["bp", "claims", "pages", "programmes", "rows", "targets"]
