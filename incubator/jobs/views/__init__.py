"""The ledger of jobs, one record, and the jobs of a company."""

from incubator.jobs.views import ledger, of_company, record, writing
from incubator.jobs.views.blueprint import bp

__all__ = ["bp", "ledger", "of_company", "record", "writing"]
