"""The numbers that administrators set by page: each with its limits, and what it is until then."""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.reference.models import Setting


@dataclass(frozen=True)
class Number:
    """A whole number that is set by page, from `least` to `most`."""

    key: str
    default: int
    least: int
    most: int

    def read(self, text: str | None) -> int:
        """Give what is stored; what is none, or has become too much, is as the program was made."""
        if text is None or not (text.isascii() and text.isdigit()):
            return self.default
        return int(text) if self.least <= int(text) <= self.most else self.default


# Below so many a share says nothing; below so many a count is not told where an agreement says so.
SHARES_FROM = Number("shares_from", 5, 2, 30)
# Totals are rounded to whole fives: a count of five or more cannot be hidden behind them.
TOLD_FROM = Number("told_from", 3, 3, 5)
CONTACT_MONTHS = Number("contact_months", 24, 3, 120)
SIGN_IN_DAYS = Number("sign_in_days", 90, 7, 90)
MAIL_MONTHS = Number("mail_months", 24, 1, 120)
WEBHOOK_DAYS = Number("webhook_days", 30, 1, 365)
UPLOAD_DAYS = Number("upload_days", 1, 1, 14)
API_PER_MINUTE = Number("api_per_minute", 300, 10, 10_000)
API_KEY_DAYS = Number("api_key_days", 90, 1, 731)
API_KEY_LONGEST_DAYS = Number("api_key_longest_days", 366, 1, 731)
NUMBERS = (
    SHARES_FROM, TOLD_FROM, CONTACT_MONTHS, SIGN_IN_DAYS, MAIL_MONTHS, WEBHOOK_DAYS, UPLOAD_DAYS,
    API_PER_MINUTE, API_KEY_DAYS, API_KEY_LONGEST_DAYS,
)  # fmt: skip


def value(session: Session, number: Number) -> int:
    """Give a number as it is set now."""
    return number.read(session.scalar(sa.select(Setting.value).where(Setting.key == number.key)))


def values(session: Session, wanted: Iterable[Number]) -> dict[str, int]:
    """Give some numbers as they are set now, in one query."""
    asked = {one.key: one for one in wanted}
    rows = session.execute(sa.select(Setting.key, Setting.value).where(Setting.key.in_(asked)))
    stored = {row[0]: row[1] for row in rows}
    return {key: one.read(stored.get(key)) for key, one in asked.items()}
