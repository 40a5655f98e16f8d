"""The forms of sign-in: Flask-Security's, with our words and the lock-out of the database."""

from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from flask_security import (
    ChangePasswordForm,
    ForgotPasswordForm,
    LoginForm,
    MfRecoveryForm,
    ResetPasswordForm,
    TwoFactorRescueForm,
    TwoFactorSetupForm,
    TwoFactorVerifyCodeForm,
    VerifyForm,
    current_user,
)  # fmt: skip
from flask_security.utils import get_message
from wtforms import EmailField, PasswordField, RadioField, StringField
from wtforms.validators import EqualTo, Length

from incubator.accounts import operations, store
from incubator.accounts.models import User
from incubator.core import db
from incubator.core.forms import Form
from incubator.core.texts import fold


class FirstRun(Form):
    """Who the administrator of a new installation is."""

    name = StringField(_l("Name"), [Length(max=100)])
    email = EmailField(_l("E-mail"), [Length(max=200)])
    password = PasswordField(_l("Password"), [Length(max=200)])


class Welcome(Form):
    """The password of somebody who was invited."""

    password = PasswordField(_l("Password"), [Length(max=200)])
    again = PasswordField(
        _l("Password once more"), [EqualTo("password", _l("The two passwords differ."))]
    )


def _tidy(field: EmailField) -> str:
    """Write an address as it is stored; what came as JSON may be no text at all."""
    if not isinstance(field.data, str):
        return ""
    field.data = tidy = fold(field.data)
    return tidy


def too_many() -> str:
    """Say that an address is locked."""
    return str(_("Too many attempts. Wait 15 minutes and try again."))


class SignIn(LoginForm):
    """The sign-in form. Failures are counted for addresses that are nobody's too."""

    remember = None  # a session lasts for a week; there is no second cookie

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email.label.text, self.password.label.text = _("E-mail"), _("Password")

    def validate(self, **kwargs: Any) -> bool:
        """Check the password before the turn to write is taken, since that takes a while."""
        email = _tidy(self.email)
        with db.peek() as reading, store.checking(reading):
            is_good = not operations.is_locked(reading, email) and super().validate(**kwargs)
        if operations.is_locked(db.session, email):
            self.form_errors.append(too_many())
            return False
        if is_good:
            operations.clear_failed_sign_ins(db.session, email)
            # What comes next asks for more than the session that was read with could give.
            assert self.user is not None
            self.user = db.session.get_one(User, self.user.id)
        elif email and self.ifield is not None:  # it was an address, and a password with it
            operations.note_failed_sign_in(db.session, email)
        return is_good


class _KnowsPassword:
    """Counts wrong passwords of somebody who is signed in like those of one who signs in."""

    password: PasswordField

    def validate(self, **kwargs: Any) -> bool:
        email = current_user.email
        if operations.is_locked(db.session, email):
            self.password.errors = [too_many()]
            return False
        is_good: bool = super().validate(**kwargs)  # type: ignore[misc]
        if get_message("INVALID_PASSWORD")[0] in self.password.errors:
            operations.note_failed_sign_in(db.session, email)
        return is_good


class Verify(_KnowsPassword, VerifyForm):
    """Who is signed in confirms it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.password.label.text = _("Password")


class Change(_KnowsPassword, ChangePasswordForm):
    """Another password in place of the one that one has."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.password.label.text = _("The password that you have now")
        self.new_password.label.text = _("New password")
        self.new_password_confirm.label.text = _("New password once more")


class Rescue(TwoFactorRescueForm):
    """What the library would mail to somebody: here recovery codes do it, or an administrator."""

    help_setup = RadioField(choices=[], validate_choice=False)

    def validate(self, **_kwargs: Any) -> bool:
        return False


class _Counted:
    """Counts wrong codes like wrong passwords: a code has six digits alone."""

    code: StringField
    user: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.code.label.text = _("Code")

    def validate(self, **kwargs: Any) -> bool:
        email = self.user.email
        if operations.is_locked(db.session, email):
            self.code.errors = [too_many()]
            return False
        is_good: bool = self._may_try() and super().validate(**kwargs)  # type: ignore[misc]
        if is_good:
            operations.clear_failed_sign_ins(db.session, email)
        elif self.code.data:
            operations.note_failed_sign_in(db.session, email)
        return is_good

    def _may_try(self) -> bool:
        return True


class SetUp(TwoFactorSetupForm):
    """Set up codes, or do without them."""

    setup = RadioField(choices=[], validate_choice=False)


class Code(_Counted, TwoFactorVerifyCodeForm):
    """The code that a telephone shows just now."""

    def _may_try(self) -> bool:
        # Whoever has a passkey alone may come here by the address.
        if not self.tf_totp_secret:
            self.code.errors = [get_message("TWO_FACTOR_METHOD_NOT_AVAILABLE")[0]]
        return bool(self.tf_totp_secret)


class RecoveryCode(_Counted, MfRecoveryForm):
    """One of the codes that were written down, each of which works once."""

    def _may_try(self) -> bool:
        # Of two at once, one finds it used.
        db.session.get_one(User, self.user.id, with_for_update=True, populate_existing=True)
        return True


class Forgot(ForgotPasswordForm):
    """Ask for a link to choose a new password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email.label.text = _("E-mail")

    def validate(self, **kwargs: Any) -> bool:
        _tidy(self.email)
        is_good: bool = super().validate(**kwargs)
        if is_good and operations.is_mailed_enough(db.session, self.email.data):
            return False  # and the answer is the same
        return is_good


class Reset(ResetPasswordForm):
    """Choose a new password by a link from an e-mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.password.label.text = _("New password")
        self.password_confirm.label.text = _("New password once more")

    def validate(self, **kwargs: Any) -> bool:
        is_good: bool = super().validate(**kwargs)
        if is_good and self.user is not None:
            operations.clear_failed_sign_ins(db.session, self.user.email)
        return is_good
