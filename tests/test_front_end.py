"""What the pages load stays small, and nothing in them needs a policy weaker than ours."""

import gzip
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIMIT = 125_000  # bytes, compressed, of every page taken together; ui.md allows 150 kB
INLINE = re.compile(
    r"""<script(?![^>]*\ssrc=)[^>]*>|<style\b|\s(?:style|on[a-z]+)\s*=\s*["']|hx-on|javascript:|["']js:"""
)
HOST = re.compile(r"""(?:src|href|action|hx-[a-z]+)\s*=\s*["']\s*(?:https?:)?//""")
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b(?!\w)|\b(?:rgb|hsl)a?\((?!0 0 0 /|128 128 128 /)")


def _templates() -> list[Path]:
    pages = [p for p in (ROOT / "templates").rglob("*.html") if "mail" not in p.parts]
    return [page for page in pages if "email" not in page.parts]


def test_all_scripts_and_styles_together_are_light() -> None:
    static = ROOT / "static"
    found = [path for kind in ("*.css", "*.js", "*.svg") for path in static.rglob(kind)]
    # Charts are drawn on pages of their own, which alone load what draws them.
    files = [path for path in found if not path.parent.name.startswith("vega")]
    assert sum(len(gzip.compress(path.read_bytes(), 9)) for path in files) < LIMIT


def test_no_template_holds_script_style_or_handlers() -> None:
    found = {page.name: INLINE.findall(page.read_text("utf-8")) for page in _templates()}
    assert {name: hits for name, hits in found.items() if hits} == {}


def test_no_template_leads_a_browser_to_another_host() -> None:
    assert [page.name for page in _templates() if HOST.search(page.read_text("utf-8"))] == []


def test_our_style_knows_no_colour_outside_the_theme() -> None:
    style = (ROOT / "static" / "css" / "app.css").read_text("utf-8")
    screen = style.split("@media print")[0]
    assert COLOUR.findall(screen) == []


def test_no_rule_makes_a_browser_style_all_of_a_page_whenever_something_is_inserted() -> None:
    """`body:has(…) > main` did: some nine hundred elements for each toast, dialog and card."""
    of_elements = re.compile(r"\b(?:html|body|:root)[^\s,{]*:has\([^{]*?\)\s*[>~+ ]\s*[a-z*]")
    for path in (ROOT / "static" / "css").glob("*.css"):
        assert of_elements.findall(path.read_text("utf-8")) == [], path.name


def test_our_scripts_are_small_and_evaluate_nothing() -> None:
    for path in (ROOT / "static" / "js").glob("*.js"):
        text = path.read_text("utf-8")
        assert len(text.splitlines()) <= 120, path.name
        assert not re.search(r"\beval\(|new Function|innerHTML\s*=", text), path.name
