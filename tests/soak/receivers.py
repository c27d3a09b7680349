"""Receivers that fail as real ones do, and remember under which key they heard of what."""

from __future__ import annotations

import base64
import contextlib
import json
import random
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b

from postbox import Postbox, open_postbox
from webhook import open_webhook

LATER, LOST, DROPPED = 0.10, 0.05, 0.05
"""How often a receiver asks to come again, takes but does not answer, and hangs up at once."""

_SCHEMES = {"webhook": "http", "chat": "mmost", "away": "json"}

HEADLINE = re.compile(r"Missile (\d+) found")


class Faults:
    """What goes wrong next, and how often it did; nothing once they are `over`."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._lock = threading.Lock()
        self.over = False
        self.away = False
        self.counts: Counter[str] = Counter()

    def next(self) -> str:
        """later, lost, dropped, or fine."""
        with self._lock:
            drawn = 1.0 if self.over else self._chance.random()
            fault = (
                "away"
                if self.away and not self.over
                else "later"
                if drawn < LATER
                else "lost"
                if drawn < LATER + LOST
                else "dropped"
                if drawn < LATER + LOST + DROPPED
                else "fine"
            )
            self.counts[fault] += 1
        return fault


class FaultyPostbox(Postbox):
    """A mail server that fails now and then."""

    def __init__(self, faults: Faults, keep) -> None:
        super().__init__()
        self._faults = faults
        self._keep = keep

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd
        fault = self._faults.next()
        if fault in {"later", "away"}:
            return "451 4.3.0 try again later"
        if fault == "dropped":
            server.transport.abort()
            return "250 never heard"
        answer = await super().handle_DATA(server, session, envelope)
        _, mail = self.mails.pop()
        told = mail["Subject"] + mail.get_body(("plain",)).get_content()
        told += "".join(each.get_content().decode() for each in mail.iter_attachments())
        self._keep(str(mail["Message-ID"]), told)
        if fault == "lost":
            server.transport.abort()
        return answer


@dataclass
class Receiver:
    """One channel's other side. `heard`: when each hit came, under which key."""

    name: str
    faults: Faults
    url: str = ""
    copies: Counter[str] = field(default_factory=Counter)
    heard: dict[int, dict[str, float]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, key: str, told: str, *, digest: str = "") -> None:
        """Of a digest in parts the last may have attached what all of them tell."""
        now = time.time()
        with self.lock:
            self.copies[key] += 1
            for hit in HEADLINE.findall(told):
                self.heard.setdefault(int(hit), {}).setdefault(digest or key, now)

    @property
    def repeated(self) -> int:
        """Messages beyond the first under the same key."""
        return sum(self.copies.values()) - len(self.copies)

    @property
    def doubled(self) -> list[int]:
        """Hits told under more than one key: nobody could know them for a repeat."""
        with self.lock:
            return sorted(hit for hit, keys in self.heard.items() if len(keys) > 1)


@contextlib.contextmanager
def open_receivers(chance: random.Random):
    """A mailbox, a webhook, a chat, and a webhook that is away at times."""
    with contextlib.ExitStack() as doors:
        made = [
            Receiver(name=name, faults=Faults(chance))
            for name in ("mail", "webhook", "chat", "away")
        ]
        mail, *others = made
        box = doors.enter_context(open_postbox(FaultyPostbox(mail.faults, mail.keep)))
        mail.url = f"mailto://127.0.0.1:{box.port}/a@x.example?from=w@watch.example&mode=insecure"
        for each in others:
            hook = doors.enter_context(open_webhook())
            _connect(each, hook)
            each.url = f"{_SCHEMES[each.name]}://{hook.address}/token"
        yield made


def _connect(receiver: Receiver, hook) -> None:
    answers = {"fine": 200, "later": 500, "away": 503}

    def decide():
        fault = receiver.faults.next()
        return answers.get(fault, fault)

    def taken():
        call = hook.received.pop()
        # A chat takes no keys; the same words are the same message.
        key = call.key or blake2b(call.body, digest_size=16).hexdigest()
        receiver.keep(key, _told(json.loads(call.body)), digest=call.key.rpartition("-")[0])

    hook.answers, hook.taken = decide, taken


def _told(call: dict) -> str:
    """The words of a call and what is attached: a long digest tells some of its stories there.

    Not its title: that is the same for all parts of a digest.
    """
    if "data" in call:
        return json.dumps(call["data"])
    files = (base64.b64decode(each["base64"]).decode() for each in call.get("attachments", ()))
    return "\n".join([call.get("message") or call["text"], *files])
