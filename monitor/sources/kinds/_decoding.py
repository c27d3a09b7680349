"""From bytes to characters, whatever the document says of itself and however wrongly."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from monitor.model import ParseProblem
from monitor.sources.kinds._guessing import guess_charset, mend_double_encoding

# The only codecs that bytes from outside may choose; several names mean a superset in practice
# (WHATWG Encoding Standard, section 4.2). Others can be bombs: punycode is quadratic.
# UTF-16 and UTF-32 are known by their bytes; a document that only claims to be either is not.
_CODECS = {
    **dict.fromkeys(("utf8", "unicode11utf8", "xunicode20utf8"), "utf-8"),
    **dict.fromkeys(("ascii", "usascii", "latin1", "iso88591", "l1", "ansi"), "cp1252"),
    **{f"windows125{n}": f"cp125{n}" for n in range(9)},
    **{f"cp125{n}": f"cp125{n}" for n in range(9)},
    **{f"win125{n}": f"cp125{n}" for n in range(9)},
    **{f"iso8859{n}": f"iso8859-{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
    **dict.fromkeys(("iso88599", "latin5"), "cp1254"),
    **dict.fromkeys(("koi8r", "koi8", "koi"), "koi8-r"),
    **dict.fromkeys(("koi8u", "koi8ru"), "koi8-u"),
    **dict.fromkeys(("ibm866", "cp866", "866"), "cp866"),
    **dict.fromkeys(("xmaccyrillic", "maccyrillic"), "mac-cyrillic"),
    **dict.fromkeys(("macintosh", "macroman", "xmacroman"), "mac-roman"),
    **dict.fromkeys(("gb2312", "gbk", "gb18030", "xgbk", "cp936", "euccn"), "gb18030"),
    **dict.fromkeys(("big5", "big5hkscs", "cnbig5", "xxbig5", "cp950"), "big5hkscs"),
    **dict.fromkeys(("shiftjis", "sjis", "xsjis", "windows31j", "cp932", "mskanji"), "cp932"),
    **dict.fromkeys(("eucjp", "xeucjp"), "euc_jp"),
    "iso2022jp": "iso2022_jp",
    **dict.fromkeys(("euckr", "ksc56011987", "ksc5601", "cp949", "uhc"), "cp949"),
    **dict.fromkeys(("tis620", "windows874", "cp874", "iso885911"), "cp874"),
}
_MARKS_OF_ORDER = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# "<" or "{" and one character more, as the first bytes of a document without a mark
# (XML 1.0, appendix F).
_SHAPES = (
    (re.compile(rb"<\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0<"), "utf-32-be"),
    (re.compile(rb"(?:\s\0)*[<{]\0[^\0]\0"), "utf-16-le"),
    (re.compile(rb"(?:\0\s)*\0[<{]\0[^\0]"), "utf-16-be"),
)
CODECS = frozenset([*_CODECS.values(), *(codec for _, codec in _MARKS_OF_ORDER)])
_IN_HEADER = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_IN_DECLARATION = re.compile(
    rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})"
    rb"|<meta[^>]{1,200}?charset\s*=\s*[\"']?([\w.:-]{1,40})",
    re.IGNORECASE,
)
_NOT_SHOWN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufeff\ufffe\uffff]+")
_CONTROLS = bytes(code for code in range(0x20) if code not in b"\t\n\r")
# In every text that was encoded to UTF-8 twice: the start of a sequence, and one that may follow.
_TWICE = re.compile(rb"\xc3[\x82-\xb4](?:\xc2[\x80-\xbf]|[\xc5\xc6\xcb\xe2])")
_SPEAKS_7_BITS = b"\x1b$"  # ISO-2022-JP is valid UTF-8 and means something else


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """The characters of a document and what was odd about finding them."""

    text: str
    problems: tuple[ParseProblem, ...] = ()


def decode(body: bytes, content_type: str) -> Decoded:
    """The characters of a document, without controls.

    In order: byte order mark, valid UTF-8, the charset of the HTTP header, that of the XML
    declaration (or HTML meta element), and then what the bytes look like. Never raises.
    """
    for mark, codec in _MARKS_OF_ORDER:
        if body.startswith(mark):
            return Decoded(text=_shown(body.decode(codec, "replace")))
    for shape, codec in _SHAPES:
        if shape.match(body):
            return Decoded(text=_shown(body.decode(codec, "replace")))
    stated = _stated_codecs(body, content_type)
    if "iso2022_jp" in stated and _SPEAKS_7_BITS in body:
        return Decoded(text=_shown(body.decode("iso2022_jp", "replace")))
    body = body.translate(None, _CONTROLS)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_other(body, stated)
    if not _TWICE.search(body):
        return Decoded(text=text.lstrip("\ufeff"))
    return _mended(text)


def _shown(text: str) -> str:
    return _NOT_SHOWN.sub("", text)


def known_codec(charset: str) -> str:
    """The codec for a charset name from outside; "" for one we do not trust or know."""
    return _CODECS.get(re.sub(r"[^a-z0-9]", "", charset.lower()), "")


def _stated_codecs(body: bytes, content_type: str) -> list[str]:
    header = _IN_HEADER.search(content_type)
    declared = _IN_DECLARATION.search(body[:2_048])
    names = [header[1] if header else ""]
    names.append((declared[1] or declared[2]).decode("ascii") if declared else "")
    codecs_ = [codec for name in names if (codec := known_codec(name))]
    if codecs_[:1] == ["cp1252"]:
        # Servers add Latin-1 to every text by default; nobody writes another name by default.
        codecs_.reverse()
    return codecs_


def _decode_other(body: bytes, stated: list[str]) -> Decoded:
    """Not valid UTF-8: as stated, else UTF-8 with some bad bytes, else by the look of it."""
    for codec in stated:
        try:
            return Decoded(text=body.decode(codec))
        except UnicodeError:
            continue
    guess = guess_charset(body)
    if guess == "utf-8":
        lenient = body.decode("utf-8", "surrogateescape")
        text = re.sub("[\udc80-\udcff]", _as_latin, lenient)
        return Decoded(text=text, problems=(_problem("bad-bytes", "is UTF-8 with bad bytes"),))
    codec = next((codec for codec in stated if codec not in {"utf-8", "cp1252"}), guess)
    said = f"was read as {codec}, by the look of its letters"
    return Decoded(
        text=body.decode(codec, "replace"), problems=(_problem("charset-guessed", said),)
    )


def _as_latin(bad: re.Match[str]) -> str:
    return bytes([ord(bad[0]) - 0xDC00]).decode("cp1252", "replace")


def _mended(text: str) -> Decoded:
    mended = mend_double_encoding(text)
    if mended is None:
        return Decoded(text=text.lstrip("\ufeff"))
    return Decoded(
        text=mended.lstrip("\ufeff"),
        problems=(_problem("double-encoded", "was encoded to UTF-8 twice and has been mended"),),
    )


def _problem(code: str, what: str) -> ParseProblem:
    return ParseProblem(code=code, message=f"The document {what}.")
