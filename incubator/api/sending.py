"""Tell an address of a change: signed, over TLS, and never an address within our own walls."""

import base64
import hashlib
import hmac
import http.client
import ipaddress
import json
import logging
import socket
import ssl
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from incubator.api import hooks, operations
from incubator.api.hooks import PREFIX, Claim
from incubator.core import clock
from incubator.core.db import reading, unit_of_work

log = logging.getLogger("incubator.api")
PATIENCE = 10  # seconds
FORGETS_AT = 13  # the minute of the hour
MOST_AT_ONCE = 100  # messages of one round, so that mail is not kept waiting
Allowed = Callable[[str], bool]


class Refused(Exception):
    """The address was not asked, and why."""


def is_public(address: str) -> bool:
    """Say whether an address of the net is everybody's, and no machine of our own."""
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_global and not (mapped or found).is_multicast


def body_of(claim: Claim) -> bytes:
    """Write what a webhook is told: numbers, kinds and the time; no text of anything."""
    told = {
        "type": claim.verb,
        "timestamp": claim.recorded_at.isoformat(),
        "data": {
            "change_id": claim.change_id, "kind": claim.kind, "id": claim.subject_id,
            "region_id": claim.region_id,
        },
    }  # fmt: skip
    return json.dumps(told, separators=(",", ":")).encode()


def signed(claim: Claim, body: bytes) -> dict[str, str]:
    """Sign a message as Standard Webhooks does: number, time and body under the shared secret."""
    number, seconds = f"msg_{claim.id}", str(int(clock.now().timestamp()))
    key = base64.b64decode(claim.secret.removeprefix(PREFIX))
    content = f"{number}.{seconds}.".encode() + body
    mark = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {
        "Content-Type": "application/json", "User-Agent": "Ideloypa", "webhook-id": number,
        "webhook-timestamp": seconds, "webhook-signature": f"v1,{mark}",
    }  # fmt: skip


class _Pinned(http.client.HTTPSConnection):
    """Speaks with the machine that was looked at, whatever its name leads to a moment later."""

    def __init__(self, host: str, port: int, at: str, context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=PATIENCE, context=context)
        self._at, self._tls = at, context

    def connect(self) -> None:
        plain = socket.create_connection((self._at, self.port), self.timeout)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)


def deliver(
    claim: Claim, *, is_allowed: Allowed = is_public, context: ssl.SSLContext | None = None
) -> int:
    """Send a message and give the status of the answer. Raises Refused, OSError."""
    if not hooks.is_https(claim.url):
        raise Refused("not https")
    parts = urlsplit(claim.url)
    host, port = parts.hostname or "", parts.port or 443
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    at = [str(one[4][0]) for one in found]
    if not at or not all(map(is_allowed, at)):
        raise Refused("a private address")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    body = body_of(claim)
    line = _Pinned(host, port, at[0], context or ssl.create_default_context())
    try:
        line.request("POST", path, body, signed(claim, body))
        return line.getresponse().status  # a redirect is none of 2xx, and is not followed
    finally:
        line.close()


def tell_webhooks(**how: Any) -> int:
    """Fill the outboxes and send what waits, one unit of work for each; give how many were taken.

    Nothing leaves within a transaction: a message is claimed, sent, and its outcome written.
    """
    with reading() as session:
        known = hooks.hooks_to_fill(session)
    for hook_id in known:
        with unit_of_work() as session:
            hooks.fill(session, hook_id)
    taken = 0
    for _nth in range(MOST_AT_ONCE if known else 0):
        with unit_of_work() as session:
            claim = hooks.claim_next(session)
        if claim is None:
            break
        taken += _tell(claim, how)
    return taken


def _tell(claim: Claim, how: dict[str, Any]) -> bool:
    try:
        status = deliver(claim, **how)
        is_taken, answer = 200 <= status < 300, str(status)
    except (OSError, Refused, http.client.HTTPException, ValueError) as error:
        is_taken, answer = False, f"{type(error).__name__}: {error}"
    if not is_taken:
        log.warning("webhook message %s was not taken: %s", claim.id, answer)
    with unit_of_work() as session:
        hooks.note_outcome(session, claim.id, is_taken=is_taken, answer=answer)
    return is_taken


def forget_now_and_then() -> None:
    """Forget old messages and answers, once an hour."""
    if clock.now().minute == FORGETS_AT:
        with unit_of_work() as session:
            hooks.forget_old(session)
            operations.forget_answers(session)
