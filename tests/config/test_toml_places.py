"""Where keys and values stand, in every way that TOML can be written."""

import math
import string
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.config.toml_places import Span, find_places


def value_paths(found, path=()):
    """The path of every value of a document that is neither a table nor a list."""
    if isinstance(found, dict):
        inner = found.items()
    elif isinstance(found, list):
        inner = enumerate(found)
    else:
        return {path}
    return {leaf for key, each in inner for leaf in value_paths(each, (*path, key))}


def slice_at(text, span):
    return text.split("\n")[span.line - 1][span.column - 1 :][: span.width]


DOCUMENTS = {
    "dotted keys": "a.b.c = 1\na.'b'.d = 2\n a . e = 3",
    "quotes in keys": '"a.b" = 1\n\'c"d\' = 2\n"" = 3\n"e\\"f" = 4',
    "escapes in keys": '"caf\\u00e9" = 1\n["\\t"]\nx = 2',
    "tables": "[a]\nx = 1\n[a.b]\nx = 2\n[ c . 'd' ]\nx = 3",
    "a table before the one around it": "[a.b]\nx = 1\n[a]\ny = 2",
    "lists of tables": "[[a]]\nx = 1\n[[a]]\nx = 2\n[a.b]\ny = 3",
    "lists within lists of tables": "[[a]]\n[[a.b]]\nx = 1\n[[a.b]]\nx = 2\n[[a]]\n[[a.b]]\nx = 3",
    "inline tables": "a = { x = 1, y.z = 2, w = { v = [3] } }",
    "an inline list of tables": "a = [{ x = 1 }, { x = 2 },\n  { x = 3 }]",
    "lists over several lines": "a = [ # first\n  1, # one\n\n  2,\n]\nb = 3",
    "lists in lists": "a = [[1, 2], [], [[3]]]",
    "comments that look like more": "a = 1 # b = 2\n# [c]\nd = '#' # x",
    "texts that look like more": "a = 'b = 1'\nc = \"[d]\"\ne = ['],']",
    "texts of several lines": 'a = """\nb = 1\n"quoted" \\""""\nc = \'\'\'\n[d]\'\'\'\ne = 1',
    "texts that end in quotes": 'a = """x"""""\nb = \'\'\'y\'\'\'\'\'\nc = \'\'\nd = """"""',
    "escapes in texts": 'a = "\\\\"\nb = "\\"#"\nc = "\\u0022"',
    "dates and numbers": "a = 1979-05-27 07:32:00Z\nb = 1e3\nc = [inf, -nan]\nd = 07:32:00",
    "Windows line ends": "a = 1\r\n[b]\r\nc = [1,\r\n 2]\r\nd = 3",
    "other letters": "a = 'каир'\nb = '中文' # ünï\nc = 1",
    "nothing between": "a=1\n[b]\nc={d=1,e=[1,2]}",
}


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_every_value_has_a_place(kind):
    text = DOCUMENTS[kind]
    expected = value_paths(tomllib.loads(text))
    found = find_places(text).values
    assert expected <= found.keys()


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_what_stands_at_a_place_is_the_value(kind):
    text = DOCUMENTS[kind]
    document = tomllib.loads(text)
    for path, span in find_places(text).values.items():
        written = slice_at(text, span)
        if written[:1] in "{[" or written[:3] in ('"""', "'''"):
            continue
        found = document
        for step in path:
            found = found[step]
        assert repr(tomllib.loads(f"v = {written}")["v"]) == repr(found)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("timezone",), Span(1, 1, 8)),
        (("poll",), Span(2, 1, 6)),
        (("poll", "mean"), Span(3, 3, 4)),
        (("feed",), Span(4, 1, 8)),
        (("feed", 0), Span(4, 1, 8)),
        (("feed", 1), Span(6, 1, 8)),
        (("feed", 1, "headers", "A"), Span(7, 13, 1)),
        (("feed", 1, "headers"), Span(7, 1, 7)),
        (("state", "retention"), Span(8, 1, 17)),
        (("state",), Span(8, 1, 17)),
    ],
)
def test_a_key_has_the_place_where_it_is_named(path, place):
    places = find_places(
        "timezone = 'UTC'\n[poll]\n  mean = '5m'\n[[feed]]\nurl = 'a'\n[[feed]]\n"
        "headers = { A = 'x' }\n[state.retention]\nitems = '1d'\n"
    )
    assert places.of(path) == place


@pytest.mark.parametrize(
    ("text", "path", "place"),
    [
        ("[[feed]]\nname = 'a'", ("feed", 0, "url"), Span(1, 1, 8)),
        ("feed = [{}, {}]", ("feed", 1, "url"), Span(1, 13, 2)),
        ("[web]", ("web", "auth"), Span(1, 1, 5)),
        ("[web]", ("log", "format"), None),
    ],
)
def test_what_is_missing_has_the_place_of_what_is_around_it(text, path, place):
    assert find_places(text).of(path) == place
    assert find_places(text).of(path, value=True) == place


# --- Documents that nobody would think of -----------------------------------------------------

NAMES = st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=4)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
VALUES = st.recursive(
    st.integers(-(2**31), 2**31) | st.booleans() | TEXTS | st.floats().filter(math.isfinite),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | TEXTS, inner, max_size=3),
    max_leaves=8,
)
TABLES = st.dictionaries(NAMES | TEXTS, VALUES, max_size=4)
SPACE = st.sampled_from(["", " ", "\t"])
REMARKS = st.sampled_from(["", " # remark", "\n", "\n# [not] = a table\n"])


def quoted(name):
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@st.composite
def written(draw, value):
    space = draw(SPACE)
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case str():
            plain = "'" not in value and draw(st.booleans())
            return f"'{value}'" if plain else quoted(value)
        case list():
            return f"[{space}{', '.join(draw(written(each)) for each in value)}{space}]"
    pairs = (f"{quoted(key)}{space}={space}{draw(written(each))}" for key, each in value.items())
    return f"{{{space}{', '.join(pairs)}{space}}}"


@st.composite
def documents(draw):
    """A TOML text of tables and lists of tables, untidily written."""
    lines = []
    for name in draw(st.lists(NAMES, unique=True, max_size=3)):
        header = draw(st.sampled_from([f"[{name}]", f"[ '{name}'.x ]", f"[[{name}]]"]))
        for _ in range(draw(st.integers(1, 3)) if header.startswith("[[") else 1):
            lines.append(header + draw(REMARKS))
            for key, value in draw(TABLES).items():
                lines.append(f"{quoted(key)} ={draw(SPACE)}{draw(written(value))}{draw(REMARKS)}")
    return "\n".join(lines)


@settings(deadline=None)
@given(documents())
def test_every_value_of_any_document_has_its_place(text):
    document = tomllib.loads(text)
    found = find_places(text).values
    for path in value_paths(document):
        expected = document
        for step in path:
            expected = expected[step]
        assert tomllib.loads(f"v = {slice_at(text, found[path])}")["v"] == expected


@settings(deadline=None)
@given(documents())
def test_no_place_is_found_for_what_is_not_there(text):
    places = find_places(text)
    document = tomllib.loads(text)
    for path in (*places.keys, *places.values):
        found = document
        for step in path:
            found = found[step]
