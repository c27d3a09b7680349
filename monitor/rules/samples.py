"""Inline tests: the `hit:` and `miss:` lines of a rule or vocabulary."""

from __future__ import annotations

from datetime import UTC, datetime

from monitor.errors import Place
from monitor.model import Item
from monitor.rules.fields import field_text
from monitor.rules.rulebook import Sample
from monitor.rules.shapes import Shapes
from monitor.rules.syntax import FIELDS
from monitor.rules.terms import FIELD_ALIASES, field_named
from monitor.rules.yaml_nodes import Mapping, Node, Sequence, Text
from monitor.text.tokens import words

# Tests are about words, not about time.
_SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_KNOWN = ("hit", "miss")
_EXAMPLE = "- hit: a headline that must be found"


def read_samples(node: Node, shapes: Shapes) -> tuple[Sample, ...]:
    """The tests of a list; whatever is no test is noted and left out."""
    if not isinstance(node, Sequence):
        shapes.notebook.note(f"{shapes.family}117", node.mark, "`tests` must be a list", _EXAMPLE)
        return ()
    found = (_read_sample(each, shapes) for each in node.items)
    return tuple(sample for sample in found if sample is not None)


def _read_sample(node: Node, shapes: Shapes) -> Sample | None:
    code = f"{shapes.family}117"
    if not isinstance(node, Mapping):
        shapes.notebook.note(code, node.mark, "a test must be a `hit:` or a `miss:`", _EXAMPLE)
        return None
    if len(node.pairs) != 1:
        shapes.notebook.note(
            code, node.mark, "a test is one `hit:` or one `miss:`", "begin each with `-`"
        )
        return None
    ((key, value),) = node.pairs
    if key.text not in _KNOWN:
        shapes.keys(node, _KNOWN)
        return None
    item_and_tags = _read_item(value, shapes)
    if item_and_tags is None:
        return None
    item, feed_tags = item_and_tags
    must_hit = key.text == "hit"
    if not any(words(field_text(item, field)) for field in FIELDS if field != "language"):
        shapes.notebook.note(
            f"{shapes.family}118",
            key.mark,
            "this test holds no words, so it can never "
            + ("succeed" if must_hit else "fail: it tests nothing"),
            "write the headline it is about",
        )
        return None
    notebook = shapes.notebook
    return Sample(
        must_hit=must_hit,
        item=item,
        feed_tags=feed_tags,
        place=Place(notebook.path, key.mark.line, key.mark.column),
        source=notebook.lines[key.mark.line - 1],
        width=key.mark.width,
    )


def _read_item(node: Node, shapes: Shapes) -> tuple[Item, tuple[str, ...]] | None:
    match node:
        case Text(text=text):
            return Item(title=text.strip(), published_at=_SOME_DAY, first_seen_at=_SOME_DAY), ()
        case Sequence():
            shapes.notebook.note(
                f"{shapes.family}117",
                node.mark,
                "a test is a text or fields, not a list",
                "put a headline with brackets or a colon in quotes",
            )
            return None
        case Mapping():
            return _read_fields(node, shapes)


def _read_fields(node: Mapping, shapes: Shapes) -> tuple[Item, tuple[str, ...]] | None:
    known = [*FIELDS, *FIELD_ALIASES, "feed_tags"]
    # A headline with a colon looks like a key to YAML: say so rather than "unknown key".
    if len(node.pairs) == 1 and " " in (key := node.pairs[0][0]).text:
        shapes.notebook.note(
            f"{shapes.family}117",
            key.mark,
            "the colon makes this a key, not a headline",
            "put the whole headline in quotes",
        )
        return None
    shapes.keys(node, known)
    lists: dict[str, tuple[str, ...]] = {"tags": (), "feed_tags": ()}
    texts: dict[str, str] = {}
    for key, value in node.pairs:
        name = field_named(key.text) or key.text
        if name in lists:
            lists[name] = tuple(each.text for each in shapes.texts(value, key.text))
        elif key.text in known:
            texts[name] = shapes.text(value, key.text)
    item = Item(
        title=texts.get("title", ""),
        lead=texts.get("lead", ""),
        body=texts.get("body", ""),
        author=texts.get("author", ""),
        tags=lists["tags"],
        url=texts.get("url", ""),
        source=texts.get("source", ""),
        feed=texts.get("feed", ""),
        language=texts.get("language", ""),
        published_at=_SOME_DAY,
        first_seen_at=_SOME_DAY,
    )
    return item, lists["feed_tags"]
