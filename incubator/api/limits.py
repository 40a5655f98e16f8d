"""How often a token may ask: in Redis where it is set, so that all processes count together."""

from dataclasses import dataclass

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter

from config import Settings
from incubator.core import clock


@dataclass(frozen=True)
class Left:
    """How many requests are left within this minute, and when the next one begins."""

    limit: int
    remaining: int
    seconds: int
    is_enough: bool

    def headers(self) -> dict[str, str]:
        """Say it in headers."""
        told = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.seconds),
        }
        return told if self.is_enough else {**told, "Retry-After": str(self.seconds)}


class Limits:
    """Counts the requests of tokens."""

    def __init__(self, settings: Settings) -> None:
        is_shared = settings.redis_url is not None
        storage = RedisStorage(settings.redis_url or "") if is_shared else MemoryStorage()
        self._limiter = FixedWindowRateLimiter(storage)

    def count(self, token_id: str, per_minute: int) -> Left:
        """Count a request of a token, which may ask so often, and say how many are left."""
        item = RateLimitItemPerMinute(per_minute)
        is_enough = self._limiter.hit(item, "api", token_id)
        stats = self._limiter.get_window_stats(item, "api", token_id)
        seconds = max(1, round(stats.reset_time - clock.now().timestamp()))
        return Left(item.amount, stats.remaining, min(seconds, 60), is_enough)
