"""Fields that take what their document says and nothing else."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from incubator.core import clock

HIGHEST = 999_999_999
MOST_NOK = 999_999_999_999
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DIGITS = re.compile(r"[0-9]{1,9}", re.ASCII)
NO_NUL = "^[^\\u0000]*$"


class Shape(Schema):
    """What has a name that is not known is refused: it would be overlooked."""

    class Meta:
        unknown = RAISE


class Text(fields.String):
    """A text that a database can take."""

    def __init__(self, most: int, *, least: int = 0, **more: Any) -> None:
        metadata = {"pattern": NO_NUL, **more.pop("metadata", {})}
        super().__init__(validate=validate.Length(least, most), metadata=metadata, **more)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        try:
            text.encode()
        except UnicodeEncodeError:
            raise self.make_error("invalid") from None
        if "\0" in text:
            raise self.make_error("invalid")
        return text


class Whole(fields.Integer):
    """A whole number in a body: no text, no truth value, no fraction."""

    def __init__(self, *, least: int = 1, most: int = HIGHEST, **more: Any) -> None:
        super().__init__(validate=validate.Range(least, most), **more)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or value != value or value in (float("inf"), float("-inf")):
            raise self.make_error("invalid")
        if int(value) != value:
            raise self.make_error("invalid")
        return int(value)


class Number(fields.Integer):
    """A whole number in an address."""

    def __init__(self, *, least: int = 1, most: int = HIGHEST, **more: Any) -> None:
        super().__init__(validate=validate.Range(least, most), **more)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int:
        if not isinstance(value, str) or not _DIGITS.fullmatch(value):
            raise self.make_error("invalid")
        return int(value)


class Truth(fields.Boolean):
    """True or false, and no word for it."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Flag(fields.Boolean):
    """True or false in an address."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> bool:
        if value not in ("true", "false"):
            raise self.make_error("invalid", input=value)
        return bool(value == "true")


class Day(fields.Date):
    """A day as 2026-11-21."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> date:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            raise self.make_error("invalid", input=value, obj_type="date")
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise self.make_error("invalid", input=value, obj_type="date") from None


class Known(fields.DateTime):
    """An instant with its time zone; a day alone is its end in Norway."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime:
        text = str(value).replace(" ", "+")  # a plus sign is a space in an address
        try:
            if _DAY.fullmatch(text):
                return clock.end_of(date.fromisoformat(text))
            found = datetime.fromisoformat(text)
        except (ValueError, OverflowError):
            raise self.make_error("invalid", input=value, obj_type="date-time") from None
        if found.tzinfo is None or "T" not in text.upper():
            raise self.make_error("invalid", input=value, obj_type="date-time")
        try:
            return clock.in_oslo(found)
        except OverflowError:
            raise ValidationError("too far away") from None


def one_of(*words: str, **more: Any) -> fields.String:
    """Make a field for one of some words."""
    return fields.String(validate=validate.OneOf(words), **more)
