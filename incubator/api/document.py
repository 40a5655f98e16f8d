"""Write the OpenAPI document from the addresses, their operations and the shapes."""

import re
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import current_app
from marshmallow import Schema
from werkzeug.routing import Rule

from incubator.api.schemas.asked import METRIC_KEYS
from incubator.api.schemas.fields import HIGHEST, Known, Number
from incubator.api.schemas.told import Problem

VERSION = "1.0"
KEPT = "api_document"
DESCRIPTION = (
    "Read and write what the pages show, with a token that a person makes for a program under "
    "«API-nøkler». Ids are numbers, days are YYYY-MM-DD, instants are UTC, amounts are whole NOK."
)
PROBLEMS = {
    400: "What was sent has not the shape that is asked for.",
    401: "There is no token, or it is revoked or over.",
    403: "The token may not do this.",
    404: "There is no such thing, or none that the token may know of.",
    409: "Somebody else was first.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "A rule says no; `fields` names the fields.",
    429: "Too many requests within a minute.",
}
LIMITS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
_ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")


def written() -> dict[str, Any]:
    """Give the document of the running program."""
    kept = current_app.extensions
    if KEPT not in kept:
        rules = [r for r in current_app.url_map.iter_rules() if r.endpoint.startswith("api.")]
        kept[KEPT] = _document(sorted(rules, key=lambda rule: rule.rule))
    document: dict[str, Any] = kept[KEPT]
    return document


def _document(rules: list[Rule]) -> dict[str, Any]:
    spec = APISpec(
        "Idéløypa", VERSION, "3.1.0", plugins=[_plugin()], info={"description": DESCRIPTION},
        servers=[{"url": "/"}],
    )  # fmt: skip
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    for rule in rules:
        view = current_app.view_functions[rule.endpoint]
        operation = getattr(view, "operation", None)
        if operation is None or operation.answer is None:
            continue
        method = "post" if "POST" in (rule.methods or ()) else "get"
        path = _ARGUMENT.sub(r"{\1}", rule.rule)
        said = _operation(rule, method, operation)
        spec.path(path, operations={method: said})
    found: dict[str, Any] = spec.to_dict()
    return found


def _plugin() -> MarshmallowPlugin:
    return MarshmallowPlugin()


def _operation(rule: Rule, method: str, operation: Any) -> dict[str, Any]:
    said: dict[str, Any] = {
        "operationId": rule.endpoint.removeprefix("api."),
        "summary": operation.summary,
        "security": [{"token": []}],
        "parameters": [_in_path(name) for name in sorted(rule.arguments)],
        "responses": _answers(rule, method, operation),
    }
    if operation.query is not None:
        said["parameters"] += _in_query(operation.query)
    if operation.body is not None:
        body = {"application/json": {"schema": operation.body}}
        said["requestBody"] = {"required": True, "content": body}
        said["parameters"].append(_KEY)
    else:
        said["parameters"].append(_TAG)
    return said


_KEY = {
    "in": "header", "name": "Idempotency-Key", "required": False,
    "description": "Sent again with the same key, a request is done once and answered alike.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
}  # fmt: skip
_TAG = {
    "in": "header", "name": "If-None-Match", "required": False,
    "description": "The ETag of the answer that one has; 304 where it is the same.",
    "schema": {"type": "string"},
}  # fmt: skip


def _in_path(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": HIGHEST}
    if name == "key":
        schema = {"type": "string", "enum": list(METRIC_KEYS)}
    return {"in": "path", "name": name, "required": True, "schema": schema}


def _in_query(shape: type[Schema]) -> list[dict[str, Any]]:
    found = []
    converter = _plugin_converter()
    for name, field in shape().fields.items():
        schema = converter.field2property(field)
        schema.pop("default", None)
        if field.load_default is not None and isinstance(field, Number):
            schema["default"] = field.load_default
        if isinstance(field, Known):
            schema = {"type": "string", "format": "date-time"}
        kinds = schema.get("type")
        if isinstance(kinds, list):  # what may be left out of an address is never null in it
            schema["type"] = next(kind for kind in kinds if kind != "null")
        if "enum" in schema:
            schema["enum"] = [word for word in schema["enum"] if word is not None]
        said = {"in": "query", "name": field.data_key or name, "required": False, "schema": schema}
        if description := schema.pop("description", None):
            said["description"] = description
        found.append(said)
    return found


def _plugin_converter() -> Any:
    plugin = _plugin()
    APISpec("", "", "3.1.0", plugins=[plugin])
    return plugin.converter


def _answers(rule: Rule, method: str, operation: Any) -> dict[str, Any]:
    headers = {name: {"schema": {"type": "integer"}} for name in LIMITS}
    content: dict[str, Any] = {"application/json": {"schema": operation.answer}}
    if operation.as_csv:
        content["text/csv"] = {"schema": {"type": "string"}}
    told = {**headers, "ETag": {"schema": {"type": "string"}}}
    if method == "post":
        told = {**headers, "Location": {"schema": {"type": "string"}}}
    found: dict[str, Any] = {
        str(operation.status): {"description": "As asked for.", "content": content, "headers": told}
    }
    codes = [400, 401, 403, 422, 429]
    codes += [409, 413, 415] if method == "post" else []
    codes += [404] if rule.arguments or method == "get" else []
    if method == "get":
        found["304"] = {"description": "It is the same as before."}
    for code in sorted(codes):
        problem = {"application/problem+json": {"schema": Problem}}
        found[str(code)] = {"description": PROBLEMS[code], "content": problem}
    return found
