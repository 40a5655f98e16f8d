"""The figures to reach, beside which every figure is printed."""

from dataclasses import dataclass

KB = 1000


@dataclass(frozen=True)
class Finding:
    """Something found, and whether it is what it shall be (None: nothing is asked)."""

    label: str
    value: object
    is_reached: bool | None = None
    target: str = ""
    note: str = ""


@dataclass(frozen=True)
class Target:
    """What a journey shall reach; `None` where nothing is asked."""

    median: float | None = None  # ms, at most
    per_second: float | None = None  # with 4 clients, at least
    per_second_at: int = 1000  # the number of cards at which that is asked
    median_at: tuple[int, ...] = ()  # at every size where empty
    packed: int | None = None  # bytes over the wire, at most
    packed_at: int = 1000
    queries: int | None = None  # at most


TARGETS = {
    "board": Target(25, 80, packed=40 * KB, queries=12),
    "board_304": Target(3, 1000),
    "board_past": Target(queries=12),
    "strip": Target(queries=4),
    "move": Target(6, 300, packed=3 * KB, queries=10),
    "add": Target(6, 300, median_at=(1000,)),
    "card": Target(5, 500),
    "search": Target(8, 300, per_second_at=10_000, median_at=(10_000,)),
    "search_all": Target(100, median_at=(10_000,), queries=8),
    "poll": Target(None, 1500, queries=3),
    "visits": Target(30, median_at=(10_000,), queries=6),
    "visits_narrowed": Target(30, median_at=(10_000,), queries=6),
    "company": Target(25, queries=12),
    "log_visit": Target(12, median_at=(10_000,), queries=20),
    "goals": Target(queries=14),
    "goal": Target(queries=12),
    "flow": Target(queries=10),
    "stays": Target(queries=11),
    "ageing": Target(queries=10),
    "cohorts": Target(queries=10),
    "origins": Target(queries=14),
    "places": Target(queries=12),
}
PAST_BOARD = 5  # times the board of today
AMONG_OTHERS = 1.5  # times the cost of the same region alone
SEEN_BY_OTHERS = 3 * KB
BULK_MOVE = 400  # ms for 200 cards
BULK_STATEMENTS = 40  # however many cards
ASSETS = 150 * KB
MEMORY_AT_REST = 200  # MiB
MEMORY_UNDER_LOAD = 250
USABLE = 400  # ms from click to usable board
DROPPED = 150  # ms from drop to done
