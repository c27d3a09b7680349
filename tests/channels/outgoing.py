"""Messages and outbox rows, as short to write as the tests that need them."""

from datetime import UTC, datetime

from monitor.channels.composing import compose
from monitor.channels.sending import opened
from monitor.model import Channel, Delivery, DeliveryId, DigestName, Message, Secret

NOW = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)

SLACK = "slack://T1234567/B1234567/CANARYslackabcdefghijklm/"
DISCORD = "discord://417429632418316298/CANARYdiscord277CDHmQKMHI8qBe7bk2ZwO5UKjCiOAF7711o33MyqU344QpgvTpadV_"
TELEGRAM = "tgram://123456789:CANARYtelegramjklmnopqrstuv_ABCDEFG/12345/"


def message(**fields):
    settings = {
        "key": "2026-11-23-a7f3.desk",
        "digest_id": "2026-11-23-a7f3",
        "digest_name": DigestName("morning"),
        "subject": "2 stories: Port closed",
        "text": "Port closed\n  https://wire.example/1\n",
        "html": "<p><a href='https://wire.example/1'>Port closed</a></p>",
        "chat": '<b>Morning</b>\n\n<a href="https://wire.example/1">Port closed</a>\nWire · 07:00',
    } | fields
    return Message(**settings)


def channel(url, name="desk"):
    return Channel(name=name, url=Secret(url))


def send(channel, delivery):
    with opened(channel) as door:
        return door(delivery)


def composed(url, what=None, now=NOW):
    return compose(channel(url), what or message(), now=now)


def delivery(part):
    return Delivery(
        id=DeliveryId(1),
        channel=part.channel,
        target=part.target,
        key=part.key,
        payload=part.payload,
        attempts=0,
        queued_at=NOW,
    )


def deliveries(url, what=None):
    return [delivery(part) for part in composed(url, what)]
