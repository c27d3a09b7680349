"""Sites whose feeds follow from the address of a page."""

from __future__ import annotations

import pytest

from monitor.sources.known_sites import known_feeds

YOUTUBE = "https://www.youtube.com/feeds/videos.xml?"
CHANNEL = "UC" + "a1-_" * 5 + "bc"
KNOWN = [
    (f"https://www.youtube.com/channel/{CHANNEL}", [f"{YOUTUBE}channel_id={CHANNEL}"]),
    (f"https://m.youtube.com/channel/{CHANNEL}/videos?view=0", [f"{YOUTUBE}channel_id={CHANNEL}"]),
    ("https://youtube.com/user/portwatch", [f"{YOUTUBE}user=portwatch"]),
    ("https://www.youtube.com/playlist?list=PL12-a", [f"{YOUTUBE}playlist_id=PL12-a"]),
    ("https://www.youtube.com/watch?v=abc&list=PL12-a", [f"{YOUTUBE}playlist_id=PL12-a"]),
    ("https://vimeo.com/port", ["https://vimeo.com/port/videos/rss"]),
    ("https://www.reddit.com/r/ports/", ["https://www.reddit.com/r/ports/.rss"]),
    ("https://old.reddit.com/r/ports/new/?a=1", ["https://www.reddit.com/r/ports/.rss"]),
    ("https://www.reddit.com/user/ada", ["https://www.reddit.com/user/ada/.rss"]),
    (
        "https://www.reddit.com/r/ports/comments/1x/title/",
        ["https://www.reddit.com/r/ports/comments/1x/.rss"],
    ),
    ("https://bsky.app/profile/ada.example", ["https://bsky.app/profile/ada.example/rss"]),
    ("https://mastodon.example/@ada", ["https://mastodon.example/@ada.rss"]),
    ("https://mastodon.example/tags/port", ["https://mastodon.example/tags/port.rss"]),
    (
        "https://github.com/ada/engine/tree/main/src",
        [f"https://github.com/ada/engine/{each}.atom" for each in ("releases", "tags", "commits")],
    ),
    ("https://github.com/ada", ["https://github.com/ada.atom"]),
    (
        "https://gitlab.example/group/sub/engine/-/tree/main",
        [
            "https://gitlab.example/group/sub/engine/-/releases.atom",
            "https://gitlab.example/group/sub/engine/-/tags?format=atom",
            "https://gitlab.example/group/sub/engine.atom",
        ],
    ),
    (
        "https://codeberg.org/ada/engine",
        ["https://codeberg.org/ada/engine/releases.rss", "https://codeberg.org/ada/engine.rss"],
    ),
    ("https://ports.substack.com/p/a-letter", ["https://ports.substack.com/feed"]),
    ("https://medium.com/@ada/a-story-12", ["https://medium.com/feed/@ada"]),
    ("https://medium.com/@ada", ["https://medium.com/feed/@ada"]),
    ("https://medium.com/ports", ["https://medium.com/feed/ports"]),
    ("https://ada.medium.com/", ["https://ada.medium.com/feed"]),
    ("https://ada.wordpress.com/2026/", ["https://ada.wordpress.com/feed/"]),
    ("https://ada.blogspot.com", ["https://ada.blogspot.com/feeds/posts/default"]),
    ("https://ada.tumblr.com/post/1", ["https://ada.tumblr.com/rss"]),
    (
        "https://news.google.com/search?q=ammunition%20port&hl=en-US&gl=US&ceid=US%3Aen",
        ["https://news.google.com/rss/search?q=ammunition%20port&hl=en-US&gl=US&ceid=US%3Aen"],
    ),
    ("https://news.google.com/topics/CAAq_x?hl=en", ["https://news.google.com/rss/topics/CAAq_x?hl=en"]),
    (
        "https://www.bing.com/news/search?q=port&setlang=en",
        ["https://www.bing.com/news/search?q=port&setlang=en&format=rss"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("page", "feeds"), KNOWN, ids=[page for page, _ in KNOWN])
def test_the_feeds_follow_from_the_address(page, feeds):
    assert list(known_feeds(page)) == feeds


@pytest.mark.parametrize(
    "page",
    [
        "https://news.example/world",
        "https://www.youtube.com/@handle",
        "https://github.com/",
        "https://notgithub.com/a/b",
        "https://news.google.com/",
        "https://example.org/?u=https://github.com/ada/engine",
    ],
)
def test_of_other_pages_nothing_is_known(page):
    assert known_feeds(page) == ()
