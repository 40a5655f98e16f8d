"""A device that keeps one passkey and answers as a browser does: real keys and signatures."""

import hashlib
import json
import re
import secrets
from base64 import urlsafe_b64encode
from html import unescape

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, HAS_KEY = 0x01, 0x04, 0x40


def asked_by(page):
    """Give where a page wants the answer, and what it asks."""
    form = re.search(r'action="([^"]+)" data-passkey="\w+" data-options="([^"]+)"', page)
    assert form, page
    return unescape(form[1]), json.loads(unescape(form[2]))


def _text(data):
    return urlsafe_b64encode(data).decode().rstrip("=")


class Device:
    """One passkey. `flags` say whether the person unlocked it."""

    def __init__(self, origin="http://localhost"):
        self.origin = origin
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.number = secrets.token_bytes(16)
        self.handle = b""
        self.flags = PRESENT | VERIFIED

    def _said(self, kind, options):
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps(said).encode()

    def _data(self, more=b"", flags=0):
        site = hashlib.sha256(b"localhost").digest()
        return site + bytes([self.flags | flags]) + bytes(4) + more

    def _send(self, response):
        mine = {"id": _text(self.number), "rawId": _text(self.number), "type": "public-key"}
        return {"credential": json.dumps({**mine, "response": response})}

    def make(self, options):
        """Make the key that a page asks for."""
        user = options["user"]["id"]
        self.handle = user
        point = self.key.public_key().public_numbers()
        public = cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        )
        known = bytes(16) + len(self.number).to_bytes(2) + self.number + public
        made = {"fmt": "none", "attStmt": {}, "authData": self._data(known, HAS_KEY)}
        said = self._said("webauthn.create", options)
        return self._send(
            {"clientDataJSON": _text(said), "attestationObject": _text(cbor2.dumps(made)),
             "transports": ["internal"]}
        )  # fmt: skip

    def show(self, options):
        """Answer what a page asks of the key."""
        said, data = self._said("webauthn.get", options), self._data()
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        return self._send(
            {"clientDataJSON": _text(said), "authenticatorData": _text(data),
             "signature": _text(signature), "userHandle": self.handle}
        )  # fmt: skip
