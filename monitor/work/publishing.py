"""Publishing: whatever readers find in files, brought up to date; nothing else waits for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from monitor.schedule.pacing import in_words
from monitor.store.engine import Store
from monitor.store.outputs import begin_outputs, note_trouble, read_outputs
from monitor.watch import Watch
from monitor.work.ailments import Kind, Note
from monitor.work.filing import file_digests
from monitor.work.issuing import issue_bulletins

FAILING_FOR = timedelta(minutes=15)
"""A folder that cannot be written for longer than this is told in digests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What one round came to; `is_news` where the trouble is not the one of the round before."""

    filed: tuple[str, ...] = ()
    written: int = 0
    removed: int = 0
    trouble: str = ""
    is_news: bool = False


def publish(
    store: Store,
    watch: Watch,
    now: datetime,
    *,
    identity: Callable[[], str],
    stopping: Callable[[], bool] = lambda: False,
) -> Published:
    """File the digests that went out, and bring the feeds for readers up to date.

    A disk that is full or a folder that cannot be written is noted, and tried again next time.
    `identity` makes a name for the state, should it have none yet.
    """
    with store.reading() as conn:
        outputs = read_outputs(conn)
    if outputs is None:
        beginning = partial(begin_outputs, identity=identity(), now=now)
        outputs = store.write(beginning).result()

    filed = file_digests(store, watch.settings, now)
    issued = issue_bulletins(store, watch, outputs, now, stopping=stopping)

    trouble = "; ".join(filter(None, (filed.trouble, issued.trouble)))
    if trouble != outputs.trouble:
        store.write(partial(note_trouble, trouble=trouble, now=now)).result()
    return Published(
        filed=filed.ids,
        written=issued.written,
        removed=issued.removed,
        trouble=trouble,
        is_news=trouble != outputs.trouble,
    )


def notes_on_outputs(conn: Connection, now: datetime) -> Iterator[Note]:
    """What has kept readers' files from being written for a while."""
    outputs = read_outputs(conn)
    since = outputs.failing_since_at if outputs else None
    if outputs is not None and since is not None and now - since >= FAILING_FOR:
        yield Note(
            kind=Kind.OUTPUTS,
            subject="outputs",
            name="the files for readers",
            sentence=f"For {in_words(now - since)} now, {outputs.trouble}. Free space there, or "
            "let this user write there; what is missing then comes by itself.",
            cause=outputs.trouble,
            since_at=since,
        )
