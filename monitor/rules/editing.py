"""Editing: an inline test put into the text of a rule file, and all else left as it was written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from monitor.errors import UsageError
from monitor.model import RuleId
from monitor.rules.yaml_nodes import Mapping as MappingNode
from monitor.rules.yaml_nodes import Node, Notebook, Sequence, SourceFile, Text, read_yaml


def with_test(
    text: str, rule: RuleId, fields: Mapping[str, str], *, must_hit: bool, stem: str
) -> str:
    """The text with one more test of that rule, after those it has.

    `fields` are those of an item, by name; a title alone is written as a plain text. `stem` is
    the id of a rule that gives none of its own. Raises UsageError where the text is no rule file,
    or writes its tests in a way that nothing can be added to.
    """
    lines = text.splitlines(keepends=True)
    node = _rule_node(text, rule, stem)
    end = "\r\n" if text.endswith("\r\n") or "\r\n" in text[:200] else "\n"
    tests = node.get("tests")
    if isinstance(tests, Sequence) and tests.items:
        last = tests.items[-1].mark
        dash = lines[last.line - 1][: last.column - 1].rfind("-")
        if dash < 0 or lines[last.line - 1][:dash].strip():
            raise UsageError("the tests stand in one line: write each in a line of its own")
        at, indent = _end_of(lines, last.line, dash), " " * dash
        added = _spelt(fields, must_hit=must_hit, indent=indent)
    else:
        if tests is not None:
            raise UsageError("`tests` holds none yet: take the key out, and it is put in again")
        key = node.pairs[0][0].mark
        margin = key.column - 1
        at, indent = _end_of(lines, key.line, margin - 1), " " * margin
        added = [f"{indent}tests:", *_spelt(fields, must_hit=must_hit, indent=f"{indent}  ")]
    before = lines[:at]
    if before and not before[-1].endswith(("\n", "\r")):
        before[-1] += end
    return "".join((*before, *(f"{line}{end}" for line in added), *lines[at:]))


def _rule_node(text: str, rule: RuleId, stem: str) -> MappingNode:
    root = read_yaml(SourceFile("rule.yaml", text), Notebook("rule.yaml"))
    if isinstance(root, MappingNode):
        for node in _candidates(root):
            named = node.get("id")
            if (named.text if isinstance(named, Text) else stem) == rule:
                return node
    raise UsageError(f"this text holds no rule `{rule}` that can be read")


def _candidates(root: MappingNode) -> Iterable[MappingNode]:
    listed: Node | None = root.get("rules")
    if isinstance(listed, Sequence):
        return [each for each in listed.items if isinstance(each, MappingNode) and each.pairs]
    return [root] if root.pairs else []


def _end_of(lines: list[str], first: int, margin: int) -> int:
    """How many lines there are up to the end of a block that begins in line `first`.

    It ends before the next line that begins at `margin` or left of it; blank lines and remarks
    before that belong to what comes next.
    """
    end = first
    for number in range(first, len(lines)):
        line = lines[number]
        if not line.strip():
            continue
        if len(line) - len(line.lstrip(" ")) <= margin:
            break
        end = number + 1
    while end > first and lines[end - 1].lstrip().startswith("#"):
        end -= 1
    return end


def _spelt(fields: Mapping[str, str], *, must_hit: bool, indent: str) -> list[str]:
    word = "hit" if must_hit else "miss"
    said = {name: value for name, value in fields.items() if value}
    if list(said) == ["title"]:
        return [f"{indent}- {word}: {_quoted(said['title'])}"]
    inner = [f"{indent}    {name}: {_quoted(value)}" for name, value in said.items()]
    return [f"{indent}- {word}:", *inner]


def _quoted(text: str) -> str:
    """YAML in double quotes: JSON is that, but for a few characters that must not stand plainly."""
    return "".join(
        each if each.isprintable() else f"\\u{ord(each):04x}" if ord(each) < 0x10000 else each
        for each in json.dumps(text, ensure_ascii=False)
    )
