"""The one way out: a channel is opened, takes outbox rows to its targets, brings back receipts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from monitor.channels import folder, urls
from monitor.channels.mail import MailRoute
from monitor.channels.redaction import Redaction
from monitor.channels.troubles import not_sent
from monitor.channels.urls import Kind, kind_of, secrets_in
from monitor.errors import UsageError
from monitor.model import Channel, Delivery, Receipt, Trouble

Send = Callable[[Delivery], Receipt]
"""Delivers a row's bytes to its target, once, in this thread. Never raises.

A reason is a sentence for people and holds no secret. Takes 20 s to connect and 20 s for each
answer at the very most.
"""


@contextmanager
def opened(channel: Channel) -> Iterator[Send]:
    """The channel, open for one message or many; a mail server is connected to only once."""
    with ExitStack() as doors:
        yield partial(_send, channel, _door(channel, doors))


def _send(channel: Channel, door: Callable[[Delivery], Receipt], delivery: Delivery) -> Receipt:
    try:
        return door(delivery)
    except UsageError as error:
        return not_sent(Trouble.PERMANENT, str(error))
    except Exception as error:  # noqa: BLE001 - a service we do not know may raise anything
        url = channel.url.reveal()
        hidden = secrets_in(url) | ({channel.secret.reveal()} if channel.secret else set())
        said = Redaction(hidden).clean(f"{type(error).__name__}: {error}")
        # It may have arrived: what failed may have been the reading of the answer.
        return not_sent(Trouble.AMBIGUOUS, f"{urls.mask(url)}: {said}")


def _door(channel: Channel, doors: ExitStack) -> Callable[[Delivery], Receipt]:
    """What sends on this kind of channel; `doors` closes what it has opened."""
    match kind_of(channel.url.reveal()):
        case Kind.FOLDER:
            return partial(folder.send, channel)
        case Kind.MAIL:
            return _mail_door(channel, doors)
        case Kind.WEBHOOK:
            from monitor.channels import webhook  # noqa: PLC0415 - a heavy door

            return partial(webhook.send, channel)
        case Kind.CHAT:
            from monitor.channels import chat  # noqa: PLC0415 - a heavy door

            return partial(chat.send, channel)


def lint(url: str) -> str:
    """What is wrong with a channel's URL, in a sentence with the remedy; "" if it can be used."""
    if kind_of(url) is Kind.FOLDER:
        return folder.lint(url)
    from monitor.channels import services, webhook  # noqa: PLC0415 - a heavy door

    if kind_of(url) is Kind.WEBHOOK:
        return webhook.lint(url)
    return services.lint(url)


def mask(url: str) -> str:
    """The URL as it may be shown, without secrets."""
    return urls.mask(url)


def targets(channel: Channel) -> tuple[str, ...]:
    """Who or what a channel reaches: recipients, rooms, a program, a folder. Raises UsageError."""
    url = channel.url.reveal()
    if kind_of(url) is Kind.FOLDER:
        return (str(folder.folder_of(url)),)
    from monitor.channels import services, webhook  # noqa: PLC0415 - a heavy door

    if kind_of(url) is Kind.WEBHOOK:
        return (webhook.TARGET,)
    if kind_of(url) is Kind.MAIL:
        return services.mail_route(url).recipients
    return services.targets(url)


def _mail_door(channel: Channel, doors: ExitStack) -> Callable[[Delivery], Receipt]:
    from monitor.channels import services, smtp  # noqa: PLC0415 - a heavy door

    sessions: list[tuple[MailRoute, smtp.Session]] = []

    def send(delivery: Delivery) -> Receipt:
        if not sessions:
            route = services.mail_route(channel.url.reveal())
            session = smtp.Session(route)
            doors.callback(session.close)
            sessions.append((route, session))
        ((route, session),) = sessions
        if delivery.target not in route.recipients:
            raise UsageError(f"the channel does not name {delivery.target} any more")
        return session.send(delivery.target, delivery.payload)

    return send
