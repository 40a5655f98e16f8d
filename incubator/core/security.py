"""Headers that keep a page to itself, and the size that a request may have."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest
from werkzeug.routing import IntegerConverter

# Flask-Talisman would set these; it builds them anew for each answer, and ours never change.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; manifest-src 'self'; worker-src 'self'"
)
HEADERS = (
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)
MAX_REQUEST = 25 * 1024 * 1024


class IdConverter(IntegerConverter):
    """A number in an address, no larger than an id can be: there is nothing behind another."""

    regex = r"\d{1,9}"


def init_app(app: Flask) -> None:
    """Set the headers on every answer, and refuse what no database could take."""
    app.url_map.converters["int"] = IdConverter
    app.before_request(_refuse_nul)
    app.config["MAX_CONTENT_LENGTH"] = MAX_REQUEST
    app.after_request(_set_headers)
    if app.config.get("SESSION_COOKIE_SECURE"):
        app.wsgi_app = _by_tls(app.wsgi_app)  # type: ignore[assignment, method-assign]
        # The token is asked for, and cookies stay with this site: some networks take away the
        # Referer that would be asked for besides.
        app.config["WTF_CSRF_SSL_STRICT"] = False
        app.after_request(_insist_on_tls)


Application = Callable[[dict[str, Any], Any], Any]


def _by_tls(application: Application) -> Application:
    """Let it know from the setting that people came by TLS, which ends at the proxy in front.

    So no header needs to be trusted that anybody could send.
    """

    def answer(environ: dict[str, Any], start: Any) -> Any:
        environ["wsgi.url_scheme"] = "https"
        return application(environ, start)

    return answer


def _refuse_nul() -> None:
    """Refuse a text with a NUL in it: nobody types one, and PostgreSQL stores none."""
    in_address = b"%00" in request.query_string or b"\0" in request.query_string
    if in_address or (request.form and any("\0" in text for text in request.form.values())):
        raise BadRequest


def _insist_on_tls(response: Response) -> Response:
    response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response


def _set_headers(response: Response) -> Response:
    for name, value in HEADERS:
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "private, no-store")
    return response
