"""Adding a test to a rule in the text of its file, where nothing else may change by a byte."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from monitor.errors import UsageError
from monitor.model import RuleId
from monitor.rules.yaml_nodes import Mapping as MappingNode
from monitor.rules.yaml_nodes import Node, Notebook, Sequence, SourceFile, Text, read_yaml

Fields = Mapping[str, str]
"""The fields of an item that a test names; a title alone makes a test of one line."""

# What a reader of YAML, and a person, takes for the text it is. Everything else gets quotes.
_PLAIN = re.compile(r"[^\W\d_](?:[^\n\x85\u2028\u2029:#\[\]{}]|:(?=\S)|(?<=\S)#)*(?<![\s:])")
_WORDS_OF_YAML = frozenset({"null", "true", "false", "yes", "no", "on", "off"})
_ODD = {"\x85": "\\N", "\u2028": "\\L", "\u2029": "\\P", "\x7f": "\\x7f"}
_LINES = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")


def with_test(text: str, rule: RuleId, fields: Fields, *, must_hit: bool, stem: str) -> str:
    """The text of a rule file with one test more, at the end of those of that rule.

    `stem` is the id of a rule that gives none of its own. Raises UsageError where the text is no
    YAML, or is written so that a line cannot simply be put in; the message has the line.
    """
    fields = {name: value for name, value in fields.items() if value}
    node = _rule_in(text, rule, stem)
    said = "hit" if must_hit else "miss"
    if node is not None and node.pairs:
        lines = _LINES.split(text)
        after, indent, opening = _place(node, lines)
        fresh = _put_in(lines, after, [*opening, *_test(said, fields, indent)])
        if _is_one_more(text, fresh, rule, stem):
            return fresh
    by_hand = " ".join(each.strip() for each in _test(said, fields, 0))
    raise UsageError(f"this text has no place for a test of `{rule}`; add by hand: `{by_hand}`")


def _rule_in(text: str, rule: RuleId, stem: str) -> MappingNode | None:
    tree = read_yaml(SourceFile("", text), Notebook(""))
    found = (each for each in _rules_in(tree) if _id_of(each, stem) == rule)
    return next(found, None)


def _rules_in(tree: Node | None) -> list[MappingNode]:
    """The rules of a file, which may be but one."""
    if not isinstance(tree, MappingNode):
        return []
    listed = tree.get("rules")
    if not isinstance(listed, Sequence):
        return [tree]
    return [each for each in listed.items if isinstance(each, MappingNode)]


def _id_of(rule: MappingNode, stem: str) -> str:
    found = rule.get("id")
    return found.text.strip() if isinstance(found, Text) else stem


def _place(rule: MappingNode, lines: list[str]) -> tuple[int, int, list[str]]:
    """After which line a test may be put, how far indented, and what must stand before it."""
    column = rule.pairs[0][0].mark.column - 1
    tests = next((pair for pair in rule.pairs if pair[0].text == "tests"), None)
    if tests is None:
        end = _last_line(lines, rule.pairs[-1][0].mark.line, column)
        return end, column + 2, [" " * column + "tests:"]
    key, value = tests
    if isinstance(value, Sequence) and value.items:
        dash = value.mark.column - 1
        return _last_line(lines, value.mark.line, dash, listed=True), dash, []
    return key.mark.line, column + 2, []


def _last_line(lines: list[str], begin: int, indent: int, *, listed: bool = False) -> int:
    """The last line of a block that begins there; further in is always a part of it."""
    end = begin
    for number, line in enumerate(lines[begin:], start=begin + 1):
        content = line.strip()
        if not content:
            continue
        here = len(line) - len(line.lstrip(" "))
        if here > indent or (listed and here == indent and re.match(r"-(\s|$)", content)):
            end = number
        elif not content.startswith("#"):
            break
    return end


def _test(said: str, fields: Fields, indent: int) -> list[str]:
    before = " " * indent
    if set(fields) == {"title"}:
        return [f"{before}- {said}: {_spelt(fields['title'])}"]
    inner = [f"{before}    {name}: {_spelt(value)}" for name, value in fields.items()]
    return [f"{before}- {said}:", *inner]


def _spelt(value: str) -> str:
    """A text so that YAML reads what it says."""
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS_OF_YAML:
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(_ODD.get(each, each) for each in quoted)


def _put_in(lines: list[str], after: int, added: list[str]) -> str:
    before, rest = lines[:after], lines[after:]
    end = "\r\n" if before[-1].endswith("\r\n") else "\n"
    if not before[-1].endswith(("\n", "\r")):
        before = [*before[:-1], before[-1] + end]
    return "".join((*before, *(line + end for line in added), *rest))


def _is_one_more(old: str, fresh: str, rule: RuleId, stem: str) -> bool:
    """Whether the texts say the same but for the last test of that rule: asked of the reader."""
    notes = Notebook("")
    before = read_yaml(SourceFile("", old), Notebook(""))
    after = read_yaml(SourceFile("", fresh), notes)
    return not notes.errors and _all_said(after, rule, stem, drop=1) == _all_said(
        before, rule, stem, drop=0
    )


def _all_said(tree: Node | None, rule: RuleId, stem: str, *, drop: int) -> list[object]:
    """What the rules of a file say, without the last `drop` tests of one of them."""
    return [_said(each, drop if _id_of(each, stem) == rule else 0) for each in _rules_in(tree)]


def _said(node: Node, drop: int = 0) -> object:
    """What a node says; of a rule, without its last `drop` tests."""
    match node:
        case Text(text=text):
            return text
        case Sequence(items=items):
            return [_said(each) for each in items]
        case MappingNode(pairs=pairs):
            said = {key.text: _said(value) for key, value in pairs if key.text != "tests"}
            tests = node.get("tests")
            kept = [] if not isinstance(tests, Sequence) else [_said(each) for each in tests.items]
            return said | {"tests": kept[: len(kept) - drop]}
