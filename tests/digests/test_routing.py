"""Which digests must hear of a match, and the reason each is given."""

import pytest

from monitor.digests.routing import hearers
from monitor.model import DigestSpec, Match, Severity

TAGS = {"russia-arms": ("russia", "arms"), "ship-sanctions": ("sanctions",)}


def match(rule="russia-arms", severity=Severity.HIGH):
    return Match(rule=rule, severity=severity, score=0, evidence=())


def heard(*specs, matches=None):
    found = hearers([match()] if matches is None else matches, TAGS, specs)
    return tuple((each.digest, each.reason) for each in found)


def spec(**more):
    return DigestSpec(name="desk", **more)


def test_a_digest_hears_everything_unless_it_is_choosy():
    assert heard(spec()) == (("desk", "russia-arms (high)"),)


def test_no_match_is_heard_by_nobody():
    assert heard(spec(), matches=()) == ()


@pytest.mark.parametrize(
    ("choice", "hears"),
    [
        ({"rules": ("russia-arms",)}, True),
        ({"rules": ("russia-*",)}, True),
        ({"rules": ("ship-*", "*-arms")}, True),
        ({"rules": ("ship-*",)}, False),
        ({"rules": ("Russia-*",)}, False),
        ({"rules": ("russia",)}, False),
        ({"rules": ()}, False),
        ({"tags": ("arms",)}, True),
        ({"tags": ("sanctions", "russia")}, True),
        ({"tags": ("sanctions",)}, False),
        ({"severity": Severity.LOW}, True),
        ({"severity": Severity.HIGH}, True),
        ({"severity": Severity.CRITICAL}, False),
        ({"rules": ("russia-*",), "tags": ("sanctions",)}, False),
        ({"rules": ("russia-*",), "tags": ("arms",), "severity": Severity.MEDIUM}, True),
    ],
)
def test_a_digest_hears_what_meets_all_its_wishes(choice, hears):
    assert bool(heard(spec(**choice))) is hears


def test_the_reason_names_the_rule_its_severity_and_the_tag_that_was_asked_for():
    assert heard(spec(tags=("arms",))) == (("desk", "russia-arms (high, tagged arms)"),)


def test_the_reason_is_the_first_match_that_the_digest_carries():
    matches = (match("ship-sanctions", Severity.CRITICAL), match("russia-arms", Severity.MEDIUM))
    assert heard(spec(), matches=matches) == (("desk", "ship-sanctions (critical)"),)
    assert heard(spec(rules=("russia-*",)), matches=matches) == (("desk", "russia-arms (medium)"),)


def test_a_match_may_belong_to_several_digests_in_their_order():
    names = [name for name, _ in heard(DigestSpec(name="b"), DigestSpec(name="a"))]
    assert names == ["b", "a"]


def test_a_rule_that_is_gone_has_no_tags():
    gone = (match("gone"),)
    assert heard(spec(), matches=gone) == (("desk", "gone (high)"),)
    assert heard(spec(tags=("arms",)), matches=gone) == ()
