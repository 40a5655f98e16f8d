"""An OpenID provider on loopback, made of Authlib's server side: real HTTP, codes and keys.

It stands for npm's `oidc-provider`, because a machine that runs the tests has Python alone.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

ID, SECRET = "ideloypa", "en hemmelighet"


class TheClient(ClientMixin):
    """The one client that it knows."""

    def get_client_id(self) -> str:
        return ID

    def get_default_redirect_uri(self) -> str:
        return ""

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, uri: str) -> bool:
        return uri == "http://localhost/logg-inn/egen/svar"

    def check_client_secret(self, secret: str) -> bool:
        return secret == SECRET

    def check_endpoint_auth_method(self, _method: str, _endpoint: str) -> bool:
        return True

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


class Code(SimpleNamespace, AuthorizationCodeMixin):
    """What it gave, to be exchanged once."""

    def get_redirect_uri(self) -> str:
        return str(self.redirect_uri)

    def get_scope(self) -> str:
        return str(self.scope)

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> None:
        return None

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class Provider:
    """What a test says of the person, and what it tampers with."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {}
        self.codes: dict[str, Code] = {}
        self.nonce: str | None = None  # another one than was asked for
        self.key = RSAKey.generate_key(2048, {"kid": "1"})
        self.signs_with = self.key
        self.issuer = ""
        self.signs_out = True
        self.left: list[str] = []  # who signed out there
        self.asked: dict[str, str] = {}
        self.app = self._make()

    def _make(self) -> Flask:  # noqa: C901  a provider is one thing, told in one place
        app = Flask("provider")
        app.config["SECRET_KEY"] = "x"
        app.config["PROPAGATE_EXCEPTIONS"] = False
        provider = self
        server = AuthorizationServer(
            app, query_client=lambda _id: TheClient(), save_token=lambda *_: None
        )

        class Grant(grants.AuthorizationCodeGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")

            def save_authorization_code(self, code: str, request: Any) -> None:
                data = request.payload.data
                provider.codes[code] = Code(
                    redirect_uri=request.payload.redirect_uri, scope=request.payload.scope,
                    nonce=provider.nonce or data.get("nonce"), client=TheClient(),
                    code_challenge=data.get("code_challenge"),
                    code_challenge_method=data.get("code_challenge_method"),
                )  # fmt: skip

            def query_authorization_code(self, code: str, _client: Any) -> Code | None:
                return provider.codes.get(code)

            def delete_authorization_code(self, _code: Code) -> None:
                provider.codes.clear()

            def authenticate_user(self, _code: Code) -> Any:
                return SimpleNamespace(get_user_id=lambda: "1")

        class Id(OpenIDCode):
            def exists_nonce(self, _nonce: str, _request: Any) -> bool:
                return False

            def resolve_client_private_key(self, _client: Any) -> Any:
                return provider.signs_with

            def get_client_algorithm(self, _client: Any) -> str:
                return "RS256"

            def get_client_claims(self, _client: Any) -> dict[str, Any]:
                return {"iss": provider.issuer}

            def generate_user_info(self, _user: Any, _scope: str) -> UserInfo:
                return UserInfo(sub="1", **provider.claims)

        server.register_grant(Grant, [CodeChallenge(required=True), Id(require_nonce=True)])

        @app.get("/.well-known/openid-configuration")
        def configuration() -> Any:
            here = provider.issuer
            return jsonify(
                issuer=here, authorization_endpoint=f"{here}/a", token_endpoint=f"{here}/t",
                jwks_uri=f"{here}/k", id_token_signing_alg_values_supported=["RS256"],
                response_types_supported=["code"], subject_types_supported=["public"],
                **({"end_session_endpoint": f"{here}/e"} if provider.signs_out else {}),
            )  # fmt: skip

        @app.get("/e")
        def end_session() -> Any:
            hint = jwt.decode(request.args["id_token_hint"], provider.key, ["RS256"])
            assert hint.claims["aud"] in (ID, [ID])
            provider.left.append(hint.claims["email"])
            return redirect(request.args["post_logout_redirect_uri"])

        @app.get("/a")
        def authorize() -> Any:
            provider.asked = dict(request.args)
            grant = server.get_consent_grant(end_user=SimpleNamespace(get_user_id=lambda: "1"))
            person = SimpleNamespace(get_user_id=lambda: "1")
            return server.create_authorization_response(grant_user=person, grant=grant)

        app.add_url_rule("/t", "t", server.create_token_response, methods=["POST"])
        app.add_url_rule("/k", "k", lambda: jsonify(keys=[provider.key.as_dict(private=False)]))
        return app


@contextmanager
def running() -> Iterator[Provider]:
    """Run a provider on a free port of this machine."""
    provider = Provider()
    server = make_server("127.0.0.1", 0, provider.app, threaded=True)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
