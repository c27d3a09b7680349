"""An item made a test: the text with one more `hit:` or `miss:`, and all else as it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice

from monitor.errors import NotFound
from monitor.model import Item, RuleId
from monitor.rules.editing import with_test
from monitor.rules.matching import Matcher
from monitor.rules.rulebook import FeedFilter, Rule
from monitor.store.archive import iter_items
from monitor.turns import THINKING
from monitor.web.drafts import as_written, read_draft
from monitor.web.panel import Panel
from monitor.web.service import Service
from monitor.web.wire import Line, Number, Sheet
from monitor.work.rule_files import file_of

_LONGEST = 1_500


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTest:
    """An item of the archive that the rule must find, or must not."""

    rule: Line
    text: Sheet
    item: Number
    must_hit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """The text with the test in it."""

    rule: str
    text: str


def load(service: Service, wanted: NewTest) -> Tested:
    """Put it in. Raises NotFound and UsageError."""
    watch = service.watch()
    text = as_written(wanted.text)
    path = file_of(watch.book, watch.settings.rules, wanted.rule, new=True)
    rule = read_draft(watch, path, text, wanted.rule, service.now()).rule
    with service.store.reading() as conn:
        item = next((each.item for each in iter_items(conn, among=[wanted.item])), None)
    if item is None:
        raise NotFound("item", str(wanted.item), [])
    fields = telling_fields(item, rule, must_hit=wanted.must_hit) if rule else {"title": item.title}
    named = RuleId(rule.id if rule else wanted.rule)
    added = with_test(text, named, fields, must_hit=wanted.must_hit, stem=path.stem)
    return Tested(rule=named, text=added)


def telling_fields(item: Item, rule: Rule, *, must_hit: bool) -> Mapping[str, str]:
    """The fewest fields by which the rule finds an item, mostly its title.

    Of one that it does not find, the title, and of one that it should the lead as well.
    """
    with THINKING:
        finder = Matcher([rule])
    named = {name: getattr(item, name)[:_LONGEST] for name in ("title", "lead", "body")}
    said = {name: text for name, text in named.items() if text}
    heard = {"feed": item.feed, "source": item.source} if rule.feeds != FeedFilter() else {}
    for count in range(1, len(said) + 1):
        fields = dict(islice(said.items(), count))
        with THINKING:
            if finder.match(_saying(item, fields)):
                return fields | heard
    return dict(islice(said.items(), 2 if must_hit else 1)) | heard


def _saying(item: Item, fields: Mapping[str, str]) -> Item:
    """An item that says this and nothing else."""
    return replace(
        item,
        title=fields.get("title", ""),
        lead=fields.get("lead", ""),
        body=fields.get("body", ""),
        tags=(),
        author="",
        url="",
    )


PANEL = Panel(
    name="with_test",
    path="/rules/with-test",
    help="The text of a rule with an item of the archive as one more test.",
    takes=NewTest,
    shows=Tested,
    load=load,
)
