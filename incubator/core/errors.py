"""Refusals: a code and details, never sentences. `web` turns them into an answer."""

from typing import Any


class Refusal(Exception):
    """Something was asked for that cannot be done; nothing of it is kept."""

    status = 400

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


class NotFound(Refusal):
    """There is no such thing, or none that this person may know of."""

    status = 404


class Moved(NotFound):
    """It has become a part of something else; the details say of what."""


class NotAllowed(Refusal):
    """This person may not do it."""

    status = 403


class Unavailable(Refusal):
    """What it takes is away for a moment; the same can be asked for again."""

    status = 503


class Stale(Refusal):
    """Somebody else was first."""

    status = 409


class RuleBroken(Refusal):
    """A rule of the field says no; the details name the fields."""

    status = 422

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(self.details.get("fields", ()))
