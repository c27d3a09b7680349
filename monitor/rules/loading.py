"""Loading: from the texts of rule and vocabulary files to a rule book, with every mistake."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from itertools import islice
from pathlib import PurePosixPath

from monitor.errors import Place, Problem
from monitor.model import RuleId
from monitor.rules import operators
from monitor.rules.caching import RuleCache, file_key, vocabularies_key
from monitor.rules.concepts import ConceptReader, Operator
from monitor.rules.facts import Facts
from monitor.rules.linting import lint_rule
from monitor.rules.rulebook import Rule, RuleBook, Vocabulary
from monitor.rules.scalars import Scalar
from monitor.rules.shapes import Shapes
from monitor.rules.syntax import AllOf, Clause, must_find
from monitor.rules.vocabularies import read_vocabularies
from monitor.rules.yaml_nodes import Mapping as MappingNode
from monitor.rules.yaml_nodes import Mark, Node, Notebook, Sequence, SourceFile, Text, read_yaml
from monitor.shelf import load_shelf

_PLAIN_KEYS = (
    "id",
    "title",
    "why",
    "severity",
    "tags",
    "owner",
    "enabled",
    "languages",
    "feeds",
    "full_text",
    "since",
    "expires",
    "score",
    "min_score",
    "stories",
    "alert",
    "mute",
    "review",
    "tests",
)
# Words that other tools, or plain English, suggest.
_SYNONYMS = {
    "name": "id",
    "description": "why",
    "not": "none",
    "exclude": "none",
    "keywords": "any",
    "or": "any",
    "and": "all",
    "priority": "severity",
    "until": "expires",
}
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


Recall = Callable[[Mapping[str, Vocabulary], int], RuleCache]
"""The vocabularies, and how many rule files there are, to what is known of them."""


@lru_cache(maxsize=1)
def operator_shelf() -> tuple[Operator, ...]:
    """Every operator, each after those whose clauses it needs."""
    shelf = {
        operator.name: operator for operator in load_shelf(operators, "OPERATOR", Operator).values()
    }
    ordered: dict[str, Operator] = {}

    def place(operator: Operator) -> None:
        for name in operator.after:
            place(shelf[name])
        ordered.setdefault(operator.name, operator)

    for operator in shelf.values():
        place(operator)
    return tuple(ordered.values())


def known_keys() -> tuple[str, ...]:
    """Every key that a rule may have in this version."""
    return (*_PLAIN_KEYS, *(operator.name for operator in operator_shelf()))


def load_rules(
    rule_files: Iterable[SourceFile],
    vocabulary_files: Iterable[SourceFile],
    now: datetime,
    recall: Recall = lambda *_: RuleCache(),
) -> RuleBook:
    """Read everything, keep what can be used, and report all that is wrong at once.

    A mistake costs the rule it stands in, or, where it breaks the YAML, the file; a broken
    vocabulary costs the rules that use it. `now` only serves the warning of expired rules.
    `recall` says what is known of rule files.
    """
    vocabularies = read_vocabularies(vocabulary_files)
    book = load_rules_with(
        vocabularies.usable, rule_files, now, broken=vocabularies.broken, recall=recall
    )
    problems = (*book.problems, *vocabularies.problems)
    return replace(book, problems=tuple(sorted(problems, key=lambda problem: problem.place)))


def load_rules_with(
    vocabularies: Mapping[str, Vocabulary],
    rule_files: Iterable[SourceFile],
    now: datetime,
    *,
    broken: frozenset[str] = frozenset(),
    recall: Recall = lambda *_: RuleCache(),
) -> RuleBook:
    """Read rule files against vocabularies that have been read; `broken` are those that cannot be.

    See `load_rules`.
    """
    sources = sorted(rule_files, key=lambda source: source.path)
    desk = _Desk(vocabularies, broken, now, recall(vocabularies, len(sources)))
    for source in sources:
        desk.read(source)
    return RuleBook(
        rules=tuple(desk.rules.values()),
        vocabularies=vocabularies,
        problems=tuple(sorted(desk.problems, key=lambda problem: problem.place)),
    )


class _Desk:
    """Where rule files are read one by one; knows the ids taken so far."""

    def __init__(
        self,
        vocabularies: Mapping[str, Vocabulary],
        broken: frozenset[str],
        now: datetime,
        cache: RuleCache,
    ) -> None:
        self.rules: dict[RuleId, Rule] = {}
        self.problems: list[Problem] = []
        self._taken: dict[str, Place] = {}
        self._vocabularies = vocabularies
        self._broken = broken
        self._now = now
        self._cache = cache
        self._key = vocabularies_key(vocabularies, broken)

    def read(self, source: SourceFile) -> None:
        """Read the rule, or the list of rules, of one file, unless it is known."""
        key = file_key(source, self._key)
        known = self._cache.rules(key, self._now.date())
        if known and not any(rule.id in self._taken for rule in known):
            for rule in known:
                self._taken[rule.id] = rule.place
                self.rules[rule.id] = rule
            return
        count = len(self.rules)
        if self._read_anew(source):
            self._cache.keep(key, tuple(islice(self.rules.values(), count, None)))

    def _read_anew(self, source: SourceFile) -> bool:
        """Read a file, and say whether there was nothing to remark."""
        notebook = Notebook(source.path)
        tree = read_yaml(source, notebook)
        if notebook.errors == 0 or isinstance(tree, MappingNode):
            for node, rule_id in self._rule_nodes(tree, notebook):
                rule = self._rule(node, rule_id, notebook)
                # A key written twice is a mistake of its rule, yet noted before any rule was read.
                if rule is not None and node.sound:
                    self.rules[rule.id] = rule
        self.problems.extend(notebook.problems)
        return not notebook.problems

    def _rule_nodes(
        self, tree: Node | None, notebook: Notebook
    ) -> Iterator[tuple[MappingNode, Text | None]]:
        """The mappings that are rules, each with the node of its `id` if it has one."""
        if not isinstance(tree, MappingNode):
            notebook.note(
                "R101",
                tree.mark if tree else None,
                "no rule in this file",
                "begin with `title:` and `any:` or `all:`",
            )
            return
        listed = tree.get("rules")
        if listed is None:
            yield tree, self._id_node(tree, notebook)
            return
        Shapes(notebook, "R").keys(tree, ("rules",))
        if not isinstance(listed, Sequence):
            notebook.note("R102", listed.mark, "`rules` must be a list", "begin each with `-`")
            return
        if not listed.items:
            notebook.note("R101", listed.mark, "no rule in this list", "begin one with `- id:`")
        for node in listed.items:
            if isinstance(node, MappingNode):
                rule_id = self._id_node(node, notebook)
                if rule_id is None:
                    notebook.note(
                        "R122", node.mark, "a rule in a list needs an `id`", "add `id: some-name`"
                    )
                yield node, rule_id
            else:
                notebook.note("R102", node.mark, "a rule must be a mapping of keys to values")

    def _id_node(self, node: MappingNode, notebook: Notebook) -> Text | None:
        found = node.get("id")
        if found is None or isinstance(found, Text):
            return found
        notebook.note("R102", found.mark, "`id` must be a text")
        return None

    def _rule(self, node: MappingNode, id_node: Text | None, notebook: Notebook) -> Rule | None:
        errors = notebook.errors
        rule_id = id_node.text.strip() if id_node else PurePosixPath(notebook.path).stem
        mark = id_node.mark if id_node else _first_key(node)
        self._take(rule_id, mark, notebook)
        reader = ConceptReader(Shapes(notebook, "R"), self._vocabularies, self._broken, errors)
        _check_keys(node, reader.shapes)
        clauses = _read_clauses(node, reader)
        facts = Facts(node, reader.shapes)
        rule = facts.rule(RuleId(rule_id), AllOf(clauses), reader, self._vocabularies, mark)
        if not any(must_find(clause.node) for clause in clauses):
            if notebook.errors == errors:
                notebook.note(
                    "R106",
                    _query_mark(node, notebook) or mark,
                    f"rule `{rule_id}` asks for nothing that must be found",
                    "add `all`, `any`, or to `match` a part without NOT; "
                    "what must not be found would match everything else",
                )
            return None
        if notebook.errors > errors:
            return None
        lint_rule(rule, _marks(node, mark), reader.shapes, self._now)
        return rule

    def _take(self, rule_id: str, mark: Mark, notebook: Notebook) -> None:
        """Note an id that cannot be used, or is used already."""
        if not _ID.fullmatch(rule_id):
            notebook.note(
                "R122",
                mark,
                f"`{rule_id[:60]}` cannot be the id of a rule",
                "use letters, digits, `.`, `_` and `-`, at most 100",
            )
        elif rule_id in self._taken:
            notebook.note(
                "R111",
                mark,
                f"a second rule `{rule_id}` (the first is at {self._taken[rule_id]})",
                "give it another id",
            )
        else:
            self._taken[rule_id] = Place(notebook.path, mark.line, mark.column)


def _marks(node: MappingNode, mark: Mark) -> Callable[[str], Mark]:
    """Where each key of a rule has its value; the rule itself where it has none."""

    def mark_of(key: str) -> Mark:
        value = node.get(key)
        return value.mark if value is not None else mark

    return mark_of


def _check_keys(node: MappingNode, shapes: Shapes) -> None:
    shapes.keys(node, known_keys(), _SYNONYMS)


def _read_clauses(node: MappingNode, reader: ConceptReader) -> tuple[Clause, ...]:
    found: dict[str, tuple[Clause, ...]] = {}
    for operator in operator_shelf():
        value = node.get(operator.name)
        if value is not None:
            found[operator.name] = operator.read(value, reader, found)
    return tuple(clause for clauses in found.values() for clause in clauses)


def _query_mark(node: MappingNode, notebook: Notebook) -> Mark | None:
    """Where the query of a rule stands, if it has one."""
    query = node.get("match")
    if not isinstance(query, Text):
        return None
    text = query.text.rstrip()
    return Scalar(query, notebook.lines).mark(len(text) - len(text.lstrip()), len(text))


def _first_key(node: MappingNode) -> Mark:
    return node.pairs[0][0].mark if node.pairs else node.mark
