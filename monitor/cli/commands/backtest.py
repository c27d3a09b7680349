"""`wirewatch backtest`: a rule against the archive, before anybody is told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.opening import as_json, open_watch, reading_state
from monitor.cli.output import bold, dim, print_json, progress, say, shortened
from monitor.errors import NotFound
from monitor.model import Reported, RuleId

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from monitor.rules.rulebook import Rule, RuleBook
    from monitor.work.backtesting import Backtest

_WIDTH = 40


@click.command("backtest")
@click.argument("rule", metavar="RULE")
@click.option("--days", type=click.IntRange(min=1), default=30, help="How far back.")
@click.option("--against", metavar="REV", help="A git revision of the rules folder, as HEAD.")
@click.option("--near-misses", is_flag=True, help="Also what one clause alone kept out.")
@as_json
def COMMAND(  # noqa: N802 - the shelf's word
    rule: str, days: int, against: str | None, near_misses: bool, as_json: bool
) -> int:
    """Run RULE, as its file is now, over the stored items of the last days.

    Shows hits and stories per day, and the items gained and lost against the version in git,
    or else against what the running version found when the items came in.
    """
    from monitor.airlock import Airlock
    from monitor.desk import utc_now
    from monitor.rules.matching import Matcher
    from monitor.store.archive import count_items, items_by_day, iter_items, matched_by
    from monitor.work.backtesting import backtest
    from monitor.work.searching import Narrower

    now = utc_now()
    with Airlock() as airlock:
        watch = open_watch(airlock, bearing=True)
    now_rule = _one(watch.book, rule)
    matcher = Matcher([now_rule])
    earlier: list[Rule] = []
    before = None
    if against is not None:
        book = _book_of(watch.settings.rules, against, now)
        earlier = [each for each in book.rules if each.id == rule]
        before = Matcher(earlier)
    tags = {feed.url: feed.tags for feed in watch.feeds.values()}
    since_at = now - timedelta(days=days)
    with reading_state(watch.settings) as store, store.reading() as conn:
        among = Narrower(conn).items_for_all([now_rule, *earlier], near_misses=near_misses)
        if among is not None and before is None:
            among |= matched_by(conn, RuleId(rule))
        total = count_items(conn, since_at) if among is None else len(among)
        with progress("reading the archive", total) as bar:

            def reports() -> Iterator[Reported]:
                for each in iter_items(conn, since_at=since_at, among=among):
                    bar.step()
                    yield each

            found = backtest(
                reports(),
                RuleId(rule),
                matcher,
                before,
                tags=tags,
                near_misses=near_misses,
                stored=items_by_day(conn, since_at),
            )
    if as_json:
        _print_json(rule, days, found)
    else:
        _show(rule, days, found, against)
    return 0


def _book_of(folder: Path, revision: str, now: datetime) -> RuleBook:
    from monitor.cli.revisions import files_at
    from monitor.rules.loading import load_rules

    files = files_at(folder, revision)
    vocabularies = [each for each in files if "vocab/" in each.path]
    return load_rules([each for each in files if each not in vocabularies], vocabularies, now)


def _one(book: RuleBook, rule: str) -> Rule:
    found = next((each for each in book.rules if each.id == rule), None)
    if found is None:
        raise NotFound("rule", rule, [each.id for each in book.rules])
    return found


def _print_json(rule: str, days: int, found: Backtest) -> None:
    print_json(
        rule=rule,
        days=days,
        items=found.items,
        hits=found.hits,
        stories=found.stories,
        sources=found.sources,
        languages=dict(found.languages),
        gained=found.gained,
        lost=found.lost,
        near_misses=dict(found.near_misses),
    )
    for day in found.days:
        print_json(day=day.day.isoformat(), items=day.items, hits=day.hits, stories=day.stories)
    for missed in found.missed:
        print_json(
            item=missed.item_id,
            missed=missed.clause,
            reason=missed.reason,
            title=missed.item.title,
            url=missed.item.url,
            source=missed.item.source,
        )
    for each in found.changed:
        print_json(
            item=each.item_id,
            change="gained" if each.gained else "lost",
            title=each.item.title,
            url=each.item.url,
            source=each.item.source,
        )


def _show(rule: str, days: int, found: Backtest, against: str | None) -> None:
    click.echo(
        f"{bold(rule)} would have found {found.hits:,} of {found.items:,} items in {days} days: "
        f"{found.stories:,} stories, {found.sources:,} sources"
        + "".join(f", {language} {count:,}" for language, count in found.languages)
    )
    most = max((day.stories for day in found.days), default=0)
    for day in found.days:
        bar = "█" * round(_WIDTH * day.stories / most) if most else ""
        click.echo(f"  {day.day}  {bar or dim('·')} {day.stories or ''}".rstrip())
    other = f"the version in {against}" if against else "the running version"
    click.echo(f"{found.gained:,} gained and {found.lost:,} lost against {other}")
    for each in found.changed:
        sign = "+" if each.gained else "-"
        click.echo(f"  {sign} {shortened(each.item.title, 90)} {dim(each.item.source)}")
    if found.gained + found.lost > len(found.changed):
        say(f"only the first {len(found.changed)} are shown")
    for clause, count in found.near_misses:
        click.echo(f"{count:,} items failed only {clause}")
        for missed in found.missed:
            if missed.clause == clause:
                why = f"{missed.item.source}: {missed.reason}"
                click.echo(f"  ~ {shortened(missed.item.title, 90)} {dim(why)}")
