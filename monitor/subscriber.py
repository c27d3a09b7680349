"""WebSub as the daemon runs it: what hubs are answered, and the beat that asks them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from monitor.callbacks import Answers
from monitor.desk import unguessable, utc_now
from monitor.events import report_asked, report_pushed
from monitor.store.engine import Store
from monitor.watch import Watch
from monitor.work import polling, pushing, subscribing
from monitor.work.pushing import Pushed, Reply
from monitor.work.subscribing import Ask


@dataclass
class Subscriber:
    """Speaks to hubs while `[web] public_url` is set, and never otherwise.

    `watch` and `doors` give what is in force at the moment; `ask` is the door to hubs.
    """

    store: Store
    watch: Callable[[], Watch]
    doors: Callable[[], polling.Doors]
    ask: Ask
    on_pushed: Callable[[Pushed], None] = lambda _: None

    @property
    def answers(self) -> Answers:
        """What hubs are answered."""
        return Answers(
            listens=lambda: self.watch().settings.web.public_url is not None,
            most_bytes=lambda: self.watch().settings.poll.max_bytes,
            is_known=self._is_known,
            answer=self._answer,
            take=self._take,
        )

    async def beat(self) -> None:
        """Ask the hubs that are due."""
        if self.watch().settings.web.public_url is None:
            return
        doors = subscribing.Doors(
            store=self.store, ask=self.ask, now=utc_now, chance=random.random, token=unguessable
        )
        for asked in await subscribing.tend(doors, self.watch()):
            report_asked(asked)

    async def _is_known(self, token: str) -> bool:
        return await asyncio.to_thread(pushing.subscribed, self.store, token) is not None

    async def _answer(self, token: str, query: Mapping[str, str]) -> Reply:
        return await pushing.answer(token, query, self.store, utc_now())

    async def _take(self, token: str, body: bytes, content_type: str, signature: str) -> Reply:
        reply = await pushing.take(token, body, content_type, signature, self.doors(), self.watch())
        if reply.pushed is not None:
            report_pushed(reply.pushed)
            self.on_pushed(reply.pushed)
        return reply
