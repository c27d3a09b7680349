"""Everything the operator wrote, as one snapshot that is swapped whole or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from monitor import langid
from monitor.config.reading import LintChannel, read_config, with_digest_folder
from monitor.config.settings import OpmlList, Settings
from monitor.errors import Level, Place, Problem, UnusableFiles, WirewatchError, did_you_mean
from monitor.model import (
    Channel,
    DigestSpec,
    Feed,
    FeedList,
    Item,
    Match,
    RuleCard,
    RuleId,
    StoryMode,
)
from monitor.rendering.builtin import FORMS
from monitor.rendering.environment import TemplateSource
from monitor.rendering.wording import Wording, check
from monitor.rule_cache import cache_path, no_collecting, read_cache, write_cache
from monitor.rules.alerts import Each
from monitor.rules.caching import RuleCache
from monitor.rules.frequencies import Weigh
from monitor.rules.loading import Recall, load_rules
from monitor.rules.matching import Examined, Matcher, TermFinder
from monitor.rules.rulebook import Rule, RuleBook, Vocabulary
from monitor.rules.yaml_nodes import SourceFile
from monitor.sources import extracting
from monitor.sources.addresses import without_login
from monitor.text.language import Tell, with_language
from monitor.turns import THINKING

ReadOpml = Callable[[bytes], FeedList]
"""The bytes of an OPML file to feeds: the airlock. Raises WirewatchError."""

RULE_FILES = frozenset({".yaml", ".yml"})
VOCABULARY_FILES = frozenset({".yaml", ".yml", ".txt"})

CODES = {
    "F101": "The folder does not exist. `paths` in config.toml says where rules and templates lie, "
    "relative to that file; `wirewatch init` writes a starter set.",
    "F102": "The file is there but cannot be read: mostly its permissions, or a link to nothing.",
    "F103": "Nothing can match, because there is no rule.",
    "F104": "The file is not UTF-8 text. Save it as UTF-8 in your editor.",
    "F105": "The file is no OPML. Feed readers write OPML when asked to export subscriptions.",
    "F106": "The digest names a template of which there is no file in the templates folder: "
    "NAME.html.j2, NAME.txt.j2 or NAME.chat.j2.",
    "F107": "The digest asks for rules or tags of which there are none, so that it would never "
    "have anything to tell. Rules are named by their files, tags stand in the rules.",
    "F109": "The name ends in .txt, so that the file is not read. Rule files end in .yaml or .yml.",
    "F108": "The rule listens only to feeds of a kind that is not watched, so that it can never "
    "fire. A tag is written `tag:NAME`, as it stands at the feed in config.toml.",
    "F110": "Full texts are taken out of web pages by trafilatura, an extra that is not installed: "
    "`pip install 'wirewatch[fulltext]'`. Until then the rule sees what its feeds say, as ever.",
    "F111": "The list of feeds has not been fetched, so that its feeds are not watched yet. The "
    "daemon fetches it within a minute of its start, `wirewatch once` at once; `wirewatch status` "
    "says why it could not.",
    "F112": 'The list names other lists (`type="include"`). They are not followed, since whoever '
    "writes one of them would decide what is watched here: give each an [[opml]] of its own.",
}
"""What the codes of this room mean, for `wirewatch explain`."""


@dataclass(frozen=True, kw_only=True)
class Watch:
    """One consistent version of everything the operator wrote.

    `feeds` are keyed by URL and include those of OPML files. `problems` are what is wrong but
    did not keep the rest from being used; `refused` what keeps a newer version from coming
    into force. `tell` tells the language of a text, where some rule asks and the extra is there.
    `read_at` is when the files were read.
    """

    settings: Settings
    feeds: Mapping[str, Feed]
    book: RuleBook
    matcher: Matcher
    wording: Wording
    tell: Tell | None = None
    problems: tuple[Problem, ...] = ()
    refused: tuple[Problem, ...] = ()
    rule_cache: RuleCache = field(default_factory=RuleCache, repr=False)
    read_at: datetime | None = None

    @cached_property
    def rule_tags(self) -> Mapping[RuleId, tuple[str, ...]]:
        """The tags of each rule, for routing."""
        return {rule.id: rule.tags for rule in self.book.rules}

    @cached_property
    def kept_back(self) -> frozenset[RuleId]:
        """The rules whose stories are recorded and counted, but not told by themselves."""
        return frozenset(r.id for r in self.book.rules if r.alert.each is Each.NONE)

    @cached_property
    def story_modes(self) -> Mapping[RuleId, StoryMode]:
        """What each rule does with reports of an event that it has told of."""
        return {rule.id: rule.stories for rule in self.book.rules}

    @cached_property
    def told_at_once(self) -> frozenset[RuleId]:
        """The rules whose stories wait for no cadence."""
        return frozenset(r.id for r in self.book.rules if r.alert.each is Each.ITEM)

    @cached_property
    def seeking_text(self) -> frozenset[RuleId]:
        """The rules for which an article is fetched that is missed by one clause."""
        asking = (rule.id for rule in self.book.rules if rule.full_text)
        return frozenset(asking) if extracting.is_installed() else frozenset()

    @cached_property
    def reads_articles(self) -> bool:
        """Whether any article is ever fetched."""
        return bool(self.seeking_text) or any(feed.full_text for feed in self.feeds.values())

    @cached_property
    def cards(self) -> Mapping[RuleId, RuleCard]:
        """What digests say of each rule."""
        return {
            rule.id: RuleCard(id=rule.id, title=rule.title, why=rule.why)
            for rule in self.book.rules
        }

    @cached_property
    def channels(self) -> Mapping[str, Channel]:
        """The channels by name, with the built-in one that writes files."""
        return {channel.name: channel for channel in self.settings.channels}

    @cached_property
    def digests(self) -> Mapping[str, DigestSpec]:
        """The digests by name."""
        return {spec.name: spec for spec in self.settings.digests}

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that cost a rule, a template or a list of feeds."""
        return tuple(each for each in self.problems if each.level is Level.ERROR)

    def in_language(self, item: Item) -> Item:
        """The item, with its language where that can be told and some rule asks for it."""
        return with_language(item, self.tell) if self.tell is not None else item

    def match(self, item: Item, feed: Feed | None) -> tuple[Match, ...]:
        """The rules that fire on an item of this feed."""
        with THINKING:
            return self.matcher.match(item, feed.tags if feed else ())

    def weighed(self, weigh: Weigh) -> Watch:
        """The same, with rules that wait at what `weigh` calls rare; nothing else is different."""
        with THINKING, no_collecting():
            return replace(self, matcher=self.matcher.weighed(weigh))

    def examine(self, item: Item, feed: Feed | None) -> Examined:
        """The rules that fire on an item of this feed, and those that just fail to."""
        with THINKING:
            return self.matcher.examine(item, feed.tags if feed else ())

    @cached_property
    def _finders(self) -> dict[str, TermFinder]:
        """Finders by vocabulary, each made when it is first asked for."""
        return {}

    def terms_in(self, items: Iterable[Item], vocabulary: str) -> tuple[str, ...]:
        """The terms of a vocabulary that stand in any of these items, each once."""
        found: dict[str, None] = {}
        with THINKING:
            if vocabulary not in self._finders:
                self._finders[vocabulary] = TermFinder(vocabulary, self.book.vocabularies)
            for item in items:
                found |= dict.fromkeys(self._finders[vocabulary].terms(item))
        return tuple(found)


