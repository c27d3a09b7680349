"""The rule workbench: a rule file, and beside it what the archive says while it is written."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.errors import NotFound
from monitor.model import RuleId
from monitor.web.drafts import Days, Draft, running_version
from monitor.web.page import Page
from monitor.web.panels.misses import Misses
from monitor.web.panels.preview import Preview, previewed
from monitor.web.panels.terms import Terms
from monitor.web.service import Service
from monitor.web.wire import Line
from monitor.work.rule_files import file_of, is_writable, mark_of, read_rule_file

NEW = "new"
BLANK = """\
title: What this rule is about
why: The law or reason behind it
severity: medium
all:
  - [one word, another, "a phrase"]
  - [what must be found as well]
tests:
  - hit: A headline that must be found holds one word and what must be found as well
  - miss: A headline that must not
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`rule` by its id, or `new`; `days` is how far back it is tried."""

    rule: Line
    days: Days = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """Somebody else has changed the file meanwhile: what is there now, and how it differs."""

    theirs: str
    mark: str
    difference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A rule file on the workbench. `mark` is that of the file as it was opened.

    `difference` is what the text would change, as a diff. `running`: the rule is in force.
    `clash` and `refused` say why it was not saved; `misses` and `terms` are there if asked for.
    """

    rule: str
    name: str
    file: str
    text: str
    mark: str
    writable: bool
    new: bool
    running: bool
    days: int
    difference: str
    preview: Preview
    clash: Clash | None = None
    refused: str = ""
    misses: Misses | None = None
    terms: Terms | None = None


def load(service: Service, asked: Asked) -> Bench:
    """Open the file. Raises NotFound."""
    watch = service.watch()
    if asked.rule == NEW:
        return bench(service, asked.rule, BLANK, mark_of(""), asked.days, tries=False)
    found = read_rule_file(file_of(watch.book, watch.settings.rules, asked.rule))
    if not found.text:
        raise NotFound("rule", asked.rule, [each.id for each in watch.book.rules])
    return bench(service, asked.rule, found.text, found.mark, asked.days, tries=False)


def bench(  # noqa: PLR0913 - what a form says
    service: Service,
    rule: str,
    text: str,
    mark: str,
    days: Days,
    *,
    name: str = "",
    difference: str = "",
    clash: Clash | None = None,
    refused: str = "",
    tries: bool = True,
) -> Bench:
    """The workbench with this text on it; `tries` it on the archive at once."""
    watch = service.watch()
    new = rule == NEW
    path = file_of(watch.book, watch.settings.rules, rule, new=True)
    seen = previewed(service, Draft(rule=rule, text=text, days=days), tries=tries)
    return Bench(
        rule=rule,
        name=name,
        file=path.name if not new else "",
        text=text,
        mark=mark,
        writable=is_writable(path),
        new=new,
        running=running_version(watch, RuleId(seen.rule or rule)) is not None,
        days=days,
        difference=difference,
        preview=seen,
        clash=clash,
        refused=refused,
    )


PAGE = Page(
    name="rule",
    path="/rules/{rule}",
    title="Rule",
    help="A rule file with its mark, and what the archive says of it.",
    load=load,
    asks=Asked,
    shows=Bench,
    order=3,
    example="/rules/russia-north-korea-arms",
)
