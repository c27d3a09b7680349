"""From a message in words to the final bytes for every target of a channel."""

from __future__ import annotations

from datetime import datetime

from monitor.channels import folder
from monitor.channels.urls import Kind, kind_of
from monitor.model import Channel, Message, Part


def compose(channel: Channel, message: Message, *, now: datetime) -> tuple[Part, ...]:
    """One part for each mail recipient, each chat target and piece, each file of a folder.

    Pure: the same arguments give the same bytes and keys, so that a retry repeats nothing but
    itself. Raises UsageError for a channel whose URL cannot be used.
    """
    match kind_of(channel.url.reveal()):
        case Kind.FOLDER:
            return folder.compose(channel, message)
        case Kind.MAIL:
            # Apprise takes a third of a second to import: only where a channel needs it.
            from monitor.channels import mail, services  # noqa: PLC0415 - a heavy door

            route = services.mail_route(channel.url.reveal())
            return mail.compose(route, channel, message, now=now)
        case Kind.WEBHOOK:
            from monitor.channels import webhook  # noqa: PLC0415 - a heavy door

            return webhook.compose(channel, message, now=now)
        case Kind.CHAT:
            from monitor.channels import chat  # noqa: PLC0415 - a heavy door

            return chat.compose(channel, message)