def load_watch(
    path: Path,
    environ: Mapping[str, str],
    *,
    read_opml: ReadOpml,
    now: datetime,
    lint_channel: LintChannel = lambda _: (),
    bearing: bool = False,
    before: Watch | None = None,
) -> Watch:
    """Read the configuration and every file it names, but for what has not changed since `before`.

    Raises UnusableFiles when the configuration itself cannot be used (`bearing`: see
    `read_config`). A broken rule, template or OPML file is noted in `problems` and costs only
    itself.
    """
    settings, warnings = read_config(path, environ, lint_channel, bearing=bearing)
    return build_watch(
        with_digest_folder(settings),
        read_opml=read_opml,
        now=now,
        problems=warnings,
        before=before,
    )


def build_watch(
    settings: Settings,
    *,
    read_opml: ReadOpml,
    now: datetime,
    problems: tuple[Problem, ...] = (),
    before: Watch | None = None,
) -> Watch:
    """Read every file that the settings name, but for what has not changed since `before`."""
    found = list(problems)
    with THINKING, no_collecting():
        cache = RuleCache()
        stored = cache_path(settings.state_file)

        def recall(vocabularies: Mapping[str, Vocabulary], files: int) -> RuleCache:
            nonlocal cache
            kept = before.rule_cache.kept() if before is not None else None
            cache = kept if kept is not None else read_cache(stored, vocabularies, files)
            return cache

        book = read_book(settings.rules, now, found, recall)
        write_cache(stored, cache)
        matcher = before.matcher if before is not None else Matcher()
        active = book.active(now)
        matcher = matcher.with_rules(active)
    wording = _read_wording(settings, found)
    listed = [_opml(each, settings, read_opml, found) for each in settings.opml]
    feeds = {feed.url: feed for each in listed for feed in each}
    feeds |= {feed.url: feed for feed in settings.feeds}
    found += _idle(settings, book)
    found += _deaf(book, feeds.values())
    found += _without_articles(book)
    return Watch(
        settings=settings,
        feeds=MappingProxyType(feeds),
        book=book,
        matcher=matcher,
        wording=wording,
        tell=teller(active, feeds.values()),
        problems=tuple(found),
        rule_cache=cache,
        read_at=now,
    )


