"""Import and export: lists that come in, and everything that goes out."""

from incubator.transfer.views import choices, exports, imports
from incubator.transfer.views.blueprint import bp

__all__ = ["bp", "choices", "exports", "imports"]
