"""What views answer with: blocks of pages, entity tags, ways on, refusals."""

import gzip

import pytest

from incubator.accounts.models import Role
from incubator.core import web
from incubator.core.errors import NotAllowed, NotFound, RuleBroken, Stale
from tests import make

HTMX = {"HX-Request": "true"}


@pytest.fixture
def asked(app):
    """Give a request to answer."""

    def ask(path="/", **given):
        return app.test_request_context(path, **given)

    return ask


def test_a_tag_names_all_that_it_is_made_of(app):
    assert web.etag_of(1, "a") == web.etag_of(1, "a")
    assert web.etag_of(1, "a") != web.etag_of(1, "b")
    assert web.etag_of("ab", "c") != web.etag_of("a", "bc")
    assert web.etag_of(1).startswith('W/"')


@pytest.mark.parametrize(
    "sent, known",
    [('W/"abc"', True), ('"x", W/"abc"', True), ('W/"abcd"', False), ("", False)],
)
def test_the_asker_may_hold_it_already(asked, sent, known):
    with asked(headers={"If-None-Match": sent}):
        assert web.has('W/"abc"') == known


def test_what_is_unchanged_has_no_body(asked):
    with asked():
        answer = web.unchanged('W/"abc"')
        assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", 'W/"abc"')
        assert web.tagged("x", 'W/"abc"').headers["Cache-Control"] == "private, no-cache"


def test_a_file_keeps_its_norwegian_name(asked):
    with asked():
        answer = web.download(b"x", "Besøk Åmot 2026.xlsx")
    assert dict(answer.headers)["Content-Disposition"] == (
        'attachment; filename="Besok Amot 2026.xlsx"; '
        "filename*=UTF-8''Bes%C3%B8k%20%C3%85mot%202026.xlsx"
    )


def test_the_way_on_is_a_redirect_or_a_header(asked):
    with asked():
        answer = web.go_to("/mal")
        assert (answer.status_code, answer.location) == (303, "/mal")
    with asked(headers=HTMX):
        answer = web.go_to("/mal")
        assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, "/mal")


def test_a_block_is_answered_alone(client, session):
    idea = make.idea(session, title="Biokull")
    client.sign_in(make.user(session))
    whole, alone = client.get(f"/ideer/{idea.id}"), client.get(f"/ideer/{idea.id}", headers=HTMX)
    assert "<html" in whole.text
    assert "<html" not in alone.text
    assert "Biokull" in alone.text


def refusing(app, monkeypatch, refusal):
    """Let an address refuse."""

    def refuse():
        raise refusal

    refuse.permission = None
    monkeypatch.setitem(app.view_functions, "upkeep.healthz", refuse)


@pytest.mark.parametrize(
    "refusal, status, told",
    [
        (NotFound("no_such_idea"), 404, "Ideen finnes ikke her."),
        (NotAllowed("not_permitted"), 403, "Rollen din"),
        (Stale("moved_meanwhile"), 409, "Noen andre"),
        (RuleBroken("before_latest_event", latest="01.05.2026"), 422, "01.05.2026"),
        (RuleBroken("a_code_without_words"), 422, "Noe gikk galt"),
    ],
)
def test_a_refusal_becomes_a_page_or_a_word(app, client, monkeypatch, refusal, status, told):
    refusing(app, monkeypatch, refusal)
    page, word = client.get("/healthz"), client.get("/healthz", headers=HTMX)
    for answer in (page, word):
        assert answer.status_code == status
        assert told in answer.text
    assert "<html" in page.text
    assert "<html" not in word.text


def test_who_is_not_signed_in_is_led_to_where_one_signs_in(client, session):
    make.user(session)
    assert client.get("/mal?region=1").location == "/logg-inn?next=/mal?region%3D1"
    assert client.post("/ideer/ny").status_code == 401
    answer = client.get("/mal", headers=HTMX)
    assert answer.status_code == 401
    assert "Logg inn" in answer.text


def test_a_failure_is_told_without_its_cause(app, client, session, monkeypatch):
    """What went wrong stands in the log, not on the page."""
    monkeypatch.setitem(app.config, "TESTING", False)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    refusing(app, monkeypatch, ZeroDivisionError("hemmelig årsak"))
    answer = client.get("/healthz")
    assert answer.status_code == 500
    assert "Noe gikk galt hos oss" in answer.text
    assert "hemmelig" not in answer.text


def test_what_failed_keeps_nothing(app, client, session, monkeypatch):
    """A request that ends badly rolls back what it wrote."""
    region = make.region(session)
    client.sign_in(make.user(session, Role.ADMIN))
    data = {"name": "Trysil", "municipalities": "3421"}
    monkeypatch.setattr("incubator.admin.views.places.go_to", lambda _address: ("no", 409))
    assert client.post("/oppsett/regioner/ny", data=data).status_code == 409
    assert len(make.regions.list_regions(session)) == 1
    assert region.id


def test_files_are_served_packed_with_a_tag_that_follows_the_content(app, client, tmp_path):
    (tmp_path / "a.css").write_text("a { color: red }" * 100)
    files = web.Assets(tmp_path)
    with app.app_context():
        tag, kind, content, packed = files.load("a.css")
        assert kind == "text/css; charset=utf-8"
        assert gzip.decompress(packed) == content
        assert files.address("a.css") == f"/static/a.css?v={tag}"
        (tmp_path / "a.css").write_text("other")
        assert web.Assets(tmp_path).load("a.css")[0] != tag


@pytest.mark.parametrize("name", ["b.css", "../a.css", "", ".", "\0", "x" * 9000, "a.css/b"])
def test_there_is_no_other_file(app, tmp_path, name):
    folder = tmp_path / "static"
    folder.mkdir()
    (folder / "a.css").write_text("a")
    (tmp_path / "a.css").write_text("secret")
    with app.app_context(), pytest.raises(NotFound):
        web.Assets(folder).load(name)


def test_a_script_imports_others_by_the_hash_of_their_content(client, session):
    script = client.get("/static/js/visits-send.js").text
    tag = web.assets.load("js/visits-store.js")[0]
    assert f'from "./visits-store.js?v={tag}"' in script
    answer = client.get(f"/static/js/visits-store.js?v={tag}")
    assert "immutable" in answer.headers["Cache-Control"]
