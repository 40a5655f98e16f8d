"""Addresses of the summaries: the reports, the agreements, the link that stops a mail."""

from incubator.summaries.views import partners, reports, stop
from incubator.summaries.views.blueprint import bp

__all__ = ["bp", "partners", "reports", "stop"]
