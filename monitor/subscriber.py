"""WebSub as the daemon runs it: the listener, and the beat that asks hubs."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from monitor.callbacks import Answers, listening
from monitor.desk import unguessable, utc_now
from monitor.events import report_asked, report_pushed
from monitor.store.engine import Store
from monitor.telemetry import event
from monitor.watch import Watch
from monitor.work import polling, pushing, subscribing
from monitor.work.pushing import Reply
from monitor.work.subscribing import Ask

_Place = tuple[str, int]
"""Where to listen, and how large a push may be."""


@dataclass
class Subscriber:
    """Listens while `[web] public_url` is set, and never otherwise.

    `watch` and `doors` give what is in force at the moment; `ask` is the door to hubs.
    """

    store: Store
    watch: Callable[[], Watch]
    doors: Callable[[], polling.Doors]
    ask: Ask
    _open: AsyncExitStack = field(default_factory=AsyncExitStack)
    _place: _Place | None = None

    async def beat(self) -> None:
        """Listen where the configuration says, and ask the hubs that are due."""
        await self._listen(self._wanted())
        if self._place is None:
            return
        doors = subscribing.Doors(
            store=self.store, ask=self.ask, now=utc_now, chance=random.random, token=unguessable
        )
        for asked in await subscribing.tend(doors, self.watch()):
            report_asked(asked)

    async def close(self) -> None:
        """Listen no more; what is being taken in is finished first."""
        self._place = None
        await self._open.aclose()

    def _wanted(self) -> _Place | None:
        settings = self.watch().settings
        if settings.web.public_url is None:
            return None
        return settings.web.listen, settings.poll.max_bytes

    async def _listen(self, wanted: _Place | None) -> None:
        if wanted == self._place:
            return
        await self.close()
        if wanted is None:
            return
        listen, most_bytes = wanted
        answers = Answers(is_known=self._is_known, answer=self._answer, take=self._take)
        try:
            address = await self._open.enter_async_context(listening(listen, answers, most_bytes))
        except OSError as error:
            event(
                "not_listening",
                level=logging.ERROR,
                address=listen,
                error=error.strerror or str(error),
                remedy="another program may listen there: set [web] listen",
            )
            return
        self._place = wanted
        event("listening", address=address, for_hubs_at=self.watch().settings.web.public_url)

    async def _is_known(self, token: str) -> bool:
        return await asyncio.to_thread(pushing.subscribed, self.store, token) is not None

    async def _answer(self, token: str, query: Mapping[str, str]) -> Reply:
        return await pushing.answer(token, query, self.store, utc_now())

    async def _take(self, token: str, body: bytes, content_type: str, signature: str) -> Reply:
        reply = await pushing.take(token, body, content_type, signature, self.doors(), self.watch())
        if reply.pushed is not None:
            report_pushed(reply.pushed)
        return reply
