"""Measurements of the running program; `make bench` runs them."""

import warnings

# Said by a library of the PostgreSQL package on machines without a desk.
warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
