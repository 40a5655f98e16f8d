"""The files of others are what the manifest says, and no file of ours leads elsewhere."""

import hashlib
import json
import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[1] / "static"
MANIFEST = json.loads((STATIC / "vendor" / "manifest.json").read_text())
LOADED_FROM_ELSEWHERE = re.compile(
    r"""url\(\s*["']?(?:https?:)?//|@import\s+["'](?:https?:)?//|(?:from|import)\s*\(?["']https?://"""
)


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: entry["file"])
def test_a_vendored_file_is_the_one_that_was_fetched(entry: dict[str, str]) -> None:
    content = (STATIC / entry["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]


def test_every_vendored_file_stands_in_the_manifest() -> None:
    named = {entry["file"] for entry in MANIFEST}
    lying = {str(path.relative_to(STATIC)) for path in (STATIC / "vendor").rglob("*.*")}
    assert lying - {"vendor/manifest.json"} <= named


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: entry["file"])
def test_the_manifest_says_what_it_is_and_how_it_is_licensed(entry: dict[str, str]) -> None:
    assert entry["name"] and entry["version"] and entry["licence"] and entry["source"]


def test_no_style_or_script_loads_from_another_host() -> None:
    files = [path for kind in ("*.css", "*.js", "*.svg") for path in STATIC.rglob(kind)]
    assert files
    assert not [
        path.name for path in files if LOADED_FROM_ELSEWHERE.search(path.read_text("utf-8"))
    ]


def test_the_style_asks_for_the_font_by_the_address_that_the_page_preloads() -> None:
    font = STATIC / "vendor" / "inter" / "inter-latin-wght-normal.woff2"
    content_hash = hashlib.sha256(font.read_bytes()).hexdigest()[:12]
    assert f"{font.name}?v={content_hash}" in (STATIC / "css" / "app.css").read_text("utf-8")
