"""Sites that keep their feeds where the address of a page alone tells: one line each."""

from __future__ import annotations

import re
from collections.abc import Iterator

_NAME = r"[^/?#]+"
_END = r"/?(?:[?#].*)?"
_TABLE: tuple[tuple[str, tuple[str, ...]], ...] = (
    # --- video
    (rf"youtube\.com/channel/(?P<id>UC[\w-]{{22}})(?:/{_NAME})?{_END}", (
        "https://www.youtube.com/feeds/videos.xml?channel_id={id}",)),
    (rf"youtube\.com/user/(?P<id>{_NAME})(?:/{_NAME})?{_END}", (
        "https://www.youtube.com/feeds/videos.xml?user={id}",)),
    (r"youtube\.com/(?:playlist|watch)\?(?:[^#]*&)?list=(?P<id>[\w-]+).*", (
        "https://www.youtube.com/feeds/videos.xml?playlist_id={id}",)),
    (rf"vimeo\.com/(?P<id>{_NAME}){_END}", ("https://vimeo.com/{id}/videos/rss",)),
    # --- talk
    (rf"(?:old\.)?reddit\.com/(?P<id>(?:r|user)/{_NAME})(?:/(?:new|hot|top))?{_END}", (
        "https://www.reddit.com/{id}/.rss",)),
    (rf"(?:old\.)?reddit\.com/(?P<id>r/{_NAME}/comments/{_NAME})(?:/{_NAME})?{_END}", (
        "https://www.reddit.com/{id}/.rss",)),
    (rf"bsky\.app/profile/(?P<id>{_NAME}){_END}", ("https://bsky.app/profile/{id}/rss",)),
    (rf"(?P<host>mastodon\.{_NAME})/tags/(?P<id>{_NAME}){_END}", ("https://{host}/tags/{id}.rss",)),
    # --- code
    (rf"github\.com/(?P<id>{_NAME}/{_NAME})(?:/.*)?{_END}", (
        "https://github.com/{id}/releases.atom",
        "https://github.com/{id}/tags.atom",
        "https://github.com/{id}/commits.atom")),
    (rf"github\.com/(?P<id>{_NAME}){_END}", ("https://github.com/{id}.atom",)),
    (rf"(?P<host>gitlab\.{_NAME})/(?P<id>{_NAME}(?:/(?!-/){_NAME})+?)(?:/-/.*)?{_END}", (
        "https://{host}/{id}/-/releases.atom",
        "https://{host}/{id}/-/tags?format=atom",
        "https://{host}/{id}.atom")),
    (rf"(?P<host>(?:codeberg\.org|gitea\.{_NAME}))/(?P<id>{_NAME}/{_NAME})(?:/.*)?{_END}", (
        "https://{host}/{id}/releases.rss",
        "https://{host}/{id}.rss")),
    # --- blogs and letters
    (rf"(?P<host>{_NAME}\.substack\.com)(?:/.*)?", ("https://{host}/feed",)),
    (rf"medium\.com/(?P<id>{_NAME})(?:/.*)?{_END}", ("https://medium.com/feed/{id}",)),
    (rf"(?P<host>{_NAME}\.medium\.com)(?:/.*)?", ("https://{host}/feed",)),
    (rf"(?P<host>{_NAME}\.(?:wordpress\.com|ghost\.io))(?:/.*)?", ("https://{host}/feed/",)),
    (rf"(?P<host>{_NAME}\.blogspot\.{_NAME})(?:/.*)?", ("https://{host}/feeds/posts/default",)),
    (rf"(?P<host>{_NAME}\.tumblr\.com)(?:/.*)?", ("https://{host}/rss",)),
    # --- searches
    (r"news\.google\.com/(?P<id>(?:search|topics/[\w-]+|home|topstories)(?:\?[^#]*)?)(?:#.*)?", (
        "https://news.google.com/rss/{id}",)),
    (r"bing\.com/news/search\?(?P<id>[^#]*q=[^#]*).*", (
        "https://www.bing.com/news/search?{id}&format=rss",)),
    # --- last, since any host may be one
    (rf"(?!(?:youtube|tiktok|threads)\.)(?P<host>{_NAME})/(?P<id>@[\w.]+){_END}", (
        "https://{host}/{id}.rss",)),
)  # fmt: skip
_PATTERNS = tuple((re.compile(pattern, re.IGNORECASE), feeds) for pattern, feeds in _TABLE)
_FRONT = re.compile(r"https?://(?:[^/@]*@)?(?:(?:www|m)\.)?", re.IGNORECASE)


def known_feeds(url: str) -> tuple[str, ...]:
    """Where the feeds of a page should be by the address of the page alone; to be tried."""
    return tuple(dict.fromkeys(_candidates(_FRONT.sub("", url, count=1))))


def _candidates(page: str) -> Iterator[str]:
    for pattern, feeds in _PATTERNS:
        if found := pattern.fullmatch(page):
            yield from (feed.format(**found.groupdict()) for feed in feeds)
            return
