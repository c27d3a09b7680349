"""Queries: what one line of operators means, and what is said about one that means nothing."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st
from query_trees import HEADLINES, TREES, holds, written
from rulebooks import found, hits, item, load, matcher, only_rule

from monitor.errors import Level
from monitor.rules.codes import CODES
from monitor.rules.matching import Matcher
from monitor.rules.scalars import Scalar
from monitor.rules.yaml_nodes import Notebook, SourceFile, read_yaml

MEANINGS = [
    ("missile", "Missiles seen", True),
    ("missile AND sea", "A missile at sea", True),
    ("missile AND sea", "A missile", False),
    ("missile OR rocket", "A rocket", True),
    ("missile OR rocket", "A balloon", False),
    ("missile AND NOT film", "A missile", True),
    ("missile AND NOT film", "A film about a missile", False),
    ("NOT film AND missile", "A missile", True),
    ("missile AND NOT ( film AND festival )", "A film about a missile", True),
    ("missile AND NOT ( film AND festival )", "A missile at a film festival", False),
    ("missile AND NOT NOT sea", "A missile at sea", True),
    ("missile AND NOT NOT sea", "A missile", False),
    ("rocket OR missile AND sea", "A rocket", True),
    ("rocket OR missile AND sea", "A missile", False),
    ("( rocket OR missile ) AND sea", "A rocket", False),
    ("(rocket OR missile)AND(sea OR land)", "A rocket over land", True),
    ('"missile test"', "Missile tests", True),
    ('"missile test"', "Test of a missile", False),
    ("“missile test”", "Missile tests", True),
    ('"search AND rescue"', "Search and rescue", True),
    ("Korea*", "Korean ships", True),
    ("licen?e AND =US", "US licence", True),
    ("licen?e AND =US", "Give us a licence", False),
    ('="Northern Fleet"', "Northern fleet", False),
    ('="Northern Fleet"', "The Northern Fleet", True),
    ("title:missile", "A missile", True),
    ('title:"missile test" AND NOT title:film', "A missile test", True),
    ("title:( missile AND NOT ( film OR play ) )", "A missile", True),
    ("title:( missile AND NOT ( film OR play ) )", "A missile in a play", False),
    ("sea AND ( title:( rocket OR missile ) OR play )", "A missile at sea", True),
    ("（missile OR 导弹）AND sea", "导弹 at sea", True),
]


@pytest.mark.parametrize(("query", "title", "fires"), MEANINGS)
def test_a_query_means_what_it_says(query, title, fires):
    rule = json.dumps({"match": query})

    assert hits(rule, title) is fires
    assert matcher(rule).explain(item(title), "r").matched is fires


def test_a_field_holds_for_all_that_stands_in_its_brackets():
    rule = "match: title:( missile OR $ships ) AND body:$ships"

    def fires(title, body):
        return bool(
            matcher(rule, ships="terms: [ship]\nnot: [ship of state]").match(item(title, body=body))
        )

    assert fires("A ship", "Ships")
    assert fires("A missile", "A ship")
    assert not fires("A ship", "A missile")
    assert not fires("A ship of state", "A ship")
    assert not fires("A ship", "Ship of state")


def test_a_vocabulary_in_a_list_may_be_bound_to_a_field():
    for line in ('any: ["title:$ships"]', "any: [title: $ships]"):
        rule = matcher(line, ships="terms: [ship]")

        assert rule.match(item("A ship"))
        assert not rule.match(item("A tug", body="A ship"))


def test_a_query_and_lists_must_all_hold():
    rule = "match: missile OR rocket\nall: [sea]\nnone: [film]"

    assert hits(rule, "A rocket at sea")
    assert not hits(rule, "A rocket")
    assert not hits(rule, "A rocket at sea: the film")


MISTAKES = {
    "and": ("missile and sea", "R125 1:16", 'write `AND`, or "and" in quotes'),
    "Not": ("missile AND Not sea", "R125 1:20", "write `NOT`"),
    "||": ("missile || sea", "R125 1:16", "write `OR`"),
    "-": ("missile AND -film", "R125 1:20", "write `NOT film`"),
    "[ ]": ("missile AND ( [sea OR land] )", "R125 1:22", "( missile OR rocket )"),
    "a phrase": ("arms deal AND sea", "R124 1:13", 'for a phrase use quotes: "arms deal"'),
    "a long phrase": ("big arms deal", "R124 1:12", '"big arms deal"'),
    "a list": ("missile, rocket", "R124 1:17", "( missile OR rocket )"),
    "NOT alone": ("missile NOT sea", "R124 1:16", "write `AND NOT`"),
    "brackets": ("(missile) (sea)", "R124 1:18", "write `AND` or `OR`"),
    "a quote": ('missile AND "arms deal', "R123 1:20", 'put a `"` where'),
    "a bracket": ("sea AND ( missile OR ( film )", "R123 1:16", "put a `)`"),
    "a closing bracket": ("missile ) AND sea", "R123 1:16", "delete it"),
    "a closing bracket first": (") AND sea", "R123 1:8", "delete it"),
    "a closing quote": ("missile” AND sea", "R123 1:15", "straight quotes"),
    "nothing after": ("missile AND", "R126 1:16", "what must be found"),
    "nothing before": ("OR missile", "R126 1:8", ""),
    "nothing between": ("missile AND OR sea", "R126 1:20", ""),
    "nothing within": ("missile AND ( )", "R126 1:20", "delete them"),
    "a bare field": ("'missile AND title:'", "R126 1:21", ""),
    "two fields": ("title:( missile AND body:sea )", "R127 1:28", ""),
    "too deep": ("(" * 41 + "a1" + ")" * 41, "R127 1:48", "split the rule"),
    "a field": ("titel:( missile )", "R113 1:8", "did you mean `title:`?"),
    "an unlikely field": ("missile AND zzz:( sea )", "R113 1:20", "fields are title"),
    "a vocabulary": ("missile AND $shisp", "R105 1:20", "did you mean `$ships`?"),
    "a wildcard": ("missile AND *", "R107 1:20", "put letters beside"),
    "nothing positive": ("NOT missile", "R106 1:8", "without NOT"),
    "nothing positive in one": ("missile OR NOT sea", "R106 1:8", "without NOT"),
    "nothing": ("''", "R102 1:8", "write what must be found"),
}


@pytest.mark.parametrize(("query", "place", "hint"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_in_a_query_is_noted_at_its_place_with_the_fix(query, place, hint):
    book = load(f"match: {query}", ships="terms: [ship]")
    errors = [each for each in book.problems if each.level is Level.ERROR]

    assert [f"{each.code} {each.place.line}:{each.place.column}" for each in errors] == [place]
    assert hint in errors[0].hint
    assert book.rules == ()


def test_all_mistakes_of_a_query_that_can_be_read_on_are_told_at_once():
    query = "arms deal or $nowhere AND titel:sea AND '*'"

    assert found(load(f"match: {query}"))[:4] == [
        "R124 1:13",
        "R125 1:18",
        "R105 1:21",
        "R113 1:34",
    ]


STYLES = {
    "plain": ("match: missile\n  AND\n  sea deal", "R124 3:7"),
    "folded": ("match: >\n  missile AND\n\n  ( sea deal )", "R124 4:9"),
    "folded, nothing positive": ("match: >\n  NOT missile", "R106 2:3"),
    "folded, with a remark": ("match: >-  # why\n  missile AND sea deal", "R124 2:19"),
    "literal": ("match: |\n    missile\n    AND sea deal", "R124 3:13"),
    "single quotes": ("match: 'missile AND it''s AND sea deal'", "R124 1:35"),
    "double quotes": ('match: "\\"missile test\\" AND\\tsea \\u0064eal"', "R124 1:35"),
    "double quotes on two lines": ('match: "missile \\\n  AND sea deal"', "R124 2:11"),
    "after an emoji": ("match: missile AND 🚀x AND sea deal", "R124 1:31"),
}


@pytest.mark.parametrize(("text", "place"), STYLES.values(), ids=STYLES.keys())
def test_a_place_is_found_however_the_query_is_written_in_the_file(text, place):
    assert found(load(text)) == [place]


def test_a_problem_underlines_the_words_it_is_about():
    (problem,) = load("match: >\n  missile AND\n  titel:sea").problems

    assert problem.source[problem.place.column - 1 :][: problem.width] == "titel:"


def test_text_after_a_quote_is_told_how_yaml_can_be_made_to_take_it():
    for query in ('"arms deal" AND Moscow', "'arms deal' AND Moscow"):
        (problem,) = load(f"title: a\nmatch: {query}\nseverity: low").problems

        assert (problem.code, problem.place.line, problem.place.column) == ("Y113", 2, 20)
        assert "begin with `>`" in problem.hint


@pytest.mark.parametrize(
    "code", [each for each, code in CODES.items() if code.example.startswith(("match:", "score:"))]
)
def test_the_example_of_a_code_is_without_the_mistake(code):
    example = CODES[code].example
    book = load(example if "match:" in example else f"any: [missile]\n{example}")

    assert found(book) == ["R151 1:1"]


ODD = {
    "mixed": ("missile OR rocket AND sea", ["R155 1:26"]),
    "mixed the other way": ("missile AND sea OR rocket", ["R155 1:16"]),
    "mixed in brackets": ("tug AND ( missile AND sea OR rocket )", ["R155 1:26"]),
    "bracketed": ("missile OR ( rocket AND sea )", []),
    "a form": ("missile OR missiles", ["R153 1:19"]),
    "a form in brackets": ("sea AND ( missile OR ( miss* OR rocket ) )", ["R153 1:18"]),
    "short": ("missile AND us", ["R154 1:20"]),
    "a contradiction": ("missile AND NOT missile", ["R156 1:1"]),
}


@pytest.mark.parametrize(("query", "places"), ODD.values(), ids=ODD.keys())
def test_what_is_odd_about_a_query_is_a_warning(query, places):
    book = load(f"match: {query}\ntests: [hit: missile, miss: film]")

    assert found(book) == places
    assert len(book.rules) == 1


REASONS = [
    ("missile AND sea", "A missile", {"match 2": "none of its terms found"}),
    ("missile AND $ships", "A missile", {"$ships": "none of its terms found"}),
    ("missile AND NOT film", "A missile film", {"match 2": "found `film` (film)"}),
    (
        "tug AND ( missile OR ( rocket AND sea ) )",
        "A tug",
        {"match 2": "none of its terms found: `( missile OR ( rocket AND sea ) )`"},
    ),
    (
        "tug AND ( missile OR ( rocket AND NOT sea ) )",
        "A tug, a rocket, the sea",
        {"match 2": "found `sea` (sea): `( missile OR ( rocket AND NOT sea ) )`"},
    ),
    (
        "tug AND NOT ( rocket AND sea )",
        "A tug, a rocket, the sea",
        {"match 2": "found `rocket` (rocket): `NOT ( rocket AND sea )`"},
    ),
]


@pytest.mark.parametrize(("query", "title", "reasons"), REASONS)
def test_an_explanation_says_which_part_of_a_query_failed_and_why(query, title, reasons):
    rule = matcher(f"match: {query}", ships="terms: [ship]")
    failed = rule.explain(item(title), "r").failed

    assert {each.clause: each.reason for each in failed} == reasons


def test_evidence_of_a_query_is_what_made_it_hold():
    rule = matcher("match: tug AND ( missile OR ( rocket AND sea ) OR ( ship AND film ) )")
    one = item("A rocket at sea", body="A tug, not a ship")
    (match,) = rule.match(one)

    assert [(each.clause, each.text) for each in match.evidence] == [
        ("match 2", "rocket"),
        ("match 2", "sea"),
        ("match 1", "tug"),
    ]
    assert [each.text for each in rule.explain(one, "r").clauses[1].evidence] == ["rocket", "sea"]


# --- Compared with a simple reading --------------------------------------------------------------


@given(st.lists(TREES, min_size=1, max_size=5), HEADLINES, HEADLINES)
def test_the_matcher_agrees_with_a_simple_reading_of_queries(trees, title, body):
    listed = [{"id": f"r{n}", "match": written(tree)} for n, tree in enumerate(trees)]
    book = load(json.dumps({"rules": listed}))
    assert {each.code for each in book.problems if each.level is Level.ERROR} <= {"R106"}
    assume(book.rules)
    together, one = Matcher(book.rules), item(title, body=body)
    texts = {"title": title, "body": body}
    expected = {rule.id for rule in book.rules if holds(trees[int(rule.id[1:])], texts)}

    matches = together.match(one)
    assert {match.rule for match in matches} == expected
    assert {r.id for r in book.rules if together.explain(one, r.id).matched} == expected
    assert all(match.evidence for match in matches)


@given(TREES)
def test_a_query_that_needs_nothing_to_be_found_is_refused_and_no_other(tree):
    book = load(json.dumps({"match": written(tree)}))
    empty = {"title": "", "body": ""}

    if holds(tree, empty):
        assert book.rules == ()
    if book.rules == ():
        assert "NOT" in written(tree)


SNIPPETS = st.lists(
    st.sampled_from(
        [
            "missile",
            "AND",
            "OR",
            "NOT",
            "(",
            ")",
            '"',
            "title:",
            "titel:",
            "$v",
            "*",
            "=",
            "and",
            "”",
        ]
    ),
    max_size=9,
).map(" ".join)


@given(SNIPPETS | st.text(max_size=30))
def test_no_query_whatever_makes_loading_raise(query):
    book = load(json.dumps({"match": query}), v="terms: [tug]")

    assert book.rules or any(each.level is Level.ERROR for each in book.problems)


@given(
    st.text(st.sampled_from("ab:#'\"\\ \n\té🚀\u3000(),-"), min_size=1, max_size=40),
    st.sampled_from(["", "'", '"', ">", "|"]),
    st.integers(8, 60),
)
def test_each_character_of_a_scalar_is_found_where_it_stands(text, style, width):
    dumped = yaml.safe_dump(
        {"key": text}, default_style=style or None, width=width, allow_unicode=True
    )
    notebook = Notebook("a.yaml")
    tree = read_yaml(SourceFile("a.yaml", dumped), notebook)
    assume(tree is not None)
    node = tree.pairs[0][1]
    scalar = Scalar(node, notebook.lines)

    for at, character in enumerate(node.text):
        if not character.isspace():
            mark = scalar.mark(at, at + 1)
            there = notebook.lines[mark.line - 1][mark.column - 1]
            assert there in (character, "\\")


def test_the_parts_of_a_query_are_clauses_of_their_own():
    rule = only_rule(
        "match: >\n  missile AND ( sea\n  OR $v ) AND $v AND NOT film", v="terms: [tug]"
    )

    assert [(clause.name, clause.written) for clause in rule.condition.clauses] == [
        ("match 1", "missile"),
        ("match 2", "( sea OR $v )"),
        ("$v", "$v"),
        ("match 4", "NOT film"),
    ]
