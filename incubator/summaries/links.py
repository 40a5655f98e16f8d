"""Links that let a recipient stop the summary without signing in."""

from itsdangerous import BadSignature, URLSafeSerializer

from incubator.core.errors import NotFound

SALT = "summaries.stop"


def stop_token(secret: str, recipient_id: int) -> str:
    """Give the token of a recipient's stop link: signed, and good for nothing else."""
    return str(URLSafeSerializer(secret, salt=SALT).dumps(recipient_id))


def read_stop_token(secret: str, token: str) -> int:
    """Give whose stop link it is. Raises NotFound when somebody made it up."""
    try:
        found = URLSafeSerializer(secret, salt=SALT).loads(token)
    except BadSignature as no:
        raise NotFound("bad_link") from no
    if not isinstance(found, int):
        raise NotFound("bad_link")
    return found
