"""Rules and items in as few words as a test can do with."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from monitor.errors import Level
from monitor.model import Item
from monitor.rules.loading import load_rules
from monitor.rules.matching import Matcher
from monitor.rules.yaml_nodes import SourceFile

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
SHIPPED = Path(__file__).resolve().parents[2] / "rules"


def item(title="", **fields):
    return Item(title=title, published_at=NOW, first_seen_at=NOW, **fields)


def load(text="", path="rules/r.yaml", **vocabularies):
    """One rule file, `r.yaml`, with vocabularies by name: YAML, or with a suffix `_txt` text."""
    return load_rules(
        [SourceFile(path, text)] if text else [],
        [
            SourceFile(f"rules/vocab/{name.removesuffix('_txt')}{suffix(name)}", content)
            for name, content in vocabularies.items()
        ],
        NOW,
    )


def suffix(name):
    return ".txt" if name.endswith("_txt") else ".yaml"


def found(book):
    """Every problem as `code line:column`, the file aside."""
    return [f"{each.code} {each.place.line}:{each.place.column}" for each in book.problems]


def only_rule(text, **vocabularies):
    book = load(text, **vocabularies)
    assert [str(each) for each in book.problems if each.level is Level.ERROR] == []
    return book.rules[0]


def matcher(text, **vocabularies):
    return Matcher([only_rule(text, **vocabularies)])


def hits(rule, title="", **fields):
    """Whether a rule, given as YAML, fires on an item."""
    return bool(matcher(rule).match(item(title, **fields)))


def finds(term, title, language=""):
    """Whether one term, as written in a list, is found in a headline."""
    terms = {language: [term]} if language else [term]
    return bool(matcher("any: [$v]", v=json.dumps({"terms": terms})).match(item(title)))


def shipped_files(folder):
    return [SourceFile(path.name, path.read_bytes()) for path in sorted(folder.glob("*.*"))]
