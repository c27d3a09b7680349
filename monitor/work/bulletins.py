"""Bulletins: what readers subscribe to, made of what a watch says and a store holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from urllib.parse import quote

from sqlalchemy import Connection

from monitor.channels.files import file_name
from monitor.digests.holding import Holds
from monitor.model import DigestName, DigestSpec, ItemId, RuleId, Story
from monitor.rendering.bulletins import Bulletin, Change, Notice, digest_notice, story_notice
from monitor.rules.rulebook import Rule
from monitor.store.bulletins import newest_digest, news_of_rule, past_digests
from monitor.store.joining import last_turn
from monitor.store.outputs import Outputs
from monitor.store.statements import chunks
from monitor.store.stories import read_stories
from monitor.store.story_cards import updates_of
from monitor.text.clean import one_line
from monitor.watch import Watch
from monitor.work.holding import hits_of_story

MOST_NOTICES = 50
"""Entries of a bulletin: readers who look in once a day miss nothing of a busy rule."""

_MADE_BY = 1
"""Of what makes bulletins: another number has all of them written anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What all bulletins are made of.

    `turn` is the last of stories, `muted` are pairs of a rule ("" for any) and a story; each
    card stands for everything else that its bulletin says.
    """

    identity: str = ""
    turn: int = -1
    muted: frozenset[tuple[str, int]] = frozenset()
    cards: Mapping[str, str] = field(default_factory=dict)


def of_rule(rule: RuleId) -> str:
    """The name of a rule's bulletin."""
    return f"rules/{rule}"


def of_digest(name: DigestName) -> str:
    """The name of a digest's bulletin."""
    return f"digests/{name}"


def place_of(name: str) -> tuple[str, str]:
    """The folder and the file, without its ending, in which a bulletin lies."""
    folder, _, told = name.partition("/")
    return folder, file_name(told)


class Press:
    """Makes bulletins of what a watch says and a store holds."""

    def __init__(self, watch: Watch, outputs: Outputs, holds: Holds) -> None:
        self._watch = watch
        self._outputs = outputs
        self._rules = {of_rule(rule.id): rule for rule in watch.book.rules}
        self._specs = {of_digest(spec.name): spec for spec in watch.settings.digests}
        self._home = (watch.settings.web.public_url or "").rstrip("/")
        self._tag = f"tag:{outputs.identity}.wirewatch.invalid,{outputs.made_at:%Y-%m-%d}"
        self._holds = holds

    def edition(self, conn: Connection) -> Edition:
        """What the bulletins are made of by now. The turn first: what comes later comes again."""
        turn = last_turn(conn)
        newest = {spec.name: newest_digest(conn, spec.name) for spec in self._specs.values()}
        silent = [f"{each.id} {each.matcher}" for each in self._holds.silences]
        cards = {
            name: self._card(rule.title, rule.why, *silent) for name, rule in self._rules.items()
        }
        cards |= {
            name: self._card(spec.cadence, newest[spec.name]) for name, spec in self._specs.items()
        }
        return Edition(
            identity=self._outputs.identity,
            turn=turn,
            muted=frozenset(
                (muting.rule or "", int(muting.story))
                for mutings in self._holds.mutings.values()
                for muting in mutings
            ),
            cards=cards,
        )

    def _card(self, *said: str) -> str:
        return blake2b(
            "\0".join((str(_MADE_BY), self._home, *said)).encode(), digest_size=8
        ).hexdigest()

    def bulletin(self, conn: Connection, name: str) -> Bulletin:
        """The bulletin of that name."""
        if name in self._rules:
            return self._bulletin_of_rule(conn, name, self._rules[name])
        return self._bulletin_of_digest(conn, name, self._specs[name])

    def _bulletin_of_rule(self, conn: Connection, name: str, rule: Rule) -> Bulletin:
        return self._made(
            name,
            title=f"Wirewatch: {one_line(rule.title) or rule.id}",
            about=one_line(rule.why) or f"The stories that rule `{rule.id}` finds.",
            notices=self._stories(conn, rule.id),
        )

    def _bulletin_of_digest(self, conn: Connection, name: str, spec: DigestSpec) -> Bulletin:
        past = past_digests(conn, spec.name, MOST_NOTICES)
        return self._made(
            name,
            title=f"Wirewatch digest: {one_line(spec.name)}",
            about=f"The digest `{one_line(spec.name)}`, {one_line(spec.cadence)}.",
            notices=[
                digest_notice(each.message, each.planned_at, id=f"{self._tag}:digest/{each.id}")
                for each in past
            ],
        )

    def _made(self, name: str, *, title: str, about: str, notices: list[Notice]) -> Bulletin:
        folder, file = map(quote, place_of(name))
        return Bulletin(
            id=f"{self._tag}:{quote(name)}",
            title=title,
            about=about,
            address=f"{self._home}/feeds/{folder}/{file}" if self._home else file,
            home=self._home,
            updated_at=max((n.updated_at for n in notices), default=self._outputs.made_at),
            notices=tuple(
                sorted(notices, key=lambda n: (n.updated_at, n.published_at, n.id), reverse=True)
            ),
        )

    def _stories(self, conn: Connection, rule: RuleId) -> list[Notice]:
        news = {each.story: each for each in news_of_rule(conn, rule)}
        shown: list[Story] = []
        for part in chunks(news, MOST_NOTICES):
            shown += [each for each in read_stories(conn, part) if not self._is_held(each, rule)]
            if len(shown) >= MOST_NOTICES:
                break
        del shown[MOST_NOTICES:]
        changes = updates_of(conn, [story.id for story in shown])
        return [
            story_notice(
                _headed(story, news[story.id].item),
                rule,
                id=f"{self._tag}:story/{story.id}",
                matched_at=news[story.id].matched_at,
                changes=[Change(at=u.noted_at, said=u.said) for u in changes.get(story.id, ())],
                cards=self._watch.cards,
            )
            for story in shown
        ]

    def _is_held(self, story: Story, rule: RuleId) -> bool:
        """Whether mutes and silences leave nothing of what a rule found in a story."""
        hits = hits_of_story(story, DigestName(""), self._watch.rule_tags)
        return all(self._holds.over(hit) for hit in hits if hit.match.rule == rule)


def _headed(story: Story, item: ItemId) -> Story:
    """The story headed by the first report that this rule found."""
    reports = (story.lead, *story.others)
    lead = next((one for one in reports if one.item_id == item), story.lead)
    return replace(story, lead=lead, others=tuple(one for one in reports if one is not lead))