def teller(rules: Collection[Rule], feeds: Collection[Feed] = ()) -> Tell | None:
    """What tells languages for these rules; None where none of them asks, or without the extra."""
    asked = {language for rule in rules for language in rule.languages}
    return langid.teller(asked | {feed.language for feed in feeds}) if asked else None


def _idle(settings: Settings, book: RuleBook) -> Iterator[Problem]:
    """Digests that name rules or tags of which there are none: they would wait for ever."""
    rules = [rule.id for rule in book.rules]
    tags = {tag for rule in book.rules for tag in rule.tags}
    for spec in settings.digests:
        for pattern in spec.rules:
            if rules and not any(fnmatchcase(rule, pattern) for rule in rules):
                yield _about(
                    settings.path,
                    "F107",
                    f"digest `{spec.name}`: no rule is called `{pattern}`",
                    did_you_mean(pattern, rules) or "it waits for something that never comes",
                    Level.WARNING,
                )
        for tag in spec.tags:
            if rules and tag not in tags:
                yield _about(
                    settings.path,
                    "F107",
                    f"digest `{spec.name}`: no rule is tagged `{tag}`",
                    did_you_mean(tag, tags) or "it waits for something that never comes",
                    Level.WARNING,
                )


def _deaf(book: RuleBook, feeds: Collection[Feed]) -> Iterator[Problem]:
    """Rules that listen only to feeds of which there are none: a misspelt tag is a silent miss."""
    names = {feed.url.lower() for feed in feeds} | {feed.name.lower() for feed in feeds}
    tags = {f"tag:{tag.lower()}" for feed in feeds for tag in feed.tags}
    # A feed without a name of ours goes by its own title, which is not known here.
    all_named = all(each.name for each in feeds)
    for rule in book.rules:
        for pattern in rule.feeds.include:
            may_be_title = not pattern.startswith("tag:") and not all_named
            known = any(fnmatchcase(name, pattern) for name in names | tags)
            if feeds and not may_be_title and not known:
                yield Problem(
                    place=rule.place,
                    code="F108",
                    message=f"rule `{rule.id}` listens to `{pattern}`, and no feed is that",
                    hint=did_you_mean(pattern, tags) or "see `wirewatch feeds list`",
                    level=Level.WARNING,
                )


def _without_articles(book: RuleBook) -> Iterator[Problem]:
    """Rules that ask for full texts where nothing can take them out of a page."""
    for rule in () if extracting.is_installed() else book.rules:
        if rule.full_text:
            yield Problem(
                place=rule.place,
                code="F110",
                message=f"rule `{rule.id}` asks for full texts, and trafilatura is not installed",
                hint=extracting.REMEDY,
            )


def read_book(
    folder: Path, now: datetime, problems: list[Problem], recall: Recall = lambda *_: RuleCache()
) -> RuleBook:
    """The rules and vocabularies of a folder; what is wrong is added to `problems`."""
    if not folder.is_dir():
        problems.append(
            _about(folder, "F101", "there is no folder of rules here", "`wirewatch init` makes one")
        )
    book = load_rules(
        list(_sources(rule_files(folder), problems)),
        list(_sources(vocabulary_files(folder), problems)),
        now,
        recall,
    )
    problems += book.problems
    problems += _overlooked(folder)
    if not book.rules and folder.is_dir() and not book.problems:
        problems.append(
            _about(folder, "F103", "no rule in this folder", "nothing can match", Level.WARNING)
        )
    return book


def _overlooked(folder: Path) -> Iterator[Problem]:
    """Files that an editor has saved as text: their rules would never be missed."""
    for path in _files(folder, frozenset({".txt"}), but="vocab"):
        if path.stem.lower().endswith((".yaml", ".yml")):
            hint = f"rename it to `{path.stem}`"
            yield _about(path, "F109", "this file is not read as a rule", hint, Level.WARNING)


def rule_files(folder: Path) -> list[Path]:
    """The rule files of a folder, in order; those below `vocab` are none."""
    return _files(folder, RULE_FILES, but="vocab")


def vocabulary_files(folder: Path) -> list[Path]:
    """The vocabularies that belong to a folder of rules."""
    return _files(folder / "vocab", VOCABULARY_FILES)


