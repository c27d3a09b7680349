"""Between the wire and our values: requests read by the types that pages and actions name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, get_type_hints

import msgspec
from starlette.datastructures import FormData, QueryParams

from monitor.errors import UsageError

Number = Annotated[int, msgspec.Meta(ge=1, le=2**53)]
"""The id of something."""

Limit = Annotated[int, msgspec.Meta(ge=1, le=200)]
"""How many are shown at most."""

_NO_CONTROLS = "^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f]*$"
Line = Annotated[str, msgspec.Meta(max_length=2_000, pattern=_NO_CONTROLS)]
"""A line that somebody has typed."""

Sheet = Annotated[str, msgspec.Meta(max_length=1_000_000, pattern=_NO_CONTROLS)]
"""A whole file that somebody has typed."""


class BadRequest(UsageError):
    """What was said cannot be read by the type it should have."""


def read_query(kind: type[Any], path: Mapping[str, Any], query: QueryParams | FormData) -> Any:  # noqa: ANN401 - a `kind`
    """Path and query, or path and form, as a value of this dataclass. Raises BadRequest.

    A field that holds several values takes all of that name, any other the last; an empty one
    counts as left out.
    """
    known, many = _fields_of(kind)
    said: dict[str, Any] = {}
    for name in known:
        values = [each for each in query.getlist(name) if each != ""]
        if values:
            said[name] = values if name in many else values[-1]
    return _converted(said | dict(path), kind, strict=False)


def read_json(kind: type[Any], path: Mapping[str, Any], body: bytes) -> Any:  # noqa: ANN401 - a `kind`
    """Path and a JSON object as a value of this dataclass. Raises BadRequest."""
    known, _ = _fields_of(kind)
    try:
        said = msgspec.json.decode(body) if body.strip() else {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"the body is no JSON: {error}") from None
    if not isinstance(said, dict):
        raise BadRequest("the body must be a JSON object")
    if unknown := sorted(set(said) - set(known) | set(said) & set(path)):
        raise BadRequest(f"no field `{unknown[0]}` here; known are: {', '.join(known) or 'none'}")
    kinds = get_type_hints(kind, include_extras=True)
    # A path has no numbers, only what spells one.
    named = {name: _converted(value, kinds[name], strict=False) for name, value in path.items()}
    return _converted({**said, **named}, kind, strict=True)


def to_json(value: object) -> bytes:
    """A value as JSON: instants as RFC 3339 in UTC."""
    return msgspec.json.encode(value, order="deterministic")


def _converted(said: object, kind: type[Any], *, strict: bool) -> Any:  # noqa: ANN401
    """`strict`: texts are not taken for the numbers they may spell."""
    try:
        return msgspec.convert(said, kind, strict=strict)
    except msgspec.ValidationError as error:
        raise BadRequest(str(error)) from None


Fields = tuple[tuple[str, ...], frozenset[str]]
_KNOWN: dict[type[Any], Fields] = {}


def _fields_of(kind: type[Any]) -> Fields:
    """The fields of a dataclass, and those of them that hold several values."""
    if kind not in _KNOWN:
        info = msgspec.inspect.type_info(kind)
        assert isinstance(info, msgspec.inspect.DataclassType)  # noqa: S101 - a promise of ours
        several = (msgspec.inspect.VarTupleType, msgspec.inspect.ListType)
        many = frozenset(field.name for field in info.fields if isinstance(field.type, several))
        _KNOWN[kind] = (tuple(field.name for field in info.fields), many)
    return _KNOWN[kind]
