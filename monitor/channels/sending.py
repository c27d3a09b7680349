"""The one way out: `send` takes an outbox row to its target and brings back a receipt."""

from __future__ import annotations

from monitor.channels import folder, urls
from monitor.channels.redaction import Redaction
from monitor.channels.troubles import not_sent
from monitor.channels.urls import Kind, kind_of, secrets_in
from monitor.errors import UsageError
from monitor.model import Channel, Delivery, Receipt, Trouble


def send(channel: Channel, delivery: Delivery) -> Receipt:
    """Deliver the row's bytes to its target, once, in this thread. Never raises.

    A reason is a sentence for people and holds no secret. Takes 20 s to connect and 20 s for an
    answer at the very most.
    """
    url = channel.url.reveal()
    try:
        match kind_of(url):
            case Kind.FOLDER:
                return folder.send(channel, delivery)
            case Kind.MAIL:
                return _send_mail(url, delivery)
            case Kind.WEBHOOK:
                from monitor.channels import webhook  # noqa: PLC0415 - a heavy door

                return webhook.send(channel, delivery)
            case Kind.CHAT:
                from monitor.channels import chat  # noqa: PLC0415 - a heavy door

                return chat.send(channel, delivery)
    except UsageError as error:
        return not_sent(Trouble.PERMANENT, str(error))
    except Exception as error:  # noqa: BLE001 - a service we do not know may raise anything
        said = Redaction(secrets_in(url)).clean(f"{type(error).__name__}: {error}")
        # It may have arrived: what failed may have been the reading of the answer.
        return not_sent(Trouble.AMBIGUOUS, f"{urls.mask(url)}: {said}")


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


def _send_mail(url: str, delivery: Delivery) -> Receipt:
    from monitor.channels import services, smtp  # noqa: PLC0415 - a heavy door

    route = services.mail_route(url)
    if delivery.target not in route.recipients:
        raise UsageError(f"the channel does not name {delivery.target} any more")
    return smtp.send(route, delivery.target, delivery.payload)
