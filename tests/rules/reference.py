"""A reference: what rules mean, read off docs/rules.md, slow and obvious.

It knows nothing of the engine. A rule is what its YAML says, a query a tree of
`("term", text)`, `("AND" | "OR", [trees])` and `("NOT", tree)`; an item is a dictionary of
fields. Words and their forms are few, so that random rules and items meet often.
"""

from __future__ import annotations

import itertools
import re

FORMS = {
    "tug": ["tug", "tugs"],
    "ferry": ["ferry", "ferries"],
    "barge": ["barge", "barges"],
    "sea": ["sea", "seas"],
    "the": ["the"],
}
LEMMA = {form: lemma for lemma, forms in FORMS.items() for form in forms}
TEXT = ("title", "lead", "body")
PLACED = (*TEXT, "author", "source", "url", "tags")
NAMES = {"tag": "tags", "tags": "tags"} | {field: field for field in PLACED}
EARLY, ENOUGH = 60, 2
FAR_APART = 1_000_000


def words(text):
    """Words are letters and digits; a possessive belongs to none."""
    return re.findall(r"[A-Za-z0-9]+", re.sub(r"'s\b", "", text))


def field_words(item, field):
    text = item.get(field, "")
    return words(", ".join(text) if isinstance(text, tuple) else text)


# --- Terms -----------------------------------------------------------------------------------


def like(glob, word):
    """`*` is any letters or none, `?` is one."""
    if not glob:
        return not word
    if glob[0] == "*":
        return any(like(glob[1:], word[at:]) for at in range(len(word) + 1))
    return bool(word) and glob[0] in ("?", word[0]) and like(glob[1:], word[1:])


def is_word(asked, word):
    """One word of a term against one of a text."""
    if asked.startswith("="):
        plain = asked[1:]
        return plain == (word.lower() if plain.islower() else word)
    if "*" in asked or "?" in asked:
        return like(asked.lower(), word.lower())
    here, there = asked.lower(), word.lower()
    return LEMMA.get(here, here) == LEMMA.get(there, there)


def scope_of(term):
    """The field a term is bound to, or "", and the rest of it."""
    field, colon, rest = term.partition(":")
    return (NAMES[field], rest.strip()) if colon else ("", term)


def plain_hits(term, item, field=""):
    """Where a term stands: (field, first word, word after the last)."""
    own, term = scope_of(term)
    bound, asked, found = own or field, term.split(), set()
    for name in [bound] if bound else TEXT:
        there = field_words(item, name)
        for at in range(len(there) - len(asked) + 1):
            if all(map(is_word, asked, there[at:])):
                found.add((name, at, at + len(asked)))
    return found


def inside(hit, other):
    return hit[0] == other[0] and other[1] <= hit[1] and hit[2] <= other[2]


def hits(term, item, vocabularies, field=""):
    """The same for `$name` too: its terms, but not inside a false friend."""
    own, rest = scope_of(term)
    if not rest.startswith("$"):
        return plain_hits(term, item, field)
    bound, vocabulary = own or field, vocabularies[rest[1:]]
    friends = [hit for each in vocabulary.get("not", []) for hit in plain_hits(each, item, bound)]
    return {
        hit
        for each in vocabulary["terms"]
        for hit in hits(each, item, vocabularies, bound)
        if not any(inside(hit, friend) for friend in friends)
    }


def concept_hits(terms, item, vocabularies):
    return set().union(*(hits(term, item, vocabularies) for term in terms))


# --- Where hits stand ------------------------------------------------------------------------


def on_line(hit, item):
    """A hit as words on the line through title, lead and body; other fields are far from it."""
    field, first, end = hit
    if field in TEXT:
        before = sum(len(field_words(item, each)) for each in TEXT[: TEXT.index(field)])
    else:
        before = FAR_APART * (1 + PLACED.index(field))
    return before + first, before + end


def are_near(concepts, item, vocabularies, distance):
    places = [
        [on_line(hit, item) for hit in concept_hits(each, item, vocabularies)] for each in concepts
    ]
    return any(
        max(end for _, end in chosen) - min(start for start, _ in chosen) <= distance
        for chosen in itertools.product(*places)
    )


def mentioned_twice(places):
    return any(one[1] <= two[0] for one, two in itertools.permutations(places, ENOUGH))


def stands_out(found, item, level):
    """In the title or in a field that is no text; for `major` early, or twice, as well."""
    places = [on_line(hit, item) for hit in found]
    return any(hit[0] == "title" or hit[0] not in TEXT for hit in found) or (
        level == "major" and (mentioned_twice(places) or any(end <= EARLY for _, end in places))
    )


# --- Rules -----------------------------------------------------------------------------------


def holds(tree, item, vocabularies, level="any"):
    """A query. What it looks for must stand out; what it must not find may stand nowhere."""
    kind, inner = tree
    if kind == "NOT":
        # Two in a row are none: what is behind them must be found.
        if inner[0] == "NOT":
            return holds(inner[1], item, vocabularies, level)
        return not holds(inner, item, vocabularies)
    if kind == "AND":
        return all(holds(each, item, vocabularies, level) for each in inner)
    if kind == "OR":
        # A bracket of alternatives is one concept: two mentions may be of two of them.
        plain = [text for each, text in inner if each == "term"]
        return is_found(plain, item, vocabularies, level) or any(
            holds(each, item, vocabularies, level) for each in inner if each[0] != "term"
        )
    return is_found([inner], item, vocabularies, level)


def is_found(terms, item, vocabularies, level):
    found = concept_hits(terms, item, vocabularies)
    return bool(found) and (level == "any" or stands_out(found, item, level))


def fires(rule, item, vocabularies):
    level, concepts = rule.get("prominence", "any"), rule.get("all", [])
    wanted = [*concepts, *([rule["any"]] if "any" in rule else [])]
    return (
        all(is_found(each, item, vocabularies, level) for each in wanted)
        and ("match" not in rule or holds(rule["match"], item, vocabularies, level))
        and not concept_hits(rule.get("none", []), item, vocabularies)
        and ("near" not in rule or are_near(concepts, item, vocabularies, rule["near"]))
    )


def query(tree):
    """A query tree as it is written, every bracket shown."""
    kind, inner = tree
    if kind == "term":
        field, text = scope_of(inner)
        text = f'"{text}"' if " " in text else text
        return f"{field}:{text}" if field else text
    if kind == "NOT":
        return f"NOT ( {query(inner)} )"
    return f" {kind} ".join(
        f"( {query(each)} )" if each[0] != "term" else query(each) for each in inner
    )
