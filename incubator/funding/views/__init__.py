"""Applications: the list, one application, those of a company; the funding schemes."""

from incubator.funding.views import application, instruments, of_company, pages, writing
from incubator.funding.views.blueprint import bp

__all__ = ["application", "bp", "instruments", "of_company", "pages", "writing"]
