"""No words from a feed become markup, a mention or a link in any chat."""

import html
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.channels.dialects import DISCORD, PLAIN, SLACK, TELEGRAM
from monitor.channels.spans import spans_of
from monitor.channels.splitting import split

LINK = "https://wire.example/1?a=b&c=d"
HOSTILE = st.lists(
    st.one_of(
        st.text(max_size=10),
        st.sampled_from(
            [
                "@everyone", "@here", "<@123>", "<@!123>", "<@&9>", "<#12>", "<!channel>",
                "<!here|x>", "<!subteam^S1>", "<https://evil.example|x>", "https://evil.example/x",
                "http://evil.example", "www.evil.example", "evil.example",
                "[x](https://evil.example)",
                "[x](<https://evil.example>)", "](", "||spoiler||",
                "`code`", "```", "**", "__", "\\",
                "</a>", "<b>",
                '<a href="https://evil.example">', "&lt;!channel&gt;", "&#64;here",
                "@room", "@channel", "#general", "/start", "\u202e", "\u200b", "\n\n", ">",
            ]
        ),
    ),
    min_size=1,
    max_size=6,
).map("".join)  # fmt: skip


def spans(title):
    escaped = html.escape(title)
    return spans_of(f'<b><a href="{html.escape(LINK)}">{escaped}</a></b>\n{escaped}')


def linkable(text):
    """Whether a chat program would make a link or a mention of bare words."""
    return re.findall(r"https?://|(?<!\w)www\.\w|\w\.[a-z]{2}|@\w", text)


@settings(max_examples=150, deadline=None)
@given(title=HOSTILE)
def test_in_slack_only_our_link_is_a_control_sequence(title):
    written = SLACK.write(spans(title))
    controls = re.findall(r"<([^>]*)>", written)
    assert all(control.startswith(f"{LINK}|") for control in controls)
    assert len(controls) <= 1
    words = re.sub(rf"<{re.escape(LINK)}\|", "", written).replace(">", "", len(controls))
    assert not re.search("[<>]", words)
    assert linkable(html.unescape(words)) == []


@settings(max_examples=150, deadline=None)
@given(title=HOSTILE)
def test_in_discord_everything_but_our_own_marks_is_escaped(title):
    written = DISCORD.write(spans(title))
    bare = re.sub(r"\\[^a-zA-Z0-9\s]", "", written)
    bare = bare.replace(f"(<{LINK}>)", "", 1)
    assert not re.search(r"[<>()`|\\]", bare)
    assert bare.count("[") == bare.count("]") <= 1
    assert linkable(re.sub(r"\\(?=[^a-zA-Z0-9\s])", "", written).replace(LINK, "")) == []


class _Telegram(HTMLParser):
    """Telegram's own strictness: known tags, closed in order, links that are ours."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.words = [], ""

    def handle_starttag(self, tag, attributes):
        assert (tag, attributes) in [("b", []), ("i", []), ("a", [("href", LINK)])]
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data


@settings(max_examples=150, deadline=None)
@given(title=HOSTILE)
def test_in_telegram_markup_is_ours_and_whole(title):
    reader = _Telegram()
    reader.feed(TELEGRAM.write(spans(title)))
    reader.close()
    assert reader.open == []
    assert linkable(reader.words) == []


@settings(max_examples=150, deadline=None)
@given(title=HOSTILE)
def test_in_every_other_chat_the_only_link_stands_on_a_line_of_its_own(title):
    written = PLAIN.write(spans(title))
    assert [line for line in written.split("\n") if "://" in line] in ([], [LINK])
    assert linkable(written.replace(LINK, "")) == []
    assert "](" not in written
    assert not re.search("<(?!\u200b)", written)


@pytest.mark.parametrize("dialect", [SLACK, DISCORD, TELEGRAM, PLAIN])
@settings(max_examples=40, deadline=None)
@given(titles=st.lists(HOSTILE, min_size=1, max_size=12), limit=st.integers(80, 600))
def test_no_message_is_longer_than_the_chat_allows(dialect, titles, limit):
    text = "\n\n".join(f'<a href="{LINK}">{html.escape(title)}</a>' for title in titles)
    parts = split(text, dialect, limit)
    assert max(map(dialect.measure, parts)) <= limit


def test_messages_are_cut_between_stories_and_numbered():
    blocks = [
        f'<b>Story {n}</b> <a href="https://wire.example/{n}">{"word " * 30}</a>' for n in range(9)
    ]
    parts = split("\n\n".join(blocks), SLACK, 900)
    assert len(parts) > 1
    assert [part.rsplit("\n", 1)[1] for part in parts] == [
        f"{n}/{len(parts)}" for n in range(1, len(parts) + 1)
    ]
    whole = "\n\n".join(part.rsplit("\n\n", 1)[0] for part in parts)
    assert whole == "\n\n".join(SLACK.write(spans_of(block)) for block in blocks)


def test_a_story_longer_than_a_message_keeps_its_link():
    (part,) = split(f'<a href="{LINK}">{"word " * 500}</a>', SLACK, 500)
    assert part.startswith(f"<{LINK}|word")
    assert len(part) <= 500


def test_a_pager_gets_one_message_that_counts_the_others():
    (part,) = split("\n\n".join(f"Story {n} of the day" for n in range(30)), PLAIN, 300)
    assert re.search(r"… and \d+ more not shown here$", part)


def test_a_very_long_digest_ends_after_twenty_messages_with_a_count():
    parts = split("\n\n".join(["word " * 100] * 60), PLAIN, 700)
    assert len(parts) == 20
    assert "… and 40 more not shown here" in parts[-1]


def test_a_link_that_is_no_web_page_is_only_words():
    assert SLACK.write(spans_of('<a href="javascript:alert(1)">x</a>')) == "x"
