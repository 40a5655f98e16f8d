"""Problem documents (RFC 9457): how the API tells programs what is wrong."""

import json
from http import HTTPStatus
from typing import Any

from flask import Response, request

from incubator.core.refusals import sentence

PREFIX = "/api/v1/"
MEDIA_TYPE = "application/problem+json"
KIND = "urn:ideloypa:problem:"  # a name, not an address: the code says what it is


def are_wanted() -> bool:
    """Say whether a program asks, which wants no page."""
    return request.path.startswith(PREFIX)


def document(code: str, status: int, details: dict[str, Any]) -> Response:
    """Answer with what is wrong: a code for programs, a sentence for people."""
    body: dict[str, Any] = {
        "type": f"{KIND}{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": str(sentence(code, details)),
        "code": code,
    }
    if details.get("fields"):
        body["fields"] = list(details["fields"])
    if details.get("errors"):
        body["errors"] = details["errors"]
    answer = Response(json.dumps(body, ensure_ascii=False), status, content_type=MEDIA_TYPE)
    answer.headers["Cache-Control"] = "private, no-store"
    if status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="Ideloypa"'
    return answer
