"""Follow-ups: the list, what is done to one, the calendar and the daily digest."""

from incubator.followups.views import calendar, changes, digest, exports, pages
from incubator.followups.views.blueprint import bp

__all__ = ["bp", "calendar", "changes", "digest", "exports", "pages"]
