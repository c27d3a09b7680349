"""Mistakes in templates are found before a digest needs them."""

import pytest

from monitor.errors import Level, UnusableFiles
from monitor.rendering.builtin import builtin_sources
from monitor.rendering.environment import TemplateSource
from monitor.rendering.wording import Wording, check


def problem(text, name="digest.txt.j2"):
    (found,) = check({name: TemplateSource(f"templates/{name}", text)})
    return found


@pytest.mark.parametrize(
    ("text", "code", "place", "words", "hint"),
    [
        ("a\n{% if digest.id %}", "T101", "templates/digest.txt.j2:2:1", "Unexpected end", ""),
        ("{{ 1 | uper }}", "T102", "templates/digest.txt.j2:1:8", "no filter `uper`", "upper"),
        ("a\nb\n{{ digest.titel }}", "T103", "templates/digest.txt.j2:3:11", "`titel`", "title"),
        ("{{ stories }}", "T103", "templates/digest.txt.j2:1:4", "`stories`", "inside `digest`"),
        (
            "{% for s in digest.shown %}\n{{ s.headline }}{% endfor %}",
            "T103", "templates/digest.txt.j2:2:6", "`headline`", "title",
        ),
        ("{{ 1 / 0 }}", "T104", "templates/digest.txt.j2:1:1", "division by zero", ""),
        ("{{ digest.__class__.__mro__ }}", "T104", "templates/digest.txt.j2:1:1", "unsafe", ""),
        ("{{ 1 ~ range(9) }}", "T103", "templates/digest.txt.j2:1:8", "`range`", ""),
    ],
)  # fmt: skip
def test_a_mistake_has_a_code_a_place_and_a_remedy(text, code, place, words, hint):
    found = problem(text)
    assert (found.code, str(found.place)) == (code, place)
    assert words in found.message
    assert hint in found.hint


def test_what_only_an_empty_digest_brings_out_is_found_too():
    assert problem("{{ digest.first[0].title }}").code == "T104"


def test_a_name_that_is_never_used_is_a_warning():
    found = problem("hello", name="digest.html")
    assert (found.code, found.level) == ("T105", Level.WARNING)
    Wording.compile({"digest.html": TemplateSource("templates/digest.html", "hello")})


def test_compiling_reports_every_template_that_is_wrong():
    sources = {
        f"{name}.txt.j2": TemplateSource(f"{name}.txt.j2", "{{ nothing }}") for name in "abc"
    }
    with pytest.raises(UnusableFiles) as caught:
        Wording.compile(sources)
    assert [found.place.path for found in caught.value.problems] == sorted(sources)


def test_the_starter_templates_have_no_problem_as_a_users_own():
    assert check(builtin_sources()) == ()
