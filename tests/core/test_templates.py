"""Templates are compiled once for all processes, and a page never depends on where they lie."""

import os
import tempfile
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import Environment

from incubator.core import templates


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Give an empty folder for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def small_app(folder, text="Hei, {{ name }}"):
    (folder / "hei.html").write_text(text)
    app = Flask(__name__, template_folder=str(folder))
    templates.init_app(app)
    return app


def greet(app):
    with app.app_context():
        return app.jinja_env.get_template("hei.html").render(name="Kari")


def test_what_one_process_has_compiled_the_next_one_reads(folder, tmp_path, monkeypatch):
    templates.load_all(small_app(tmp_path))
    monkeypatch.setattr(Environment, "compile", lambda *_, **__: pytest.fail("compiled again"))
    assert greet(small_app(tmp_path)) == "Hei, Kari"


def test_a_template_that_was_changed_is_compiled_anew(folder, tmp_path):
    templates.load_all(small_app(tmp_path))
    assert greet(small_app(tmp_path, "Morn, {{ name }}")) == "Morn, Kari"


def test_what_another_release_made_of_it_is_compiled_anew(folder, tmp_path, monkeypatch):
    templates.load_all(small_app(tmp_path))
    later, compiled = small_app(tmp_path), []
    later.config["RELEASE"] = "the next"
    compile_one = Environment.compile
    monkeypatch.setattr(
        Environment,
        "compile",
        lambda *all_, **more: compiled.append(1) or compile_one(*all_, **more),
    )
    assert greet(later) == "Hei, Kari"
    assert compiled


def test_what_was_loaded_is_not_read_again(folder, tmp_path):
    app = small_app(tmp_path)
    templates.load_all(app)
    (tmp_path / "hei.html").unlink()
    assert greet(app) == "Hei, Kari"


def test_nobody_else_can_write_there(folder, tmp_path):
    templates.load_all(small_app(tmp_path))
    kept = next(tmp_path.glob("_jinja2-cache-*"))
    assert kept.stat().st_mode & 0o077 == 0
    assert kept.stat().st_uid == os.getuid()


def test_a_folder_of_somebody_else_is_left_alone(folder, tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / f"_jinja2-cache-{os.getuid()}").symlink_to(elsewhere)
    assert greet(small_app(tmp_path)) == "Hei, Kari"
    assert list(elsewhere.iterdir()) == []


def test_a_full_disk_costs_no_page(folder, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError("no space left on device")

    app = small_app(tmp_path)
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", full)
    assert greet(app) == "Hei, Kari"


def test_what_is_broken_there_is_written_anew(folder, tmp_path):
    templates.load_all(small_app(tmp_path))
    for kept in Path(tmp_path).glob("_jinja2-cache-*/*"):
        kept.write_bytes(kept.read_bytes()[:-9])
    assert greet(small_app(tmp_path)) == "Hei, Kari"


def test_every_template_of_the_program_is_there_before_the_server_answers(app):
    templates.load_all(app)
    cache = app.jinja_env.cache
    assert len(cache) >= len(app.jinja_loader.list_templates()) > 200
    assert cache.capacity > len(app.jinja_env.list_templates())
