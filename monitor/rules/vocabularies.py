"""Vocabularies: named lists of terms, read from YAML or text files and joined to each other."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from monitor.errors import Place, Problem
from monitor.rules.concepts import ConceptReader
from monitor.rules.linting import lint_terms, marks_of
from monitor.rules.rulebook import Vocabulary
from monitor.rules.samples import read_samples
from monitor.rules.shapes import Shapes
from monitor.rules.syntax import Leaf, Term, VocabularyRef
from monitor.rules.yaml_nodes import Mapping as MappingNode
from monitor.rules.yaml_nodes import Mark, Node, Notebook, SourceFile, Text, read_text, read_yaml

_KEYS = ("title", "why", "owner", "terms", "not", "tests")
_SYNONYMS = {"words": "terms", "name": "title", "exclude": "not", "none": "not"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabularies:
    """The vocabularies that can be used, the names of those that cannot, and all problems."""

    usable: Mapping[str, Vocabulary]
    broken: frozenset[str]
    problems: tuple[Problem, ...]


def read_vocabularies(sources: Iterable[SourceFile]) -> Vocabularies:
    """Read and join all vocabularies; one that leans on a broken one is broken too."""
    files = sorted(sources, key=lambda source: source.path)
    names = {vocabulary_name(source.path) for source in files}
    notebooks = [Notebook(source.path) for source in files]
    read: dict[str, tuple[Vocabulary, Notebook]] = {}
    for source, notebook in zip(files, notebooks, strict=True):
        vocabulary = _read(source, notebook, names)
        if vocabulary.name in read:
            other = read[vocabulary.name][0].place.path
            notebook.note(
                "V111",
                None,
                f"a second vocabulary named `{vocabulary.name}` (the first is {other})",
                "rename one of the two files",
            )
        else:
            read[vocabulary.name] = vocabulary, notebook
    _note_cycles(read)
    broken = {name for name, (_, notebook) in read.items() if notebook.errors}
    _spread(broken, read)
    usable = {name: found for name, (found, _) in read.items() if name not in broken}
    return Vocabularies(
        usable={
            name: replace(each, version=_version(each, usable)) for name, each in usable.items()
        },
        broken=frozenset(broken),
        problems=tuple(problem for notebook in notebooks for problem in notebook.problems),
    )


def vocabulary_name(path: str) -> str:
    """The name under which rules use a vocabulary file."""
    return PurePosixPath(path).stem


def _read(source: SourceFile, notebook: Notebook, names: Collection[str]) -> Vocabulary:
    name = vocabulary_name(source.path)
    empty = Vocabulary(name=name, title=name, terms=(), place=Place(source.path))
    if not _NAME.fullmatch(name):
        notebook.note(
            "V122", None, f"`{name}` cannot be used as `$name`", "use letters, digits, `_` and `-`"
        )
    reader = ConceptReader(Shapes(notebook, "V"), names)
    if source.path.endswith(".txt"):
        return _read_lines(source, empty, reader)
    node = read_yaml(source, notebook)
    if isinstance(node, MappingNode):
        return _read_mapping(node, empty, reader)
    if not notebook.errors:
        notebook.note("V101", None, "no vocabulary in this file", "begin with `terms:`")
    return empty


_YAML_LIKE = re.compile(r"- |(?:terms|not|title|tests|[a-z]{2}): *(?:$|\[)")


def _read_lines(source: SourceFile, empty: Vocabulary, reader: ConceptReader) -> Vocabulary:
    """One term a line; `#` begins a comment."""
    text = read_text(source, reader.shapes.notebook)
    if text is None:
        return empty
    leaves: list[Leaf] = []
    for number, line in enumerate(reader.shapes.notebook.lines, start=1):
        term = re.split(r"(?:^|\s)#", line, maxsplit=1)[0].rstrip()
        if term.strip():
            indent = len(term) - len(term.lstrip())
            mark = Mark(number, indent + 1, len(term) - indent)
            leaves.extend(reader.leaves(Text(mark, term.strip())))
            if _YAML_LIKE.match(term.strip()) or term.count('"') % 2:
                reader.shapes.notebook.note(
                    "V121",
                    mark,
                    f"`{term.strip()}` looks like YAML, and is taken for a term as it stands",
                    "write the bare term, or make it a `.yaml` file with `terms:`",
                    warning=True,
                )
    if not leaves and not reader.shapes.notebook.errors:
        reader.shapes.notebook.note("V106", None, "no term in this file", "write one a line")
    return replace(empty, terms=tuple(leaves))


def _read_mapping(node: MappingNode, empty: Vocabulary, reader: ConceptReader) -> Vocabulary:
    shapes = reader.shapes
    shapes.keys(node, _KEYS, _SYNONYMS)
    title, tests = node.get("title"), node.get("tests")
    terms = node.get("terms")
    leaves = tuple(_read_terms(terms, reader)) if terms is not None else ()
    if not leaves and not shapes.notebook.errors:
        shapes.notebook.note("V106", node.mark, "a vocabulary without terms", "add `terms:`")
    unwanted = node.get("not")
    friends = _read_terms(unwanted, reader) if unwanted is not None else ()
    return replace(
        empty,
        title=(shapes.text(title, "title") if title is not None else "") or empty.name,
        terms=leaves,
        false_friends=tuple(_only_terms(friends, unwanted, shapes)),
        samples=read_samples(tests, shapes) if tests is not None else (),
    )


def _read_terms(node: Node, reader: ConceptReader) -> Iterator[Leaf]:
    """Terms by language, or as one list whose languages are told by their script."""
    if not isinstance(node, MappingNode):
        leaves = reader.leaves(node)
        lint_terms(leaves, marks_of(node).get, reader.shapes)
        yield from leaves
        return
    for key, value in node.pairs:
        language = reader.shapes.language(key)
        leaves = reader.leaves(value, language)
        lint_terms(leaves, marks_of(value).get, reader.shapes)
        yield from leaves


def _only_terms(leaves: Iterable[Leaf], node: Node | None, shapes: Shapes) -> Iterator[Term]:
    for leaf in leaves:
        if isinstance(leaf, Term):
            yield leaf
        elif node is not None:
            shapes.wrong(node.mark, f"`${leaf.name}` under `not`", "list the false friends here")


def _references(vocabulary: Vocabulary) -> list[str]:
    return [leaf.name for leaf in vocabulary.terms if isinstance(leaf, VocabularyRef)]


def _note_cycles(read: Mapping[str, tuple[Vocabulary, Notebook]]) -> None:
    """Note each vocabulary that leads back to itself, with the way it takes."""
    for name, (_, notebook) in read.items():
        way = _way_back(name, read)
        if way:
            chain = " → ".join(f"${each}" for each in way)
            mark = _mark_of(way[1], notebook)
            notebook.note(
                "V116", mark, f"`${name}` contains itself: {chain}", "remove one of these uses"
            )


def _mark_of(name: str, notebook: Notebook) -> Mark | None:
    """Where a vocabulary is first used in a file, comments aside."""
    used = re.compile(rf"(?:^|[^#])*?(\${re.escape(name)})(?![A-Za-z0-9_-])")
    for number, line in enumerate(notebook.lines, start=1):
        if found := used.match(line):
            return Mark(number, found.start(1) + 1, len(name) + 1)
    return None


def _way_back(name: str, read: Mapping[str, tuple[Vocabulary, Notebook]]) -> list[str]:
    """The shortest way from a vocabulary to itself, or nothing."""
    ways = [[name]]
    seen: set[str] = set()
    for way in ways:
        if way[-1] not in read:
            continue
        for reference in _references(read[way[-1]][0]):
            if reference == name:
                return [*way, name]
            if reference not in seen:
                seen.add(reference)
                ways.append([*way, reference])
    return []


def _spread(broken: set[str], read: Mapping[str, tuple[Vocabulary, Notebook]]) -> None:
    """Note the vocabularies that use a broken one, and count them as broken."""
    spreading = True
    while spreading:
        spreading = False
        for name, (vocabulary, notebook) in read.items():
            bad = [each for each in _references(vocabulary) if each in broken]
            if bad and name not in broken:
                notebook.note(
                    "V112",
                    _mark_of(bad[0], notebook),
                    f"it uses `${bad[0]}`, which has mistakes",
                    "correct that vocabulary; its problems are listed too",
                )
                broken.add(name)
                spreading = True


def _version(vocabulary: Vocabulary, usable: Mapping[str, Vocabulary]) -> str:
    """A short hash of all that a vocabulary, and those it uses, look for."""
    digest = hashlib.sha256()
    names, seen = [vocabulary.name], set[str]()
    while names:
        name = names.pop()
        if name not in seen:
            seen.add(name)
            digest.update(repr((usable[name].terms, usable[name].false_friends)).encode())
            names.extend(_references(usable[name]))
    return digest.hexdigest()[:12]
