"""Reading config.toml: the file, then the environment, then everything checked at once."""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from monitor.channels.linting import Flaw
from monitor.config import masking, tables
from monitor.config.kinds import BadValue
from monitor.config.settings import (
    DEFAULT_STATE,
    OpmlList,
    PollSettings,
    Settings,
    StateSettings,
    WebSettings,
)
from monitor.config.tables import Setting, Table
from monitor.config.toml_places import Path as TomlPath
from monitor.config.toml_places import TomlPlaces, find_places
from monitor.errors import Level, Place, Problem, UnusableFiles, did_you_mean
from monitor.model import Channel, DigestName, DigestSpec, Feed, Secret
from monitor.sources import extracting
from monitor.sources.addresses import host_of, is_web_address, without_login

MOST_BYTES = 1024 * 1024
PREFIX = "WIREWATCH_"
NOT_SETTINGS = frozenset({"CONFIG", "CORPUS", "VENV", "REQUIRE_POSTGRESQL"})
"""WIREWATCH_ variables that are no settings: the file's own path, and those of the test suite."""

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PROXY = re.compile(r"http://(?:[^\s/@]+@)?(?:[^\s/@:\[\]]+|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?/?")
_FILE = re.compile(r"(?!.*://)[^\x00]+")

_BEARABLE = frozenset({"C107", "C108", "C109", "C113", "C114", "C117"})
"""What concerns one channel, feed or list alone."""

LintChannel = Callable[[Channel], Iterable[Flaw]]


