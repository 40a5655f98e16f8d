"""What Flask-Security says, in our words: it translates them when it shows them."""


def _(text: str) -> str:
    """Mark a text for the catalogue."""
    return text


_UNKNOWN_KEY = _("This passkey is not known here: it may have been deleted. Use another way in.")
_REFUSED_KEY = _("The passkey was not accepted. Begin again.")
MESSAGES = {
    "GENERIC_AUTHN_FAILED": (_("The e-mail address or the password is wrong."), "error"),
    "USER_DOES_NOT_EXIST": (_("The e-mail address or the password is wrong."), "error"),
    "INVALID_PASSWORD": (_("The password is wrong."), "error"),
    "DISABLED_ACCOUNT": (_("This account is closed. Ask an administrator."), "error"),
    "UNAUTHENTICATED": (_("Sign in to go on."), "info"),
    "LOGIN": (_("Sign in to go on."), "info"),
    "UNAUTHORIZED": (
        _("Your role does not allow this. Ask an administrator if you need it."),
        "error",
    ),
    "REAUTHENTICATION_REQUIRED": (_("Confirm your password to go on."), "info"),
    "REFRESH": (_("Confirm your password to go on."), "info"),
    "REAUTHENTICATION_SUCCESSFUL": (_("Thank you. Go on where you were."), "success"),
    "ANONYMOUS_USER_REQUIRED": (_("You are signed in already."), "info"),
    "FORGOT_PASSWORD": (_("Forgotten your password?"), "info"),
    "PASSWORD_RESET_REQUEST": (
        _("If somebody signs in as %(email)s, a link to choose a new password is on its way."),
        "info",
    ),
    "GENERIC_RECOVERY": (
        _("If somebody signs in as %(email)s, a link to choose a new password is on its way."),
        "info",
    ),
    "PASSWORD_RESET_EXPIRED": (
        _("The link is older than %(within)s and no longer works. Ask for a new one."),
        "error",
    ),
    "INVALID_RESET_PASSWORD_TOKEN": (
        _("The link does not work, or has been used already. Ask for a new one."),
        "error",
    ),
    "PASSWORD_RESET_NO_LOGIN": (
        _("Your new password is saved. Sign in with it."),
        "success",
    ),
    "PASSWORD_CHANGE": (
        _("Your new password is saved. You have been signed out everywhere else."),
        "success",
    ),
    "PASSWORD_IS_THE_SAME": (_("Choose another password than the one you have."), "error"),
    "PASSWORD_MISMATCH": (_("The two passwords differ."), "error"),
    "RETYPE_PASSWORD_MISMATCH": (_("The two passwords differ."), "error"),
    "PASSWORD_NOT_PROVIDED": (_("Write a password."), "error"),
    "PASSWORD_INVALID_LENGTH": (_("The password needs at least %(length)s characters."), "error"),
    "PASSWORD_TOO_SIMPLE": (_("The password is too easy to guess."), "error"),
    "EMAIL_NOT_PROVIDED": (_("Write your e-mail address."), "error"),
    "INVALID_EMAIL_ADDRESS": (_("This is no e-mail address."), "error"),
    "INVALID_REDIRECT": (_("The address that you came from is not of this site."), "error"),
    "TWO_FACTOR_INVALID_TOKEN": (
        _("The code is wrong, was used already, or is no longer the one that is shown."),
        "error",
    ),
    "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": (
        _("Codes from your telephone are on. Make recovery codes as well, for the day without it."),
        "success",
    ),
    "TWO_FACTOR_DISABLED": (_("Codes from your telephone are off."), "success"),
    "TWO_FACTOR_PERMISSION_DENIED": (_("Sign in first."), "error"),
    "TWO_FACTOR_SETUP_EXPIRED": (_("It took too long. Begin again."), "error"),
    "TWO_FACTOR_METHOD_NOT_AVAILABLE": (_("This way of signing in is not open here."), "error"),
    "INVALID_RECOVERY_CODE": (_("The recovery code is wrong, or was used."), "error"),
    "NO_RECOVERY_CODES_SETUP": (_("There are no recovery codes yet."), "error"),
    "INVALID_INPUT_LENGTH": (_("Use at most %(length)s characters."), "error"),
    "WEBAUTHN_EXPIRED": (_("It took too long. Begin again."), "error"),
    "WEBAUTHN_NAME_REQUIRED": (_("Give the passkey a name."), "error"),
    "WEBAUTHN_NAME_INUSE": (_("You have a passkey with the name %(name)s already."), "error"),
    "WEBAUTHN_NAME_NOT_FOUND": (_("You have no passkey with the name %(name)s."), "error"),
    "WEBAUTHN_NAME_DISALLOWED_CHARACTERS": (_("Give the passkey another name."), "error"),
    "WEBAUTHN_CREDENTIAL_DELETED": (
        _("The passkey %(name)s is deleted here. Remove it from the device as well."),
        "success",
    ),
    "WEBAUTHN_REGISTER_SUCCESSFUL": (
        _("The passkey %(name)s is ready. From now on you sign in with it."),
        "success",
    ),
    "WEBAUTHN_CREDENTIAL_ID_INUSE": (_("This passkey is registered already."), "error"),
    "WEBAUTHN_UNKNOWN_CREDENTIAL_ID": (_UNKNOWN_KEY, "error"),
    "WEBAUTHN_ORPHAN_CREDENTIAL_ID": (_UNKNOWN_KEY, "error"),
    "WEBAUTHN_NO_VERIFY": (_REFUSED_KEY, "error"),
    "WEBAUTHN_CREDENTIAL_WRONG_USAGE": (_REFUSED_KEY, "error"),
    "WEBAUTHN_MISMATCH_USER_HANDLE": (_REFUSED_KEY, "error"),
    "API_ERROR": (
        _("The request could not be read. Load the page anew and try again."),
        "error",
    ),
}
