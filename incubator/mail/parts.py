"""Put the parts of an e-mail together: text, HTML, the pictures in it, and what is attached.

mixed( related( alternative( text, HTML ), pictures ), attachments ), each level only where it
has something to hold.
"""

import hashlib
from collections.abc import Sequence
from email.message import EmailMessage, MIMEPart

from incubator.mail.attachments import Enclosed
from incubator.mail.models import Message


def fill(email: EmailMessage, message: Message, enclosed: Sequence[Enclosed]) -> None:
    """Write text, HTML and files of a message into an e-mail that has its headers."""
    pictures = [one for one in enclosed if one.content_id is not None]
    attached = [one for one in enclosed if one.content_id is None]
    body: MIMEPart = MIMEPart() if pictures or attached else email
    body.set_content(message.text_body)
    if message.html_body:
        body.add_alternative(message.html_body, subtype="html")
    if pictures:
        related = MIMEPart() if attached else email
        kind = body.get_content_type()
        body = _around(related, "related", [body, *map(_part, pictures)])
        body.set_param("type", kind)
    if attached:
        _around(email, "mixed", [body, *map(_part, attached)])
    _bind(email, message.message_id)


def _around(whole: MIMEPart, kind: str, inner: list[MIMEPart]) -> MIMEPart:
    whole["Content-Type"] = f"multipart/{kind}"
    whole.set_payload([])
    for part in inner:
        whole.attach(part)
    return whole


def _part(one: Enclosed) -> MIMEPart:
    part = MIMEPart()
    maintype, _, subtype = one.media_type.partition("/")
    part.set_content(
        one.content, maintype, subtype, filename=one.name,
        disposition="inline" if one.content_id else "attachment",
        cid=f"<{one.content_id}>" if one.content_id else None,
    )  # fmt: skip
    return part


def _bind(email: EmailMessage, message_id: str) -> None:
    """Part the parts by lines that depend on the message alone, so that it is always the same."""
    if "MIME-Version" not in email:
        email["MIME-Version"] = "1.0"
    wholes = [part for part in email.walk() if part.is_multipart()]
    for nth, whole in enumerate(wholes):
        known = hashlib.sha256(f"{message_id} {nth}".encode()).hexdigest()
        whole.set_boundary(f"=_{known[:32]}")
