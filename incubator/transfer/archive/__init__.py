"""Everything of a region as tables: written for others, and read again by this program."""
