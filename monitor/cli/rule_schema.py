"""Rule files as JSON Schema, for editors that complete and check YAML; and what each key means."""

from __future__ import annotations

from monitor.model import Severity, StoryMode
from monitor.rules.alerts import Each
from monitor.rules.loading import known_keys, operator_shelf

Schema = dict[str, object]

_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": {"type": "string"}}
_DAY: Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_NUMBER: Schema = {"type": "integer", "minimum": 1}
_CONCEPT: Schema = {
    "anyOf": [
        {"type": "string"},
        {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "object"}]}},
        {"type": "object", "maxProperties": 1},
    ]
}
_SAMPLE: Schema = {"anyOf": [{"type": "string"}, {"type": "object"}]}

PLAIN_KEYS: dict[str, tuple[Schema, str]] = {
    "id": (_TEXT, "the rule's name, in a list of `rules:`; else the file's name"),
    "title": (_TEXT, "what digests call it"),
    "why": (_TEXT, "the law or reason behind it; stands under its heading in a digest"),
    "severity": (
        {"enum": [each.word for each in Severity]},
        "info, low, medium, high or critical; medium by default",
    ),
    "tags": (_TEXTS, "words that a digest can ask for"),
    "owner": (_TEXT, "who keeps the rule"),
    "enabled": ({"enum": ["yes", "no", "true", "false", True, False]}, "`no` rests it"),
    "languages": (_TEXTS, "only items in these languages, or of unknown language"),
    "feeds": (
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {"include": _TEXTS, "exclude": _TEXTS},
        },
        "`include` and `exclude`: globs over feed address and source, or `tag:NAME`",
    ),
    "full_text": (
        {"enum": ["yes", "no", "true", "false", True, False]},
        "`true`: fetch the article of an item that it misses by one clause",
    ),
    "since": (_DAY, "the day it begins, as 2026-11-01"),
    "expires": (_DAY, "the last day it is in force"),
    "score": (
        {"type": "object", "additionalProperties": {"type": ["integer", "string"]}},
        "points for queries, which order the matches of the rule in a digest",
    ),
    "min_score": ({"type": "integer"}, "the rule fires only from so many points on"),
    "stories": (
        {"enum": [mode.value for mode in StoryMode]},
        "later reports of an event: `group` (told under it), `mute` (not told), `off` (each told)",
    ),
    "alert": (
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "each": {"enum": [each.value for each in Each]},
                "volume": {"anyOf": [_TEXT, _TEXTS]},
            },
        },
        "`each: digest`, `item` (at once) or `none`; `volume`: counts, spikes, silence, new terms",
    ),
    "mute": (
        {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["story", "until"],
                "properties": {
                    "story": {"type": ["integer", "string"], "pattern": "^[0-9]+$"},
                    "until": _DAY,
                    "note": _TEXT,
                },
            },
        },
        "stories that are not told because of this rule, each until a day",
    ),
    "review": (_DAY, "from this day on `check` asks for a review"),
    "tests": (
        {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"hit": _SAMPLE, "miss": _SAMPLE},
            },
        },
        "`hit:` and `miss:` samples, run by `wirewatch test`",
    ),
}
"""Keys that are no operators: their shape and meaning."""

_OPERATORS: dict[str, Schema] = {
    "all": {"anyOf": [{"type": "array", "items": _CONCEPT}, {"type": "string"}]},
    "any": _CONCEPT,
    "none": _CONCEPT,
    "near": _NUMBER,
    "match": _TEXT,
    "regex": _CONCEPT,
    "prominence": {"enum": ["any", "major", "title"]},
}


def key_meanings() -> dict[str, str]:
    """What every key of a rule means, in the order in which they are listed."""
    operators = {operator.name: operator.help for operator in operator_shelf()}
    return {key: operators.get(key) or PLAIN_KEYS[key][1] for key in known_keys()}


def rule_schema() -> Schema:
    """A rule file: one rule, or a list of rules."""
    meanings = key_meanings()
    shapes = {key: shape for key, (shape, _) in PLAIN_KEYS.items()} | _OPERATORS
    rule: Schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            key: {**shapes.get(key, {}), "description": meaning}
            for key, meaning in meanings.items()
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Wirewatch rule",
        "anyOf": [
            rule,
            {
                "type": "object",
                "additionalProperties": False,
                "required": ["rules"],
                "properties": {"rules": {"type": "array", "items": rule}},
            },
        ],
    }
