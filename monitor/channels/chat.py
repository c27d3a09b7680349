"""Chats: a message in the dialect of the service, one target and one piece at a time."""

from __future__ import annotations

import base64
import html
import json
from contextlib import nullcontext
from dataclasses import dataclass

from monitor.channels.dialects import PLAIN, in_plain
from monitor.channels.keys import part_key
from monitor.channels.matrix import has_ended, made_ours
from monitor.channels.services import Service, attached, service, targets
from monitor.channels.spans import Span
from monitor.channels.splitting import split
from monitor.channels.tap import Seen, tapped
from monitor.channels.troubles import http_trouble, not_sent
from monitor.channels.urls import is_confirmed
from monitor.errors import UsageError
from monitor.model import Attachment, Channel, Delivery, Message, Part, Receipt, Sent, Trouble

_LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What one call of a service is given; `rich` is the body as HTML, where both are sent."""

    title: str
    body: str
    rich: str = ""
    files: tuple[Attachment, ...] = ()

    def dump(self) -> bytes:
        """The note as JSON, as an outbox row keeps it."""
        files = [
            {"name": each.name, "type": each.media_type, "data": base64.b64encode(each.content)}
            for each in self.files
        ]
        note = {"title": self.title, "body": self.body, "rich": self.rich, "files": files}
        return json.dumps(note, ensure_ascii=False, default=bytes.decode).encode("utf-8", "replace")

    @classmethod
    def load(cls, payload: bytes) -> Note:
        """The note that `dump` wrote. Raises ValueError, KeyError or TypeError for another."""
        note = json.loads(payload)
        files = (
            Attachment(
                name=each["name"],
                media_type=each["type"],
                content=base64.b64decode(each["data"]),
            )
            for each in note["files"]
        )
        return cls(
            title=str(note["title"]),
            body=str(note["body"]),
            rich=str(note.get("rich") or ""),
            files=tuple(files),
        )


def compose(channel: Channel, message: Message) -> tuple[Part, ...]:
    """Every target gets the same notes; each of them is a part with its own key."""
    url = channel.url.reveal()
    notes = tuple(note.dump() for note in _notes(service(url), message))
    return tuple(
        Part(
            channel=channel.name,
            target=target,
            key=part_key(message.key, channel.name, target, number),
            payload=note,
        )
        for target in targets(url)
        for number, note in enumerate(notes, start=1)
    )


def send(channel: Channel, delivery: Delivery) -> Receipt:
    """One call, in this thread; the receipt says what the service answered.

    A login that has ended since it was kept is done anew: such a refusal is no verdict on us.
    """
    try:
        note = Note.load(delivery.payload)
    except (ValueError, KeyError, TypeError):
        return not_sent(Trouble.POISON, "what the outbox holds is no chat message")
    try:
        ready, seen, sent = _attempt(channel, delivery, note)
        if not sent and channel.sessions and has_ended(seen.body):
            ready.plugin.store.clear()
            ready, seen, sent = _attempt(channel, delivery, note)
    except UsageError as error:
        return not_sent(Trouble.PERMANENT, str(error))
    return _receipt(ready, seen, sent=sent)


def _attempt(channel: Channel, delivery: Delivery, note: Note) -> tuple[Service, Seen, bool]:
    url = channel.url.reveal()
    ready = service(
        url,
        target=delivery.target,
        headers={"Idempotency-Key": delivery.key},
        sessions=channel.sessions,
    )
    files = attached(note.files)
    ours = made_ours(ready.plugin, note.rich, delivery.key) if note.rich else nullcontext()
    with tapped(url) as seen, ours:
        sent = ready.plugin.notify(body=note.body, title=note.title, body_format=None, attach=files)
    return ready, seen, bool(sent)


def _notes(ready: Service, message: Message) -> tuple[Note, ...]:
    if ready.wants_html:
        page = message.html or f"<pre>{html.escape(message.text)}</pre>"
        return (Note(title=message.subject, body=page, files=message.attachments),)
    text = message.chat or html.escape(message.text, quote=False)
    manner = ready.manner
    bodies = split(text, manner.dialect, manner.limit)
    about = message.digest_name if manner.has_topics else message.subject
    title = PLAIN.write((Span(about),))[:_LONGEST_TITLE] if ready.has_title else ""
    files = message.attachments if ready.has_attachments else ()
    last = len(bodies) - 1
    return tuple(
        Note(
            title=title,
            body=in_plain(body) if manner.is_rich else body,
            rich=body if manner.is_rich else "",
            files=files if number == last else (),
        )
        for number, body in enumerate(bodies)
    )


def _receipt(ready: Service, seen: Seen, *, sent: bool) -> Receipt:
    if sent:
        if seen.status:
            return Sent(answer=f"{ready.name} answered {seen.status}")
        if not is_confirmed(f"{ready.scheme}://"):
            return Sent(
                answer=f"handed to {ready.name}, unconfirmed: it says yes to whatever comes"
            )
        return Sent(answer=f"{ready.name} took it")
    if seen.status:
        body = seen.hidden.clean(seen.body)
        return http_trouble(
            ready.name, seen.status, body, retry_after=seen.retry_after, date=seen.date
        )
    if seen.failure:
        trouble = Trouble.TEMPORARY if seen.unsent else Trouble.AMBIGUOUS
        return not_sent(trouble, f"{ready.name}: {seen.failure}")
    said = seen.lines[-1] if seen.lines else "it refused without a reason"
    return not_sent(Trouble.TEMPORARY, f"{ready.name}: {said}")
