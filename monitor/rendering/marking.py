"""Why it matched, shown in the text itself: runs of marked and unmarked characters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from monitor.model import Evidence, Item
from monitor.text.clean import one_line, tidy

_LEAD_IN = 40  # characters kept before the first marked word of a snippet


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text that is marked or is not."""

    text: str
    marked: bool = False


Runs = tuple[Run, ...]
Spans = tuple[tuple[int, int], ...]


def plain(runs: Runs) -> str:
    """The text of runs without the marks."""
    return "".join(run.text for run in runs)


def title_runs(item: Item, evidence: Iterable[Evidence], *, limit: int = 300) -> Runs:
    """The headline with the words that matched marked; cut at `limit` characters."""
    return _cut(_runs(item.title, _spans(item.title, evidence, ("title",))), limit)


def snippet_runs(item: Item, evidence: Iterable[Evidence], *, limit: int) -> Runs:
    """A sentence or two that say more than the headline, around the words that matched.

    The lead, or the body where only the body holds a match or there is no lead.
    """
    evidence = tuple(evidence)
    in_lead = _spans(item.lead, evidence, ("lead", "summary"))
    in_body = _spans(item.body, evidence, ("body", "content"))
    text, spans = (item.lead, in_lead)
    if not _says_more(item.lead, item.title) or (in_body and not in_lead):
        text, spans = (item.body, in_body)
    if not _says_more(text, item.title):
        return ()

    told = _after_headline(text, item.title)
    start = _near_first_mark(text, told, spans, limit)
    shown = text[start : start + 2 * limit]
    moved = tuple(
        (max(0, begin - start), min(len(shown), end - start))
        for begin, end in spans
        if end > start and begin < start + len(shown)
    )
    runs = _cut(_runs(shown, moved), limit)
    return (Run("… "), *runs) if start > told else runs


def paragraph_runs(
    text: str, evidence: Iterable[Evidence], fields: tuple[str, ...], *, limit: int
) -> tuple[Runs, ...]:
    """A text as it is kept, paragraph by paragraph, with what matched marked; cut at `limit`."""
    spans = _spans(text, evidence, fields)
    told: list[Runs] = []
    at, room = 0, limit
    for line in text.split("\n"):
        end = at + len(line)
        inside = tuple(
            (max(begin, at) - at, min(stop, end) - at)
            for begin, stop in spans
            if begin < end and stop > at
        )
        runs = _cut(_runs(line, inside), room)
        if plain(runs).strip():
            told.append(runs)
        room -= len(plain(runs))
        if room <= 0:
            break
        at = end + 1
    return tuple(told)


def _says_more(text: str, title: str) -> bool:
    return len(text) > 0 and one_line(text).casefold() != one_line(title).casefold()


def _after_headline(text: str, title: str) -> int:
    """Where the text goes on after a headline that it repeats."""
    start = len(title) if title and text.startswith(title) else 0
    while start and start < len(text) and not text[start].isalnum():
        start += 1
    return start


def _near_first_mark(text: str, start: int, spans: Spans, limit: int) -> int:
    """`start`, or a word a little before the first mark where that would not be seen."""
    first = next((begin for begin, _ in spans if begin >= start), start)
    if first - start <= limit * 2 // 3:
        return start
    near = text.find(" ", max(start, first - _LEAD_IN), first)
    return near + 1 if near >= 0 else first


def _spans(text: str, evidence: Iterable[Evidence], fields: tuple[str, ...]) -> Spans:
    """Where evidence lies in `text`, in order and without overlaps; a span that lies is dropped."""
    true = sorted(
        (each.start, each.end)
        for each in evidence
        if each.field in fields
        and 0 <= each.start < each.end
        and text[each.start : each.end] == each.text
    )
    merged: list[tuple[int, int]] = []
    for begin, end in true:
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return tuple(merged)


def _runs(text: str, spans: Spans) -> Runs:
    runs: list[Run] = []
    at = 0
    for begin, end in spans:
        runs += [Run(_seen(text[at:begin])), Run(_seen(text[begin:end]), marked=True)]
        at = end
    runs.append(Run(_seen(text[at:])))
    return tuple(run for run in runs if run.text)


def _seen(text: str) -> str:
    """What a reader sees of a stretch of text: spaces at its ends stay, controls do not."""
    inner = tidy(text).replace("\n", " ")
    if not inner:
        return " " if text else ""
    before = " " if text[:1].isspace() else ""
    after = " " if text[-1:].isspace() else ""
    return before + inner + after


def _cut(runs: Runs, limit: int) -> Runs:
    kept: list[Run] = []
    room = limit
    for run in runs:
        if len(run.text) <= room:
            kept.append(run)
            room -= len(run.text)
            continue
        text = run.text[: max(0, room - 1)]
        space = text.rfind(" ")
        kept.append(Run((text[:space] if space > room // 2 else text).rstrip() + "…", run.marked))
        break
    return tuple(kept)
