"""The services Apprise knows: from a channel's URL to an object that can send one message."""

from __future__ import annotations

import functools
import logging
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.channels import tap
from monitor.channels.mail import Mailbox, MailRoute
from monitor.channels.manners import Manner, manner_of
from monitor.channels.redaction import Redaction
from monitor.channels.urls import mask, scheme_of, secrets_in
from monitor.errors import UsageError, did_you_mean
from monitor.model import Attachment

with warnings.catch_warnings():
    # Apprise's mail module imports `imghdr`, of which Python 3.11 and 3.12 say that it will go.
    warnings.simplefilter("ignore", DeprecationWarning)
    from apprise import Apprise, AppriseAsset, AppriseAttachment
    from apprise.attachment.memory import AttachMemory
    from apprise.exception import AppriseException
    from apprise.manager_plugins import NotificationManager
    from apprise.plugins import url_to_dict
    from apprise.plugins.base import NotifyBase
    from apprise.plugins.email import NotifyEmail
    from apprise.plugins.slack import NotifySlack
    from apprise.plugins.telegram import NotifyTelegram

# Apprise types only part of itself.
_taken_apart: Callable[[str], Mapping[str, Any] | None] = url_to_dict
_known_services: Callable[[], Any] = NotificationManager
_in_memory: Callable[..., AttachMemory] = AttachMemory

_HERE = Path(__file__).parent
_SECONDS = 20  # to connect, and again to answer: a slow yes is not a no
_PORTS = {"insecure": 25, "starttls": 587, "ssl": 465}
_ORNAMENTS = ("include_image", "include_footer", "include_timestamp", "footer", "avatar")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service, ready to send one message to one target, and what it can take."""

    name: str
    scheme: str
    plugin: NotifyBase
    manner: Manner
    has_title: bool
    has_attachments: bool
    wants_html: bool


def lint(url: str) -> str:
    """What is wrong with the URL, with the remedy; "" if Apprise can use it."""
    scheme = scheme_of(url)
    details = _details(url)
    if details is None:
        known = _known_services().schemas()
        if scheme not in known:
            near = did_you_mean(f"{scheme}", known)
            return f"there is no service `{scheme}`" + (f"; {near}" if near else "")
        return f"{mask(url)} is incomplete; see how a {scheme}:// URL is written for Apprise"
    try:
        plugin = _plugin(url, details, _asset())
    except (AppriseException, TypeError, ValueError) as error:
        said = str(error).rstrip(".") if isinstance(error, AppriseException) else ""
        return f"{mask(url)} cannot be used: {_without(url, said) or 'something is missing'}"
    if plugin is None:
        return f"{scheme}:// needs something that is not installed here"
    return ""


def knows(url: str) -> bool:
    """Whether the URL, as it is given, is one of a service."""
    return _details(url) is not None


def targets(url: str) -> tuple[str, ...]:
    """The rooms, chats or topics a URL names, one by one; the service's name where it names one."""
    named = _named_targets(_details(url) or {})
    return named if len(named) > 1 else (scheme_of(url),)


def service(
    url: str, *, target: str = "", headers: Mapping[str, str] | None = None, sessions: str = ""
) -> Service:
    """The service behind a URL, narrowed to one of its targets. Raises UsageError.

    `sessions` is the folder in which it finds and leaves what a login gave it, "" for none.
    """
    details = _details(url)
    if details is None:
        raise UsageError(lint(url))
    named = _named_targets(details)
    if len(named) > 1 and target:
        if target not in named:
            raise UsageError(f"the channel does not name {target} any more")
        details["targets"] = [target]
    if headers and "headers" in details:
        details["headers"] = {**details["headers"], **headers}
    try:
        plugin = _plugin(url, details, _asset(sessions))
    except (AppriseException, TypeError, ValueError):
        plugin = None
    if plugin is None:
        raise UsageError(lint(url) or f"{mask(url)} cannot be used")
    # Our own pace is kept by whoever works the outbox: nothing here sleeps.
    setattr(plugin, "throttle", _no_wait)  # noqa: B010 - mypy forbids the plain way
    return _service(plugin, scheme_of(url))


def attached(files: tuple[Attachment, ...]) -> AppriseAttachment | None:
    """Files as Apprise takes them, from memory."""
    if not files:
        return None
    return AppriseAttachment(
        [
            _in_memory(content=each.content, name=each.name, mimetype=each.media_type)
            for each in files
        ]
    )


def mail_route(url: str) -> MailRoute:
    """What a `mailto(s)://` URL says. Raises UsageError."""
    mail: Any = service(url).plugin
    if not isinstance(mail, NotifyEmail):
        raise UsageError(f"{mask(url)} is no mail address")
    return _mail_route(mail)


