"""What one look at all volume alerts costs, beside the minute it happens in.

Rules with a count, a spike and a silence each, over 28 days of hits. The baseline asks the same
counts of `matches` joined to `items`, as if there were no table of hits.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import sqlalchemy as sa

from monitor.config.settings import Settings
from monitor.rendering.wording import Wording
from monitor.rules.loading import load_rules
from monitor.rules.matching import Matcher
from monitor.rules.yaml_nodes import SourceFile
from monitor.store.engine import Store
from monitor.store.schema import items, matches, rule_hits, watched_hours
from monitor.watch import Watch
from monitor.work.alerting import watch_volume

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HITS = 300
RULE = """any: [missile]
alert: {volume: [5 in 24h from 3 sources, "spike 3x over 28d, at least 6", silence 14d]}
"""


def watched(rules: int) -> Watch:
    files = [SourceFile(f"r{number}.yaml", RULE) for number in range(rules)]
    book = load_rules(files, [], NOW)
    folder = Path("/nowhere")
    settings = Settings(path=folder / "config.toml", rules=folder, templates=folder)
    return Watch(
        settings=settings,
        feeds={},
        book=book,
        matcher=Matcher(()),
        wording=Wording.builtin(),
    )


def fill(conn: sa.Connection, rules: int) -> None:
    at = [NOW - timedelta(hours=2.2 * number) for number in range(HITS)]
    hours = [{"hour_at": NOW - timedelta(hours=back)} for back in range(700)]
    conn.execute(watched_hours.insert(), hours)
    some = {"feed_id": 1, "tags": [], "outcome": "new", "content_hash": b""}
    conn.execute(
        items.insert(),
        [
            {"id": n + 1, "published_at": t, "first_seen_at": t, "source": f"s{n % 7}"} | some
            for n, t in enumerate(at)
        ],
    )
    each = [(f"r{rule}", n + 1, t) for rule in range(rules) for n, t in enumerate(at)]
    conn.execute(
        rule_hits.insert(),
        [
            {"rule": rule, "origin": n, "source": f"s{n % 7}", "item_id": n, "hit_at": t}
            for rule, n, t in each
        ],
    )
    conn.execute(
        matches.insert(),
        [
            {"rule": rule, "item_id": n, "severity": 1, "evidence": [], "matched_at": t}
            for rule, n, t in each
        ],
    )


def joined(conn: sa.Connection, rules: int) -> None:
    """Six counts a rule, as an alert of each kind asks for them."""
    for rule in range(rules):
        for back in (0, 7, 14, 21, 28, 1):
            end = NOW - timedelta(days=back)
            conn.execute(
                sa.select(sa.func.count(), sa.func.count(sa.distinct(items.c.source)))
                .select_from(matches.join(items, items.c.id == matches.c.item_id))
                .where(
                    matches.c.rule == f"r{rule}",
                    matches.c.matched_at > end - timedelta(days=1),
                    matches.c.matched_at <= end,
                    ~items.c.archived,
                )
            ).one()


def main() -> None:
    print(f"{'rules':>6} {'alerts':>7} {'one look':>10} {'of a minute':>12} {'joined counts':>14}")
    for rules in (10, 100, 1000):
        with (
            tempfile.TemporaryDirectory() as folder,
            Store.open(f"sqlite:///{folder}/state.db") as store,
        ):
            store.write(lambda conn, rules=rules: fill(conn, rules)).result()
            watch = watched(rules)
            watch_volume(store, watch, NOW)
            began = time.perf_counter()
            watch_volume(store, watch, NOW + timedelta(minutes=1))
            look = time.perf_counter() - began
            began = time.perf_counter()
            with store.reading() as conn:
                joined(conn, rules)
            other = time.perf_counter() - began
        print(
            f"{rules:>6} {3 * rules:>7} {look * 1000:>7.0f} ms {look / 60:>11.2%} "
            f"{other / look:>11.1f} x"
        )


if __name__ == "__main__":
    main()
