"""Mail: one address line for every recipient, one message that can be recognised when repeated."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import blake2b

from monitor.channels.keys import message_id, part_key
from monitor.model import Channel, Message, Part

_POLICY = SMTP.clone(cte_type="7bit")  # no relay on the way has to understand 8BITMIME
_LONGEST_HEADER = 150
_DROPPED = frozenset(["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"])
_SPELT_WITH = frozenset("\u200c\u200d")  # Persian words and emoji need the joiners


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """An address and, perhaps, a name before it."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRoute:
    """All that a `mailto(s)://` URL says. `mode` is insecure, starttls or ssl."""

    host: str
    port: int
    mode: str
    sender: Mailbox
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...] = ()
    bcc: tuple[str, ...] = ()
    reply_to: tuple[Mailbox, ...] = ()
    user: str = ""
    password: str = ""
    verify: bool = True

    def __repr__(self) -> str:
        return f"MailRoute({self.host}:{self.port}, {self.mode})"

    @property
    def recipients(self) -> tuple[str, ...]:
        """Everybody who gets a copy, once each."""
        shown = (each.address for each in (*self.to, *self.cc))
        return tuple(dict.fromkeys((*shown, *self.bcc)))


def compose(
    route: MailRoute, channel: Channel, message: Message, *, now: datetime
) -> tuple[Part, ...]:
    """The same bytes for every recipient, one part each."""
    payload = _mail(route, message, now).as_bytes()
    return tuple(
        Part(
            channel=channel.name,
            target=recipient,
            key=part_key(message.key, channel.name, recipient),
            payload=payload,
        )
        for recipient in route.recipients
    )


def header(text: str, limit: int = _LONGEST_HEADER) -> str:
    """Text fit for a header: one line, nothing invisible, composed (NFC), cut at `limit`.

    A line break of any alphabet in a header would end it and begin one of the sender's choice;
    `EmailMessage` refuses such a value, which would block a digest for ever. It decodes what
    looks like an encoded word (RFC 2047), though, and writes the line breaks in that.
    """
    spaced = re.sub(r"[\s\x1c-\x1f\x85\u2028\u2029]+", " ", text)
    kept = (c for c in spaced if c in _SPELT_WITH or unicodedata.category(c) not in _DROPPED)
    line = unicodedata.normalize("NFC", "".join(kept)).strip().replace("=?", "= ?")
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _mail(route: MailRoute, message: Message, now: datetime) -> EmailMessage:
    mail = EmailMessage(policy=_POLICY)
    year, week, _ = now.isocalendar()
    thread = f"wirewatch.{_atom(message.thread or message.digest_name)}.{year}-W{week:02}"
    mail["Subject"] = header(message.subject) or "Digest"
    mail["From"] = _address(route.sender)
    mail["To"] = [_address(each) for each in route.to] or "undisclosed-recipients:;"
    if route.cc:
        mail["Cc"] = [_address(each) for each in route.cc]
    if route.reply_to:
        mail["Reply-To"] = [_address(each) for each in route.reply_to]
    mail["Date"] = format_datetime(now)
    host = _idna(route.sender.address).rpartition("@")[2]
    mail["Message-ID"] = message_id(message.key, host)
    mail["References"] = message_id(thread, host)
    mail["List-Id"] = f"<{_atom(message.digest_name)}.{_atom(host)}>"
    mail["List-Unsubscribe"] = (
        f"<mailto:{_idna(route.sender.address)}?subject=unsubscribe%20{_atom(message.digest_name)}>"
    )
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Wirewatch-Digest"] = header(message.digest_id)

    mail.set_content(_encodable(message.text))
    if message.html:
        mail.add_alternative(_encodable(message.html), subtype="html")
    for each in message.attachments:
        kind, _, subtype = each.media_type.partition("/")
        mail.add_attachment(
            each.content,
            maintype=kind or "application",
            subtype=subtype or "octet-stream",
            filename=header(each.name),
        )
    _set_boundaries(mail, message.key)
    return mail


def _set_boundaries(mail: EmailMessage, key: str) -> None:
    """Boundaries made from the key: the same message is the same bytes, however often composed."""
    seed = blake2b(key.encode("utf-8", "replace"), digest_size=12).hexdigest()
    multiparts = (part for part in mail.walk() if part.is_multipart())
    for number, part in enumerate(multiparts):
        part.set_boundary(f"=_{seed}_{number}")


def _address(mailbox: Mailbox) -> Address:
    return Address(header(mailbox.name), addr_spec=_idna(mailbox.address))


def _idna(address: str) -> str:
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return address


def _atom(name: str) -> str:
    """A name as part of an identifier."""
    kept = re.sub(r"[^A-Za-z0-9.-]+", "-", name).strip(".-")
    return kept or blake2b(name.encode("utf-8", "replace"), digest_size=6).hexdigest()


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
