"""Charsets by the look of the bytes, for documents that state none or a wrong one."""

from __future__ import annotations

import re

_SAMPLE = 40_000
_HIGH_RUNS = re.compile(rb"[\x80-\xff]+")
# The commonest letters of Russian and Ukrainian make up well over half of any text.
_COMMON_CYRILLIC = frozenset("оеаинтсрвлкмдпуі")
_CYRILLIC_CODECS = ("cp1251", "koi8-u", "cp866")
_COMMON_IN = (
    ("euc_jp", re.compile("[\u3041-\u30fc]")),
    ("cp932", re.compile("[\u3041-\u30fc]")),
    ("cp949", re.compile("[이다는을의에가고하지로은한기도를사시자인서대아정일보전국]")),
    ("gb18030", re.compile("[的一是在不了有和人这中大为上国年日报新要以对发会]")),
    ("big5hkscs", re.compile("[的一是在不了有和人這中大為上國年日報新要以對發會]")),
)
_CP1252_HIGH = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_TWICE = re.compile(f"[\xc2-\xf4][\x80-\xbf{_CP1252_HIGH}][\x80-\xff{_CP1252_HIGH}]*")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def guess_charset(body: bytes) -> str:
    """The most likely codec of bytes that are not valid UTF-8.

    Runs of high bytes are Cyrillic if the letters they would spell are common ones, else East
    Asian if the signs are; those that stand alone between ASCII letters are Latin, unless
    they spell kana: the second byte of Shift_JIS is often an ASCII one.
    """
    first = _HIGH_RUNS.search(body)
    body = body[first.start() if first else 0 :][: 10 * _SAMPLE]
    runs = _HIGH_RUNS.findall(body)
    sample = b" ".join(runs)[:_SAMPLE]
    if _is_mostly_utf8(sample):
        return "utf-8"
    lone = sum(len(run) == 1 for run in runs)
    looks_latin = lone * 2 > len(runs)
    cyrillic = {codec: _share_of_common(sample, codec) for codec in _CYRILLIC_CODECS}
    best = max(cyrillic, key=lambda codec: cyrillic[codec])
    if cyrillic[best] > 0.45 and not looks_latin:
        return best
    return _east_asian(body[:_SAMPLE], at_least=0.3 if looks_latin else 0.05) or "cp1252"


def mend_double_encoding(text: str) -> str | None:
    """The text with one layer of UTF-8 taken off, or None where it is not encoded twice.

    All of it or nothing: a single such word among others that are right is meant, as in a
    headline about the very mistake.
    """
    if not _TWICE.search(text):
        return None
    twice = sum(len(found) for found in _TWICE.findall(text) if _unwrapped(found) != found)
    if twice * 10 < len(_NOT_ASCII.findall(text)) * 9:
        return None
    return _TWICE.sub(lambda found: _unwrapped(found[0]), text)


def _unwrapped(text: str) -> str:
    raw = b"".join(
        char.encode("cp1252") if char in _CP1252_HIGH else char.encode("latin-1") for char in text
    )
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return text


def _is_mostly_utf8(sample: bytes) -> bool:
    lenient = sample.decode("utf-8", "surrogateescape")
    bad = len(re.findall("[\udc80-\udcff]", lenient))
    return bad * 3 < len(_NOT_ASCII.findall(lenient)) - bad


def _share_of_common(sample: bytes, codec: str) -> float:
    letters = sample.decode(codec, "replace").replace(" ", "")
    return sum(letter in _COMMON_CYRILLIC for letter in letters) / (len(letters) or 1)


def _east_asian(sample: bytes, at_least: float) -> str:
    """The codec by which the largest share of signs, at least so much, are common ones."""
    scores = {}
    for codec, common in _COMMON_IN:
        signs = _NOT_ASCII.findall(sample.decode(codec, "replace"))
        wrong = signs.count("\ufffd")
        scores[codec] = (len(common.findall("".join(signs))) - 3 * wrong) / (len(signs) or 1)
    best = max(scores, key=lambda codec: scores[codec])
    return best if scores[best] > at_least else ""
