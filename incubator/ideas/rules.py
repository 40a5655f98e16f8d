"""What follows from an idea's own words."""

from incubator.core.texts import fold

LONGEST_SEARCH_KEY = 600  # it stands in an index, whose rows PostgreSQL bounds


def search_key(title: str, *names: str | None) -> str:
    """Give what the text filter of the board looks in: title, company, owner."""
    return fold(" ".join((title, *(name or "" for name in names))))[:LONGEST_SEARCH_KEY]
