"""What a digest tells of health: once; again when worse, or anew; and that it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.store.told_notes import ToldNote
from monitor.work.ailments import Kind, Note
from monitor.work.telling import summarised, tell

NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)
DAY = timedelta(days=1)


def note(name="Wire", kind=Kind.FAILING, *, since=NOW - DAY, grade=0, cause="no answer"):
    return Note(
        kind=kind,
        subject=f"https://{name}.example/",
        name=name,
        sentence=f"{name} is {kind.value}.",
        cause=cause,
        since_at=since,
        grade=grade,
    )


def told(told_note, at=NOW - DAY):
    return ToldNote(
        kind=told_note.kind.value,
        subject=told_note.subject,
        name=told_note.name,
        grade=told_note.grade,
        since_at=told_note.since_at,
        told_at=at,
    )


def said(notes, before=(), well=()):
    return tell(notes, before, well={each.subject for each in well}, now=NOW)


def test_what_is_new_is_told_and_remembered():
    telling = said([note()])
    assert telling.sentences == ("Wire is failing.",)
    assert telling.told == (told(note(), NOW),)


def test_what_was_told_is_not_told_again():
    telling = said([note()], [told(note())])
    assert (telling.sentences, telling.told, telling.over) == ((), (), ())


def test_what_got_worse_is_told_again():
    assert said([note(grade=1)], [told(note())]).sentences == ("Wire is failing.",)


def test_what_was_told_as_worse_is_not_told_as_better():
    assert said([note()], [told(note(grade=1))]).sentences == ()


def test_another_kind_of_failure_is_told_and_is_no_recovery():
    telling = said([note(kind=Kind.BLOCKED)], [told(note())])
    assert telling.sentences == ("Wire is blocked.",)
    assert telling.over == (note().key,)


def test_a_recovery_is_told_once():
    telling = said([], [told(note())], well=[note()])
    assert telling.sentences == ("Wire is read again; it had failed since 2026-11-23 07:00 UTC.",)
    assert telling.over == (note().key,)


def test_a_feed_that_fails_for_less_than_an_hour_has_not_recovered():
    telling = said([], [told(note())], well=[])
    assert (telling.sentences, telling.over) == ((), ())


def test_what_recovered_and_failed_anew_between_two_digests_is_told_anew():
    begun = note(since=NOW - DAY / 2)
    assert said([begun], [told(note())]).told == (told(begun, NOW),)


def test_a_feed_that_brings_news_again_is_told():
    silent = note(kind=Kind.SILENT)
    assert said([], [told(silent)], well=[silent]).sentences == ("Wire brings news again.",)


@pytest.mark.parametrize("kind", [Kind.GAP, Kind.MOVED, Kind.NOISY, Kind.DATES])
def test_other_things_end_without_a_word(kind):
    telling = said([], [told(note(kind=kind))], well=[note()])
    assert (telling.sentences, telling.over) == ((), (note(kind=kind).key,))


def test_a_feed_with_one_gap_after_another_is_told_of_once():
    gap = note(kind=Kind.GAP)
    assert said([replace(gap, since_at=NOW)], [told(gap)]).sentences == ()


@pytest.mark.parametrize(("days", "again"), [(6, 0), (7, 1)])
def test_what_only_the_operator_can_mend_is_told_again_each_week(days, again):
    broken = note(kind=Kind.FILE, since=None)
    assert len(said([broken], [told(broken, NOW - days * DAY)]).sentences) == again


def test_a_hundred_feeds_that_fail_are_one_sentence_with_examples():
    many = [note(f"Wire {n}", cause="busy" if n % 3 else "dead") for n in range(100)]
    (sentence,) = said(many).sentences
    assert sentence == (
        "100 feeds have failed for an hour or longer, 66 of them because busy, such as “Wire 0”, "
        "“Wire 1” and “Wire 2”. `wirewatch status` tells more."
    )
    assert len(said(many).told) == 100
    (sentence,) = said([], [told(each) for each in many], well=many).sentences
    assert sentence.startswith("100 feeds are read again, such as “Wire 0”")


def test_kinds_are_told_in_order_and_a_few_of_a_kind_one_by_one():
    few = [note("B", Kind.SILENT), note("A"), note("C", Kind.GONE)]
    assert list(summarised(few, 5)) == ["C is gone.", "A is failing.", "B is silent."]
