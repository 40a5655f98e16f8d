"""Links that let somebody turn the daily mail off without signing in."""

from itsdangerous import BadSignature, URLSafeSerializer

from incubator.core.errors import NotFound

SALT = "followups.daily-mail"


def stop_token(secret: str, user_id: int) -> str:
    """Give the token of a person's stop link: signed, and good for nothing else."""
    return str(URLSafeSerializer(secret, salt=SALT).dumps(user_id))


def read_stop_token(secret: str, token: str) -> int:
    """Give whose stop link it is. Raises NotFound when somebody made it up."""
    try:
        found = URLSafeSerializer(secret, salt=SALT).loads(token)
    except BadSignature as no:
        raise NotFound("bad_link") from no
    if not isinstance(found, int):
        raise NotFound("bad_link")
    return found
