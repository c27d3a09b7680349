"""Which notes on health a digest tells: each once, again when it got worse, and when it is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.store.told_notes import ToldNote
from monitor.work.ailments import UNREADABLE, Kind, Note

MOST_ALIKE = 5
"""More notes of one kind than this are one sentence with examples."""

REMIND_AFTER = timedelta(days=7)
"""What only the operator can mend, such as files and channels, is told again after so long."""

_OURS = frozenset({Kind.REFUSED, Kind.FILE, Kind.CHANNEL, Kind.AWAY, Kind.OUTPUTS})
_BEGINS_ANEW = UNREADABLE | {Kind.SILENT}
_EXAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What a digest says of health, and what is remembered once it is queued."""

    sentences: tuple[str, ...] = ()
    told: tuple[ToldNote, ...] = ()
    over: tuple[tuple[str, str], ...] = ()


SILENCE = Telling()
"""Nothing to tell, nothing to remember."""


def tell(
    notes: Sequence[Note],
    told: Iterable[ToldNote],
    *,
    well: Collection[str],
    now: datetime,
) -> Telling:
    """Decide what to tell of these notes, given what was told before.

    `well` are the subjects that are watched and give no cause for complaint at this moment:
    only of them is a recovery told. What failed, recovered and fails again between two
    digests began later than what was told, and is told anew.
    """
    before = {each.key: each for each in told}
    current = {note.key: note for note in notes}
    fresh = [note for note in notes if _is_news(note, before.get(note.key), now)]
    unreadable = {note.subject for note in notes if note.kind in UNREADABLE}
    over, recovered = [], []
    for key, each in before.items():
        if key in current:
            continue
        if each.kind in UNREADABLE and each.subject not in {*unreadable, *well}:
            # Failing again for less than an hour: neither worth telling nor over. What is
            # watched no more is forgotten by the caller, who leaves it out of `told`.
            continue
        over.append(key)
        if each.kind in _BEGINS_ANEW and each.subject in well and each.subject not in unreadable:
            recovered.append(each)
    return Telling(
        sentences=(*summarised(fresh, MOST_ALIKE), *_recoveries(recovered)),
        told=tuple(_as_told(note, now) for note in fresh),
        over=tuple(over),
    )


def _is_news(note: Note, before: ToldNote | None, now: datetime) -> bool:
    # While the watch is nearly blind, "nothing new" means nothing: no digest may leave it out.
    if before is None or note.kind is Kind.BLIND or note.grade > before.grade:
        return True
    if note.kind in _OURS:
        return now - before.told_at >= REMIND_AFTER
    begun = note.since_at if note.kind in _BEGINS_ANEW else None
    return begun is not None and before.since_at is not None and begun > before.since_at


def _as_told(note: Note, now: datetime) -> ToldNote:
    return ToldNote(
        kind=note.kind.value,
        subject=note.subject,
        name=note.name,
        grade=note.grade,
        since_at=note.since_at,
        told_at=now,
    )


def summarised(notes: Sequence[Note], most_alike: int) -> Iterator[str]:
    """The sentences, in order of kind; one sentence for a kind that has more than so many."""
    alike: dict[Kind, list[Note]] = {kind: [] for kind in Kind}
    for note in notes:
        alike[note.kind].append(note)
    for kind, found in alike.items():
        if len(found) > most_alike and kind in _TOGETHER:
            yield _together(kind, found)
        else:
            yield from (note.sentence for note in found)


_TOGETHER: Mapping[Kind, str] = {
    Kind.GONE: "feeds are gone for good and are polled no more",
    Kind.BLOCKED: "feeds keep us out as a bot",
    Kind.TOO_LARGE: "feeds are larger than `max_bytes` in [poll]",
    Kind.NEVER_READ: "feeds have never been read since they were added",
    Kind.FAILING: "feeds have failed for an hour or longer",
    Kind.SILENT: "feeds answer, but have been silent for longer than is their habit",
    Kind.GAP: "feeds may have lost items between two polls and need a shorter `every`",
    Kind.MOVED: "feeds have moved for good; their `url` should be changed",
    Kind.NOISY: "feeds have brought far more than usual in a day",
    Kind.DATES: "feeds date most of their items in the future",
    Kind.KEYS: "feeds give their items keys that change or that several share",
}


def _together(kind: Kind, notes: Sequence[Note]) -> str:
    causes = Counter(note.cause for note in notes if note.cause)
    cause, count = next(iter(causes.most_common(1)), ("", 0))
    part = "all" if count == len(notes) else f"{count:,}"
    why = f", {part} of them because {cause}" if kind in UNREADABLE and count > 1 else ""
    names = _examples([note.name for note in notes])
    return f"{len(notes):,} {_TOGETHER[kind]}{why}, {names}. `wirewatch status --json` lists all."


def _recoveries(recovered: Sequence[ToldNote]) -> Iterator[str]:
    again = [each for each in recovered if each.kind != Kind.SILENT]
    if len(again) > MOST_ALIKE:
        yield f"{len(again):,} feeds are read again, {_examples([each.name for each in again])}."
    else:
        yield from (f"{_in_recovery(each)}." for each in again)
    heard = [each for each in recovered if each.kind == Kind.SILENT]
    if len(heard) > MOST_ALIKE:
        yield f"{len(heard):,} feeds bring news again, {_examples([each.name for each in heard])}."
    else:
        yield from (f"{each.name} brings news again." for each in heard)


def _in_recovery(told: ToldNote) -> str:
    if told.kind == Kind.BLIND:
        return "Most feeds can be read again"
    since = f"; it had failed since {told.since_at:%Y-%m-%d %H:%M} UTC" if told.since_at else ""
    return f"{told.name} is read again{since}"


def _examples(names: Sequence[str]) -> str:
    shown = [f"“{name}”" for name in names[:_EXAMPLES]]
    return f"such as {', '.join(shown[:-1])} and {shown[-1]}"
