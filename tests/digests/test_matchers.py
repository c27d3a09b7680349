"""Matchers of silences: what can be written, what cannot, and what is said of that."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.digests.matchers import (
    BadMatcher,
    Condition,
    Key,
    Names,
    Sign,
    format_matcher,
    parse_matcher,
    strangers,
)
from monitor.model import Severity


def read(text):
    return [(each.key.value, each.sign.value, each.value) for each in parse_matcher(text)]


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("ru-dprk-arms", [("rule", "=", "ru-dprk-arms")]),
        ("rule=ru-*", [("rule", "=", "ru-*")]),
        ("tag!=shipping", [("tag", "!=", "shipping")]),
        ("severity<=Medium", [("severity", "<=", "medium")]),
        ("severity < high", [("severity", "<", "high")]),
        ("severity>low", [("severity", ">", "low")]),
        ("Severity>=info rule=x", [("severity", ">=", "info"), ("rule", "=", "x")]),
        ('feed="Example Wire"', [("feed", "=", "Example Wire")]),
        (r'title="say \"no\" \\ *"', [("title", "=", r'say "no" \ *')]),
        ("feed=https://a.example/?q=1&b=<2>", [("feed", "=", "https://a.example/?q=1&b=<2>")]),
        ("title=a=b", [("title", "=", "a=b")]),
        ("story=#017 lang=ru", [("story", "=", "17"), ("lang", "=", "ru")]),
        ("  digest=morning\n title!=*x* ", [("digest", "=", "morning"), ("title", "!=", "*x*")]),
        ("tag=a tag=b", [("tag", "=", "a"), ("tag", "=", "b")]),
        ("rule=a* rule=*b", [("rule", "=", "a*"), ("rule", "=", "*b")]),
    ],
)
def test_conditions_stand_between_blanks(text, conditions):
    assert read(text) == conditions


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sevrity<=low", "character 1: there is no `sevrity` to compare; did you mean `severity`?"),
        (
            "arms language=ru",
            "character 6: there is no `language` to compare; did you mean `lang`?",
        ),
        ("zzz=1", "there are rule, tag, severity, feed, lang, story, digest, title"),
        ("severity=hihg", "there is no severity `hihg`; did you mean `high`?"),
        ("severity=!", "`=!` compares nothing"),
        ("rule<x", "`<` compares severities only; write `rule=x` or `rule!=x`"),
        ("rule==x", "`==x` compares nothing; write `rule=VALUE`"),
        ("rule=~x", "`=~x` compares nothing"),
        ("rule!~x", "`rule!~x` is no condition"),
        ("rule:x", "`rule:x` compares nothing; write `rule=x`"),
        ("severity", "`severity` compares nothing; write `severity=VALUE`"),
        ("rule= severity<=low", "`=severity<=low` compares nothing"),
        ("rule=", "character 6: a value is missing"),
        ('title=""', "a value is missing"),
        ('title="open', "character 7: a quote that does not end"),
        ('title="a"b', "no blank before `b`"),
        ("=x", "`=x` is no condition"),
        ("story=first", "`first` is no story; write its number"),
        ("rule=a rule=b", "nothing is both `rule=a` and `rule=b`; all conditions must hold"),
        ("x" * 1_001, "longer than 1,000 characters"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place_and_a_remedy(text, said):
    with pytest.raises(BadMatcher) as refused:
        parse_matcher(text)
    assert said in str(refused.value)


def test_everything_wrong_is_said_at_once():
    with pytest.raises(BadMatcher) as refused:
        parse_matcher("sevrity<=low tag<x story=y")
    assert [flaw.at for flaw in refused.value.flaws] == [0, 13, 19]


@pytest.mark.parametrize(
    "text", ["", "  ", "*", "rule=*", "title=**", "severity>=info", "severity<=critical feed=*"]
)
def test_a_matcher_that_fits_everything_is_refused(text):
    with pytest.raises(BadMatcher, match="nobody would hear of anything"):
        parse_matcher(text)


KNOWN = Names(rules=["arms", "ships"], tags=["sea"], feeds=["Example Wire"], digests=["morning"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("arm", "there is no rule `arm`; did you mean `arms`?"),
        ("tag!=see", "there is no tag `see`; did you mean `sea`?"),
        ("digest=evening", "there is no digest `evening`; `*` stands for any text; `--force`"),
        ("feed=Example", "did you mean `Example Wire`? a value with blanks stands in quotes"),
    ],
)
def test_a_name_of_nothing_is_told_with_the_nearest(text, said):
    (flaw,) = strangers(parse_matcher(text), KNOWN)
    assert said in str(flaw)


@pytest.mark.parametrize("text", ["arms", "rule=x*", 'feed="example wire"', "lang=xx", "title=x"])
def test_names_that_exist_globs_and_what_is_no_name_are_taken(text):
    assert list(strangers(parse_matcher(text), KNOWN)) == []


VALUES = st.text(min_size=1, max_size=12).filter(lambda value: value.strip())
SIGNS = st.sampled_from([Sign.IS, Sign.IS_NOT])
CONDITIONS = st.one_of(
    st.builds(
        Condition,
        key=st.sampled_from([Key.RULE, Key.TAG, Key.FEED, Key.LANG, Key.DIGEST, Key.TITLE]),
        sign=SIGNS,
        value=VALUES,
    ),
    st.builds(
        Condition,
        key=st.just(Key.SEVERITY),
        sign=st.sampled_from(Sign),
        value=st.sampled_from([each.word for each in Severity]),
    ),
    st.builds(
        Condition,
        key=st.just(Key.STORY),
        sign=SIGNS,
        value=st.integers(min_value=0, max_value=10**12).map(str),
    ),
)


@given(st.lists(CONDITIONS, min_size=1, max_size=5, unique_by=lambda each: each.key))
def test_whatever_is_written_is_read_again_as_the_same(conditions):
    if all(each.fits_everything for each in conditions):
        return
    assert parse_matcher(format_matcher(conditions)) == tuple(conditions)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_words(text):
    try:
        found = parse_matcher(text)
    except BadMatcher as refused:
        said = str(refused)
    else:
        assert parse_matcher(format_matcher(found)) == found
        said = "fine"
    assert said
