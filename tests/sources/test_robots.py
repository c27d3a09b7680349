"""robots.txt: which group speaks to us, and which line decides."""

import pytest

from monitor.sources.robots import MOST_BYTES, allows, rules_for


def allowed(text, path, name="Wirewatch"):
    return allows(rules_for(name, text.encode()), f"https://wire.example{path}")


def test_without_rules_everything_is_allowed():
    assert allowed("", "/news/1")
    assert allowed("Sitemap: https://wire.example/map.xml\n", "/news/1")


def test_the_group_that_names_us_speaks_to_us_and_no_other():
    text = "User-agent: *\nDisallow: /\n\nUser-agent: wirewatch/1.0\nDisallow: /private\n"
    assert allowed(text, "/news/1")
    assert not allowed(text, "/private/1")
    assert not allowed(text, "/news/1", name="Other")


def test_several_names_can_stand_above_one_group():
    text = "User-agent: a\nUser-agent: Wirewatch\nDisallow: /x\nUser-agent: b\nDisallow: /y"
    assert not allowed(text, "/x")
    assert allowed(text, "/y")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/fish", False),
        ("/fish/salmon", False),
        ("/fish/salmon.html", True),
        ("/page.php?x=1", False),
        ("/page.php5", True),
        ("/page.php", False),
        ("/a/secret/b", False),
        ("/caf%C3%A9", False),
        ("/café", False),
        ("/", True),
    ],
)
def test_the_longest_line_that_fits_decides_wildcards_included(path, expected):
    text = (
        "user-agent: *  # everybody\r\ndisallow: /fish\nAllow: /fish/*.html$\n"
        "Disallow: /page.php?\nDisallow: /page.php$\n"
        "Disallow: /*/secret\nDisallow: /caf%c3%a9\nDisallow:\n"
    )
    assert allowed(text, path) is expected


def test_of_two_lines_of_one_length_the_one_that_allows_wins():
    assert allowed("User-agent: *\nDisallow: /news\nAllow: /news\n", "/news/1")


def test_a_file_made_to_be_slow_is_read_and_matched_at_once():
    line = "Disallow: /" + "*a" * 400 + "b$\n"
    text = "User-agent: *\n" + line * (2 * MOST_BYTES // len(line))
    assert allowed(text, "/" + "a" * 2_000)
