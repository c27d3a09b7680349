"""docs/templates.md has every name that a template may use."""

import re

import pytest
from desk import HOUSE

from monitor.rendering.checking import KINDS, names_of

TEXT = (HOUSE / "docs" / "templates.md").read_text()
_SECTION = re.compile(r"^## [^\n]*\(`(\w+)`\)\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
SECTIONS = dict(_SECTION.findall(TEXT))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "Example"])
def test_every_name_is_documented_under_its_kind(kind):
    known = set(re.findall(r"`(\w+)`", SECTIONS[kind]))
    assert set(names_of(kind)) <= known


def test_examples_are_described_with_their_alert():
    assert set(names_of("Example")) <= set(re.findall(r"`(\w+)`", SECTIONS["Sounded"]))
