"""Links that let somebody stop mail of one kind without signing in."""

from dataclasses import dataclass
from enum import StrEnum

from itsdangerous import BadSignature, URLSafeSerializer

from incubator.core.errors import NotFound


class Kind(StrEnum):
    """The mail that a link stops; the words are part of what is signed."""

    DAILY_MAIL = "followups.daily-mail"
    MENTIONS = "ideas.mentions"
    SUMMARY = "summaries.stop"


@dataclass(frozen=True)
class Place:
    """Where the program answers, and what its links are signed with."""

    site: str
    secret: str


def stop_token(secret: str, kind: Kind, number: int) -> str:
    """Give the token of somebody's stop link: signed, and good for this kind of mail alone."""
    return str(URLSafeSerializer(secret, salt=kind).dumps(number))


def read_stop_token(secret: str, kind: Kind, token: str) -> int:
    """Give whose stop link it is. Raises NotFound when somebody made it up."""
    try:
        found = URLSafeSerializer(secret, salt=kind).loads(token)
    except BadSignature as no:
        raise NotFound("bad_link") from no
    if not isinstance(found, int):
        raise NotFound("bad_link")
    return found
