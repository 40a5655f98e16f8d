"""Background figures: what a programme is argued from, beside its goals and never in them."""