def signature(settings: Settings, now: datetime) -> bytes:
    """What changes when any file behind a watch does, or when a rule may begin or expire."""
    digest = hashlib.blake2b(f"{now:%Y-%m-%d}".encode(), digest_size=16)
    for path in (
        settings.path,
        *rule_files(settings.rules),
        *vocabulary_files(settings.rules),
        *template_files(settings.templates),
        *map(settings.place_of, settings.opml),
    ):
        try:
            stat = path.stat()
        except OSError:
            digest.update(f"{path} gone".encode())
        else:
            digest.update(f"{path} {stat.st_mtime_ns} {stat.st_size} {stat.st_ino}".encode())
    return digest.digest()


def template_files(folder: Path) -> list[Path]:
    """The templates of a folder, in order."""
    return [path for path in _files(folder, frozenset({".j2"})) if path.parent == folder]


def read_templates(folder: Path, problems: list[Problem]) -> dict[str, TemplateSource]:
    """The templates of a folder by file name."""
    sources: dict[str, TemplateSource] = {}
    for source in _sources(template_files(folder), problems):
        raw = source.text if isinstance(source.text, bytes) else source.text.encode()
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            problem = _about(Path(source.path), "F104", "is not UTF-8 text", "save it as UTF-8")
            line = raw[: error.start].count(b"\n") + 1
            problems.append(replace(problem, place=Place(source.path, line, 1)))
        else:
            sources[Path(source.path).name] = TemplateSource(source.path, text)
    return sources


def _read_wording(settings: Settings, problems: list[Problem]) -> Wording:
    """The operator's templates; each that is broken is replaced by ours."""
    sources = read_templates(settings.templates, problems)
    wrong = check(sources)
    problems += wrong
    broken = {each.place.path for each in wrong if each.level is Level.ERROR}
    usable = {name: source for name, source in sources.items() if source.path not in broken}
    known = {Path(name).name.partition(".")[0] for name in (*sources, "digest")}
    for spec in settings.digests:
        if not any(f"{spec.template}.{form}.j2" in sources for form in FORMS) and (
            spec.template != "digest"
        ):
            problems.append(
                _about(
                    settings.path,
                    "F106",
                    f"digest `{spec.name}`: no template `{spec.template}` in {settings.templates}",
                    did_you_mean(spec.template, known) or "`digest` is used in its place",
                )
            )
    try:
        return Wording.compile(usable)
    except UnusableFiles as error:  # one template that includes another that is broken
        problems += error.problems
        return Wording.builtin()


def _opml(
    opml: OpmlList, settings: Settings, read_opml: ReadOpml, problems: list[Problem]
) -> tuple[Feed, ...]:
    path = settings.place_of(opml)
    if opml.url is not None and not path.exists():
        hint = "the daemon or `wirewatch once` fetches it"
        said = f"{opml.label} has not been fetched yet"
        problems.append(_about(settings.path, "F111", said, hint, Level.WARNING))
        return ()
    try:
        found = read_opml(path.read_bytes())
        if found.includes:
            said = f"{opml.label} includes other lists, which are not followed"
            named = ", ".join(map(without_login, found.includes[:3]))
            hint = f"give each an [[opml]] of its own: {named}"
            where = opml.path or settings.path
            problems.append(_about(where, "F112", said, hint, Level.WARNING))
        return tuple(
            replace(feed, tags=tuple(dict.fromkeys((*feed.tags, *opml.tags))))
            for feed in found.feeds
        )
    except OSError as error:
        problems.append(_about(path, "F102", f"cannot be read ({error.strerror})", ""))
    except WirewatchError as error:
        problems.append(
            _about(path, "F105", str(error), "export the list again from your feed reader")
        )
    return ()


def _files(folder: Path, kinds: frozenset[str], but: str = "") -> list[Path]:
    """The files below a folder, in order, those in a folder named `but` aside."""
    found: list[str] = []
    for place, folders, names in os.walk(folder):
        if but in folders:
            folders.remove(but)
        found += [
            path
            for name in names
            if os.path.splitext(name)[1].lower() in kinds  # noqa: PTH122 - thousands of files
            and not name.startswith(".")
            and os.path.isfile(path := os.path.join(place, name))  # noqa: PTH113, PTH118
        ]
    return [Path(each) for each in sorted(found)]


def _sources(paths: list[Path], problems: list[Problem]) -> Iterator[SourceFile]:
    for path in paths:
        try:
            yield SourceFile(str(path), path.read_bytes())
        except OSError as error:
            problems.append(
                _about(path, "F102", f"cannot be read ({error.strerror})", "check its permissions")
            )


def _about(path: Path, code: str, message: str, hint: str, level: Level = Level.ERROR) -> Problem:
    return Problem(place=Place(str(path)), code=code, message=message, hint=hint, level=level)
