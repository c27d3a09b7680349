"""Every setting there is: its name, kind, default and meaning.

Checks, docs and the editor schema are all made from these tables.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

from monitor.config import kinds
from monitor.config.kinds import Kind


@dataclass(frozen=True, slots=True)
class Setting:
    """One key: `default` as it would be written in the file, "" for none."""

    name: str
    kind: Kind
    default: str
    help: str
    secret: bool = False

    @property
    def value(self) -> Any:  # noqa: ANN401
        """The default as our value, None for none."""
        return self.kind.read(_written(self.default)) if self.default else None


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the file; `many` for those written `[[name]]`."""

    name: str
    help: str
    settings: tuple[Setting, ...]
    many: bool = False

    def names(self) -> list[str]:
        """The keys this table knows."""
        return [setting.name for setting in self.settings]

    def rivals(self, name: str) -> list[str]:
        """The other ways to give the same secret, of which only one may be used."""
        families = (
            [each.name, f"{each.name}_env", f"{each.name}_file"]
            for each in self.settings
            if each.secret
        )
        return [each for family in families if name in family for each in family if each != name]


@cache
def _written(default: str) -> object:
    return tomllib.loads(f"value = {default}")["value"]


def _secret(name: str, help_text: str) -> tuple[Setting, ...]:
    return (
        Setting(name, kinds.TEXT, "", help_text, secret=True),
        Setting(f"{name}_env", kinds.TEXT, "", f"the environment variable that holds `{name}`"),
        Setting(f"{name}_file", kinds.TEXT, "", f"the file that holds `{name}`"),
    )


PROXY = "http://host:port of an HTTP proxy, with user:password@ where it asks for one"

HEADERS = Kind(lambda value: value, {"type": "object"})