def read_config(
    path: Path,
    environ: Mapping[str, str],
    lint_channel: LintChannel = lambda _: (),
    *,
    bearing: bool = False,
) -> tuple[Settings, tuple[Problem, ...]]:
    """Read settings, and warnings about them.

    `lint_channel` says what is wrong with a channel. Raises UnusableFiles with every error
    found. `bearing`, for who only looks: what concerns one channel, feed or list alone, such as
    a secret that this shell does not hold, is told and borne.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UnusableFiles(
            [
                _whole(
                    path,
                    "C109",
                    f"cannot be read ({error.strerror})",
                    "`wirewatch init` writes one"
                    if isinstance(error, FileNotFoundError)
                    else "it must be a file that this user may read",
                )
            ]
        ) from None
    reader = _Reader(path, _decode(path, raw), environ, lint_channel)
    settings = reader.settings()
    problems = sorted(reader.problems, key=lambda problem: problem.place)
    borne = reader.bearable if bearing else set[Problem]()
    if any(problem.level is Level.ERROR and problem not in borne for problem in problems):
        raise UnusableFiles(problems)
    return settings, tuple(problems)


def _decode(path: Path, raw: bytes) -> str:
    if len(raw) > MOST_BYTES:
        raise UnusableFiles(
            [_whole(path, "C110", "is larger than 1 MiB", "keep long feed lists in an OPML file")]
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        place = Place(str(path), line, 1)
        raise UnusableFiles(
            [
                Problem(
                    place=place, code="C110", message="is not UTF-8 text", hint="save it as UTF-8"
                )
            ]
        ) from None


def _whole(path: Path, code: str, message: str, hint: str) -> Problem:
    return Problem(place=Place(str(path)), code=code, message=message, hint=hint)


class _Reader:
    """Walks the tables, noting every problem and going on with the default."""

    def __init__(
        self, path: Path, text: str, environ: Mapping[str, str], lint_channel: LintChannel
    ) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.bearable: set[Problem] = set()
        self._lines = text.replace("\r\n", "\n").split("\n")
        self._environ = environ
        self._lint_channel = lint_channel
        self._data, self._places = self._parse(text)
        self._secret_columns = masking.secret_columns(self._places.values, self._lines)
        self._from_environment: dict[TomlPath, str] = {}
        self._origins: dict[str, str] = {}
        self._overrides()

    def settings(self) -> Settings:
        self._unknown((), self._data, tables.top_level_names())
        here = self.path.absolute().parent
        paths = self._table(tables.PATHS)
        timezone = self._get((), self._data, tables.TOP.settings[0])
        state = self._table(tables.STATE, also=("retention",))
        self._check_database(state["url"])
        keep = self._values(
            tables.RETENTION, ("state", "retention"), self._sub("state", "retention")
        )
        poll = PollSettings(**self._table(tables.POLL))
        self._check_proxy(("poll",), poll.proxy)
        if poll.min > poll.max:
            self._problem(("poll", "min"), "C103", "`min` is longer than `max`", "swap them")
        channels = tuple(self._channel(place, each) for place, each in self._tables(tables.CHANNEL))
        self._unique("channel", [channel.name for channel in channels])
        digests = tuple(
            self._digest(place, each, timezone, {channel.name for channel in channels})
            for place, each in self._tables(tables.DIGEST)
        )
        self._unique("digest", [digest.name for digest in digests])
        feeds = self._feeds()
        web = WebSettings(**self._table(tables.WEB))
        if web.auth == "none" and not _is_loopback(web.listen):
            self._problem(
                ("web", "auth"),
                "C111",
                f"`none` would open the pages to everybody who can reach {web.listen}",
                'listen on "127.0.0.1:8484", or write "token" or "proxy"',
                value=True,
            )
        if web.auth == "proxy" and not web.trusted_proxies:
            self._problem(
                ("web", "auth"),
                "C111",
                "`proxy` believes nobody, since `trusted_proxies` names no proxy",
                'write trusted_proxies = ["127.0.0.1/32"], or where your proxy is',
                value=True,
            )
        return Settings(
            path=self.path.absolute(),
            timezone=timezone,
            rules=here / paths["rules"],
            templates=here / paths["templates"],
            state=StateSettings(
                url=_at(here, state["url"] or DEFAULT_STATE),
                keep_items=keep["items"],
                keep_matched=keep["matched"],
                keep_deliveries=keep["deliveries"],
            ),
            poll=poll,
            feeds=feeds,
            opml=tuple(self._opml(place, each, here) for place, each in self._tables(tables.OPML)),
            channels=channels,
            digests=digests or (DigestSpec(name=DigestName("digest"), timezone=timezone),),
            web=web,
            metrics_allow=self._table(tables.METRICS)["allow"],
            log_format=self._table(tables.LOG)["format"],
            origins=MappingProxyType(dict(self._origins)),
        )

    def _check_database(self, url: Secret | None) -> None:
        kind = (
            re.match(r"(sqlite:///.|postgres(ql)?(\+psycopg)?://)", url.reveal()) if url else True
        )
        if not kind:
            self._problem(
                ("state", "url"),
                "C103",
                "`url` names no SQLite file and no PostgreSQL database",
                "write sqlite:///state/wirewatch.db, or postgresql+psycopg://user@host/database",
            )

    # --- the things that are listed -------------------------------------------------------

    def _feeds(self) -> tuple[Feed, ...]:
        found: dict[str, Feed] = {}
        for place, table in self._tables(tables.FEED):
            values = self._values(tables.FEED, place, table)
            url = self._required(place, values, "url")
            if url in found:
                self._problem(
                    (*place, "url"), "C112", f"`{url}` is listed twice", level=Level.WARNING
                )
                continue
            if url:
                values["headers"] = self._headers(place, values["headers"])
                self._check_proxy(place, values["proxy"])
                self._check_full_text(place, asked=values["full_text"])
                found[url] = Feed(**values)
        return tuple(found.values())

    def _check_proxy(self, place: TomlPath, proxy: Secret | None) -> None:
        if proxy is None or _PROXY.fullmatch(proxy.reveal()):
            return
        socks = proxy.reveal().lower().startswith("socks")
        self._problem(
            (*place, "proxy"),
            "C113",
            "SOCKS proxies are not spoken to" if socks else "`proxy` is no address of a proxy",
            "write http://host:port of an HTTP proxy, with user:password@ where it asks for one",
        )

    def _check_full_text(self, place: TomlPath, *, asked: bool) -> None:
        if asked and not extracting.is_installed():
            self._problem(
                (*place, "full_text"),
                "C114",
                "full texts need trafilatura, which is not installed",
                extracting.REMEDY,
            )

    def _headers(self, place: TomlPath, value: object) -> tuple[tuple[str, Secret], ...]:
        if value is None:
            return ()
        path = (*place, "headers")
        if not isinstance(value, dict):
            self._problem(path, "C103", "expected a table of headers", 'write { Name = "value" }')
            return ()
        headers = []
        for name, given in value.items():
            if not re.fullmatch(r"[A-Za-z0-9-]+", name):
                self._problem((*path, name), "C103", f"`{name}` is no header name")
            elif (
                isinstance(given, dict) and len(given) == 1 and next(iter(given)) in ("env", "file")
            ):
                kind, source = next(iter(given.items()))
                secret = self._fetch_secret((*path, name), kind, str(source))
                headers += [(name, secret)] if secret else []
            elif isinstance(given, str) and given.isprintable():
                headers.append((name, Secret(given)))
            else:
                self._problem(
                    (*path, name), "C103", "expected one line of text", 'or { env = "VARIABLE" }'
                )
        return tuple(headers)

    def _channel(self, place: TomlPath, table: dict[str, Any]) -> Channel:
        values = self._values(tables.CHANNEL, place, table)
        name = self._required(place, values, "name")
        url = values["url"]
        if url is None and not any(key.startswith("url") for key in table):
            self._problem(place, "C104", "[[channel]] has no `url`", "or url_env, or url_file")
        channel = Channel(
            name=name,
            url=url or Secret(""),
            secret=values["secret"],
            on_ambiguous=values["on_ambiguous"],
        )
        for flaw in self._lint_channel(channel) if url is not None else ():
            ways = (flaw.setting, f"{flaw.setting}_env", f"{flaw.setting}_file")
            key = next((each for each in ways if each in table), flaw.setting)
            self._problem((*place, key), flaw.code, flaw.message, flaw.hint, level=flaw.level)
        return channel

    def _digest(
        self, place: TomlPath, table: dict[str, Any], timezone: str, channels: set[str]
    ) -> DigestSpec:
        values = self._values(tables.DIGEST, place, table)
        values["name"] = DigestName(self._required(place, values, "name"))
        values["timezone"] = values["timezone"] or timezone
        for count, name in enumerate(values["to"]):
            if name not in channels:
                hint = did_you_mean(name, sorted(channels)) or "define it as a [[channel]]"
                self._problem(
                    (*place, "to", count), "C106", f"no channel `{name}`", hint, value=True
                )
        return DigestSpec(**values)

    def _opml(self, place: TomlPath, table: dict[str, Any], here: Path) -> OpmlList:
        values = self._values(tables.OPML, place, table)
        name, url = values["path"] or "", values["url"]
        ways = [key for key in ("path", "url", "url_env", "url_file") if key in table]
        if not ways or (ways == ["path"] and not name):
            self._problem(place, "C104", "[[opml]] has no `path`", "or url, url_env or url_file")
        if name and len(ways) > 1:
            self._problem((*place, ways[1]), "C111", f"give only one of {', '.join(ways)}")
        elif name and not (here / name).is_file():
            self._problem((*place, "path"), "C109", f"there is no file {here / name}", value=True)
        if url is not None and not is_web_address(url.reveal()):
            self._problem((*place, ways[-1]), "C103", "expected an address, as https://...")
        return OpmlList(
            label=name or _label(url, shown="url" in table),
            path=here / name if name or url is None else None,
            url=url,
            every=values["every"],
            tags=values["tags"],
            allow_private=values["allow_private"],
        )

    # --- tables and values ----------------------------------------------------------------

    def _sub(self, *names: str) -> dict[str, Any]:
        table: dict[str, Any] = self._data
        for count, name in enumerate(names, start=1):
            below: object = table.get(name, {})
            if not isinstance(below, dict):
                if count == len(names):  # the tables around it are looked at on their own
                    written = ".".join(names)
                    self._problem(
                        names, "C103", f"`{name}` is a table", f"write [{written}] above it"
                    )
                return {}
            table = below
        return table

    def _table(self, table: Table, also: tuple[str, ...] = ()) -> dict[str, Any]:
        return self._values(table, (table.name,), self._sub(table.name), also)

    def _tables(self, table: Table) -> list[tuple[TomlPath, dict[str, Any]]]:
        given = self._data.get(table.name, [])
        if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
            self._problem(
                (table.name,), "C103", f"`{table.name}` is a list", f"write [[{table.name}]]"
            )
            return []
        return [((table.name, count), each) for count, each in enumerate(given)]

    def _values(
        self, table: Table, place: TomlPath, given: dict[str, Any], also: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """Every setting of a table by name; a secret stands under its plain name."""
        self._unknown(place, given, [*table.names(), *also])
        values: dict[str, Any] = {}
        secrets = [setting.name for setting in table.settings if setting.secret]
        for setting in table.settings:
            if setting.secret:
                values[setting.name] = self._secret(place, given, setting.name)
            elif not any(setting.name in (f"{name}_env", f"{name}_file") for name in secrets):
                values[setting.name] = self._get(place, given, setting)
        return values

    def _get(self, place: TomlPath, given: dict[str, Any], setting: Setting) -> Any:  # noqa: ANN401
        path = (*place, setting.name)
        if setting.name not in given:
            self._remember(path, "default")
            return setting.value
        try:
            value = setting.kind.read(given[setting.name])
        except BadValue as error:
            self._problem(
                path, "C103", f"`{setting.name}`: {error.message}", error.hint, value=True
            )
            return setting.value
        self._remember(path, self._written_at(path))
        return value

    def _secret(self, place: TomlPath, given: dict[str, Any], name: str) -> Secret | None:
        keys = [key for key in (name, f"{name}_env", f"{name}_file") if key in given]
        if not keys:
            self._remember((*place, name), "default")
            return None
        path = (*place, keys[0])
        if len(keys) > 1:
            self._problem((*place, keys[1]), "C111", f"give only one of {', '.join(keys)}")
        value = given[keys[0]]
        if not isinstance(value, str) or not value:
            self._problem(path, "C103", f"`{keys[0]}`: expected a text in quotes")
            return None
        self._remember((*place, name), self._written_at(path))
        return Secret(value) if keys[0] == name else self._fetch_secret(path, keys[0], value)

    def _fetch_secret(self, path: TomlPath, kind: str, source: str) -> Secret | None:
        from_variable = kind.endswith("env")
        if not (_VARIABLE.fullmatch(source) if from_variable else _FILE.fullmatch(source)):
            # A secret put into the wrong setting must not be repeated on the screen.
            expected = "the name of an environment variable" if from_variable else "a file's path"
            self._problem(
                path, "C107", f"expected {expected}", "is it the secret itself?", secret=True
            )
            return None
        try:
            text = self._environ[source] if from_variable else self._read_beside(source)
        except KeyError:
            self._problem(path, "C107", f"the environment variable {source} is not set", value=True)
            return None
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
            self._problem(path, "C107", f"{source} cannot be read ({why})", value=True)
            return None
        text = text.strip()
        if not text:
            self._problem(path, "C107", f"{source} is empty", value=True)
        elif not text.isprintable():
            self._problem(path, "C107", f"{source} holds more than one line of text", value=True)
        else:
            return Secret(text)
        return None

    def _read_beside(self, name: str) -> str:
        return (self.path.absolute().parent / name).read_text(encoding="utf-8")

    def _required(self, place: TomlPath, values: dict[str, Any], name: str) -> str:
        if not values.get(name) and not self._has_problem((*place, name)):
            self._problem((*place, name), "C104", f"[[{place[0]}]] has no `{name}`")
        return str(values.get(name) or "")

    def _unique(self, kind: str, names: list[str]) -> None:
        for count, name in enumerate(names):
            if name and name in names[:count]:
                self._problem(
                    (kind, count, "name"), "C105", f"two {kind}s are named `{name}`", value=True
                )

    def _unknown(self, place: TomlPath, given: dict[str, Any], known: list[str]) -> None:
        for name in given:
            if name not in known:
                inside = ".".join(part for part in place if isinstance(part, str))
                where = f" in [{inside}]" if inside else ""
                self._problem(
                    (*place, name),
                    "C102",
                    f"unknown setting `{name}`{where}",
                    did_you_mean(name, known) or f"known are: {', '.join(known)}",
                )

    # --- the file, the environment, and places --------------------------------------------

    def _parse(self, text: str) -> tuple[dict[str, Any], TomlPlaces]:
        try:
            return tomllib.loads(text), find_places(text)
        except (ValueError, RecursionError) as error:  # TOMLDecodeError is a ValueError
            found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
            line, column = (
                (int(found[1]), int(found[2])) if found else (max(1, len(self._lines)), 1)
            )
            message = re.sub(r" \(at .*\)$", "", str(error))
            if isinstance(error, RecursionError):
                message = "too deeply nested"
            secret_at = masking.secret_column_of_broken(self._lines[:line])
            self.problems.append(
                Problem(
                    place=Place(str(self.path), line, column),
                    code="C101",
                    message=message[:1].lower() + message[1:],
                    source=masking.cut(self._line(line), column, secret_at),
                )
            )
            raise UnusableFiles(self.problems) from None

    def _overrides(self) -> None:
        """WIREWATCH_POLL__MEAN=5m overrides `mean` in [poll]."""
        for variable in sorted(self._environ):
            name = variable.removeprefix(PREFIX)
            if name == variable or name in NOT_SETTINGS:
                continue
            path = tuple(part.lower() for part in name.split("__"))
            table = next((t for t in tables.TABLES if t.name == ".".join(path[:-1])), None)
            if table is None or table.many or path[-1] not in table.names():
                known = [
                    "__".join([*t.name.upper().split("."), s.name.upper()]).removeprefix("__")
                    for t in tables.TABLES
                    if not t.many
                    for s in t.settings
                ]
                hint = did_you_mean(name, known)
                self.problems.append(
                    Problem(
                        place=Place(f"environment variable {variable}"),
                        code="C102",
                        message="names no setting",
                        hint=hint.replace("`", f"`{PREFIX}", 1),
                    )
                )
                continue
            self._override(path, table, variable)

    def _override(self, path: tuple[str, ...], known: Table, variable: str) -> None:
        table = self._data
        for part in path[:-1]:
            below = table.setdefault(part, {})
            if not isinstance(below, dict):
                return
            table = below
        setting = next(each for each in known.settings if each.name == path[-1])
        for name in known.rivals(setting.name):
            table.pop(name, None)
        table[setting.name] = _from_variable(setting, self._environ[variable])
        self._from_environment[path] = variable

    def _written_at(self, path: TomlPath) -> str:
        span = self._places.of(path)
        return self._from_environment.get(path) or f"{self.path.name}:{span.line if span else 1}"

    def _remember(self, path: TomlPath, origin: str) -> None:
        self._origins[".".join(str(part) for part in path)] = origin

    def _line(self, line: int) -> str:
        return self._lines[line - 1] if 0 < line <= len(self._lines) else ""

    def _has_problem(self, path: TomlPath) -> bool:
        span = self._places.of(path, value=True)
        return span is not None and any(
            (each.place.line, each.place.column) == (span.line, span.column)
            for each in self.problems
        )

    def _problem(
        self,
        path: TomlPath,
        code: str,
        message: str,
        hint: str = "",
        *,
        value: bool = False,
        secret: bool = False,
        level: Level = Level.ERROR,
    ) -> None:
        """Note a problem at a key, or its value; `secret` keeps the value from being shown."""
        if variable := self._from_environment.get(path):
            place, source, width = Place(f"environment variable {variable}"), "", 1
        elif span := self._places.of(path, value=value):
            place = Place(str(self.path), span.line, span.column)
            width = span.width
            hidden = self._places.of(path, value=True) if secret else None
            secret_at = hidden.column if hidden else self._secret_columns.get(span.line)
            source = masking.cut(self._line(span.line), span.column, secret_at)
        else:
            place, source, width = Place(str(self.path)), "", 1
        problem = Problem(
            place=place,
            code=code,
            message=message,
            hint=hint,
            level=level,
            source=source,
            width=width,
        )
        self.problems.append(problem)
        if code in _BEARABLE and path[0] in {"channel", "feed", "opml"}:
            self.bearable.add(problem)


def _from_variable(setting: Setting, text: str) -> object:
    """The value of a variable: as TOML where that is what the setting takes, else as it is."""
    try:
        written = tomllib.loads(f"value = {text}")["value"]
        setting.kind.read(written)
    except (ValueError, RecursionError):  # BadValue and TOMLDecodeError are ValueErrors
        return text
    return written


def _label(url: Secret | None, *, shown: bool) -> str:
    """What a list at a URL is called; of one that is kept secret, no more than its host."""
    if url is None:
        return ""
    return without_login(url.reveal()) if shown else f"the list at {host_of(url.reveal())}"


def _is_loopback(listen: str) -> bool:
    host = listen.rpartition(":")[0].strip("[]")
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _at(here: Path, url: Secret) -> Secret:
    """A relative SQLite path is relative to the configuration, wherever the daemon starts."""
    text = url.reveal()
    if text.startswith("sqlite:///") and not text.startswith("sqlite:////"):
        return Secret(f"sqlite:///{here / text.removeprefix('sqlite:///')}")
    return url


def with_digest_folder(settings: Settings) -> Settings:
    """Add the channel that keeps digests in files, unless the operator has one of its name.

    And tell all of them where sessions are kept: beside the state.
    """
    folder = Channel(name=FILES, url=Secret(f"file://{settings.state_folder / 'digests'}"))
    added = () if any(each.name == FILES for each in settings.channels) else (folder,)
    digests = tuple(spec if spec.to else replace(spec, to=(FILES,)) for spec in settings.digests)
    sessions = str(settings.state_folder / "sessions")
    channels = (replace(each, sessions=sessions) for each in (*settings.channels, *added))
    return replace(settings, channels=tuple(channels), digests=digests)


FILES = "files"
