"""Rule files are YAML without guesses: texts, lists and keys, each with its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.rules.yaml_nodes import (
    MOST_BYTES,
    Mapping,
    Notebook,
    Sequence,
    SourceFile,
    Text,
    read_yaml,
)


def read(text):
    notebook = Notebook("r.yaml")
    return read_yaml(SourceFile("r.yaml", text), notebook), notebook


def problems(text):
    _, notebook = read(text)
    return [f"{each.code} {each.place.line}:{each.place.column}" for each in notebook.problems]


def plain(node):
    match node:
        case Text(text=text):
            return text
        case Sequence(items=items):
            return [plain(each) for each in items]
        case Mapping(pairs=pairs):
            return {key.text: plain(value) for key, value in pairs}


def texts(node):
    match node:
        case Text():
            yield node
        case Sequence(items=items):
            for each in items:
                yield from texts(each)
        case Mapping(pairs=pairs):
            for key, value in pairs:
                yield key
                yield from texts(value)


@pytest.mark.parametrize(
    "word",
    [
        "NO",
        "no",
        "on",
        "Off",
        "yes",
        "true",
        "null",
        "~",
        "1.0",
        "1.10",
        "0123",
        "0x1F",
        "12:30",
        "1e3",
        ".inf",
        "2026-11-03",
        "=",
    ],
)
def test_nothing_is_taken_for_another_type_than_text(word):
    tree, notebook = read(f"any: [{word}]\n{word}: {word}")

    assert plain(tree) == {"any": [word], word: word}
    assert notebook.problems == []


def test_a_missing_value_is_an_empty_text():
    assert plain(read("title:\nany: [a]")[0]) == {"title": "", "any": ["a"]}


@pytest.mark.parametrize("empty", ["", "\n\n", "# only a comment\n", "\ufeff", "---\n..."])
def test_an_empty_file_has_no_tree_or_an_empty_one(empty):
    tree, notebook = read(empty)

    assert tree is None or plain(tree) == ""
    assert notebook.problems == []


MISTAKES = {
    "Y101 latin-1": (b"title: Stra\xdfe", "Y101 1:12"),
    "Y101 UTF-16": ("title: x".encode("utf-16"), "Y101 1:1"),
    "Y102 bell": ("any:\n- a\x07", "Y102 2:4"),
    "Y102 lone surrogate": ("any: [\ud800]", "Y102 1:7"),
    "Y103": ("#" * (MOST_BYTES + 1), "Y103 0:0"),
    "Y104": ("any: [a]\n- b", "Y104 2:1"),
    "Y105": ('title: "Missile tests\nany: [a]\n', "Y105 1:8"),
    "Y106 indent": ("all:\n\t- missile", "Y106 2:1"),
    "Y106 after CJK": ("朝鲜: a\nall:\n\t- 导弹", "Y106 3:1"),
    "Y107": ("any: [a]\ntitle: x\nany: [b]", "Y107 3:1"),
    "Y107 nested": ("feeds:\n  include: a\n  include: b", "Y107 3:3"),
    "Y108 nothing": ("any:\n  - *missile", "Y108 2:5"),
    "Y108 many": ("a: &a x\nb: [" + "*a, " * 101 + "]", "Y108 2:405"),
    "Y109": ("a: &a {b: c}\nd:\n  <<: *a", "Y109 3:3"),
    "Y110 value": ("any: [!urgent, b]", "Y110 1:7"),
    "Y113 tag": ("any: [!urgent]", "Y113 1:7"),
    "Y113 anchor": ("any: [& Co]", "Y113 1:7"),
    "Y113 alias": ('any: ["a", *]', "Y113 1:12"),
    "Y110 key": ("!!str any: [a]", "Y110 1:1"),
    "Y110 python": ("a: !!python/object/apply:os.system [ls]", "Y110 1:4"),
    "Y111 depth": ("a: " + "[" * 40 + "]" * 40, "Y111 1:36"),
    "Y112": ("any: [a]\n---\nany: [b]", "Y112 2:1"),
    "Y113 colon": ("title: Seoul: missile launched", "Y113 1:13"),
    "Y113 percent": ("any: [%missile]", "Y113 1:7"),
    "Y113 at": ("any:\n  - @desk", "Y113 2:5"),
    "Y113 escape": ('regex: "\\d+"', "Y113 1:9"),
    "Y114 list": ("any: [a]\n[b]: c", "Y114 2:1"),
    "Y114 mapping": ("? {a: b}\n: c", "Y114 1:3"),
    "Y116": ("any: [&a b, c]", "Y116 1:7"),
    "Y116 a line": ("any:\n  - &a b\n  - c", "Y116 2:5"),
    "Y116 a list": ("any: &a\n  - b", "Y116 1:6"),
    "Y117": ("any:\n  - berth #5\n  - b", "Y117 2:11"),
    "Y117 value": ("title: a  #b", "Y117 1:11"),
    "Y115": ("title: x\nany: [a, b\nnone: [c]", "Y115 2:6"),
}


@pytest.mark.parametrize(("text", "place"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_noted_at_its_place(text, place):
    assert problems(text) == [place]


def test_a_comment_with_a_space_and_a_sign_in_quotes_or_blocks_cut_nothing_short():
    assert problems('a: b # note\nc: "d #5"\ne: >\n  f #5\ng: h#5 #\n#i\nj: "k" #!') == []


def test_aliases_may_be_used_but_not_unfold_to_a_bomb():
    assert plain(read("a: &a [x, y]\nb: *a")[0]) == {"a": ["x", "y"], "b": ["x", "y"]}

    lines = ["a0: &a0 [" + ", ".join(["lol"] * 10) + "]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert problems("\n".join(lines)) == ["Y111 6:5"]


def test_an_alias_to_its_own_list_does_not_loop():
    assert problems("a: &a [*a]") == ["Y108 1:8"]


def test_brackets_by_the_hundred_thousand_are_refused_at_once():
    assert problems("[" * 100_000) == ["Y111 1:34"]
    assert problems("- " * 100_000) == ["Y111 1:67"]


def test_the_first_of_two_equal_keys_counts_and_is_named():
    tree, notebook = read("any: [a]\nany: [b]")

    assert plain(tree) == {"any": ["a"]}
    assert "first on line 1" in notebook.problems[0].message


def test_all_equal_keys_are_reported_at_once_but_not_for_ever():
    assert len(problems("\n".join(["a: b"] * 4))) == 3
    assert len(problems("\n".join(["a: b"] * 5_000))) == 100


def test_a_problem_carries_the_line_and_the_width_to_underline():
    _, notebook = read("title: x\nany: *missile")

    assert (notebook.problems[0].source, notebook.problems[0].width) == ("any: *missile", 8)


PLACES = {
    "after spaces": ("any:   arms", 1, 8),
    "after tabs": ("any:\t\tarms", 1, 7),
    "after CJK": ("朝鲜: arms", 1, 5),
    "after emoji": ('"🚀🚀": arms', 1, 7),
    "after a byte order mark": ("\ufeffany: arms", 1, 6),
    "after Windows line ends": ("a: b\r\nany: arms", 2, 6),
    "after combining marks": ("e\u0301: arms", 1, 5),
    "after a line separator": ("a: b\u2028any: arms", 2, 6),
}


@pytest.mark.parametrize(("text", "line", "column"), PLACES.values(), ids=PLACES.keys())
@pytest.mark.parametrize("encoded", [False, True], ids=["text", "bytes"])
def test_places_count_code_points_from_one(text, line, column, encoded):
    tree, _ = read(text.encode() if encoded else text)
    value = tree.pairs[-1][1]

    assert (value.text, value.mark.line, value.mark.column) == ("arms", line, column)


WORDS = st.text(st.sampled_from("abcя朝북😀é "), min_size=1, max_size=8).map(str.strip).filter(bool)


@given(st.lists(st.lists(WORDS, min_size=1, max_size=4), min_size=1, max_size=6), st.booleans())
def test_every_text_stands_where_its_mark_says(lists, crlf):
    end = "\r\n" if crlf else "\n"
    written = end.join(f"k{n}: [{', '.join(each)}]" for n, each in enumerate(lists))
    tree, notebook = read(written)

    for text in texts(tree):
        line = notebook.lines[text.mark.line - 1]
        start = text.mark.column - 1
        assert line[start : start + text.mark.width] == text.text


def _says_nothing(content):
    text = content if isinstance(content, str) else content.decode()
    lines = text.removeprefix("\ufeff").splitlines()
    return all(line.partition("#")[0].strip(" \t\ufeff") in ("", "...", "---") for line in lines)


@given(st.text(st.characters(), max_size=80) | st.binary(max_size=80))
def test_no_content_whatever_makes_it_raise(content):
    tree, notebook = read(content)

    assert notebook.errors or tree is not None or _says_nothing(content)


YAMLISH = st.text(st.sampled_from("-[]{}:,&*!|>'\"#%@`?~<\t\n \\ab=朝"), max_size=40)


@given(YAMLISH)
def test_no_soup_of_signs_makes_it_raise_or_lose_its_place(content):
    _, notebook = read(content)

    for each in notebook.problems:
        assert each.place.line <= len(notebook.lines) + 1
        assert each.message