TOP = Table(
    "",
    "Settings of the whole service.",
    (Setting("timezone", kinds.TIMEZONE, '"UTC"', "digests, quiet hours and dates shown"),),
)
PATHS = Table(
    "paths",
    "Where rules and templates lie, relative to this file.",
    (
        Setting("rules", kinds.TEXT, '"rules"', "rule files, vocabularies in its folder vocab"),
        Setting("templates", kinds.TEXT, '"templates"', "digest templates"),
    ),
)
STATE = Table(
    "state",
    "Where everything is remembered.",
    _secret("url", "sqlite:///file or postgresql+psycopg://user@host/database"),
)
RETENTION = Table(
    "state.retention",
    "How long things are kept.",
    (
        Setting("items", kinds.SOME_DURATION, '"180d"', "items that no rule fired on"),
        Setting("matched", kinds.SOME_DURATION, '"5y"', "items that a rule fired on"),
        Setting("deliveries", kinds.SOME_DURATION, '"2y"', "messages that were sent"),
    ),
)
POLL = Table(
    "poll",
    "The request budget and the manners.",
    (
        Setting(
            "mean",
            kinds.SOME_DURATION,
            '"10m"',
            "the request budget: average time between polls of a feed",
        ),
        Setting("min", kinds.SOME_DURATION, '"2m"', "never more often than this"),
        Setting("max", kinds.SOME_DURATION, '"4h"', "never more rarely than this"),
        Setting("timeout", kinds.SOME_DURATION, '"20s"', "the longest a poll may take"),
        Setting("max_bytes", kinds.SIZE, '"10MiB"', "the largest document read, unpacked"),
        Setting("per_host", kinds.COUNT, "1", "requests to one host at a time"),
        Setting(
            "spacing", kinds.DURATION, '"1s"', "between the starts of two requests to one host"
        ),
        Setting(
            "retry_after",
            kinds.choice("host", "feed"),
            '"host"',
            "what a Retry-After holds back: all feeds of the host, or the one feed",
        ),
        *_secret("proxy", PROXY),
        Setting("contact", kinds.TEXT, '""', "who to write to; goes into the user agent"),
        Setting(
            "allow_private_networks", kinds.FLAG, "false", "may feeds live on private addresses"
        ),
        Setting(
            "allow_networks",
            kinds.NETWORKS,
            "[]",
            "private networks and hosts where feeds may live nevertheless",
        ),
        Setting("backfill", kinds.DURATION, '"0"', "how much of a new feed's past is news too"),
    ),
)
FEED = Table(
    "feed",
    "A feed to watch.",
    (
        Setting("url", kinds.WEB_URL, "", "its address"),
        Setting("name", kinds.TEXT, '""', "what to call it; its own title when empty"),
        Setting("tags", kinds.TEXTS, "[]", "for `feeds:` in rules, as tag:NAME"),
        Setting("every", kinds.SOME_DURATION, "", "poll exactly this often"),
        Setting("language", kinds.TEXT, '""', "its language, as en or zh"),
        Setting(
            "weight", kinds.NUMBER, "1.0", "above 1: polled as if it brought so many times the news"
        ),
        Setting("allow_private", kinds.FLAG, "false", "it lives on a private address"),
        Setting("full_text", kinds.FLAG, "false", "fetch the articles behind its short summaries"),
        *_secret("auth", "user:password, or a bearer token"),
        Setting("headers", HEADERS, "", 'sent along; { env = "NAME" } and { file = "path" } too'),
        *_secret("cookie", "a Cookie header, as name=value; name=value"),
        Setting("user_agent", kinds.LINE, '""', "in place of ours"),
        *_secret("proxy", PROXY),
        Setting(
            "retry_after", kinds.choice("host", "feed"), "", "as in [poll], for this feed alone"
        ),
    ),
    many=True,
)
OPML = Table(
    "opml",
    "A list of feeds kept elsewhere; read again when it changes.",
    (
        Setting("path", kinds.TEXT, "", "the OPML file; folders become tags"),
        *_secret("url", "where the list is fetched from, in place of `path`"),
        Setting("every", kinds.SOME_DURATION, '"1h"', "how often it is fetched"),
        Setting("tags", kinds.TEXTS, "[]", "tags that all its feeds have"),
        Setting("allow_private", kinds.FLAG, "false", "it lives on a private address"),
    ),
    many=True,
)
CHANNEL = Table(
    "channel",
    "Where messages can go.",
    (
        Setting("name", kinds.TEXT, "", "what digests call it"),
        *_secret("url", "an Apprise URL, mailto(s)://..., https://... of a webhook, or a folder"),
        *_secret("secret", "what a webhook is signed with"),
        Setting(
            "on_ambiguous",
            kinds.choice("resend", "hold"),
            '"resend"',
            "what becomes of a message whose answer was lost: sent again, or held as a dead letter",
        ),
    ),
    many=True,
)
DIGEST = Table(
    "digest",
    "Who is told what, and when. A match may belong to several digests.",
    (
        Setting("name", kinds.TEXT, "", "what to call it"),
        Setting(
            "cadence",
            kinds.CADENCE,
            '"now"',
            "now | rolling (the first at once, later ones gathered for 15 to 60 minutes) | "
            "daily HH:MM[,HH:MM] | weekly mon 07:00 | cron ...",
        ),
        Setting("to", kinds.TEXTS, "[]", "channels; none: files in state/digests"),
        Setting("rules", kinds.TEXTS, '["*"]', "rule ids or globs"),
        Setting("tags", kinds.TEXTS, "[]", "any of these rule tags"),
        Setting("severity", kinds.SEVERITY, '"info"', "at least"),
        Setting("quiet", kinds.QUIET, '""', "hours in which it is held, never dropped"),
        Setting(
            "breakthrough", kinds.SEVERITY, "", "told in quiet hours too: at least this severe"
        ),
        Setting(
            "heartbeat",
            kinds.DURATION,
            '"7d"',
            "after so long without news, say that the watch is up; 0: never",
        ),
        Setting("timezone", kinds.TIMEZONE, "", "its readers' zone; the top-level one when absent"),
        Setting("max_stories", kinds.COUNT, "40", "told in full; the rest is one line each"),
        Setting("template", kinds.TEXT, '"digest"', "TEMPLATE.html.j2, .txt.j2 and .chat.j2"),
    ),
    many=True,
)
WEB = Table(
    "web",
    "The pages.",
    (
        Setting("listen", kinds.LISTEN, '"127.0.0.1:8484"', "host and port"),
        Setting("auth", kinds.choice("none", "token", "proxy"), '"token"', "none: loopback only"),
        *_secret("token", "what opens everything; state/web.token holds one that was made for you"),
        *_secret("read_token", "what opens the pages and the API for reading alone"),
        Setting(
            "hosts", kinds.TEXTS, "[]", "names under which the pages are reached, beside `listen`"
        ),
        Setting(
            "trusted_proxies", kinds.ADDRESSES, "[]", "reverse proxies whose headers are believed"
        ),
        Setting("user_header", kinds.LINE, '"Remote-User"', "where such a proxy names who it is"),
        Setting(
            "public_url",
            kinds.WEB_URL,
            "",
            "where hubs reach this service: switches WebSub on, through a reverse proxy",
        ),
    ),
)
METRICS = Table(
    "metrics",
    "Figures for Prometheus, at /metrics of the pages.",
    (
        Setting(
            "allow", kinds.ADDRESSES, '["127.0.0.1/32", "::1/128"]', "who may read them, by address"
        ),
    ),
)
LOG = Table(
    "log",
    "What is logged.",
    (
        Setting(
            "format",
            kinds.choice("auto", "text", "json"),
            '"auto"',
            "auto: text on a terminal, JSON otherwise",
        ),
    ),
)

TABLES = (TOP, PATHS, STATE, RETENTION, POLL, FEED, OPML, CHANNEL, DIGEST, WEB, METRICS, LOG)


def top_level_names() -> list[str]:
    """What may stand at the top of the file: settings and tables."""
    return [*TOP.names(), *(t.name for t in TABLES if t.name and "." not in t.name)]


def json_schema() -> dict[str, object]:
    """config.toml as JSON Schema, for editors."""

    def described(source: Table) -> dict[str, object]:
        return {
            s.name: {**s.kind.schema, "description": s.help}
            | ({"default": _written(s.default)} if s.default else {})
            for s in source.settings
        }

    def table(source: Table) -> dict[str, object]:
        shape: dict[str, object] = {
            "type": "object",
            "description": source.help,
            "additionalProperties": False,
            "properties": described(source),
        }
        return {"type": "array", "items": shape} if source.many else shape

    properties: dict[str, object] = {
        t.name: table(t) for t in TABLES if t.name and t is not RETENTION
    }
    state = properties["state"]
    assert isinstance(state, dict)  # noqa: S101 - made above
    state["properties"]["retention"] = table(RETENTION)
    properties |= described(TOP)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Wirewatch config.toml",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }
