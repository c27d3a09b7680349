"""`wirewatch notify`: trying a channel before something depends on it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime

import click

from monitor.cli.grouping import Group
from monitor.cli.opening import as_json, open_settings, pick
from monitor.cli.output import print_json
from monitor.errors import UsageError
from monitor.model import Channel, Delivery, DeliveryId, DigestName, Message, Sent


@click.group("notify", cls=Group)
def COMMAND() -> None:  # noqa: N802 - the shelf's word
    """Try a channel."""


@COMMAND.command("test")
@click.argument("channel")
@as_json
def test(channel: str, as_json: bool) -> int:
    """Send a test message and print what the service answered.

    Exit code 1 when any of the channel's targets refused it.
    """
    from monitor.channels.sending import mask, opened
    from monitor.channels.urls import is_confirmed
    from monitor.desk import utc_now

    settings = open_settings()
    found = pick("channel", channel, {each.name: each for each in settings.channels})
    if not found.url.reveal():
        raise UsageError(f"the URL of channel `{channel}` is not known here; see `wirewatch check`")
    failed = 0
    with opened(found) as send:
        receipts = [(each, send(each)) for each in deliveries(found, utc_now())]
    for delivery, receipt in receipts:
        sent = isinstance(receipt, Sent)
        failed += not sent
        said = receipt.answer if isinstance(receipt, Sent) else receipt.reason
        trouble = "" if isinstance(receipt, Sent) else receipt.trouble.value
        if as_json:
            print_json(
                channel=channel,
                target=delivery.target,
                sent=sent,
                confirmed=sent and is_confirmed(found.url.reveal()),
                trouble=trouble,
                answer=said,
            )
        else:
            verdict = "sent" if sent else f"NOT sent ({trouble})"
            click.echo(f"{channel} to {delivery.target}: {verdict}: {said or 'no answer'}")
    if not as_json:
        click.echo(f"by {mask(found.url.reveal())}", err=True)
    return 1 if failed else 0


def deliveries(channel: Channel, now: datetime) -> Iterator[Delivery]:
    """The test message, dressed for every target of the channel."""
    from monitor.channels.composing import compose

    key = f"test-{now:%Y%m%d%H%M%S}-{random.randrange(16**4):04x}"  # noqa: S311 - no secret
    text = (
        f"This is a test of the Wirewatch channel `{channel.name}`, sent {now:%Y-%m-%d %H:%M} UTC."
        "\nIf you can read it, digests will arrive here."
    )
    html = "".join(f"<p>{line}</p>" for line in text.splitlines())
    message = Message(
        key=key,
        digest_id=key,
        digest_name=DigestName("test"),
        subject="Wirewatch: test message",
        text=text + "\n",
        html=f'<!doctype html><html lang="en"><meta charset="utf-8"><body>{html}</body></html>',
        chat=text,
    )
    parts = compose(channel, message, now=now)
    if not parts:
        raise UsageError(f"channel `{channel.name}` reaches nobody")
    for number, part in enumerate(parts, start=1):
        yield Delivery(
            id=DeliveryId(number),
            channel=part.channel,
            target=part.target,
            key=part.key,
            payload=part.payload,
            attempts=1,
            queued_at=now,
        )
