"""Facts: what a rule says of itself, its condition aside, and the version all of it makes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from monitor.errors import Place
from monitor.model import RuleId, Severity, StoryMode
from monitor.rules.alerts import Alerts, read_alerts, read_mutes, read_stories
from monitor.rules.concepts import ConceptReader
from monitor.rules.rulebook import FeedFilter, Rule, Vocabulary
from monitor.rules.samples import read_samples
from monitor.rules.scoring import read_min_score, read_scores
from monitor.rules.shapes import Shapes
from monitor.rules.syntax import AllOf, VocabularyRef, leaves
from monitor.rules.syntax import Node as Query
from monitor.rules.yaml_nodes import Mapping as MappingNode
from monitor.rules.yaml_nodes import Mark, Node, Sequence, Text

_DECIDES_NOTHING = frozenset(["tests", "stories", "alert", "mute", "review", "full_text"])


@dataclass(frozen=True, slots=True)
class Facts:
    """Reads what a rule says of itself, its condition aside."""

    node: MappingNode
    shapes: Shapes

    def rule(
        self,
        rule_id: RuleId,
        condition: AllOf,
        reader: ConceptReader,
        vocabularies: Mapping[str, Vocabulary],
        mark: Mark,
    ) -> Rule:
        """The rule; mistakes are noted and replaced by what is usual."""
        since, expires = self._days()
        scores = read_scores(self.node, reader)
        queries = [clause.node for clause in condition.clauses]
        used = _used([*queries, *(score.query for score in scores)], vocabularies)
        enabled, tests = self.node.get("enabled"), self.node.get("tests")
        full_text = self.node.get("full_text")
        alert, mutes, review = (self.node.get(key) for key in ("alert", "mute", "review"))
        stories = self.node.get("stories")
        return Rule(
            id=rule_id,
            title=self._text("title") or rule_id,
            why=self._text("why"),
            severity=self._severity(),
            tags=self._texts("tags"),
            owner=self._text("owner"),
            enabled=enabled is None or self.shapes.truth(enabled, "enabled"),
            condition=condition,
            scores=scores,
            min_score=read_min_score(self.node, scores, reader),
            vocabularies=used,
            languages=self._languages(),
            feeds=self._feeds(),
            full_text=full_text is not None and self.shapes.truth(full_text, "full_text"),
            since=since,
            expires=expires,
            stories=read_stories(stories, self.shapes) if stories is not None else StoryMode.GROUP,
            alert=(
                read_alerts(alert, self.shapes, reader.vocabularies, reader.broken)
                if alert is not None
                else Alerts()
            ),
            mutes=read_mutes(mutes, self.shapes) if mutes is not None else (),
            review=self.shapes.day(review, "review") if review is not None else None,
            samples=read_samples(tests, self.shapes) if tests is not None else (),
            version=_version(self.node, used),
            place=Place(self.shapes.notebook.path, mark.line, mark.column),
        )

    def _text(self, key: str) -> str:
        value = self.node.get(key)
        return self.shapes.text(value, key) if value is not None else ""

    def _texts(self, key: str) -> tuple[str, ...]:
        value = self.node.get(key)
        return tuple(each.text for each in self.shapes.texts(value, key)) if value else ()

    def _severity(self) -> Severity:
        value = self.node.get("severity")
        if value is None:
            return Severity.MEDIUM
        words = {severity.word: severity for severity in Severity}
        return self.shapes.choice(
            value,
            "severity",
            words,
            Severity.MEDIUM,
            code="R108",
            wrong="is not a severity",
            hint="use one of " + ", ".join(words),
        )

    def _languages(self) -> tuple[str, ...]:
        value = self.node.get("languages")
        codes = self.shapes.texts(value, "languages") if value is not None else ()
        return tuple(self.shapes.language(code) for code in codes)

    def _days(self) -> tuple[date | None, date | None]:
        since, expires = self.node.get("since"), self.node.get("expires")
        first = self.shapes.day(since, "since") if since is not None else None
        last = self.shapes.day(expires, "expires") if expires is not None else None
        if first and last and expires and last < first:
            self.shapes.notebook.note(
                "R110",
                expires.mark,
                f"the rule would expire ({last}) before it begins ({first})",
                "swap the two dates",
            )
        return first, last

    def _feeds(self) -> FeedFilter:
        value = self.node.get("feeds")
        if value is None:
            return FeedFilter()
        if not isinstance(value, MappingNode):
            return FeedFilter(include=self._globs(value, "feeds"))
        self.shapes.keys(value, ("include", "exclude"))
        include, exclude = value.get("include"), value.get("exclude")
        return FeedFilter(
            include=self._globs(include, "include") if include is not None else (),
            exclude=self._globs(exclude, "exclude") if exclude is not None else (),
        )

    def _globs(self, node: Node, what: str) -> tuple[str, ...]:
        return tuple(each.text.strip().lower() for each in self.shapes.texts(node, what))


def _used(
    queries: Iterable[Query], vocabularies: Mapping[str, Vocabulary]
) -> Mapping[str, Vocabulary]:
    """The vocabularies that are used, directly or through others."""
    used: dict[str, Vocabulary] = {}
    named = (leaf for query in queries for leaf in leaves(query))
    names = [leaf.name for leaf in named if isinstance(leaf, VocabularyRef)]
    while names:
        name = names.pop()
        if name not in used and name in vocabularies:
            used[name] = vocabularies[name]
            names.extend(leaf.name for leaf in used[name].terms if isinstance(leaf, VocabularyRef))
    return used


def _version(node: MappingNode, used: Mapping[str, Vocabulary]) -> str:
    """A short hash of all that decides: what it says of its tests and of telling aside."""
    digest = hashlib.sha256()
    for key, value in node.pairs:
        if key.text not in _DECIDES_NOTHING:
            digest.update(repr((key.text, _content(value))).encode())
    for name, vocabulary in sorted(used.items()):
        digest.update(f"{name} {vocabulary.version}".encode())
    return digest.hexdigest()[:12]


def _content(node: Node) -> object:
    match node:
        case Text(text=text):
            return text
        case Sequence(items=items):
            return [_content(item) for item in items]
        case MappingNode(pairs=pairs):
            return {key.text: _content(value) for key, value in pairs}
