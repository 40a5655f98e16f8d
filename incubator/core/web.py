"""What views answer with: whole pages, blocks of them, "nothing changed", refusals."""

import gzip
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import (
    Flask,
    Response,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)  # fmt: skip
from flask_babel import get_locale
from flask_wtf.csrf import CSRFError
from jinja2 import Template
from markupsafe import Markup, escape
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from incubator.core import errors, problems, refusals

SMALL = 600  # bytes below which compressing costs more than it saves
TEXT_TYPES = frozenset(
    {"text/html", "application/json", "text/css", "text/javascript", "image/svg+xml", "text/plain"}
)
IMPORT = re.compile(r'(?<=["\'])\./([\w-]+\.js)(?=["\'])')  # how a script names one beside it


def is_htmx() -> bool:
    """Say whether htmx asks, and so wants a part of the page."""
    return "HX-Request" in request.headers


def page(template: str, *, block: str | None = None, **context: Any) -> str:
    """Render a page, or alone the one of its blocks that changed."""
    if block is None:
        return render_template(template, **context)
    loaded: Template = current_app.jinja_env.get_template(template)
    current_app.update_template_context(context)
    return "".join(loaded.blocks[block](loaded.new_context(context)))


def release() -> str:
    """Name the running version of the program: what it answers may differ in the next one."""
    known: str = current_app.config["RELEASE"]
    return known


def etag_of(*parts: object) -> str:
    """Give a weak entity tag for what an answer depends on."""
    text = "\x1f".join(map(str, parts))
    return f'W/"{hashlib.blake2b(text.encode(), digest_size=9).hexdigest()}"'


def has(etag: str) -> bool:
    """Say whether the asker already holds the answer with this entity tag."""
    return etag in request.headers.get("If-None-Match", "")


def unchanged(etag: str) -> Response:
    """Answer that nothing changed."""
    return Response(status=304, headers={"ETag": etag, "Cache-Control": "private, no-cache"})


def tagged(body: str, etag: str) -> Response:
    """Answer with an entity tag, so that the next request may cost next to nothing."""
    answer = make_response(body)
    answer.headers["ETag"] = etag
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def download(content: bytes, name: str, *, is_shown: bool = False) -> Response:
    """Answer with a file to be kept, called by its name; `is_shown` where it can be looked at."""
    answer = Response(content, mimetype=_FILES[name.rpartition(".")[2]])
    # As it is, a name with æ, ø or å is read as another one; who knows no `filename*` gets it bare.
    bare = name.translate(_PLAIN).encode("ascii", "ignore").decode()
    written = {"filename": bare, "filename*": f"UTF-8''{quote(name, safe='')}"}
    answer.headers.set("Content-Disposition", "inline" if is_shown else "attachment", **written)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


