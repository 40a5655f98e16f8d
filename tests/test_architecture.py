"""House rules that no linter knows. What a reviewer says twice becomes a check here."""

import ast
import re
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROGRAM = sorted((ROOT / "incubator").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
OWN_SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))
OURS = [*PROGRAM, *TEMPLATES, *OWN_SCRIPTS]
LONGEST = 400
NAMES_AND_UNITS = frozenset({"Idéløypa", "kr", "Klosser", "ERNU", "PDF", "PNG", "SVG", "Ctrl"})
SPOKEN_ATTRIBUTES = frozenset({"alt", "aria-label", "placeholder", "title"})


def place(path: Path) -> str:
    return str(path.relative_to(ROOT))


def calls(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Name every method that is called, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.lineno, node.func.attr


def broken(paths: list[Path], find: Callable[[Path], list[int] | list[str]]) -> dict[str, object]:
    """Give the files in which something is found, with what and where."""
    return {place(path): found for path in paths if (found := find(path))}


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def test_only_the_database_module_commits_and_rolls_back():
    def endings(path):
        return [line for line, name in calls(parsed(path)) if name in ENDINGS]

    others = [path for path in PROGRAM if place(path) != "incubator/core/db.py"]
    assert not broken(others, endings), "use unit_of_work() or leave it to the request"


ENDINGS = frozenset({"commit", "rollback"})


def test_nothing_is_imported_inside_a_function():
    def imports(path):
        functions = [node for node in ast.walk(parsed(path)) if isinstance(node, FUNCTIONS)]
        return [n.lineno for f in functions for n in ast.walk(f) if isinstance(n, IMPORTS)]

    assert not broken(PROGRAM, imports), "a cycle that is hidden here is still a cycle"


FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
IMPORTS = (ast.Import, ast.ImportFrom)


def asks_the_time(path: Path) -> list[int]:
    """List the lines of a file that ask the machine for the time, or take the clock's by name."""
    tree = parsed(path)
    asked = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("now", "today", "utcnow")
        and isinstance(node.value, ast.Name)
        and node.value.id in ("date", "datetime")
    ]
    by_name = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and node.module == "incubator.core.clock"
        and {"now", "today"} & {name.name for name in node.names}
    ]
    return asked + by_name


def test_only_the_clock_asks_what_time_it_is():
    others = [path for path in PROGRAM if place(path) != "incubator/core/clock.py"]
    assert not broken(others, asks_the_time), "ask clock.now() and clock.today()"


def test_no_file_grows_past_what_one_reads_at_a_sitting():
    def beyond(path):
        return path.read_text().splitlines()[LONGEST:]

    assert not broken(OURS, beyond), "make it a folder of the same name"


LEFT = re.compile(r"\b(?:TODO|FIXME|XXX|raise NotImplementedError)\b(?! #\d)")


def test_nothing_is_left_to_do():
    assert not broken(OURS, lambda path: LEFT.findall(path.read_text())), "finish, or name an issue"


def rooms() -> list[str]:
    return sorted(
        path.name for path in (ROOT / "incubator").iterdir() if (path / "__init__.py").is_file()
    )


def layers() -> set[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    floors = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    return {name.strip() for floor in floors for name in floor.split("|")}


@pytest.mark.parametrize("room", rooms())
def test_every_room_has_its_floor_and_stands_on_the_map(room):
    assert {room, f"({room})"} & layers(), "place it in [tool.importlinter]"
    assert f"`{room}`" in (ROOT / "docs" / "map.md").read_text(), "place it on docs/map.md"


@pytest.mark.parametrize("room", rooms())
def test_models_of_every_room_are_in_the_tables(room):
    if (ROOT / "incubator" / room / "models.py").exists():
        tables = (ROOT / "incubator" / "tables.py").read_text()
        assert f"from incubator.{room} import models" in tables


class Spoken(HTMLParser):
    """Gathers what a template says in so many words, tags and expressions apart."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "svg", "code", "kbd"):
            self._inside.append(tag)
        self.words += [value for name, value in attrs if value and name in SPOKEN_ATTRIBUTES]

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.words.append(data)


def untranslated(source: str) -> list[str]:
    """Give the words in a template that stand there outside of any `_()`."""
    plain = re.sub(r"\{#.*?#\}|<!--.*?-->", " ", source, flags=re.DOTALL)
    plain = re.sub(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}", " ", plain, flags=re.DOTALL)
    plain = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", " ", plain, flags=re.DOTALL)
    parser = Spoken()
    parser.feed(plain)
    found = re.findall(r"[^\W\d_]{2,}", " ".join(parser.words))
    return [word for word in found if word not in NAMES_AND_UNITS]


def test_every_word_on_a_page_is_translated():
    assert not broken(TEMPLATES, lambda path: untranslated(path.read_text()))


def test_the_check_of_templates_finds_words_and_leaves_expressions():
    assert untranslated('<p title="Move it">{{ _("Move") }} now</p>') == ["Move", "it", "now"]
    assert untranslated("<p>{% if a > b %}{{ _('x') }}{% endif %} {# why #} · 12 kr</p>") == []


def test_no_page_brings_a_script_or_style_of_its_own_or_of_another_host():
    for path in TEMPLATES:
        source = path.read_text()
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", source), path
        assert not re.search(r"<style|\son[a-z]+=|javascript:", source), path
        assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", source), path
