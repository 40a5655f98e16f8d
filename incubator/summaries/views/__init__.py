"""Addresses of the summaries: the reports, the agreements, the link that stops a mail."""

from incubator.summaries.views import files, partners, recipients, reports, sending, stop
from incubator.summaries.views.blueprint import bp

__all__ = ["bp", "files", "partners", "recipients", "reports", "sending", "stop"]
