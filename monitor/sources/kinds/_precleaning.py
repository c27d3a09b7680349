"""Disarming XML before a parser sees it: one pass each, linear whatever the text.

What a feed needs none of goes: everything before its first element (document types with
their entities, floods of blank space, output of broken scripts) and the attributes of tags
that are absurdly long. What a strict parser would stumble over is mended where the meaning is
plain: bare ampersands, HTML's names for characters, references to characters that are none.
That is a second pass, which a well-formed document has no need of.
"""

from __future__ import annotations

import html.entities
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from monitor.model import ParseProblem

_LONGEST_TAG = 64 * 1024
_MANY_ATTRIBUTES = 256
_LARGE = 1024 * 1024  # a smaller document can have too few attributes to do harm

_PROLOG = re.compile(r"<(?:!--|\?|(?P<root>[A-Za-z_][\w.-]{0,60}(?::[\w.-]{1,60})?)(?=[\s/>]))")
_LONG_TAG = re.compile(r"<([A-Za-z_][\w.:-]{0,100})(?=\s)([^<>]{4096,})>")
# Controls in Unicode that are letters and quotes in Windows-1252, and are never meant as controls
# (HTML standard, numeric character reference end state).
_WINDOWS_REFERENCE = re.compile(r"&#(?:0*(1[2-5]\d)|[xX]0*([89][0-9a-fA-F]));")
_WINDOWS_CHARACTER = re.compile(rb"\xc2[\x80-\x9f]")  # in UTF-8
_WINDOWS = {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}
_LONE_BRACKET = re.compile(r"<(?![^\W\d]|[/!?:])")
_LONE_AMPERSAND = re.compile(
    r"&(?!(?:#(?:\d{1,8}|[xX][0-9a-fA-F]{1,7})|[A-Za-z][A-Za-z0-9]{1,31});)"
)
_REFERENCE = re.compile(
    r"&(?!(?:amp|lt|gt|quot|apos);)(?:#(\d{1,8}|[xX][0-9a-fA-F]{1,7});|([A-Za-z][A-Za-z0-9]{1,31});)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Precleaned:
    """Disarmed XML from its root element on, without a declaration."""

    text: str
    root: str
    problems: tuple[ParseProblem, ...] = ()


def preclean(text: str, roots: frozenset[str]) -> Precleaned | None:
    """The document from its root on, or None where no element with a root's name comes first.

    `roots` are local names in lower case. Elements that are neither a root nor the start of
    an HTML page are what broken scripts print before the document: they are skipped.
    """
    found = _find_root(text, roots)
    if found is None:
        return None
    start, tag = found
    problems = []
    body, junk = _up_to_end(text[start:], tag)
    if junk:
        problems.append(_problem("trailing-text", "Text after the end of the feed was ignored."))
    if len(body) > _LARGE:
        body, problems = _with_short_tags(body, problems)
    body = _without_windows_controls(body)
    return Precleaned(text=body, root=tag.rpartition(":")[2].lower(), problems=tuple(problems))


def mend(cleaned: Precleaned) -> Precleaned:
    """The document without absurd tags; every "<" starts a tag and every "&" a reference."""
    text, problems = _with_short_tags(cleaned.text, [*cleaned.problems])
    text, mended = _outside_cdata(text, _with_whole_references)
    if mended:
        problems.append(_problem("bad-references", "Ampersands or characters are written wrongly."))
    return replace(cleaned, text=text, problems=tuple(problems))


def _with_short_tags(text: str, problems: list[ParseProblem]) -> tuple[str, list[ParseProblem]]:
    text, cut = _outside_cdata(text, _without_long_tags)
    if not cut:
        return text, problems
    said = _problem("long-tag", "Absurdly long tags were read without attributes.")
    return text, [*problems, said]


def _find_root(text: str, roots: frozenset[str]) -> tuple[int, str] | None:
    """Where the root element starts, and its tag as it is written."""
    position = 0
    ends = {"!--": "-->", "?": "?>"}
    while found := _PROLOG.search(text, position):
        name = found["root"]
        if name is None:
            opening = found[0][1:]
            end = text.find(ends[opening], found.end()) if opening in ends else -1
            if end < 0:
                # Never closed: not worth looking for again, or a flood of them is quadratic.
                ends.pop(opening, None)
            position = max(found.end(), end)
            continue
        local = name.rpartition(":")[2].lower()
        if local in roots:
            return found.start(), name
        if local in {"html", "head", "body", "script", "style"}:
            return None
        position = found.end()
    return None


def _up_to_end(text: str, tag: str) -> tuple[str, str]:
    """The root element, and what was written after its end, comments aside."""
    end = text.rfind(f"</{tag}>")
    if end < 0:
        return text, ""
    end += len(tag) + 3
    rest = text[end:].strip()
    return text[:end], "" if rest.startswith("<!--") and rest.endswith("-->") else rest


def _outside_cdata(text: str, change: Callable[[str], tuple[str, int]]) -> tuple[str, int]:
    """Change a document except in its CDATA sections; also tells how often it was changed."""
    parts, changes, position = [], 0, 0
    while position < len(text):
        start = text.find("<![CDATA[", position)
        end = text.find("]]>", start) if start >= 0 else -1
        if end < 0:
            start = end = len(text)
        changed, count = change(text[position:start])
        parts += [changed, text[start:end]]
        changes += count
        position = end
    return "".join(parts), changes


def _without_long_tags(text: str) -> tuple[str, int]:
    cut = 0

    def shorten(tag: re.Match[str]) -> str:
        nonlocal cut
        if len(tag[0]) <= _LONGEST_TAG and tag[2].count("=") <= _MANY_ATTRIBUTES:
            return tag[0]
        cut += 1
        return f"<{tag[1]}/>" if tag[2].endswith("/") else f"<{tag[1]}>"

    return _LONG_TAG.sub(shorten, text), cut


def _without_windows_controls(text: str) -> str:
    if "&#" in text:
        text = _WINDOWS_REFERENCE.sub(_windows_character, text)
    if not text.isascii() and _WINDOWS_CHARACTER.search(text.encode("utf-8", "replace")):
        text = text.translate(_WINDOWS)
    return text


def _windows_character(reference: re.Match[str]) -> str:
    code = int(reference[1]) if reference[1] else int(reference[2], 16)
    return _WINDOWS.get(code, reference[0])


def _with_whole_references(text: str) -> tuple[str, int]:
    text, lone = _LONE_BRACKET.subn("&lt;", text)
    if "&" not in text:
        return text, lone
    text, mended = _LONE_AMPERSAND.subn("&amp;", text)
    mended += lone

    def mend(reference: re.Match[str]) -> str:
        nonlocal mended
        number, name = reference[1], reference[2]
        if number:
            code = int(number[1:], 16) if number[0] in "xX" else int(number)
            if _is_character(code):
                return reference[0]
            mended += 1
            return "\ufffd"
        if name and (meant := html.entities.html5.get(f"{name};")):
            return "".join(f"&#{ord(char)};" for char in meant)
        mended += 1
        return f"&amp;{reference[0][1:]}"

    return _REFERENCE.sub(mend, text), mended


def _is_character(code: int) -> bool:
    """Whether XML 1.0 allows a character (section 2.2)."""
    if code < 0x20:
        return code in {9, 10, 13}
    return code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000


def _problem(code: str, message: str) -> ParseProblem:
    return ParseProblem(code=code, message=message)