_PLAIN = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "Æ": "Ae", "Ø": "O", "Å": "A"})
_FILES = {
    "csv": "text/csv",
    "pdf": "application/pdf",
    "zip": "application/zip",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def go_to(address: str) -> Response:
    """Send the browser on after a POST; htmx is told by its own header."""
    if is_htmx():
        return Response(status=200, headers={"HX-Redirect": address})
    return redirect(address, 303)  # type: ignore[return-value]


def paging(number: int, size: int, total: int, address: Callable[[int], str]) -> dict[str, Any]:
    """Say where a page of a list stands among the others, for the links below it."""
    last = max(1, -(-total // size))
    return {
        "number": number,
        "of": last,
        "previous_url": address(min(number - 1, last)) if number > 1 else None,
        "next_url": address(number + 1) if number < last else None,
    }


class Assets:
    """The static files, read and compressed once, at addresses that change with the content."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, tuple[str, str, bytes, bytes | None]] = {}

    def load(self, name: str) -> tuple[str, str, bytes, bytes | None]:
        """Give content hash, type, bytes and compressed bytes. Raises NotFound."""
        if name not in self._known or current_app.debug:
            self._known[name] = self._read(name)
        return self._known[name]

    def _read(self, name: str) -> tuple[str, str, bytes, bytes | None]:
        try:
            path = (self._folder / name).resolve()
            is_ours = path.is_relative_to(self._folder.resolve()) and path.is_file()
        except (OSError, ValueError):  # no name that a file could have
            is_ours = False
        if not is_ours:
            raise errors.NotFound("no_such_file")
        content = path.read_bytes()
        if path.suffix == ".js" and path.parent.name == "js":
            content = IMPORT.sub(self._lasting_import, content.decode()).encode()
        kind = _type_of(path)
        packed = gzip.compress(content, 9, mtime=0) if kind.split(";")[0] in TEXT_TYPES else None
        return hashlib.sha256(content).hexdigest()[:12], kind, content, packed

    def _lasting_import(self, found: re.Match[str]) -> str:
        """Let a script import another by its hash, so that the two are of one release."""
        return f"./{found[1]}?v={self.load(f'js/{found[1]}')[0]}"

    def address(self, name: str) -> str:
        """Give the address of a file, with the hash of its content."""
        return f"/static/{name}?v={self.load(name)[0]}"


def _type_of(path: Path) -> str:
    kinds = {
        ".css": "text/css; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".mjs": "text/javascript; charset=utf-8",
        ".svg": "image/svg+xml",
        ".woff2": "font/woff2",
        ".png": "image/png",
        ".ico": "image/x-icon",
        ".webmanifest": "application/manifest+json",
        ".json": "application/json",
        ".txt": "text/plain; charset=utf-8",
    }
    return kinds.get(path.suffix, "application/octet-stream")


def serve_asset(filename: str) -> Response:
    """Answer with a static file; one asked for by its hash never needs to be asked for again."""
    tag, kind, content, packed = assets.load(filename)
    etag = f'"{tag}"'
    lasting = request.args.get("v") == tag
    headers = {
        "ETag": etag,
        "Cache-Control": "public, max-age=31536000, immutable" if lasting else "no-cache",
        "Content-Type": kind,
    }
    if packed is not None:
        headers["Vary"] = "Accept-Encoding"
    if has(etag):
        return Response(status=304, headers=headers)
    if packed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
        return Response(packed, headers={**headers, "Content-Encoding": "gzip"})
    return Response(content, headers=headers)


def icon(name: str) -> Markup:
    """Draw an icon of the sprite: beside a word, or inside something that has a label."""
    if name not in _icons:
        sheet = escape(f"{assets.address('icons.svg')}#{name}")
        drawn = f'<svg class="icon" aria-hidden="true"><use href="{sheet}"/></svg>'
        _icons[name] = Markup(drawn)  # noqa: S704
    return _icons[name]


_icons: dict[str, Markup] = {}
serve_asset.permission = None  # type: ignore[attr-defined]


def _compress(response: Response) -> Response:
    """Compress a page. Level 3: above it costs more time than the bytes are worth."""
    if (
        response.direct_passthrough
        or response.mimetype not in TEXT_TYPES
        or "Content-Encoding" in response.headers
        or "gzip" not in request.headers.get("Accept-Encoding", "")
    ):
        return response
    body = response.get_data()
    response.headers["Vary"] = "Accept-Encoding, HX-Request, Cookie"
    if len(body) >= SMALL:
        response.set_data(gzip.compress(body, 3, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response


HTTP_CODES = {
    400: "bad_request", 404: "not_found", 405: "wrong_method", 413: "too_large",
    415: "not_json", 429: "too_many_requests",
}  # fmt: skip


def _answer_refusal(refusal: errors.Refusal) -> tuple[str, int] | Response:
    from_nobody = refusal.code == "sign_in"
    if problems.are_wanted():
        status = 401 if from_nobody else refusal.status
        return problems.document(refusal.code, status, refusal.details)
    if from_nobody and not is_htmx() and request.method == "GET":
        return redirect(url_for("security.login", next=request.full_path.rstrip("?")))  # type: ignore[return-value]
    status = 401 if from_nobody else refusal.status
    return _error_page(refusal.code, status, refusal.details), status


def _answer_http_error(error: HTTPException) -> tuple[str, int] | HTTPException | Response:
    status = error.code or 500
    if problems.are_wanted() and error.response is None and status >= 400:
        answer = problems.document(HTTP_CODES.get(status, "failed"), status, {})
        if isinstance(error, MethodNotAllowed):
            answer.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
        return answer
    if isinstance(error, CSRFError) and is_htmx():
        # The token went with the session; the script keeps what was typed and takes a new one.
        return _answer_refusal(errors.NotAllowed("sign_in"))
    if error.response is not None or status < 400:
        return error
    return _error_page(HTTP_CODES.get(status, "failed"), status, {}), status


def _answer_failure(_error: Exception) -> tuple[str, int] | Response:
    if problems.are_wanted():
        return problems.document("failed", 500, {})
    return _error_page("failed", 500, {}), 500


def _error_page(code: str, status: int, details: dict[str, Any]) -> str:
    sentence = refusals.sentence(code, details)
    block = "message" if is_htmx() else None
    return page("errors/error.html", block=block, code=code, status=status, sentence=sentence)


def _for_templates() -> dict[str, Any]:
    return {
        "viewer": g.get("actor"),
        "locale": str(get_locale() or "nb"),
    }


assets: Assets


def _release_of(app: Flask) -> str:
    """Hash what pages are made of: program, templates, texts and static files."""
    root = Path(app.root_path).parent
    hashed = hashlib.blake2b(digest_size=9)
    for folder in ("incubator", "templates", "translations", "static"):
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                hashed.update(f"{path.relative_to(root)} {path.stat().st_mtime_ns}".encode())
    return hashed.hexdigest()


def init_app(app: Flask, static: Path) -> None:
    """Let the application answer in this manner, with static files from a folder."""
    global assets
    assets = Assets(static)
    app.config["RELEASE"] = _release_of(app)
    app.add_url_rule("/static/<path:filename>", "static", serve_asset)
    _icons.clear()
    # Macros see globals, no context.
    app.jinja_env.globals.update(asset=assets.address, draw_icon=icon)
    app.context_processor(_for_templates)
    app.after_request(_compress)
    app.register_error_handler(errors.Refusal, _answer_refusal)
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(500, _answer_failure)
