"""Digests of 40 to 10,000 stories in words: the capped mail, the full attachments, the chart.

The baseline is the least that anybody could do: a loop that writes each headline with its link
and its source into one string of HTML. A page with its styles inlined is timed beside the same
page without.
"""

from __future__ import annotations

import gc
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo

from _measuring import asked_for_quick, median, print_machine, print_table

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from monitor.model import (
    Attachment,
    Digest,
    DigestName,
    Evidence,
    Item,
    ItemId,
    Match,
    Outcome,
    Reported,
    RuleCard,
    RuleId,
    Section,
    Severity,
    Story,
    StoryId,
)
from monitor.rendering.event import event
from monitor.rendering.inlining import inlined
from monitor.rendering.viewing import Viewing
from monitor.rendering.wording import Wording
from monitor.store.daily_hits import hits_by_day
from monitor.store.engine import Store
from monitor.store.schema import rule_hits
from monitor.volume.usual import days_until

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
IN_FULL = 40
RULES = [RuleCard(id=RuleId(f"rule-{n}"), title=f"Rule number {n}") for n in range(4)]
TITLE = "Container ship {} has left port with a cargo of munitions"
LEAD = "The ship had been in port for a week, and nobody had asked for its papers. " * 3
ROUNDS = 7


def main() -> None:
    sizes = (40, 400) if asked_for_quick(__doc__ or "") else (40, 400, 10_000)
    print_machine()
    rows = []
    for size in sizes:
        rows += in_a_process(measured, size)
    print_table(
        ("stories", "what", "ms", "kB", "memory MB", "against the loop"),
        rows,
    )
    print_table(("hits in 14 days", "what", "ms"), chart(10_000 if len(sizes) < 3 else 200_000))


def measured(size: int) -> list[tuple[object, ...]]:
    """Processor time of each step, medians; what it adds to memory, at its highest."""
    digest = of(size)
    wording = Wording.builtin()
    wording.word(of(3), template="digest", key="k", warn=print)
    loop = timed(lambda: simplest(digest))

    def page() -> str:
        return wording._page(Viewing(digest), "digest", "digest.html", print)[1]  # noqa: SLF001

    def files() -> tuple[Attachment, ...]:
        return wording._attachments(Viewing(digest), "digest", print)  # noqa: SLF001

    sizes_of: dict[str, Callable[[], int]] = {
        "loop (baseline)": lambda: len(simplest(digest)),
        "page of the mail": lambda: len(page().encode()),
        "JSON": lambda: len(event(digest, "").encode()),
        "attachments": lambda: sum(len(each.content) for each in files()),
    }
    rows: list[tuple[object, ...]] = []
    for name, work in sizes_of.items():
        if name == "attachments" and size == IN_FULL:
            continue
        gc.collect()
        before = peak()
        written = work()
        memory = max(0.0, peak() - before)
        taken = timed(work, rounds=1 if name == "attachments" else ROUNDS)
        rows.append(
            (f"{size:,}", name, f"{1000 * taken:.1f}", written // 1000, f"{memory:.0f}",
             "" if "baseline" in name else f"x{taken / loop:.1f}")
        )  # fmt: skip
    if size == IN_FULL:
        bare = wording._rendered("digest.html.j2", Viewing(digest).page(limit=size), print)  # noqa: SLF001
        taken = timed(lambda: inlined(bare))
        rows.append((f"{size:,}", "inlining alone", f"{1000 * taken:.1f}", "", "", ""))
    return rows


def simplest(digest: Digest) -> str:
    lines = (
        f'<p><a href="{escape(story.lead.item.url)}">{escape(story.lead.item.title)}</a> '
        f"{escape(story.lead.item.source)}</p>"
        for story in digest.stories
    )
    return f"<html>{''.join(lines)}</html>"


def timed(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    figures = []
    for _ in range(rounds):
        begun = time.process_time()
        work()
        figures.append(time.process_time() - begun)
    return median(figures)


def peak() -> float:
    """The most memory this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def in_a_process(
    work: Callable[[int], list[tuple[object, ...]]], size: int
) -> list[tuple[object, ...]]:
    """Memory is measured at its highest, so every size has a process of its own."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.apply(work, (size,))


def chart(hits: int) -> Sequence[tuple[object, ...]]:
    """The query behind the chart, beside fetching the same hits and counting them here."""
    ends = [day.end_at for day in days_until(NOW, ZoneInfo("Europe/Vienna"))]
    ends.insert(0, ends[0] - timedelta(days=1))
    rows = [
        {"rule": f"rule-{n % 40}", "origin": n, "source": "wire", "item_id": n}
        | {"hit_at": NOW - timedelta(seconds=n * 14 * 86_400 / hits)}
        for n in range(hits)
    ]
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(f"sqlite:///{folder}/wirewatch.db") as store,
    ):
        store.write(lambda conn: conn.execute(rule_hits.insert(), rows)).result()
        with store.reading() as conn:
            counted = timed(lambda: hits_by_day(conn, ends), rounds=3)
            fetched = timed(
                lambda: conn.execute(rule_hits.select().where(rule_hits.c.hit_at > ends[0])).all(),
                rounds=1,
            )
    return [
        (f"{hits:,}", "counted by the database", f"{1000 * counted:.0f}"),
        (f"{hits:,}", "fetched alone (baseline)", f"{1000 * fetched:.0f}"),
    ]


def of(size: int) -> Digest:
    stories = [story(number) for number in range(size)]
    return Digest(
        id="2026-11-23-a7f3",
        name=DigestName("morning"),
        planned_at=NOW,
        since_at=NOW - timedelta(days=1),
        timezone="Europe/Vienna",
        next_at=NOW + timedelta(days=1),
        sections=tuple(
            Section(rule=card, stories=tuple(stories[:IN_FULL][n :: len(RULES)]))
            for n, card in enumerate(RULES)
        ),
        rest=tuple(stories[IN_FULL:]),
        rules=tuple(RULES),
    )


def story(number: int) -> Story:
    title = TITLE.format(number)
    start = title.index("munitions")
    found = Evidence("any", "munitions", "title", start, start + 9, "munitions")
    match = Match(
        rule=RULES[number % len(RULES)].id,
        severity=Severity.CRITICAL if number < 3 else Severity.LOW,
        score=1,
        evidence=(found,),
    )
    item = Item(
        title=title,
        lead=LEAD,
        url=f"https://paper{number % 90}.example/2026/11/23/a-ship-has-left-port/{number}",
        source=f"Paper {number % 90}",
        language="en",
        published_at=NOW - timedelta(minutes=number % 1400),
        first_seen_at=NOW,
    )
    report = Reported(item_id=ItemId(number), item=item, outcome=Outcome.NEW, matches=(match,))
    return Story(id=StoryId(number), lead=report)


if __name__ == "__main__":
    main()
