"""The API as an OpenAPI document, made from the shelves of pages, panels and actions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec

from monitor import __version__
from monitor.web.action import Action, action_shelf
from monitor.web.page import Page, page_shelf
from monitor.web.panel import Panel, panel_shelf

_REF = "#/components/schemas/{name}"
_IN_PATH = re.compile(r"\{(\w+)(?::\w+)?\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Described:
    """What is known of types. Two that are called the same are told apart by their references."""

    schemas: dict[type[Any], dict[str, Any]]
    components: dict[str, Any]

    def fields(self, kind: type[Any]) -> dict[str, Any]:
        """The schema of a type itself."""
        name = self.schemas[kind]["$ref"].rpartition("/")[2]
        found: dict[str, Any] = self.components[name]
        return found


@cache
def document() -> dict[str, Any]:
    """The whole document, OpenAPI 3.1."""
    pages, actions, panels = page_shelf(), action_shelf(), panel_shelf()
    types = [t for each in pages for t in (each.asks, each.shows)]
    types += [t for each in actions for t in (each.takes, each.gives)]
    types += [t for each in panels for t in (each.takes, each.shows)]
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    described = _Described(schemas=dict(zip(types, schemas, strict=True)), components=components)
    paths: dict[str, Any] = {}
    for page in pages:
        paths[_plain(page.api_path)] = {"get": _reading(page, described)}
    for panel in panels:
        paths[_plain(panel.api_path)] = {"post": _looking(panel, described)}
    for action in actions:
        paths[_plain(action.api_path)] = {"post": _doing(action, described)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Wirewatch",
            "version": __version__,
            "description": "What the pages show, as JSON, and what they can change.",
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": components | {"Error": _ERROR},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


_ERROR = {
    "type": "object",
    "required": ["error", "status"],
    "properties": {"error": {"type": "string"}, "status": {"type": "integer"}},
}


def _reading(page: Page, described: _Described) -> dict[str, Any]:
    in_path = _named_in(page.path)
    fields = described.fields(page.asks)
    return {
        "operationId": page.name,
        "summary": page.title,
        "description": page.help,
        "parameters": [
            {
                "name": name,
                "in": "path" if name in in_path else "query",
                "required": name in in_path or name in fields.get("required", ()),
                "schema": schema,
                **({} if name in in_path else {"style": "form", "explode": True}),
            }
            for name, schema in fields["properties"].items()
        ],
        "responses": _answers(described.schemas[page.shows], 304, 401, 403, 404, 421, 422, 503),
    }


def _looking(panel: Panel, described: _Described) -> dict[str, Any]:
    fields, shows = described.fields(panel.takes), described.schemas[panel.shows]
    return _posting(panel.name, panel.help, panel.path, fields, shows)


def _doing(action: Action, described: _Described) -> dict[str, Any]:
    fields, gives = described.fields(action.takes), described.schemas[action.gives]
    return _posting(action.name, action.help, action.path, fields, gives)


def _posting(
    name: str, help_text: str, path: str, fields: dict[str, Any], gives: dict[str, Any]
) -> dict[str, Any]:
    in_path = _named_in(path)
    body = {
        "type": "object",
        "additionalProperties": False,
        "properties": {k: v for k, v in fields["properties"].items() if k not in in_path},
        "required": [name for name in fields.get("required", ()) if name not in in_path],
    }
    return {
        "operationId": name,
        "summary": help_text,
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": fields["properties"][name]}
            for name in in_path
        ],
        "requestBody": {
            "required": bool(body["required"]),
            "content": {"application/json": {"schema": body}},
        },
        "responses": _answers(gives, 401, 403, 404, 408, 409, 413, 421, 422, 502, 503),
    }


def _answers(gives: dict[str, Any], *failures: int) -> dict[str, Any]:
    good = {"description": "Done.", "content": _json(gives)}
    bad = {
        str(code): {"description": _MEANINGS[code]}
        | ({} if code in (304, 421) else {"content": _json({"$ref": _REF.format(name="Error")})})
        for code in failures
    }
    return {"200": good} | bad


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


_MEANINGS = {
    304: "It is what your ETag says.",
    401: "A token is needed.",
    403: "This token may not, or the request comes from another site.",
    404: "There is no such thing.",
    408: "The body took too long to arrive.",
    409: "Somebody else has changed it meanwhile.",
    413: "The body is too large.",
    421: "The service does not go by that name.",
    422: "It makes no sense as asked; the sentence says why.",
    502: "What was asked elsewhere did not answer well.",
    503: "Try again later.",
}


def _named_in(path: str) -> list[str]:
    return _IN_PATH.findall(path)


def _plain(path: str) -> str:
    return _IN_PATH.sub(r"{\1}", path)


def operations() -> Iterable[str]:
    """What the document describes, as `GET /path`, for docs."""
    for path, methods in document()["paths"].items():
        for method in methods:
            yield f"{method.upper()} {path}"
