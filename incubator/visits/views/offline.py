"""What makes the program installable, and lets visits be logged without coverage.

All of it is public and holds nothing of anybody: whose phone it is, and what it keeps, is known
to the scripts alone. docs/decisions/0013-without-coverage.md tells why.
"""

from flask import Blueprint, json, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext as _

from incubator.core import web
from incubator.core.access import public
from incubator.core.formats import LOCALES
from incubator.core.web import etag_of, has, page, release, tagged, unchanged
from incubator.visits.forms import VisitForm

without_coverage = Blueprint("offline", __name__)

# What the pages without coverage consist of; scripts with all that they import.
SCRIPTS = (
    "visits-ask.js", "visits-draft.js", "visits-entry.js", "visits-fate.js", "visits-fields.js",
    "visits-form.js", "visits-leave.js", "visits-list.js", "visits-pick.js",
    "visits-promises.js", "visits-screen.js", "visits-send.js", "visits-store.js",
    "visits-tabs.js", "visits.js",
)  # fmt: skip
FILES = (
    "css/theme.css",
    "vendor/designsystemet/designsystemet.css",
    "css/app.css",
    "css/visits.css",
    "js/theme.js",
    *(f"js/{name}" for name in SCRIPTS),
    "icons.svg",
    "favicon.svg",
    "vendor/inter/inter-latin-wght-normal.woff2",
)
ICONS = (
    ("icons/icon-192.png", "192x192", "any"),
    ("icons/icon-512.png", "512x512", "any"),
    ("icons/maskable-512.png", "512x512", "maskable"),
)
FOREST, BIRCH = "#1f5a3d", "#f6f5f0"  # the theme's; a manifest knows no style sheet


def _language() -> str:
    wanted = request.args.get("sprak", "")
    return wanted if wanted in LOCALES else LOCALES[0]


@without_coverage.get("/besok/uten-dekning")
@public
def shell() -> ResponseReturnValue:
    """Give the screen for logging a visit, empty: the device fills it in."""
    with force_locale(_language()):
        return page("visits/shell.html", form=VisitForm(formdata=None, meta={"csrf": False}))


@without_coverage.get("/besok/frakoblet")
@public
def elsewhere() -> ResponseReturnValue:
    """Say that every other page needs coverage."""
    with force_locale(_language()):
        return page("visits/elsewhere.html")


@without_coverage.get("/sw.js")
@public
def worker() -> ResponseReturnValue:
    """Give the service worker of this release: any change of a file makes it another one."""
    etag = etag_of(release(), _language())
    if has(etag):
        return unchanged(etag)
    query = f"?sprak={_language()}"
    known = {
        "release": f"{release()}-{_language()}",
        "shell": f"/besok/uten-dekning{query}",
        "elsewhere": f"/besok/frakoblet{query}",
        "files": [web.assets.address(name) for name in FILES],
    }
    script = web.assets.load("js/worker.js")[2].decode()
    answer = tagged(f"const KNOWN = {json.dumps(known)};\n{script}", etag)
    answer.content_type = "text/javascript; charset=utf-8"
    return answer


@without_coverage.get("/manifest.webmanifest")
@public
def manifest() -> ResponseReturnValue:
    """Tell a phone how to install the program."""
    answer = jsonify(
        id="/",
        name="Idéløypa",
        short_name="Idéløypa",
        description=_("Log visits to companies, also without coverage"),
        lang="nb",
        start_url="/besok/logg",
        scope="/",
        display="standalone",
        theme_color=FOREST,
        background_color=BIRCH,
        icons=[
            {
                "src": web.assets.address(name),
                "sizes": sizes,
                "type": "image/png",
                "purpose": purpose,
            }
            for name, sizes, purpose in ICONS
        ],
        shortcuts=[
            {"name": _("Log a visit"), "url": "/besok/logg"},
            {"name": _("Board"), "url": "/"},
        ],
    )
    answer.content_type = "application/manifest+json"
    answer.headers["Cache-Control"] = "no-cache"
    return answer
