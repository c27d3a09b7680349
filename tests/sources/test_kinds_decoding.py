"""Which characters the bytes of a document are, whoever says what about them."""

from __future__ import annotations

import pytest

from monitor.sources.kinds._decoding import CODECS, decode, known_codec

RUSSIAN = "Таможня задержала паром с грузом цемента в порту, сообщила служба новостей"
KOREAN = "세관은 항구에서 시멘트를 실은 여객선을 억류했다고 밝혔다"
JAPANESE = "税関は港でセメントを積んだフェリーを差し押さえたと発表した"
CHINESE = "海关在港口扣押了一艘载有水泥的渡轮,新闻部门的报告说这是国家的规定"


def xml(text, charset=""):
    declared = f' encoding="{charset}"' if charset else ""
    return f'<?xml version="1.0"{declared}?><rss><title>{text}</title></rss>'


STATED = {
    "UTF-8, undeclared": (xml(RUSSIAN).encode(), ""),
    "UTF-8, whatever the header says": (xml(RUSSIAN).encode(), "text/xml; charset=windows-1251"),
    "UTF-8, whatever the document says": (xml(RUSSIAN, "koi8-r").encode(), ""),
    "by the header": (xml(RUSSIAN).encode("koi8-r"), 'text/xml; charset="KOI8-R"'),
    "by the header, against the document": (
        xml(RUSSIAN, "windows-1251").encode("koi8-r"),
        "text/xml; charset=koi8-r",
    ),
    "by the document": (xml(RUSSIAN, "windows-1251").encode("cp1251"), "text/xml"),
    "by the document, against a default": (
        xml(RUSSIAN, "windows-1251").encode("cp1251"),
        "text/xml; charset=ISO-8859-1",
    ),
    "by the document, where the header cannot be": (
        xml(RUSSIAN, "windows-1251").encode("cp1251"),
        "text/xml; charset=utf-8",
    ),
    "by its mark": (b"\xff\xfe" + xml(RUSSIAN).encode("utf-16-le"), "text/xml; charset=utf-8"),
    "by a mark set twice": (b"\xef\xbb\xbf" * 2 + xml(RUSSIAN).encode(), ""),
    "by its shape, little end first": (xml(RUSSIAN).encode("utf-16-le"), ""),
    "by its shape, big end first": (xml(RUSSIAN).encode("utf-16-be"), ""),
    "by its shape, four bytes each": (xml(RUSSIAN).encode("utf-32-le"), ""),
    "a claim of UTF-16 that is none": (xml(RUSSIAN, "utf-16").encode("cp1251"), ""),
    "a codec that is a bomb": (xml(RUSSIAN).encode(), "text/xml; charset=punycode"),
}


@pytest.mark.parametrize(("body", "content_type"), STATED.values(), ids=STATED.keys())
def test_a_document_is_decoded_as_it_is_not_as_it_says(body, content_type):
    text = decode(body, content_type).text

    assert RUSSIAN in text
    assert text.startswith("<?xml")


def test_gb2312_means_its_superset_and_latin_1_means_windows():
    assert "囧" in decode(xml("囧", "gb2312").encode("gb18030"), "").text
    assert "“ferry”" in decode(xml("“ferry”", "iso-8859-1").encode("cp1252"), "").text


def test_a_seven_bit_encoding_is_not_taken_for_ascii():
    body = xml(JAPANESE, "iso-2022-jp").encode("iso2022_jp")

    assert JAPANESE in decode(body, "").text


GUESSES = {
    "windows-1251": (RUSSIAN, "cp1251"),
    "koi8-r": (RUSSIAN, "koi8-r"),
    "ibm866": (RUSSIAN, "cp866"),
    "euc-kr": (KOREAN, "cp949"),
    "shift_jis": (JAPANESE, "cp932"),
    "euc-jp": (JAPANESE, "euc_jp"),
    "gbk": (CHINESE, "gb18030"),
    "latin-1": ("Zöllner beschlagnahmten Fähre", "latin-1"),
}


@pytest.mark.parametrize(("text", "codec"), GUESSES.values(), ids=GUESSES.keys())
@pytest.mark.parametrize("declared", ["", "utf-8"])
def test_bytes_that_nobody_or_a_liar_declares_are_guessed_and_flagged(text, codec, declared):
    decoded = decode(xml(text, declared).encode(codec), "")

    assert text in decoded.text
    assert [problem.code for problem in decoded.problems] == ["charset-guessed"]


def test_a_few_bad_bytes_do_not_spoil_the_rest():
    decoded = decode(xml(RUSSIAN + " caf").encode() + b"\xe9 \x81", "")

    assert RUSSIAN in decoded.text
    assert decoded.text.endswith("é \ufffd")
    assert [problem.code for problem in decoded.problems] == ["bad-bytes"]


def test_controls_are_left_out_but_for_blanks():
    for encoding in ("utf-8", "utf-16"):
        assert decode("<a>\x00b\x07\tc\r\n</a>".encode(encoding), "").text == "<a>b\tc\r\n</a>"


@pytest.mark.parametrize("body", [b"", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe\x00", b"\x80" * 99])
def test_no_bytes_are_too_odd(body):
    assert isinstance(decode(body, "charset=").text, str)


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("UTF-8", "utf-8"),
        ("Windows-1251", "cp1251"),
        ("KS_C_5601-1987", "cp949"),
        ("x-sjis", "cp932"),
        ("punycode", ""),
        ("undefined", ""),
        ("idna", ""),
        ("base64", ""),
        ("unicode_escape", ""),
        ("", ""),
    ],
)
def test_only_charsets_of_the_trade_are_known(charset, codec):
    assert known_codec(charset) == codec


def test_every_known_codec_exists():
    assert all("a".encode(codec).decode(codec) == "a" for codec in CODECS)
