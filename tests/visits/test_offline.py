"""What a phone keeps for the time without coverage holds nothing of anybody, and all it needs."""

import json
import re
from pathlib import Path

import pytest

from incubator.core import web
from incubator.visits.views import offline as views
from tests import make

STATIC = Path(__file__).parents[2] / "static"
PAGES = ("/besok/uten-dekning", "/besok/frakoblet")
ADDRESS = re.compile(r'(?:href|src)="(/static/[^"#]+)')
IMPORT = re.compile(r'from "\./([\w-]+\.js)"')


def known(client, language="nb"):
    """Give what the service worker knows of this release."""
    answer = client.get(f"/sw.js?sprak={language}")
    return json.loads(re.match(r"const KNOWN = (\{.*?\});\n", answer.text)[1])


@pytest.mark.parametrize("path", PAGES)
def test_the_pages_are_the_same_for_everybody_and_set_no_cookie(client, session, clock, path):
    nobody = client.get(path)
    person = make.user(session, name="Kari Hemmelig")
    company = make.company(session, name="Hemmelig AS")
    make.idea(session, company_id=company.id)
    somebody = client.sign_in(person).get(path)
    assert nobody.data == somebody.data
    assert "Hemmelig" not in somebody.text and "csrf" not in somebody.text
    assert "Set-Cookie" not in nobody.headers


@pytest.mark.parametrize("path", PAGES)
def test_all_that_the_pages_load_is_kept_with_them(client, session, path):
    files = set(known(client)["files"])
    loaded = set(ADDRESS.findall(client.get(path).text))
    icons = {address for address in loaded if address.startswith("/static/icons/")}
    assert loaded - icons <= files


def test_every_script_is_kept_with_what_it_imports():
    for name in views.SCRIPTS:
        imported = IMPORT.findall((STATIC / "js" / name).read_text("utf-8"))
        assert set(imported) <= set(views.SCRIPTS), name


def test_everything_that_is_kept_can_be_had_without_signing_in(client, session):
    told = known(client)
    for path in (told["shell"], told["elsewhere"], *told["files"]):
        assert client.get(path).status_code == 200, path


@pytest.mark.parametrize(
    "language, word", [("nb", "Lagre besøket"), ("en", "Save the visit"), ("x", "Lagre besøket")]
)
def test_the_pages_are_kept_in_the_language_of_the_device(client, session, language, word):
    told = known(client, language)
    assert word in client.get(told["shell"]).text
    headers = {"Accept-Language": "en" if language == "nb" else "nb"}
    assert word in client.get(told["shell"], headers=headers).text


def test_the_service_worker_is_asked_for_anew_and_differs_with_the_release(
    app, client, session, monkeypatch
):
    before = client.get("/sw.js")
    assert "no-cache" in before.headers["Cache-Control"]
    known = {"If-None-Match": before.headers["ETag"]}
    assert client.get("/sw.js", headers=known).status_code == 304
    assert before.mimetype == "text/javascript"
    assert "worker-src 'self'" in before.headers["Content-Security-Policy"]
    monkeypatch.setitem(app.config, "RELEASE", "en-annen")
    after = client.get("/sw.js", headers=known)
    assert before.data != after.data
    assert "en-annen" in after.text


def test_the_program_can_be_installed(client, session):
    answer = client.get("/manifest.webmanifest")
    assert answer.mimetype == "application/manifest+json"
    told = answer.json
    assert (told["start_url"], told["scope"], told["display"]) == ("/besok/logg", "/", "standalone")
    assert {(one["sizes"], one["purpose"]) for one in told["icons"]} == {
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
    }
    for one in told["icons"]:
        picture = client.get(one["src"])
        assert picture.mimetype == "image/png"
        size = int.from_bytes(picture.data[16:20], "big")
        assert f"{size}x{size}" == one["sizes"]
    make.user(session)
    assert 'rel="manifest"' in client.get("/logg-inn").text


def test_release_and_files_are_named_by_their_content(client, session):
    for address in known(client)["files"]:
        name, tag = re.fullmatch(r"/static/(.+)\?v=(\w+)", address).groups()
        assert web.assets.load(name)[0] == tag
