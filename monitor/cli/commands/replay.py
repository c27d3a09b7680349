"""`wirewatch replay`: recorded items through identity, duplicates, rules and stories."""

from __future__ import annotations

import sys
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path

import click

from monitor.cli.commands.match import cleaner
from monitor.cli.opening import as_json, open_rules, rules_folder
from monitor.cli.output import print_json, print_problems, print_table, say, shortened
from monitor.errors import Level, Problem, UnusableFiles


@click.command("replay")
@click.option("--items", "items_file", metavar="FILE", required=True, help="Items, JSON Lines.")
@click.option("--rules", "folder", metavar="DIR", help="The folder of rules.")
@as_json
def COMMAND(items_file: str, folder: str | None, as_json: bool) -> int:  # noqa: N802
    """Run items in file order through the whole decision, on a fresh state in memory.

    The items' own times are the clock. `told` says whether an item by itself would cause an
    alert line.
    """
    from monitor.airlock import Airlock
    from monitor.cli.items_in import Reading
    from monitor.config.settings import Settings
    from monitor.desk import utc_now
    from monitor.work.replaying import Recorded, replay

    rules = rules_folder(folder)
    problems: list[Problem] = []
    book = open_rules(rules, utc_now(), problems)
    broken = [each for each in problems if each.level is Level.ERROR]
    print_problems(broken if book.rules else problems, stream=sys.stderr)
    settings = Settings(path=Path("config.toml").absolute(), rules=rules, templates=rules)
    titles: deque[str] = deque()
    count: Counter[str] = Counter()
    wrong: list[Problem] = []
    rows = []
    with Airlock() as airlock:

        def recorded() -> Iterator[Recorded]:
            reading = Reading(to_text=cleaner(airlock), now=utc_now(), problems=wrong)
            for each in reading.file(items_file):
                titles.append(each.item.title)
                yield Recorded(id=each.id, item=each.item, feed=each.feed)

        for each in replay(recorded(), book, settings):
            title = titles.popleft()
            count[each.outcome.value] += 1
            count["told"] += each.told
            if as_json:
                print_json(
                    item=each.item,
                    outcome=each.outcome.value,
                    of=each.of,
                    reason=each.reason,
                    story=each.story,
                    rules=list(each.rules),
                    told=each.told,
                )
            elif each.rules or each.outcome.value != "new":
                rows.append(
                    (
                        each.item,
                        each.outcome.value,
                        each.story or "",
                        "told" if each.told else "",
                        ", ".join(each.rules),
                        shortened(title, 60),
                    )
                )
    if not as_json:
        print_table(("item", "outcome", "story", "told", "rules", "title"), rows)
    if wrong:
        raise UnusableFiles(wrong)
    say(", ".join(f"{number:,} {name}" for name, number in count.items()) or "no items")
    return 1 if broken else 0
