"""Whatever a feed says, no chat reads in it a link, a mention or a command: only words."""

import html
import re

import pytest
import readers
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.channels import dialects
from monitor.channels.dialects import in_plain
from monitor.channels.spans import spans_of

LINK = "https://wire.example/1?a=b&c=d_e_f"
ATTACKS = [
    "@everyone", "@here", "@all", "@room", "@channel", "<@123>", "<@!123>", "<@&9>", "<#12>",
    "@**all**", "@_**Kim**", "@*desk*", "#**general>topic**", "#**general**", "<users/all>",
    "<!channel>", "<!here|x>", "<!subteam^S1>", "<@U123>", "<#C123|general>",
    "<https://evil.example|x>", "https://evil.example/x", "http://evil.example",
    "www.evil.example", "evil.example", "a@evil.example", "mailto:a@evil.example",
    "tel:+4311234", "[x](https://evil.example)", "[x](<https://evil.example>)", "](", "[", "]",
    "![x](https://evil.example/p.png)", "[x]: https://evil.example", "||spoiler||", "`code`",
    "```", "`", "**", "*", "__", "_", "~~", "\\", "\\\\", "$$x$$", "<time:2026-11-23>",
    "</a>", "<b>", "<br>", '<a href="https://evil.example">', "<at>Kim</at>", "<!--", "&lt;",
    "&lt;!channel&gt;", "&#64;here", "&amp;lt;", "#general", "#42", "$TSLA", "/start", "/me",
    ":smile:", "~town-square", "\u202eevil", "\u2066x\u2069", "\u200b", "\u200d", "\u2028",
    "\x00", "\x1b[31m", "\r\n", "\n", "\n\n", ">", ">>> ", "# ", "- ", "1. ", "    ",
    "\n# ", "\n> ", "\n1. ", "\n- ", "\n    code", "\u0007", "\ufeff", "мир", "核", "é",
    "word" * 30,
]  # fmt: skip
HOSTILE = st.lists(
    st.one_of(st.sampled_from(ATTACKS), st.text(max_size=6), st.just(" ")), min_size=1, max_size=7
).map("".join)

CHATS = {
    "Slack": (dialects.SLACK, readers.slack),
    "Discord": (dialects.DISCORD, lambda text: readers.discord(text, allowed={"parse": []})),
    "Telegram": (dialects.TELEGRAM, readers.telegram),
    "Matrix": (
        dialects.MATRIX,
        lambda text: readers.matrix(
            {"body": in_plain(text), "formatted_body": text, "m.mentions": {}}
        ),
    ),
    "Matrix, the words": (dialects.MATRIX, lambda text: readers.plain(in_plain(text))),
    "Teams": (dialects.TEAMS, readers.teams),
    "Mattermost": (dialects.MATTERMOST, readers.mattermost),
    "Rocket.Chat": (dialects.ROCKET, readers.rocket),
    "Zulip": (dialects.ZULIP, readers.zulip),
    "Google Chat": (dialects.GOOGLE, readers.google),
    "ntfy": (dialects.PLAIN, readers.ntfy),
    "others": (dialects.PLAIN, readers.plain),
}


def told(title):
    """A story as a template writes it, its title as the link and again as words."""
    safe = html.escape(title)
    return f'Wire\n<b><a href="{html.escape(LINK)}">{safe}</a></b>\n{safe}\n<i>{safe}</i>, 07:00'


def letters(text):
    return "".join(c for c in text if c.isalnum())


@pytest.mark.parametrize("chat", CHATS)
@settings(max_examples=120, deadline=None)
@given(title=HOSTILE)
@example(title="[Update] @everyone <!channel> `x` \\")
def test_a_hostile_headline_arrives_as_words_under_our_link(chat, title):
    dialect, read = CHATS[chat]
    heard = read(dialect.write(spans_of(told(title))))
    assert heard.woken == []
    assert heard.hidden == []
    seen = "".join(each.text for each in spans_of(html.escape(title)))
    assert heard.links == ([LINK] if seen.strip() else heard.links[:1])
    assert letters(heard.words) == f"Wire{letters(seen) * 3}0700"


@pytest.mark.parametrize("chat", CHATS)
@settings(max_examples=60, deadline=None)
@given(titles=st.lists(HOSTILE, min_size=2, max_size=5))
def test_one_story_reaches_into_no_other(chat, titles):
    """What one headline opens, the next must not close."""
    dialect, read = CHATS[chat]
    stories = [f'<a href="{LINK}{n}">story{n} {html.escape(t)}</a>' for n, t in enumerate(titles)]
    heard = read(dialect.between.join(dialect.write(spans_of(each)) for each in stories)[:1_900])
    assert heard.woken == []
    assert set(heard.links) <= {f"{LINK}{number}" for number in range(len(titles))}


@pytest.mark.parametrize("chat", CHATS)
@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "data:text/html,x", "https://x.example/a b", "https://x.example/\u202e",
     "mailto:a@x.example", 'https://x.example/"onclick="x', "https://x.example/<b>", "//x.example"],
)  # fmt: skip
def test_an_address_that_is_no_plain_web_page_is_no_link(chat, address):
    dialect, read = CHATS[chat]
    heard = read(dialect.write(spans_of(f'<a href="{html.escape(address)}">words</a>')))
    assert (heard.links, heard.woken) == ([], [])
    assert re.sub("\u200b", "", heard.words) == "words"


@pytest.mark.parametrize("chat", CHATS)
@pytest.mark.parametrize(
    "address", ["https://x.example/a_(b)", "https://x.example/@desk", "https://x.example/*a*`b`"]
)
def test_an_address_with_marks_in_it_stays_one_link(chat, address):
    dialect, read = CHATS[chat]
    (link,) = read(dialect.write(spans_of(f'<a href="{address}">words</a>'))).links
    assert link.startswith("https://x.example/")
    assert not set(link) & set("@()*`")
