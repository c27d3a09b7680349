"""How each service reads what it is sent: its words, its links, and whom it would wake.

Written from the services' own documents, and stricter than they are where these are silent.
A message that a service would refuse raises Refused, with its answer.
"""

import html
import re
import unicodedata
from dataclasses import dataclass, field
from html.parser import HTMLParser

AUTOLINK = re.compile(
    r"(?i)(?:https?|ftp|mailto|tel|javascript|data):(?://)?[\w@/%+.-]+"
    r"|(?<![\w.])www\.\w"
    r"|(?<![\w.])[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}"
)
MENTION = re.compile(r"@\w+")
COMMAND = re.compile(r"(?<!\S)/\w+")
TAG = re.compile(r"(?<![\w&])(?:#\w+|\$[^\W\d_]\w*)")
PUNCTUATION = frozenset(r"""!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~""")


class Refused(Exception):
    def __init__(self, status, body):
        super().__init__(body)
        self.status, self.body = status, body


@dataclass
class Heard:
    """What readers of a service see, and what it does because of it."""

    words: str = ""
    links: list = field(default_factory=list)
    woken: list = field(default_factory=list)

    def add(self, other):
        self.words += other.words
        self.links += other.links
        self.woken += other.woken

    def notice(self, *patterns):
        """Everything in the words themselves that the service would act upon."""
        for pattern in patterns:
            self.woken += pattern.findall(self.words)
        return self

    @property
    def hidden(self):
        """Characters that nobody sees and that change what is seen."""
        return [
            c
            for c in self.words
            if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
            and c not in "\n\u200b\u200c\u200d"
        ]


def utf16(text):
    return len(text.encode("utf-16-le")) // 2


def slack(text):
    """mrkdwn: <...> are links and mentions, &amp; &lt; &gt; the three entities."""
    if len(text) > 3_000:
        raise Refused(400, "invalid_blocks")
    heard = Heard()
    at = 0
    for control in re.finditer(r"<([^<>]*)>", text):
        heard.words += text[at : control.start()]
        address, _, label = control[1].partition("|")
        if re.match(r"[!@#]", address) or "://" not in address:
            heard.woken.append(control[0])
        heard.links.append(_entities(address))
        heard.words += label
        at = control.end()
    heard.words += text[at:]
    if re.search("[<>]", heard.words):
        raise Refused(400, "invalid_blocks")
    heard.words = _entities(heard.words)
    return heard.notice(AUTOLINK, MENTION, COMMAND)


def _entities(text):
    for name, character in (("lt", "<"), ("gt", ">"), ("amp", "&")):
        text = text.replace(f"&{name};", character)
    return text


def markdown(text, *, escapes=True, brackets=False):
    """Markdown as chats read it: escapes, code, links with their words, HTML and <addresses>."""
    heard = Heard()
    at = 0
    while at < len(text):
        if escapes and text[at] == "\\" and text[at + 1 : at + 2] in PUNCTUATION:
            heard.words += text[at + 1]
            at += 2
        elif code := re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL).match(text, at):
            heard.woken.append(code[0])
            at = code.end()
        elif text[at] == "[" and (link := _link(text, at, escapes=escapes)):
            label, address, at = link
            heard.links.append(address)
            heard.add(markdown(label, escapes=escapes, brackets=brackets))
        elif tag := re.compile(r"<[!@#:/a-zA-Z][^<>\n]*>").match(text, at):
            if brackets and "|" in tag[0] and "://" in tag[0]:
                address, _, label = tag[0][1:-1].partition("|")
                heard.links.append(address)
                heard.add(markdown(label, escapes=escapes, brackets=brackets))
            else:
                heard.woken.append(tag[0])
            at = tag.end()
        else:
            heard.words += text[at]
            at += 1
    return heard


def _link(text, at, *, escapes):
    """(words, address, end) of [words](address) at this place, or None."""
    depth, end = 0, at
    while end < len(text):
        if escapes and text[end] == "\\":
            end += 2
            continue
        depth += {"[": 1, "]": -1}.get(text[end], 0)
        if depth == 0:
            break
        end += 1
    found = re.compile(r"\]\(\s*(?:<([^<>\n]*)>|([^\s()<>]*))\s*\)").match(text, end)
    if not found:
        return None
    return text[at + 1 : end], found[1] if found[1] is not None else found[2], found.end()


def discord(content, *, allowed=None):
    if not content or utf16(content) > 2_000:
        raise Refused(400, '{"content": ["Must be between 1 and 2000 in length."]}')
    heard = markdown(content)
    if allowed != {"parse": []}:
        heard.woken += re.findall(r"@everyone|@here", content)
    heard.woken += re.findall(r"(?<!\\)<(?:@[!&]?|#|a?:\w+:|t:|/)\d*[^>]*>", content)
    heard.woken += re.findall(r"(?m)^#{1,3} |^>>?>? |^-# ", content)
    return heard.notice(AUTOLINK, MENTION)


