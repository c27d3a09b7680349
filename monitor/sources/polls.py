"""One poll: who is asked, at which address, and with which lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from yarl import URL

from monitor.model import Feed, FeedState
from monitor.sources.addresses import proxy_address, web_address
from monitor.sources.headers import private_lines, public_lines
from monitor.sources.pools import FetchSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One question to one feed. `private_lines` are for its own origin only.

    `home` is where it is configured, `start` where it is asked for since it has moved.
    """

    feed: Feed
    home: URL
    start: URL
    now: datetime
    lines: dict[str, str]
    private_lines: dict[str, str] = field(repr=False)
    proxy: URL | None = field(repr=False)
    operators_own: bool = True

    @classmethod
    def of(
        cls,
        feed: Feed,
        state: FeedState,
        settings: FetchSettings,
        *,
        now: datetime,
        unconditional: bool = False,
    ) -> Poll:
        """A poll of `feed`, which may have moved. Raises Refusal or BadHeader for a wrong one."""
        home, userinfo = web_address(feed.url)
        proxy = feed.proxy or settings.proxy
        return cls(
            feed=feed,
            home=home,
            start=web_address(state.address)[0] if state.address else home,
            now=now,
            lines=public_lines(feed, None if unconditional else state),
            private_lines=private_lines(feed, userinfo),
            proxy=proxy_address(proxy) if proxy else None,
            operators_own=settings.operators_own,
        )

    @property
    def is_conditional(self) -> bool:
        """Whether the server may answer that nothing is new."""
        return not self.lines.keys().isdisjoint({"If-None-Match", "If-Modified-Since"})

    def may_be_private(self, url: URL) -> bool:
        """`allow_private` of a feed covers its own host, not whatever that redirects to."""
        return self.feed.allow_private and url.host == self.home.host

    def shown(self, url: URL) -> str:
        """`url` as it may be kept: as configured where nothing redirected, never with a login."""
        return self.feed.url if url == self.home and "@" not in self.feed.url else str(url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an answer came from; `for_good` when nothing but permanent redirects led there."""

    url: URL
    for_good: bool = True
