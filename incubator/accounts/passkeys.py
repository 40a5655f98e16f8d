"""Passkeys: what Flask-Security asks of a browser and checks, narrowed to what is meant here.

A passkey is found by the browser itself and unlocked by its owner, and so counts as both steps of
a sign-in. A challenge is one browser's alone, and is answered once.
"""

from typing import Any

from flask import request, session as cookie
from flask_babel import gettext as _
from flask_security import (
    UserMixin,
    WebAuthnMixin,
    WebAuthnRegisterForm,
    WebAuthnRegisterResponseForm,
    WebAuthnSigninResponseForm,
    WebauthnUtil,
)  # fmt: skip
from flask_security.utils import get_message
from flask_security.webauthn import WebAuthnTfPlugin
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from wtforms import RadioField

from incubator.accounts import forms, operations, sessions
from incubator.accounts.store import public_address
from incubator.core import clock, db

ASKED = "passkey"  # under which the cookie holds the challenge, and when it was given
BOTH = "first"  # the library's word for a key that is enough to sign in with
LONGEST_NAME = 64


class Util(WebauthnUtil):
    """How keys are made and asked for."""

    def generate_challenge(self, nbytes: int | None = None) -> str:
        challenge = super().generate_challenge(nbytes)
        cookie[ASKED] = [challenge, clock.now().timestamp()]
        return challenge

    def origin(self) -> str:
        return public_address()["site"]

    def authenticator_selection(
        self, user: UserMixin, usage: str
    ) -> AuthenticatorSelectionCriteria:
        return AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        )

    def user_verification(
        self, user: UserMixin | None, usage: list[str]
    ) -> UserVerificationRequirement:
        return UserVerificationRequirement.REQUIRED

    def authentication_options(
        self, user: UserMixin | None, usage: list[str], existing_options: dict[str, Any]
    ) -> dict[str, Any]:
        if user is not None:  # the library would offer none as the second step
            existing_options["allow_credentials"] = [
                PublicKeyCredentialDescriptor(id=key.credential_id) for key in user.webauthn
            ]
        return super().authentication_options(user, usage, existing_options)

    def name_svn(self, value: str) -> tuple[str | None, str | None]:
        name = " ".join(value.split())
        if not name:
            return str(get_message("WEBAUTHN_NAME_REQUIRED")[0]), None
        if len(name) > LONGEST_NAME:
            return str(get_message("INVALID_INPUT_LENGTH", length=LONGEST_NAME)[0]), None
        return None, name


class SecondFactor(WebAuthnTfPlugin):
    """A passkey after the password. Whoever has codes too is led on from the page of these."""

    def get_setup_methods(self, user: UserMixin) -> list[tuple[str, str]]:
        return [("webauthn", "")] if user.webauthn and not user.tf_primary_method else []


class Register(WebAuthnRegisterForm):
    """What a new key is called."""

    usage = RadioField(choices=[], validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name.label.text = _("Name of the passkey")
        if request.method == "GET":
            self.name.data = sessions.browser_of(request.headers.get("User-Agent", ""))

    def validate(self, **kwargs: Any) -> bool:
        self.usage.data = BOTH
        return bool(super().validate(**kwargs))


class _Answer:
    """Takes an answer by the browser that was asked, and once."""

    challenge: str
    credential: Any

    def _was_asked(self) -> float | None:
        """Give when this browser was asked; None, and why, when it was not or has no answer."""
        challenge, moment = cookie.pop(ASKED, None) or ("", None)
        self.credential.errors = []
        if not self.credential.data:
            self.credential.errors.append(_("The browser used no passkey. Try again."))
        elif challenge != self.challenge:
            self.credential.errors.append(get_message("WEBAUTHN_NO_VERIFY")[0])
        else:
            return float(moment or 0)
        return None

    def _refuse(self, key: str) -> bool:
        self.credential.errors.append(get_message(key)[0])
        return False


class RegisterAnswer(_Answer, WebAuthnRegisterResponseForm):
    """A new key, as the browser made it."""

    extensions: str | None  # type: ignore[assignment]

    def validate(self, **kwargs: Any) -> bool:
        is_good = self._was_asked() is not None and bool(super().validate(**kwargs))
        self.extensions = None  # nothing asks what else the browser said
        return is_good


class SignInAnswer(_Answer, WebAuthnSigninResponseForm):
    """The answer of a key, to sign in with or to confirm who one is."""

    def validate(self, **kwargs: Any) -> bool:
        self.remember.data = ""  # there is no second cookie
        moment = self._was_asked()
        if moment is None:
            return False
        # Each key does for both; the library would keep them apart.
        is_secondary, self.is_secondary = self.is_secondary, False
        is_good = super().validate(**kwargs)
        self.is_secondary = is_secondary
        if self.user is None or self.cred is None:
            return False
        if operations.is_locked(db.session, self.user.email):
            self.credential.errors = [forms.too_many()]
            return False
        if not is_good:
            operations.note_failed_sign_in(db.session, self.user.email)
            return False
        return self._is_meant(self.cred, moment) and self._is_welcome()

    def _is_meant(self, key: WebAuthnMixin, moment: float) -> bool:
        """Refuse what was answered before: a key is used after it was asked for, never again."""
        if moment < key.lastuse_datetime.timestamp():
            return self._refuse("WEBAUTHN_NO_VERIFY")
        return True

    def _is_welcome(self) -> bool:
        assert self.user is not None
        if not self.user.active:  # the library says so, and would let them in
            return False
        if self.is_secondary and self.user.fs_uniquifier != cookie.get("tf_user_id"):
            return self._refuse("WEBAUTHN_NO_VERIFY")
        operations.clear_failed_sign_ins(db.session, self.user.email)
        return True
