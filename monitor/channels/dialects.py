"""What a chat text looks like in each chat, with nothing in it that a feed could make happen.

A chat text is written once with `<b>`, `<i>` and `<a href>`; each dialect says how these look
and how the words between them are made harmless. Words are never markup, never a mention and
never a link: an unbroken `@everyone` in a headline would wake a whole company.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

_TAG = re.compile(r'<(?:(/?)([bi])|a href="([^"<>]*)"|(/a))>')
_LINK = re.compile(r"https?://[^\s<>\"|]+")
_BREAK = "\u200b"
_JOINERS = "\u200c\u200d"
_STARTS_SOMETHING = re.compile(r"@|:(?=//)|(?<=\w)\.(?=[^\W\d_])|(?<!\S)[/#$!](?=\w)")
_DISCORD = re.compile(r"([\\*_~`|>#\[\]()<:-])")


@dataclass(frozen=True, slots=True)
class Span:
    """Words that look one way. `link` is "" where they lead nowhere."""

    text: str
    link: str = ""
    strong: bool = False
    slanted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one kind of chat is written, how it measures length, what stands between stories."""

    write: Callable[[tuple[Span, ...]], str]
    measure: Callable[[str], int]
    between: str = "\n\n"


def spans_of(block: str) -> tuple[Span, ...]:
    """Read a block of a chat text; whatever is not one of the three tags is words."""
    spans: list[Span] = []
    strong = slanted = 0
    link = ""
    at = 0
    for tag in [*_TAG.finditer(block), None]:
        words = html.unescape(block[at : tag.start() if tag else None])
        if words:
            spans.append(Span(_visible(words), link, strong > 0, slanted > 0))
        if tag is None:
            break
        at = tag.end()
        closing, style, opened, closed = tag.groups()
        if style:
            step = -1 if closing else 1
            strong, slanted = (
                (max(0, strong + step), slanted)
                if style == "b"
                else (strong, max(0, slanted + step))
            )
        elif closed:
            link = ""
        else:
            link = _chat_link(html.unescape(opened))
    return tuple(spans)


def harmless(text: str) -> str:
    """Words that no chat takes for a mention, a command or a link: broken by a zero-width space."""
    return _STARTS_SOMETHING.sub(lambda found: found.group() + _BREAK, text)


def _visible(text: str) -> str:
    """Text without controls, bidi overrides and the like; line breaks stay."""
    return "".join(
        c for c in text if c in "\n" + _JOINERS or unicodedata.category(c) not in _INVISIBLE
    )


_INVISIBLE = frozenset(["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"])


def _chat_link(url: str) -> str:
    return url.replace("@", "%40") if _LINK.fullmatch(url) else ""


def _slack(spans: tuple[Span, ...]) -> str:
    """Slack's mrkdwn: & < > are its only control characters."""
    return "".join(_styled(span, _slack_words, "<{link}|{text}>", "*", "_") for span in spans)


def _slack_words(text: str) -> str:
    return html.escape(harmless(text), quote=False)


def _discord(spans: tuple[Span, ...]) -> str:
    """Discord's Markdown: a backslash before everything that could mean something."""
    return "".join(_styled(span, _discord_words, "[{text}](<{link}>)", "**", "*") for span in spans)


def _discord_words(text: str) -> str:
    return _DISCORD.sub(r"\\\1", harmless(text))


def _telegram(spans: tuple[Span, ...]) -> str:
    """Telegram's HTML."""
    return "".join(_telegram_span(span) for span in spans)


def _telegram_span(span: Span) -> str:
    text = html.escape(harmless(span.text), quote=False)
    if span.link:
        text = f'<a href="{html.escape(span.link)}">{text}</a>'
    if span.strong:
        text = f"<b>{text}</b>"
    return f"<i>{text}</i>" if span.slanted else text


def _plain(spans: tuple[Span, ...]) -> str:
    """Plain words for every other chat; links stand on lines of their own."""
    lines: list[str] = [""]
    links: list[str] = []
    for span in spans:
        first, *others = _plain_words(span.text).split("\n")
        lines[-1] += first
        if span.link:
            links.append(span.link)
        for other in others:
            lines += [*links, other]
            links = []
    return "\n".join([*lines, *links])


def _plain_words(text: str) -> str:
    """Many of these chats read Markdown or Slack's brackets in what is meant as text."""
    return harmless(text).replace("](", f"]{_BREAK}(").replace("<", f"<{_BREAK}")


def _styled(span: Span, words: Callable[[str], str], link: str, strong: str, slanted: str) -> str:
    """Marks go around the words, never around the spaces at their ends or over a line break."""
    inner = span.text.strip()
    if not inner:
        return span.text
    before, _, after = span.text.partition(inner)
    text = words(inner)
    if span.link:
        text = link.format(link=span.link, text=text.replace("\n", " "))
    if span.strong and "\n" not in text:
        text = f"{strong}{text}{strong}"
    if span.slanted and "\n" not in text:
        text = f"{slanted}{text}{slanted}"
    return before + text + after


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "replace")) // 2


def _utf8(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


SLACK = Dialect(write=_slack, measure=_utf16)
DISCORD = Dialect(write=_discord, measure=_utf16)
# Apprise folds empty lines on the way to Telegram; one that holds a zero-width space it keeps.
TELEGRAM = Dialect(write=_telegram, measure=_utf16, between=f"\n{_BREAK}\n")
PLAIN = Dialect(write=_plain, measure=_utf8)
