"""What is wrong with a channel as it is configured, and what its reader should know of it."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.channels import sending
from monitor.channels.urls import Kind, is_confirmed, kind_of, scheme_of
from monitor.errors import Level
from monitor.model import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """Something about one setting of a channel. With a mere warning it can be used."""

    setting: str
    code: str
    message: str
    hint: str = ""
    level: Level = Level.ERROR


def lint(channel: Channel) -> tuple[Flaw, ...]:
    """Everything that is wrong with a channel whose URL is known."""
    url = channel.url.reveal()
    if complaint := sending.lint(url):
        return (Flaw(setting="url", code="C108", message=complaint),)
    return (*_secret_flaws(channel), *_confirmation_flaws(url))


def _secret_flaws(channel: Channel) -> tuple[Flaw, ...]:
    if channel.secret is None:
        return ()
    if kind_of(channel.url.reveal()) is not Kind.WEBHOOK:
        return (
            Flaw(
                setting="secret",
                code="C117",
                message="only a webhook can be signed, and this channel is none",
                hint="leave `secret` out, or give the https:// address of a webhook as `url`",
            ),
        )
    from monitor.channels import webhook  # noqa: PLC0415 - a heavy door

    complaint = webhook.lint_secret(channel.secret)
    if not complaint:
        return ()
    return (Flaw(setting="secret", code="C117", message=complaint),)


def _confirmation_flaws(url: str) -> tuple[Flaw, ...]:
    if is_confirmed(url):
        return ()
    return (
        Flaw(
            setting="url",
            code="C118",
            message=f"{scheme_of(url)}:// confirms nothing: a message may be lost without a sign",
            hint="let what must not be lost go to a second channel too",
            level=Level.WARNING,
        ),
    )