def _mail_route(mail: Any) -> MailRoute:  # noqa: ANN401 - its attributes are typed too loosely
    names = {address: name for address, name in mail.names.items() if name}

    def boxes(addresses: Iterable[str]) -> tuple[Mailbox, ...]:
        return tuple(Mailbox(address=each, name=names.get(each, "")) for each in sorted(addresses))

    name, sender = mail.from_addr
    return MailRoute(
        host=mail.smtp_host,
        port=int(mail.port or _PORTS[mail.secure_mode]),
        mode=str(mail.secure_mode),
        sender=Mailbox(address=sender, name=name or "Wirewatch"),
        to=tuple(Mailbox(address=address, name=name or "") for name, address in mail.targets),
        cc=boxes(mail.cc),
        bcc=tuple(sorted(mail.bcc)),
        reply_to=boxes(mail.reply_to),
        user=mail.user or "" if mail.password else "",
        password=mail.password or "",
        verify=bool(mail.verify_certificate),
    )


def _service(plugin: NotifyBase, scheme: str) -> Service:
    html_mail = _default_format(plugin) == "html" and not isinstance(plugin, NotifyTelegram)
    manner = manner_of(plugin)
    return Service(
        name=str(plugin.service_name or scheme),
        scheme=scheme,
        plugin=plugin,
        manner=manner,
        has_title=plugin.title_maxlen > 0 and manner.takes_title,
        has_attachments=bool(plugin.attachment_support) and not _is_slack_hook(plugin),
        wants_html=html_mail,
    )


def _details(url: str) -> dict[str, Any] | None:
    """The URL taken apart by Apprise; None where it cannot. Never logs: it would log the URL."""
    _quiet()
    with tap.tapped(url):
        details = _taken_apart(url)
    return dict(details) if details else None


def _plugin(url: str, details: Mapping[str, Any], asset: AppriseAsset) -> NotifyBase | None:
    """An object for one message: no ornaments, no retry, no redirects, no splitting of its own."""
    settings = {
        **details,
        "cto": _SECONDS,
        "rto": _SECONDS,
        "redirect": False,
        "retry": 0,
        "overflow": "upstream",
        **{name: False for name in _ORNAMENTS if name in details},
    }
    kind = _known_services()[details["schema"]].__name__
    if kind == "NotifyDiscord" and not details.get("template"):
        settings["template"] = (_HERE / "discord.json").as_uri()
    if kind == "NotifySlack" and not details.get("template") and _posts_messages(details):
        settings["template"] = (_HERE / "slack.json").as_uri()
    if kind == "NotifyMQTT":
        settings["qos"] = details.get("qos") or 1  # below that, nobody says that it arrived
    if kind == "NotifyMatrix" and any(
        room.startswith("!") and ":" not in room for room in details.get("targets") or ()
    ):
        settings["hsreq"] = False  # rooms of version 12 and later have no server in their id
    with tap.tapped(url):
        return Apprise.instantiate(settings, asset=asset, suppress_exceptions=False)


def _posts_messages(details: Mapping[str, Any]) -> bool:
    """Whether a Slack URL is a bot or a webhook; a workflow takes another kind of message."""
    return "workflow" not in str(details.get("mode") or "") and not details.get("workflow_path")


def _is_slack_hook(plugin: NotifyBase) -> bool:
    return isinstance(plugin, NotifySlack) and plugin.mode != "bot"


def _named_targets(details: Mapping[str, Any]) -> tuple[str, ...]:
    found = details.get("targets")
    if isinstance(found, str):
        found = [found]
    if not isinstance(found, list | tuple | set) or not all(isinstance(x, str) for x in found):
        return ()
    pieces = (piece.strip() for each in found for piece in each.split(","))
    return tuple(dict.fromkeys(piece for piece in pieces if piece))


def _default_format(plugin: NotifyBase) -> str:
    formats: object = plugin.notify_format  # one, or several of which the first is preferred
    first = formats[0] if isinstance(formats, tuple) else formats
    return str(getattr(first, "value", first))


def _without(url: str, text: str) -> str:
    """An error text without any piece of the URL in it."""
    return Redaction(secrets_in(url)).clean(text)


def _no_wait(*_: object, **__: object) -> None:
    """In place of a sleep."""


@functools.cache
def _asset(sessions: str = "") -> AppriseAsset:
    stored: dict[str, Any] = {}
    if sessions:
        # Tokens lie in there: nobody else may look in. Without them, Matrix wants a login and a
        # logout for each message, and limits both.
        Path(sessions).mkdir(mode=0o700, parents=True, exist_ok=True)
        stored = {"storage_path": sessions, "storage_mode": "flush"}
    return AppriseAsset(
        **stored,
        app_id="Wirewatch",
        app_desc="Wirewatch",
        app_url="",
        service_timeout=0,
        async_mode=False,
        http_redirects=False,
        secure_logging=True,
        # Pictures lie on a server of a third party: who reads a message would call on it.
        image_url_mask="",
        image_url_logo="",
    )


@functools.cache
def _quiet() -> None:
    logging.getLogger("urllib3").setLevel(logging.INFO)
