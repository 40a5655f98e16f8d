"""The addresses of the API, and the pages for those who use it."""

from incubator.api.views import keys, reading, webhooks, writing
from incubator.api.views.blueprint import bp, init_app
from incubator.api.views.keys import about, bp as pages

__all__ = ["about", "bp", "init_app", "keys", "pages", "reading", "webhooks", "writing"]
