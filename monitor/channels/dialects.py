"""What a chat text looks like in each chat, with nothing in it that a feed could make happen.

A chat text is written once with `<b>`, `<i>` and `<a href>`; each dialect says how these look
and how the words between them are made harmless. Words are never markup, never a mention and
never a link: an unbroken `@everyone` in a headline would wake a whole company.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from monitor.channels.harmless import BREAK, broken, harmless
from monitor.channels.spans import Span, spans_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one kind of chat is written, how it measures length, what stands between stories."""

    write: Callable[[tuple[Span, ...]], str]
    measure: Callable[[str], int]
    between: str = "\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marks:
    """What a dialect puts around words. `title` makes words fit to stand in a link."""

    words: Callable[[str], str]
    link: str
    strong: str
    slanted: str
    title: Callable[[str], str] = lambda text: text
    newline: str = "\n"

    def write(self, spans: tuple[Span, ...]) -> str:
        return "".join(map(self._span, spans)).replace("\n", self.newline)

    def _span(self, span: Span) -> str:
        """Marks go around the words, never around the spaces at their ends or over a line break."""
        inner = span.text.strip()
        if not inner:
            return span.text
        before, _, after = span.text.partition(inner)
        text = self.words(self.title(inner) if span.link else inner)
        if span.link:
            text = self.link.format(link=span.link, text=text.replace("\n", " "))
        if span.strong and "\n" not in text:
            text = f"{self.strong}{text}{self.strong}"
        if span.slanted and "\n" not in text:
            text = f"{self.slanted}{text}{self.slanted}"
        return before + text + after


# --- Escapes that each chat promises to honour -----------------------------------------------

_DISCORD = re.compile(r"([\\*_~`|>#\[\]()<:-])")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-!|>~])")
_ALSO_READ = re.compile(r"[<:&]")
_NUMBERED = re.compile(r"^(\s*\d+)([.)])", re.MULTILINE)


def _slack_words(text: str) -> str:
    """Slack's mrkdwn: & < > are its only control characters."""
    return html.escape(harmless(text), quote=False)


def _discord_words(text: str) -> str:
    """Discord's Markdown: a backslash before everything that could mean something."""
    return _DISCORD.sub(r"\\\1", harmless(text))


def _markdown_words(text: str) -> str:
    """CommonMark, in Teams and Mattermost: a backslash before what it may escape.

    Brackets of Slack's, `:smile:` and `&lt;` are read as well, and cannot be escaped everywhere.
    """
    escaped = _NUMBERED.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\1", harmless(text)))
    return _ALSO_READ.sub(lambda found: found.group() + BREAK, escaped)


# --- Chats in which nothing can be escaped: what means something is broken --------------------


def _rounded(text: str) -> str:
    """Square brackets would end the words of a link."""
    return text.replace("[", "(").replace("]", ")")


def _pointless(text: str) -> str:
    """So would the brackets that Google Chat puts around a link, and its bar."""
    return text.replace("<", "‹").replace(">", "›").replace("|", "¦")


# --- Dialects of their own --------------------------------------------------------------------


def _html(spans: tuple[Span, ...]) -> str:
    """Telegram's HTML."""
    return "".join(map(_html_span, spans))


def _html_span(span: Span) -> str:
    text = html.escape(harmless(span.text), quote=False)
    if span.link:
        text = f'<a href="{html.escape(span.link)}">{text}</a>'
    if span.strong:
        text = f"<b>{text}</b>"
    return f"<i>{text}</i>" if span.slanted else text


def _matrix(spans: tuple[Span, ...]) -> str:
    """The HTML of Matrix, where a line ends with a tag."""
    return _html(spans).replace("\n", "<br>")


def in_plain(rich: str) -> str:
    """What was written in the dialect of Matrix, in plain words."""
    stories = rich.split(MATRIX.between)
    return PLAIN.between.join(
        PLAIN.write(spans_of(story.replace("<br>", "\n"))) for story in stories
    )


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
    return harmless(text).replace("](", f"]{BREAK}(").replace("<", f"<{BREAK}")


# --- How long a text is -----------------------------------------------------------------------


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "replace")) // 2


def _utf8(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _ntfy_units(text: str) -> int:
    """The service makes a file of more than 4,096 bytes, Apprise of more than 8,000 of JSON.

    In that JSON every letter that is not ASCII counts six times; beside the text, it holds a title.
    """
    return max(_utf8(text), len(json.dumps(text)) * 4_000 // 5_400)


def _marked(marks: _Marks, measure: Callable[[str], int] = _utf16) -> Dialect:
    return Dialect(write=marks.write, measure=measure)


SLACK = _marked(_Marks(words=_slack_words, link="<{link}|{text}>", strong="*", slanted="_"))
DISCORD = _marked(_Marks(words=_discord_words, link="[{text}](<{link}>)", strong="**", slanted="*"))
# A card takes a single line break for a space, unless two spaces stand before it.
TEAMS = _marked(
    _Marks(words=_markdown_words, link="[{text}]({link})", strong="**", slanted="_", newline="  \n")
)
MATTERMOST = _marked(
    _Marks(words=_markdown_words, link="[{text}]({link})", strong="**", slanted="*")
)
ROCKET = _marked(
    _Marks(words=broken, link="[{text}]({link})", strong="*", slanted="_", title=_rounded)
)
ZULIP = _marked(
    _Marks(words=broken, link="[{text}]({link})", strong="**", slanted="*", title=_rounded)
)
GOOGLE = _marked(
    _Marks(words=broken, link="<{link}|{text}>", strong="*", slanted="_", title=_pointless), _utf8
)
# Apprise folds empty lines on the way to Telegram; one that holds a zero-width space it keeps.
TELEGRAM = Dialect(write=_html, measure=_utf16, between=f"\n{BREAK}\n")
MATRIX = Dialect(write=_matrix, measure=_utf8, between="<br><br>")
PLAIN = Dialect(write=_plain, measure=_utf8)
NTFY = Dialect(write=_plain, measure=_ntfy_units)
