"""A long chat text becomes several messages, cut between stories and nowhere else."""

from __future__ import annotations

import re
from dataclasses import replace

from monitor.channels.dialects import Dialect
from monitor.channels.spans import Span, spans_of

_MOST_PARTS = 20
_BRIEF = 500  # below this a chat is a pager: one message, the rest is counted
_ROOM_FOR_NUMBER = 20  # `20/20`, with what stands between stories before it
_BETWEEN = re.compile(r"\n[ \t]*\n\s*")


def split(text: str, dialect: Dialect, limit: int) -> tuple[str, ...]:
    """Messages of at most `limit` of the dialect's units, numbered where there are several.

    A story longer than a whole message is cut in its words, never in its link. What would take
    more than 20 messages is counted in the last one.
    """
    blocks = [spans_of(block) for block in _BETWEEN.split(text.strip()) if block.strip()]
    most = _MOST_PARTS if limit >= _BRIEF else 1
    room = limit - _ROOM_FOR_NUMBER

    parts: list[list[str]] = []
    for number, block in enumerate(blocks):
        written = _fitted(block, dialect, room)
        if parts and dialect.measure(dialect.between.join([*parts[-1], written])) <= room:
            parts[-1].append(written)
        elif len(parts) < most:
            parts.append([written])
        else:
            parts[-1] = _closed(parts[-1], len(blocks) - number, dialect, room)
            break
    return _numbered([dialect.between.join(part) for part in parts], dialect) or ("",)


def _closed(stories: list[str], left: int, dialect: Dialect, room: int) -> list[str]:
    """The last message with the number of stories left out, at the cost of its own last stories."""
    for kept in range(len(stories), -1, -1):
        count = f"… and {left + len(stories) - kept} more not shown here"
        closed = [*stories[:kept], dialect.write((Span(count),))]
        if dialect.measure(dialect.between.join(closed)) <= room:
            return closed
    return stories  # a chat with no room even for that


def _numbered(parts: list[str], dialect: Dialect) -> tuple[str, ...]:
    if len(parts) < 2:
        return tuple(parts)
    return tuple(
        part + dialect.between + dialect.write((Span(f"{number}/{len(parts)}"),))
        for number, part in enumerate(parts, start=1)
    )


def _fitted(block: tuple[Span, ...], dialect: Dialect, room: int) -> str:
    """The block, its longest words halved until it fits; a link too long for the chat goes."""
    while dialect.measure(written := dialect.write(block)) > room:
        longest = max(range(len(block)), key=lambda index: len(block[index].text))
        span = block[longest]
        if len(span.text) > 24:
            short = replace(span, text=span.text[: len(span.text) // 2].rstrip("…") + "…")
            block = (*block[:longest], short, *block[longest + 1 :])
        elif any(each.link for each in block):
            block = tuple(replace(each, link="") for each in block)
        else:
            block = block[:-1]
    return written