class _Html(HTMLParser):
    def __init__(self, known):
        super().__init__(convert_charrefs=True)
        self.known, self.open, self.heard = known, [], Heard()

    def handle_starttag(self, tag, attributes):
        if tag not in self.known or any(name != "href" for name, _ in attributes):
            raise Refused(400, f"Bad Request: can't parse entities: unsupported start tag {tag}")
        if tag == "br":
            self.heard.words += "\n"
            return
        self.open.append(tag)
        self.heard.links += [address for _, address in attributes]

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            raise Refused(400, f"Bad Request: can't parse entities: unexpected end tag {tag}")

    def handle_data(self, data):
        self.heard.words += data

    def handle_comment(self, data):
        raise Refused(400, "Bad Request: can't parse entities: a comment")

    handle_decl = handle_pi = unknown_decl = handle_comment


def _html(text, known):
    if re.search(r"<(?![/a-z])", text):
        raise Refused(400, "Bad Request: can't parse entities: a lone <")
    reader = _Html(known)
    reader.feed(text)
    reader.close()
    if reader.open:
        raise Refused(400, "Bad Request: can't parse entities: an open tag")
    return reader.heard


def telegram(text):
    heard = _html(text, {"b", "i", "u", "s", "a", "code", "pre"})
    if not heard.words.strip():
        raise Refused(400, "Bad Request: message text is empty")
    if utf16(heard.words) > 4_096:
        raise Refused(400, "Bad Request: message is too long")
    return heard.notice(AUTOLINK, MENTION, COMMAND, TAG)


def matrix(event):
    if len(str(event).encode()) > 65_536:
        raise Refused(413, '{"errcode": "M_TOO_LARGE"}')
    heard = _html(event["formatted_body"], {"a", "b", "i", "br"})
    if event.get("m.mentions") != {}:
        heard.woken.append(f"names in {event['body']}")
    heard.notice(AUTOLINK, MENTION)
    heard.woken += re.findall("@room", event["body"])
    return heard


def teams(text):
    if len(text.encode()) > 28_000:
        raise Refused(413, "Request Entity Too Large")
    heard = markdown(text)
    heard.words = html.unescape(heard.words)
    return heard.notice(AUTOLINK, MENTION)


def mattermost(text):
    if len(text) > 16_383:
        raise Refused(400, '{"message": "Post Message property is longer than the maximum"}')
    heard = markdown(text, brackets=True)
    heard.words = html.unescape(heard.words)
    heard.woken += re.findall(r":[\w+-]+:|(?<!\\)~[\w-]+", re.sub(r"\(https?:[^)]*\)", "", text))
    heard.woken += re.findall(r"(?m)^\s*(?:#{1,6} |>|[-*+] |\d+\. )", text)
    return heard.notice(AUTOLINK, MENTION, TAG)


def rocket(text):
    if len(text) > 5_000:
        raise Refused(400, '{"success": false, "error": "error-message-size-exceeded"}')
    heard = markdown(text, escapes=False, brackets=True)
    heard.woken += re.findall(r":[\w+-]+:", re.sub(r"\(https?:[^)]*\)", "", text))
    return heard.notice(AUTOLINK, MENTION, TAG)


def zulip(text):
    if len(text) > 10_000:
        raise Refused(400, '{"result": "error", "msg": "Message too long"}')
    heard = markdown(text, escapes=False)
    heard.words = html.unescape(heard.words)
    heard.woken += re.findall(r"@_?\*{1,2}[^*]+\*{1,2}|#\*\*[^*]+\*\*|\$\$.+?\$\$|:\w+:", text)
    heard.woken += re.findall(r"(?m)^(?:#{1,6} |>|```|~~~|[*+-] |\d+\. |/\w+| {4})", text)
    return heard.notice(AUTOLINK, MENTION, TAG)


def google(text):
    if len(text.encode()) > 4_096:
        raise Refused(400, '{"error": {"status": "INVALID_ARGUMENT"}}')
    heard = Heard()
    at = 0
    for control in re.finditer(r"<([^<>\n]*)>", text):
        heard.words += text[at : control.start()]
        address, bar, label = control[1].partition("|")
        if bar and address.startswith(("http://", "https://")):
            heard.links.append(address)
            heard.words += label
        elif re.match(r"users/|https?:", address):
            heard.woken.append(control[0])
        else:
            heard.words += control[0]
        at = control.end()
    heard.words += text[at:]
    heard.woken += re.findall("`[^`]+`", heard.words)
    return heard.notice(AUTOLINK, MENTION)


def plain(text):
    """Whatever else: links on lines of their own, and no Markdown of anybody's."""
    lines = text.split("\n")
    links = [line for line in lines if re.fullmatch(r"https?://\S+", line)]
    heard = Heard("\n".join(line for line in lines if line not in links), links)
    heard.woken += re.findall(r"\]\(|<[!@#/a-zA-Z]", heard.words)
    return heard.notice(AUTOLINK, MENTION, COMMAND, TAG)


def ntfy(text):
    if len(text.encode()) > 4_096:
        raise Refused(413, '{"code": 41301, "error": "the message would become a file"}')
    return plain(text)
