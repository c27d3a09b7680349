"""A reference: queries as random trees, as text, and what they mean in ten lines."""

from __future__ import annotations

from hypothesis import strategies as st

WORDS = ["tug", "ferry", "barge", "canoe", "sea"]
TERM = st.tuples(st.just("term"), st.lists(st.sampled_from(WORDS), min_size=1, max_size=2))
ANY_TREES = st.recursive(
    TERM,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["AND", "OR"]), st.lists(inner, min_size=2, max_size=3)),
        st.tuples(st.just("NOT"), inner),
        st.tuples(st.sampled_from(["title", "body"]), inner),
    ),
    max_leaves=7,
)
BINDING = {"OR": 0, "AND": 1, "NOT": 2, "title": 4, "body": 4, "term": 5}
HEADLINES = st.lists(st.sampled_from([*WORDS, "the"]), max_size=7).map(" ".join)


def fields_in(tree):
    kind, inner = tree
    if kind == "term":
        return False
    if kind in ("AND", "OR"):
        return any(map(fields_in, inner))
    return kind in ("title", "body") or fields_in(inner)


def sound(tree):
    """Whether no field stands in a field."""
    kind, inner = tree
    if kind == "term":
        return True
    if kind in ("AND", "OR"):
        return all(map(sound, inner))
    return sound(inner) and not (kind in ("title", "body") and fields_in(inner))


def written(tree, around=0):
    """The tree as a query, with no bracket that its precedence does not ask for."""
    kind, inner = tree
    if kind == "term":
        return inner[0] if len(inner) == 1 else '"' + " ".join(inner) + '"'
    binding = BINDING[kind]
    if kind in ("AND", "OR"):
        text = f" {kind} ".join(written(each, binding + 1) for each in inner)
    elif kind == "NOT":
        text = f"NOT {written(inner, binding)}"
    else:
        text = f"{kind}:{written(inner, binding)}"
    return f"( {text} )" if binding < around else text


def holds(tree, texts):
    kind, inner = tree
    match kind:
        case "term":
            return any(f" {' '.join(inner)} " in f" {text} " for text in texts.values())
        case "AND":
            return all(holds(each, texts) for each in inner)
        case "OR":
            return any(holds(each, texts) for each in inner)
        case "NOT":
            return not holds(inner, texts)
        case _:
            return holds(inner, {kind: texts[kind]})


TREES = ANY_TREES.filter(sound)
