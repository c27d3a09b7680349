"""A test added to the text of a rule file: one more test, and not a byte of all else is another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import UsageError
from monitor.model import RuleId
from monitor.rules.editing import with_test
from monitor.rules.yaml_nodes import Notebook, SourceFile, read_yaml

RULE = RuleId("r")
WORDS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Cn", "Co")), min_size=1, max_size=40
).filter(lambda text: text.strip() == text != "")
HEADS = st.sampled_from(
    ["title: A rule\n", "# a remark\ntitle: 'It: s'\n", "why: >-\n  some\n  reason\n\ntitle: x\n"]
)
TESTS = st.lists(
    st.sampled_from(
        [
            "- hit: Port opens\n",
            "- miss: >-\n{}    folded\n{}    # no remark, but text\n",
            '- hit: "a\n{}    b"\n',
            "- miss:\n{}    title: T\n{}    body: |\n{}      one\n\n{}      # two\n",
            "# a remark\n",
            "\n",
        ]
    ),
    max_size=5,
).filter(lambda each: not each or each[0].startswith("-"))
TAILS = st.sampled_from(["", "\n\n", "# the end\n", "near: 4\n", "\n# about near\nnear: 4\n"])


def told_by_tests(text, rule=None):
    """What the tests of a rule say, to the reader of rules."""
    notebook = Notebook("")
    tree = read_yaml(SourceFile("", text), notebook)
    assert not notebook.problems
    if rule is not None:
        tree = next(each for each in tree.get("rules").items if each.get("id").text == rule)
    return [said(each) for each in getattr(tree.get("tests"), "items", ())]


def said(node):
    pairs = getattr(node, "pairs", None)
    return node.text if pairs is None else {key.text: said(value) for key, value in pairs}


def is_one_insertion(old, new):
    """Whether `new` is `old` with one stretch put in."""
    same = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), len(old))
    return old[same:] == new[len(new) - (len(old) - same) :]


def add(text, title="Ship sinks", *, rule=RULE, **fields):
    return with_test(text, rule, {"title": title, **fields}, must_hit=True, stem="r")


@given(HEADS, TESTS, TAILS, st.sampled_from(["", "  "]), st.sampled_from(["\n", "\r\n"]), WORDS)
def test_one_test_more_and_all_else_as_it_was(head, tests, tail, indent, end, title):
    listed = "".join(f"{indent}{each}".replace("{}", indent) for each in tests)
    text = head + (f"tests:\n{listed}" if tests else "") + tail
    text = text.replace("\n", end)
    fresh = add(text, title)
    assert is_one_insertion(text, fresh)
    assert told_by_tests(fresh) == [*told_by_tests(text), {"hit": title}]


@given(WORDS, WORDS)
def test_whatever_an_item_says_the_test_says(title, body):
    fresh = add("title: x\n", title, body=f"{body}\n{body}")
    assert told_by_tests(fresh) == [{"hit": {"title": title, "body": f"{body}\n{body}"}}]


def test_of_several_rules_the_one_that_is_named_gets_it():
    text = "rules:\n- id: a\n  any: [x]\n  # of a\n\n- id: b\n  tests:\n  - hit: y\n"
    first, second = add(text, rule=RuleId("a")), add(text, rule=RuleId("b"))
    assert told_by_tests(first, "a") == [{"hit": "Ship sinks"}]
    assert told_by_tests(first, "b") == told_by_tests(text, "b")
    assert told_by_tests(second, "b") == [{"hit": "y"}, {"hit": "Ship sinks"}]
    assert is_one_insertion(text, first)
    assert is_one_insertion(text, second)


def test_a_file_that_ends_without_a_line_end_keeps_its_last_line():
    fresh = add("title: x\ntests:\n- hit: y")
    assert fresh.startswith("title: x\ntests:\n- hit: y\n")
    assert told_by_tests(fresh) == [{"hit": "y"}, {"hit": "Ship sinks"}]


@pytest.mark.parametrize(
    "text",
    ["title: [x\n", "", "{title: x, any: [y]}\n", "tests: [{hit: y}]\n", "tests: []\n", "- x\n"],
)
def test_a_text_without_a_place_for_it_is_refused(text):
    with pytest.raises(UsageError):
        add(text)
