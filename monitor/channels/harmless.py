"""Words that no chat takes for more than words: what means something is broken, invisibly."""

from __future__ import annotations

import re

BREAK = "\u200b"
_STARTS_SOMETHING = re.compile(
    r"@|:(?=//)|(?<=[A-Za-z]):(?=\S)|\.(?=[^\W\d_])|#(?=\w)|\$(?=[^\W\d_])|(?<!\S)[/!](?=\w)"
)
_MEANS_SOMETHING = re.compile(r"[*_~|\[\]<$#:&!]")
_BEGINS_A_BLOCK = re.compile(r"^[ \t]*(?=[>#*+=-]|\d+[.)])|^[ \t]{4,}", re.MULTILINE)
_LOOKALIKE = "\u2035"  # code may go on over lines: a backtick must not stay one


def harmless(text: str) -> str:
    """Words that no chat takes for a mention, a command or a link: broken by a zero-width space."""
    return _STARTS_SOMETHING.sub(lambda found: found.group() + BREAK, text)


def broken(text: str) -> str:
    """The same where Markdown cannot be escaped: no two of its characters stand together."""
    text = _MEANS_SOMETHING.sub(lambda found: found.group() + BREAK, text.replace("`", _LOOKALIKE))
    return harmless(_BEGINS_A_BLOCK.sub(BREAK, text))
