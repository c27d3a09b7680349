"""What can be configured, as frozen values: one class a table of config.toml."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

from monitor.model import Channel, DigestSpec, Feed, Secret

DEFAULT_STATE = Secret("sqlite:///state/wirewatch.db")


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSettings:
    """`[state]`: where everything is remembered, and for how long."""

    url: Secret = DEFAULT_STATE
    keep_items: timedelta = timedelta(days=180)
    keep_matched: timedelta = timedelta(days=5 * 365)
    keep_deliveries: timedelta = timedelta(days=2 * 365)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollSettings:
    """`[poll]`: the request budget and the manners."""

    mean: timedelta = timedelta(minutes=10)
    min: timedelta = timedelta(minutes=2)
    max: timedelta = timedelta(hours=4)
    timeout: timedelta = timedelta(seconds=20)
    max_bytes: int = 10 * 1024 * 1024
    per_host: int = 1
    spacing: timedelta = timedelta(seconds=1)
    retry_after: str = "host"
    contact: str = ""
    proxy: Secret | None = None
    allow_private_networks: bool = False
    allow_networks: tuple[str, ...] = ()
    backfill: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """`[web]`: where the pages are served and who may see them."""

    listen: str = "127.0.0.1:8484"
    auth: str = "token"
    token: Secret | None = None
    read_token: Secret | None = None
    hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    user_header: str = "Remote-User"
    public_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpmlList:
    """One `[[opml]]`: a list of feeds in a file, or at a URL that is asked `every` so often.

    `label` is what it is called: where it lies, without what must not be seen.
    """

    label: str
    path: Path | None = None
    url: Secret | None = None
    every: timedelta = timedelta(hours=1)
    tags: tuple[str, ...] = ()
    allow_private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All of config.toml. Paths are absolute; `origins` says where each setting comes from."""

    path: Path
    timezone: str = "UTC"
    rules: Path
    templates: Path
    state: StateSettings = StateSettings()
    poll: PollSettings = PollSettings()
    feeds: tuple[Feed, ...] = ()
    opml: tuple[OpmlList, ...] = ()
    channels: tuple[Channel, ...] = ()
    digests: tuple[DigestSpec, ...] = ()
    web: WebSettings = WebSettings()
    metrics_allow: tuple[str, ...] = ("127.0.0.1/32", "::1/128")
    log_format: str = "auto"
    origins: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def state_folder(self) -> Path:
        """The folder for files of ours that are no database: digests, backups."""
        file = self.state_file
        return file.parent if file else self.path.parent / "state"

    @property
    def token_file(self) -> Path:
        """Where the token of the pages lies, unless one is configured."""
        return self.state_folder / "web.token"

    def place_of(self, opml: OpmlList) -> Path:
        """The file in which a list is read: that of a URL is the last good copy, kept for it."""
        if opml.path is not None:
            return opml.path
        url = opml.url.reveal() if opml.url else ""
        short = hashlib.blake2b(url.encode(), digest_size=8).hexdigest()
        return self.state_folder / "lists" / f"{short}.opml"

    @property
    def state_file(self) -> Path | None:
        """The file of an SQLite state; None for a database server."""
        url = self.state.url.reveal().partition("?")[0]
        return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None
