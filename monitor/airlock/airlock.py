"""The airlock as the rest of the program knows it: hand in bytes, get nouns back."""

from __future__ import annotations

import json
import signal
import weakref
from collections.abc import Callable
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self, TypeVar

from monitor.airlock import frames
from monitor.airlock.desks import Desks
from monitor.airlock.frames import Frame
from monitor.airlock.nursing import Limits, Nursery, Worker
from monitor.errors import AirlockFailure, UsageError
from monitor.model import Feed, FeedList, Fetched, NoFeed, ParsedFeed
from monitor.stories.deciding import Document
from monitor.turns import THINKING

T = TypeVar("T")

_MIB = 1024 * 1024
_LARGEST_JOB = 32 * _MIB
_LARGEST_ANSWER = 128 * _MIB


class Airlock:
    """Works on foreign bytes in other processes, `workers` at a time. Safe in threads.

    Every call blocks until the answer is there and raises AirlockFailure, with a sentence
    that names the limit, when the bytes outlive `deadline`, outgrow `memory` bytes or crash
    the worker; the next call is not affected. Nothing is started before the first call. Only one
    made for `articles` can extract them: what reads them is heavy, and slow enough to be apart.
    """

    def __init__(
        self,
        *,
        workers: int = 1,
        deadline: timedelta = timedelta(seconds=5),
        memory: int = 512 * _MIB,
        jobs_per_worker: int = 1_000,
        articles: bool = False,
    ) -> None:
        self._limits = Limits(seconds=deadline.total_seconds(), memory=memory, jobs=jobs_per_worker)
        self._nursery = Nursery(self._limits, articles=articles)
        self._desks = Desks(workers)
        self._finalizer = weakref.finalize(self, self._nursery.close)

    def read_feed(self, body: bytes, content_type: str, url: str) -> ParsedFeed | NoFeed:
        """What a document says that was found at `url`; `content_type` is the HTTP header."""
        answer = self._have_done("read_feed", body, content_type=content_type, url=url)
        return _believed(lambda: frames.feed_from_frame(answer))

    def understand(
        self, fetched: Fetched, feed: Feed, *, key_flaws: str, now: datetime
    ) -> Document | NoFeed:
        """What a document of `feed` holds: see `monitor.sources.understanding.understand`."""
        answer = self._have_done(
            "understand",
            fetched.body,
            content_type=fetched.content_type,
            final_url=fetched.final_url,
            url=feed.url,
            name=feed.name,
            language=feed.language,
            key_flaws=key_flaws,
            now=now.isoformat(),
        )
        return _believed(lambda: frames.document_from_frame(answer, feed, now))

    def html_to_text(self, html: str) -> str:
        """The words of an HTML fragment as plain text on tidy lines."""
        answer = self._have_done("html_to_text", html.encode("utf-8", "replace"))
        return _believed(lambda: frames.text(answer))

    def plain_or_html(self, text: str) -> str:
        """Plain text as it is, HTML as its words, for text of which nobody said what it is."""
        answer = self._have_done("plain_or_html", text.encode("utf-8", "replace"))
        return _believed(lambda: frames.text(answer))

    def discover(self, page: bytes | str, url: str, content_type: str = "") -> tuple[str, ...]:
        """The feeds that an HTML page at `url` links to, best first."""
        body = page.encode("utf-8", "replace") if isinstance(page, str) else page
        answer = self._have_done("discover", body, content_type=content_type, url=url)
        return _believed(lambda: frames.strings(answer))

    def extract(self, page: bytes, content_type: str) -> str:
        """The text of the article on an HTML page; "" where it has none."""
        answer = self._have_done("extract", page, content_type=content_type)
        return _believed(lambda: frames.text(answer))

    def read_opml(self, body: bytes) -> FeedList:
        """The feeds that an OPML list names. Raises UsageError for what is no OPML."""
        answer = self._have_done("read_opml", body)
        return _believed(lambda: frames.list_from_frame(answer))

    def close(self) -> None:
        """End all processes; those who still wait for an answer get an AirlockFailure."""
        self._finalizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.close()

    def _have_done(self, task: str, body: bytes, **stated: str) -> Frame:
        """Give a job to the next free worker and wait for what it has to say."""
        if len(body) > _LARGEST_JOB:
            raise AirlockFailure(
                f"The document is larger than {_LARGEST_JOB // _MIB} MiB and was not read "
                "(size limit)."
            )
        order = json.dumps({"task": task, "stated": stated}).encode("ascii")
        worker, kept = self._desks.take(len(body)), None
        try:
            worker = self._hand_over(worker, order, body)
            answer = _await_answer(worker, self._limits.seconds)
            if not answer.get("last", True):
                kept = worker
            if "done" in answer:
                return answer["done"]
            if "refused" in answer:
                raise UsageError(frames.text(answer["refused"]))
            status, worker = self._nursery.end(worker), None
            raise AirlockFailure(_why(answer, status, self._limits))
        finally:
            if worker is not None and kept is None:
                self._nursery.end(worker)
            self._desks.give(kept)

    def _hand_over(self, worker: Worker | None, order: bytes, body: bytes) -> Worker:
        """Give the job to a worker, or to a new one if there is none or it has died idle."""
        if worker is not None:
            if _takes(worker, order, body):
                return worker
            self._nursery.end(worker)
        fresh = self._nursery.hire()
        if not _takes(fresh, order, body):
            self._nursery.end(fresh)
            raise AirlockFailure("The process that reads documents died before it had one.")
        return fresh


def _takes(worker: Worker, order: bytes, body: bytes) -> bool:
    try:
        worker.connection.send_bytes(order)
        worker.connection.send_bytes(body)
    except OSError:
        return False
    return True


def _await_answer(worker: Worker, seconds: float) -> dict[str, Frame]:
    """The answer of a worker, or in its stead why there is none."""
    try:
        if not worker.connection.poll(seconds):
            return {"failed": "time"}
        received = worker.connection.recv_bytes(_LARGEST_ANSWER)
        with THINKING:
            answer = json.loads(received)
    except (EOFError, OSError):
        return {"failed": "gone"}
    except (ValueError, RecursionError):
        return {"failed": "nonsense"}
    return answer if isinstance(answer, dict) else {"failed": "nonsense"}


def _why(answer: dict[str, Frame], status: int, limits: Limits) -> str:
    """The sentence for the operator: which limit it was, or what else went wrong."""
    match answer.get("failed"):
        case "time":
            return f"Reading it took more than {limits.seconds:g} s and was stopped (time limit)."
        case "gone" if -status == signal.SIGXCPU:
            return (
                f"Reading it took more than {limits.seconds:g} s of processor time and was "
                "stopped (time limit)."
            )
        case "memory":
            memory = limits.memory // _MIB
            return f"Reading it took more than {memory} MiB and was stopped (memory limit)."
        case "gone" if status < 0:
            name = signal.Signals(-status).name
            return f"Reading it crashed the worker process ({name})."
        case "error":
            return f"Reading it failed by a mistake of ours ({answer.get('where')})."
        case _:
            return f"Reading it ended the worker process without an answer (status {status})."


def _believed(check: Callable[[], T]) -> T:
    try:
        with THINKING:
            return check()
    except ValueError as error:
        raise AirlockFailure(
            f"The worker process gave an answer that makes no sense: {error}."
        ) from error
