"""The headers of every answer and the size that a request may have."""

import pytest
from flask import Flask, Response, request

import config
from incubator.app import create_app
from incubator.core import db, security
from tests import make


def answer(**given):
    app = Flask(__name__, static_folder=None)
    security.init_app(app)
    app.add_url_rule("/", "page", lambda: Response("x", **given))
    return app, app.test_client().get("/")


def test_every_answer_wears_them():
    _app, got = answer()
    for name, value in security.HEADERS:
        assert got.headers[name] == value


def test_an_answer_is_kept_by_nobody_unless_it_says_so():
    for kind in ("text/html", "application/json"):
        assert answer(mimetype=kind)[1].headers["Cache-Control"] == "private, no-store"
    tagged = {"Cache-Control": "private, no-cache"}
    assert answer(mimetype="text/html", headers=tagged)[1].headers["Cache-Control"] == (
        "private, no-cache"
    )


def test_no_script_style_or_frame_of_others_is_let_in():
    policy = dict(part.strip().split(" ", 1) for part in security.POLICY.split(";"))
    assert policy["default-src"] == "'none'"
    for kind in ("script-src", "style-src", "font-src", "connect-src", "form-action"):
        assert policy[kind] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"


def test_a_request_has_its_limit():
    assert answer()[0].config["MAX_CONTENT_LENGTH"] == 25 * 1024 * 1024


@pytest.mark.parametrize("path", ["/?q=%00x", "/bedrifter?q=a%00", "/sok?q=%00", "/?%00=1"])
def test_a_nul_in_an_address_is_refused(client, session, path):
    client.sign_in(make.user(session))
    answer = client.get(path)
    assert answer.status_code == 400
    assert "Last siden på nytt" in answer.text


def test_a_nul_in_a_form_is_refused(client, session):
    client.sign_in(make.user(session))
    data = {"region": make.region(session).id, "title": "a\0b"}
    assert client.post("/ideer/ny", data=data).status_code == 400


@pytest.mark.parametrize(
    "path", ["/ideer/{}", "/bedrifter/{}", "/ideer/{}/flytt", "/tavle/kolonne/{}"]
)
@pytest.mark.parametrize("number", ["9" * 10, "9" * 25, "9" * 5000, "-1", "1.0"])
def test_a_number_that_is_no_id_leads_nowhere(client, session, path, number):
    client.sign_in(make.user(session))
    assert client.get(path.format(number)).status_code == 404


WITH_EVERY_ANSWER = {
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Request-ID": "",
}


@pytest.mark.parametrize(
    "address, status",
    [
        ("/healthz", 200), ("/glemt-passord", 200), ("/", 302), ("/finnes-ikke", 404),
        ("/static/css/app.css", 200), ("/static/finnes-ikke.css", 404), ("/metrics", 200),
        ("/api/v1/ideas", 401),
    ],
)  # fmt: skip
def test_every_answer_carries_the_headers_that_keep_it_to_itself(client, address, status):
    answer = client.get(address)
    assert answer.status_code == status
    for name, begins in WITH_EVERY_ANSWER.items():
        assert answer.headers[name].startswith(begins)
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "Strict-Transport-Security" not in answer.headers


def test_with_tls_the_cookie_and_the_browser_stay_with_it(app, tmp_path):
    """Another application beside the one of the tests: its settings are read at the start."""
    env = {"INSTANCE": str(tmp_path), "DATABASE_URL": app.config["DATABASE_URL"], "HTTPS": "1"}
    before = db.db._ready
    secure = create_app(config.load(env), TESTING=True)
    db.db._ready = before
    answer = secure.test_client().get("/glemt-passord", base_url="https://localhost")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    (cookie,) = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("session=")]
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


def test_who_sits_behind_a_proxy_with_tls_links_to_https_whatever_headers_say():
    app = Flask(__name__, static_folder=None)
    app.config["SESSION_COOKIE_SECURE"] = True
    security.init_app(app)
    app.add_url_rule("/", "page", lambda: f"{request.host_url} {request.is_secure}")
    got = app.test_client().get("/", headers={"X-Forwarded-Proto": "http"})
    assert got.text == "https://localhost/ True"


def test_the_pages_of_signing_in_are_kept_by_nobody(client, session):
    client.sign_in(make.user(session))
    for address in ("/logg-inn", "/bytt-passord"):
        assert client.get(address).headers["Cache-Control"] == "private, no-store"
