"""Hand mail to the mail server, or to files where none is set, and say how that went."""

import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from config import Settings
from incubator.mail import parts
from incubator.mail.attachments import Enclosed
from incubator.mail.models import Message, Outcome

TIME_LIMIT = 30  # seconds for each step of a conversation with the mail server
WHOLE_LIMIT = 120  # and for all of them together: well within the lease of a message
REFUSED_FOR_GOOD = 500
OUTBOX = "outbox"  # the folder for what cannot be sent, since no server is set


class Unanswered(OSError):
    """The letter had begun to leave, and the server never said whether it took it."""


class _Telling(smtplib.SMTP):
    """A conversation that says when the letter itself leaves, and whether it was answered.

    It is cut off when it takes too long as a whole, however slowly the server goes on talking.
    """

    before_letter: Callable[[], None]
    answer = ""
    _watch: threading.Timer | None = None

    def connect(self, *where: Any, **how: Any) -> tuple[int, bytes]:
        self._watch = threading.Timer(WHOLE_LIMIT, self._cut_off)
        self._watch.daemon = True
        self._watch.start()
        try:
            return super().connect(*where, **how)
        except BaseException:
            self._watch.cancel()
            raise

    def _cut_off(self) -> None:
        if self.sock is not None:
            with suppress(OSError):
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def close(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
        super().close()

    def data(self, msg: Any) -> tuple[int, bytes]:
        self.before_letter()
        try:
            code, answer = super().data(msg)
        except smtplib.SMTPServerDisconnected as silence:
            raise Unanswered(str(silence)) from silence
        self.answer = _said(code, answer)
        return code, answer


class _TellingTls(_Telling, smtplib.SMTP_SSL):
    """The same, encrypted from the first word."""


def why(error: Exception) -> Outcome:
    """Say what a failure means. A wrong password of ours, say, is no fault of the message."""
    if isinstance(error, Unanswered):
        return Outcome.UNANSWERED
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _text in error.recipients.values()]
        return Outcome.NEVER if min(codes, default=0) >= REFUSED_FOR_GOOD else Outcome.LATER
    if isinstance(error, (smtplib.SMTPDataError, smtplib.SMTPSenderRefused)):
        return Outcome.NEVER if error.smtp_code >= REFUSED_FOR_GOOD else Outcome.LATER
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Outcome.LATER
    return Outcome.NO_SERVER if isinstance(error, OSError) else Outcome.NEVER


def told(error: Exception) -> str:
    """Write a failure as the server said it, for people to read."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(_said(code, text) for code, text in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return _said(error.smtp_code, error.smtp_error)
    return str(error) or type(error).__name__


def _said(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(words.split())}"


def as_email(
    settings: Settings, message: Message, enclosed: Sequence[Enclosed] = ()
) -> EmailMessage:
    """Write a message of the outbox as an e-mail: the same bytes however often it is sent."""
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
    parts.fill(email, message, enclosed)
    return email


def deliver(
    settings: Settings, email: EmailMessage, name: str, before_letter: Callable[[], None]
) -> tuple[Outcome, str]:
    """Hand an e-mail to the mail server, or write it to a file where none is set.

    Gives which of the two it was, and what the server answered or what the file is called.
    `before_letter` is called when the letter itself is about to leave: whatever happens after
    that, the server may have it. Raises Unanswered when it never said.
    """
    if settings.mail_server is None:
        _write(settings.instance / OUTBOX, f"{name}.eml", bytes(email))
        return Outcome.FILED, f"{OUTBOX}/{name}.eml"
    server = _connect(settings, settings.mail_server)
    server.before_letter = before_letter
    try:
        server.send_message(email, from_addr=settings.mail_bounce_to)
        with suppress(OSError):  # the server has it; how it says goodbye changes nothing
            server.quit()
    finally:
        server.close()
    return Outcome.SENT, server.answer


def _write(folder: Path, name: str, content: bytes) -> None:
    """Write a file that is whole or not there."""
    folder.mkdir(mode=0o700, exist_ok=True)
    half = folder / f".{name}.half"
    half.write_bytes(content)
    half.replace(folder / name)


def _connect(settings: Settings, host: str) -> _Telling:
    """Connect with a certificate that is checked: a bad one is an error. Then sign in.

    A server that cannot do what the settings ask for is one that takes no mail at all.
    """
    secure = ssl.create_default_context()
    if settings.mail_security == "tls":
        server: _Telling = _TellingTls(host, settings.mail_port, timeout=TIME_LIMIT, context=secure)
    else:
        server = _Telling(host, settings.mail_port, timeout=TIME_LIMIT)
    try:
        if settings.mail_security == "starttls":
            server.starttls(context=secure)
        if settings.mail_username:
            server.login(settings.mail_username, settings.mail_password or "")
    except smtplib.SMTPNotSupportedError as no:
        server.close()
        raise OSError(str(no)) from no
    except OSError:
        server.close()
        raise
    return server
