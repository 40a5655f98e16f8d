"""A file on its way in: read and imported at once when it is small, else by the worker."""
