"""Linting: what is allowed in a rule, yet is probably not what its author wants."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import takewhile

from monitor.rules.forms import term_keys
from monitor.rules.rulebook import Rule
from monitor.rules.shapes import Shapes
from monitor.rules.syntax import (
    TEXT_FIELDS,
    AnyOf,
    Exact,
    Glob,
    Joined,
    Leaf,
    Not,
    Pattern,
    Term,
    Word,
)
from monitor.rules.yaml_nodes import Mapping as MappingNode
from monitor.rules.yaml_nodes import Mark, Node, Sequence, Text
from monitor.text.folding import fold

MarkOf = Callable[[str], Mark | None]


def lint_terms(leaves: Iterable[Leaf], mark_of: MarkOf, shapes: Shapes) -> None:
    """Note terms of one list of alternatives that are idle or dangerously short.

    `mark_of` says where a term stands, by how it is written.
    """
    terms = [leaf for leaf in leaves if isinstance(leaf, Term)]
    _lint_short(terms, mark_of, shapes)
    _lint_redundant(terms, mark_of, shapes)


def lint_rule(rule: Rule, mark_of: Callable[[str], Mark], shapes: Shapes, now: datetime) -> None:
    """Note what is odd about a rule as a whole; `mark_of` says where a key has its value."""
    note = shapes.notebook.note
    if not {sample.must_hit for sample in rule.samples} >= {True, False}:
        note(
            "R151",
            mark_of("id"),
            f"rule `{rule.id}` is not tested: it needs a `hit:` and a `miss:` at least",
            "add `tests:` with a headline it must find and one it must not",
            warning=True,
        )
    if rule.expires is not None and rule.expires < now.date():
        note(
            "R152",
            mark_of("expires"),
            f"rule `{rule.id}` expired on {rule.expires} and no longer runs",
            "move `expires`, or delete the rule",
            warning=True,
        )
    if rule.review is not None and rule.review <= now.date():
        note(
            "R137",
            mark_of("review"),
            f"rule `{rule.id}` was to be reviewed on {rule.review}",
            "read what it found of late, then move `review`",
            warning=True,
        )
    for mute in rule.mutes:
        if mute.until < now.date():
            note(
                "R138",
                mark_of("mute"),
                f"the mute of story {mute.story} ended on {mute.until}",
                "delete it, or move `until`",
                warning=True,
            )
    contradiction = _contradiction(rule)
    if contradiction:
        note(
            "R156",
            mark_of("none"),
            f"rule `{rule.id}` can never fire: {contradiction}",
            "remove the terms from one of the two",
            warning=True,
        )


def _lint_short(terms: Iterable[Term], mark_of: MarkOf, shapes: Shapes) -> None:
    for term in terms:
        if term.field not in ("", *TEXT_FIELDS):
            continue
        match term.words:
            case (Word(text),) if len(folded := fold(text)) == 2 and folded.isalpha():
                exact = f"={text.upper()}" if text.isascii() else f"={text}"
                shapes.notebook.note(
                    f"{shapes.family}154",
                    mark_of(term.written),
                    f"`{term.written}` finds `{folded}` in any case, as a word like any other",
                    f"write `{exact}` if you mean the capitals",
                    warning=True,
                )


def _lint_redundant(terms: Iterable[Term], mark_of: MarkOf, shapes: Shapes) -> None:
    """Note each term that finds nothing which an earlier or wider one does not find."""
    for alike in _alike(terms):
        kept: dict[tuple[object, ...], Term] = {}
        for term in alike:
            first = kept.setdefault(meaning(term), term)
            if first is not term:
                _note_redundant(term, first, mark_of, shapes)
        wide = {(term.field, start): term for term in kept.values() if (start := _open_start(term))}
        for term in kept.values() if wide else ():
            start = _shared_start(term)
            for length in range(1, len(start) + 1):
                if wider := wide.get((term.field, start[:length])):
                    _note_redundant(term, wider, mark_of, shapes)
                    break


def _alike(terms: Iterable[Term]) -> Iterator[list[Term]]:
    """Terms that may find the same: those of a letter, or of a script that writes prefixes."""
    by_letter: dict[str, list[Term]] = {}
    for term in terms:
        by_letter.setdefault(_letter(term.words[0]), []).append(term)
    for alike in by_letter.values():
        if len(alike) > 1:
            yield alike


def _letter(word: Pattern) -> str:
    match word:
        case Joined(joined):
            return _letter(joined)
        case Glob(pattern):
            return pattern[:1] if pattern[:1].isascii() else ""
        case Word(text) | Exact(text):
            letter = fold(text)[:1]
            return letter if letter.isascii() else ""


def _note_redundant(term: Term, other: Term, mark_of: MarkOf, shapes: Shapes) -> None:
    shapes.notebook.note(
        f"{shapes.family}153",
        mark_of(term.written),
        f"`{term.written}` finds nothing that `{other.written}` does not find",
        "delete it",
        warning=True,
    )


def meaning(term: Term) -> tuple[object, ...]:
    """What a term finds, where: equal for two terms that find the same, or very nearly."""
    return (term.field, *(_word_meaning(word) for word in term.words))


def _word_meaning(word: Pattern) -> object:
    """What a word finds: two words of one meaning find the same, or very nearly."""
    match word:
        case Glob() | Joined():
            return word
        case Exact():
            return term_keys(word)
        case Word(text):
            others = term_keys(word) - {fold(text)}
            stems = frozenset(key for key in others if ":" in key)
            return stems or term_keys(word)


def _only_word(term: Term) -> Pattern | None:
    return term.words[0] if len(term.words) == 1 else None


def _open_start(term: Term) -> str:
    """The letters before a trailing wildcard, of a term that is one word with no other."""
    word = _only_word(term)
    if not isinstance(word, Glob):
        return ""
    start = word.pattern.rstrip("*")
    return start if start != word.pattern and not set(start) & {"*", "?"} else ""


def _shared_start(term: Term) -> str:
    """The letters with which every form of a term of one word begins."""
    word = _only_word(term)
    if not isinstance(word, Word):
        return ""
    forms = [key.rpartition(":")[2] for key in term_keys(word)]
    first, last = min(forms), max(forms)
    same = sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    )
    return first[:same]


def _contradiction(rule: Rule) -> str:
    """Which clauses forbid all that another one asks for, or ""."""
    clauses = rule.condition.clauses
    forbidden = {
        _identity(leaf): clause.name
        for clause in clauses
        if isinstance(clause.node, Not) and isinstance(clause.node.concept, AnyOf)
        for leaf in clause.node.concept.alternatives
    }
    for clause in clauses:
        if isinstance(clause.node, AnyOf):
            asked = [_identity(leaf) for leaf in clause.node.alternatives]
            if all(leaf in forbidden for leaf in asked):
                by = " and ".join(dict.fromkeys(f"`{forbidden[leaf]}`" for leaf in asked))
                return f"{by} forbids all that `{clause.name}` asks for"
    return ""


def _identity(leaf: Leaf) -> object:
    return (leaf.field, leaf.words) if isinstance(leaf, Term) else leaf


def marks_of(node: Node) -> dict[str, Mark]:
    """Where each text in a list stands."""
    match node:
        case Text(mark, text):
            return {text.strip(): mark}
        case Sequence(items=items):
            found: dict[str, Mark] = {}
            for item in items:
                found.update(marks_of(item))
            return found
        case MappingNode(pairs=pairs):
            return {name: mark for _, value in pairs for name, mark in marks_of(value).items()}
