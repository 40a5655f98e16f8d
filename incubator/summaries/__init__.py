"""The monthly summary: what partners are told, frozen with the rows behind every figure."""
