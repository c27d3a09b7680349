"""The engine and the reference agree on random rules and items.

A few hundred cases each time. Thousands, after a change of the engine:

    WIREWATCH_EXAMPLES=5000 .venv/bin/python -m pytest tests/rules/test_rules_reference.py
"""

from __future__ import annotations

import json
import os

from hypothesis import given, settings
from hypothesis import strategies as st
from reference import FORMS, fires, query
from rulebooks import item, load

from monitor.errors import Level
from monitor.rules.matching import Matcher

EXAMPLES = int(os.environ.get("WIREWATCH_EXAMPLES", "150"))
thoroughly = settings(max_examples=EXAMPLES, deadline=None)

# --- Items -----------------------------------------------------------------------------------

SPELT = [form for forms in FORMS.values() for form in forms]
WORDS = st.sampled_from([*SPELT, "Tug", "TUG", "Sea", "tug's", "Ferry's", "—", "the " * 58])
LINES = st.lists(WORDS, max_size=6).map(" ".join)
ITEMS = st.fixed_dictionaries(
    {"title": LINES},
    optional={
        "lead": LINES,
        "body": st.lists(WORDS, max_size=9).map(" ".join),
        "author": LINES,
        "source": LINES,
        "url": st.lists(st.sampled_from(SPELT), max_size=3).map(
            lambda path: "https://example.org/" + "/".join(path)
        ),
        "tags": st.lists(st.sampled_from(["tug", "sea tugs", "Ferry"]), max_size=2).map(tuple),
    },
)

# --- Rules -----------------------------------------------------------------------------------

PLAIN = st.sampled_from(SPELT)
GLOBS = st.sampled_from(["tug*", "*g", "f?rry", "*e*", "s?a", "*ar*s", "b*ge", "t?gs", "s*a*"])
EXACT = st.sampled_from(["=tug", "=Tug", "=TUG", "=seas", "=Sea"])
WORD = PLAIN | GLOBS | EXACT
BARE = st.lists(WORD, min_size=1, max_size=3).map(" ".join)
SCOPES = st.sampled_from(["title:", "lead:", "body:", "author:", "tags:", "source:", "url:"])
SCOPED = st.builds("{}{}".format, SCOPES, BARE)
NAMED = st.sampled_from(["$ships", "$fleet", "title:$ships", "body:$fleet", "tags:$fleet"])
TERM = st.one_of(PLAIN, BARE, SCOPED, NAMED)
CONCEPT = st.lists(TERM, min_size=1, max_size=3)
PHRASE = st.lists(PLAIN, min_size=2, max_size=2).map(" ".join)
LEAF = st.one_of(WORD, PHRASE, NAMED, st.builds("{}{}".format, SCOPES, PLAIN | GLOBS | PHRASE)).map(
    lambda text: ("term", text)
)
TREE = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["AND", "OR"]), st.lists(inner, min_size=2, max_size=3)),
        st.tuples(st.just("NOT"), inner),
    ),
    max_leaves=5,
)
LEVEL = st.sampled_from(["any", "major", "title"])
RULES = st.one_of(
    st.fixed_dictionaries(
        {"all": st.lists(CONCEPT, min_size=2, max_size=3)},
        optional={
            "any": CONCEPT,
            "none": CONCEPT,
            "near": st.integers(2, 12),
            "prominence": LEVEL,
            "match": TREE,
        },
    ),
    st.fixed_dictionaries(
        {
            "all": st.lists(
                st.lists(PLAIN | NAMED, min_size=1, max_size=2), min_size=2, max_size=2
            ),
            "near": st.integers(2, 12),
        },
        optional={"prominence": LEVEL},
    ),
    st.fixed_dictionaries({"any": CONCEPT}, optional={"none": CONCEPT, "match": TREE}),
    st.fixed_dictionaries({"match": TREE}, optional={"none": CONCEPT, "prominence": LEVEL}),
)
VOCABULARIES = st.fixed_dictionaries(
    {
        "ships": st.fixed_dictionaries(
            {"terms": st.lists(BARE | SCOPED, min_size=1, max_size=3)},
            optional={"not": st.lists(BARE, min_size=1, max_size=2)},
        ),
        "fleet": st.fixed_dictionaries(
            {"terms": st.lists(BARE, min_size=1, max_size=2).map(lambda terms: [*terms, "$ships"])},
            optional={"not": st.lists(BARE, min_size=1, max_size=2)},
        ),
    }
)


def written(rule):
    return rule | {"match": query(rule["match"])} if "match" in rule else rule


# What a random rule may have wrong: nothing positive in it, or a `none` that kills it.
SENSELESS = {"R106"}


def loaded(rules, vocabularies):
    """The rules that make sense, under the ids r0, r1, ..."""
    listed = [written(rule) | {"id": f"r{number}"} for number, rule in enumerate(rules)]
    texts = {name: json.dumps(each) for name, each in vocabularies.items()}
    book = load(json.dumps({"rules": listed}), **texts)
    errors = [each for each in book.problems if each.level is Level.ERROR]
    assert [str(each) for each in errors if each.code not in SENSELESS] == []
    return book.rules


def expected(rules, active, fields, vocabularies):
    ids = {rule.id for rule in active}
    return {
        f"r{number}"
        for number, rule in enumerate(rules)
        if f"r{number}" in ids and fires(rule, fields, vocabularies)
    }


@thoroughly
@given(
    st.lists(RULES, min_size=1, max_size=4), VOCABULARIES, st.lists(ITEMS, min_size=1, max_size=4)
)
def test_the_engine_finds_what_the_reference_finds(rules, vocabularies, items):
    active = loaded(rules, vocabularies)
    matcher = Matcher(active)
    for fields in items:
        one, meant = item(**fields), expected(rules, active, fields, vocabularies)

        assert {match.rule for match in matcher.match(one)} == meant
        assert matcher.examine(one).matches == matcher.match(one)
        assert {each.id for each in active if matcher.explain(one, each.id).matched} == meant


CHANGES = st.lists(
    st.tuples(st.sampled_from(["put", "drop", "with_rules"]), st.sets(st.integers(0, 4))),
    min_size=1,
    max_size=5,
)


@thoroughly
@given(st.lists(RULES, min_size=2, max_size=5), VOCABULARIES, CHANGES, ITEMS)
def test_a_matcher_whose_rules_change_finds_what_the_reference_finds(
    rules, vocabularies, changes, fields
):
    known = {rule.id: rule for rule in loaded(rules, vocabularies)}
    matcher, active = Matcher(known.values()), dict(known)
    for change, numbers in changes:
        chosen = {f"r{number}" for number in numbers} & set(known)
        if change == "with_rules":
            active = {rule_id: known[rule_id] for rule_id in chosen}
            matcher = matcher.with_rules(active.values())
        for rule_id in chosen:
            if change == "put":
                matcher.put(known[rule_id])
                active[rule_id] = known[rule_id]
            elif change == "drop":
                matcher.drop(rule_id)
                active.pop(rule_id, None)
        found = matcher.match(item(**fields))

        assert {match.rule for match in found} == expected(
            rules, active.values(), fields, vocabularies
        )
        assert matcher.examine(item(**fields)).matches == found
