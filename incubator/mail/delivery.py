"""Hand mail to the mail server, or to files where none is set, and say how that went."""

import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from enum import StrEnum
from pathlib import Path
from typing import Any

from config import Settings
from incubator.mail.models import Message

TIME_LIMIT = 30  # seconds for each step of a conversation with the mail server
REFUSED_FOR_GOOD = 500


class Failure(StrEnum):
    """Why a message was not sent, and with that whether to try again."""

    NEVER = "never"  # the server will have none of this message, or it is none
    LATER = "later"
    NO_SERVER = "no_server"  # nor will it take the next one
    UNANSWERED = "unanswered"  # it may have it


class Unanswered(OSError):
    """The letter had begun to leave, and the server never said whether it took it."""


class _Telling(smtplib.SMTP):
    """A conversation that says when the letter itself leaves, and whether it was answered."""

    before_letter: Callable[[], None]

    def data(self, msg: Any) -> tuple[int, bytes]:
        self.before_letter()
        try:
            return super().data(msg)
        except smtplib.SMTPServerDisconnected as silence:
            raise Unanswered(str(silence)) from silence


class _TellingTls(_Telling, smtplib.SMTP_SSL):
    """The same, encrypted from the first word."""


def why(error: Exception) -> Failure:
    """Say what a failure means. A wrong password of ours, say, is no fault of the message."""
    if isinstance(error, Unanswered):
        return Failure.UNANSWERED
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _text in error.recipients.values()]
        return Failure.NEVER if min(codes, default=0) >= REFUSED_FOR_GOOD else Failure.LATER
    if isinstance(error, (smtplib.SMTPDataError, smtplib.SMTPSenderRefused)):
        return Failure.NEVER if error.smtp_code >= REFUSED_FOR_GOOD else Failure.LATER
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Failure.LATER
    return Failure.NO_SERVER if isinstance(error, OSError) else Failure.NEVER


def as_email(settings: Settings, message: Message) -> EmailMessage:
    """Write a message of the outbox as an e-mail."""
    email = EmailMessage()
    email["From"] = settings.mail_sender
    email["To"] = message.to_address
    if settings.mail_reply_to:
        email["Reply-To"] = settings.mail_reply_to
    email["Subject"] = message.subject
    email["Message-ID"] = message.message_id
    email["Date"] = message.queued_at
    email["Auto-Submitted"] = "auto-generated"
    if message.unsubscribe_url:
        email["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
        email["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    email.set_content(message.text_body)
    if message.html_body:
        email.add_alternative(message.html_body, subtype="html")
    return email


def deliver(
    settings: Settings, email: EmailMessage, name: str, before_letter: Callable[[], None]
) -> None:
    """Hand an e-mail to the mail server, or write it to a file where none is set.

    `before_letter` is called when the letter itself is about to leave: whatever happens after
    that, the server may have it. Raises Unanswered when it never said.
    """
    if settings.mail_server is None:
        _write(settings.instance / "outbox", f"{name}.eml", bytes(email))
        return
    server = _connect(settings, settings.mail_server)
    server.before_letter = before_letter
    try:
        if settings.mail_username:
            server.login(settings.mail_username, settings.mail_password or "")
        server.send_message(email)
        with suppress(OSError):  # the server has it; how it says goodbye changes nothing
            server.quit()
    finally:
        server.close()


def _write(folder: Path, name: str, content: bytes) -> None:
    """Write a file that is whole or not there."""
    folder.mkdir(mode=0o700, exist_ok=True)
    half = folder / f".{name}.half"
    half.write_bytes(content)
    half.replace(folder / name)


def _connect(settings: Settings, host: str) -> _Telling:
    """Connect with a certificate that is checked: a bad one is an error."""
    secure = ssl.create_default_context()
    if settings.mail_security == "tls":
        return _TellingTls(host, settings.mail_port, timeout=TIME_LIMIT, context=secure)
    server = _Telling(host, settings.mail_port, timeout=TIME_LIMIT)
    if settings.mail_security == "starttls":
        try:
            server.starttls(context=secure)
        except OSError:
            server.close()
            raise
    return server
