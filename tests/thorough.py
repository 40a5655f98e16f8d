"""Whether a run asks all that it could ask, or some of each kind: `THOROUGH=1 make test`.

What is left out otherwise is another look at what one like it has shown: see
docs/decisions/0004-tests.md.
"""

import os
from collections.abc import Sequence
from typing import Any

THOROUGH = bool(os.environ.get("THOROUGH"))


def some(things: Sequence[Any], nth: int) -> Sequence[Any]:
    """Give every other thing, beginning with the first or the second as `nth` is even or odd."""
    return things if THOROUGH else things[nth % 2 :: 2]
