"""A real mail server in a process of its own, with TLS, sign-in, and a script of faults.

Faults are told by recipient, and used up one by one; after that the recipient's mail is taken:

- `rcpt 550 no such user`, `letter 451 later`: what is said to the recipient, or to the letter;
- `drop`: the letter is kept and the line goes dead before an answer; `lose`: it is not kept;
- `slow rcpt 2`, `slow letter 2`: so many seconds pass before the answer.
"""

import asyncio
import json
import ssl
import subprocess
import sys
from collections.abc import Mapping, Sequence
from email import message_from_string
from email.message import Message
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult

USER, PASSWORD = "post", "hemmelig"  # of the test alone


class RealServer:
    """The server as the test sees it: it starts, stops and starts again on the same port."""

    def __init__(
        self,
        folder: Path,
        certificate: Path | None = None,
        tls: str = "none",
        faults: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.port = 0
        self._kept = folder / "letters.jsonl"
        self._config = {
            "tls": tls, "certificate": str(certificate or ""), "faults": dict(faults or {}),
            "kept": str(self._kept),
        }  # fmt: skip
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> "RealServer":
        given = json.dumps({**self._config, "port": self.port})
        self._process = subprocess.Popen(
            [sys.executable, __file__, given],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        return self

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def __enter__(self) -> "RealServer":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def settings(self, **over: str) -> dict[str, str]:
        """Give the settings that lead here."""
        is_safe = self._config["tls"] != "none"
        user = {"MAIL_USERNAME": USER, "MAIL_PASSWORD": PASSWORD} if is_safe else {}
        where = {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(self.port)}
        return {**where, "MAIL_SECURITY": str(self._config["tls"]), **user, **over}

    @property
    def kept(self) -> list[dict[str, Any]]:
        """List what was kept: from whom on the envelope, to whom, the letter."""
        lines = self._kept.read_text().splitlines() if self._kept.exists() else []
        return [json.loads(line) for line in lines]

    @property
    def count(self) -> int:
        """Say how many letters were kept."""
        return self._kept.read_bytes().count(b"\n") if self._kept.exists() else 0

    def all_letters(self) -> list[Message]:
        """List all that was kept."""
        return [message_from_string(one["letter"]) for one in self.kept]

    def letters(self, to: str) -> list[Message]:
        """List the letters to one address."""
        return [message_from_string(one["letter"]) for one in self.kept if one["to"] == [to]]


class Handler:
    """Says what the script wants said."""

    def __init__(self, faults: dict[str, list[str]], kept: Path) -> None:
        self._faults = faults
        self._kept = kept

    def _next(self, address: str, *words: str) -> str:
        """Take the next fault of a recipient, if it is one for this moment."""
        waiting = self._faults.get(address, [])
        return waiting.pop(0) if waiting and waiting[0].startswith(words) else ""

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        fault = self._next(address, "rcpt", "slow rcpt")
        if fault.startswith("slow"):
            await asyncio.sleep(float(fault.split()[-1]))
        elif fault:
            return fault.removeprefix("rcpt ")
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        fault = self._next(envelope.rcpt_tos[0], "letter", "drop", "lose", "slow letter")
        if fault.startswith("letter"):
            return fault.removeprefix("letter ")
        if fault != "lose":
            self._keep(envelope)
        if fault in ("drop", "lose"):
            server.transport.abort()
        if fault.startswith("slow"):
            await asyncio.sleep(float(fault.split()[-1]))
        return "250 2.0.0 taken"

    def _keep(self, envelope: Any) -> None:
        letter = envelope.content.decode("utf-8", "replace")
        about = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "letter": letter}
        with self._kept.open("a") as file:
            file.write(json.dumps(about) + "\n")


def sign_in(_s: Any, _session: Any, _e: Any, _mechanism: str, given: Any) -> AuthResult:
    is_right = (given.login, given.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_right, handled=False)


async def serve(config: dict[str, Any]) -> None:
    context = None
    if config["tls"] != "none":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(config["certificate"])
    handler = Handler(config["faults"], Path(config["kept"]))
    is_starttls = config["tls"] == "starttls"

    def conversation() -> SMTP:
        return SMTP(
            handler,
            hostname="test",
            tls_context=context if is_starttls else None,
            require_starttls=is_starttls,
            auth_required=context is not None,
            auth_require_tls=is_starttls,
            authenticator=sign_in,
        )

    server = await asyncio.get_running_loop().create_server(
        conversation, "127.0.0.1", config["port"], ssl=None if is_starttls else context
    )
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(json.loads(sys.argv[1])))
