"""The folder: digests as files, for whoever has not given another channel yet."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from monitor.channels.files import file_name, write_files
from monitor.channels.keys import part_key
from monitor.channels.urls import scheme_of
from monitor.model import Channel, Delivery, Message, NotSent, Part, Receipt, Sent, Trouble


def folder_of(url: str) -> Path:
    """The folder that a `file://` URL or a plain path names."""
    return Path(unquote(urlsplit(url).path)) if scheme_of(url) == "file" else Path(url)


def lint(url: str) -> str:
    """What is wrong with the URL of a folder; "" if nothing."""
    if not url.strip():
        return "the channel has no URL; give an Apprise URL, mailto://..., or a folder"
    if scheme_of(url) == "file" and (urlsplit(url).netloc or not urlsplit(url).path.strip("/")):
        return "a folder is written file:///absolute/path, or as a plain path"
    if not scheme_of(url) and re.match(r"[\w.+-]+:", url):
        return "a channel's URL has :// after its scheme, as in mailto://user@host"
    if folder_of(url).is_file():
        return f"{folder_of(url)} is a file; a folder is wanted"
    return ""


def compose(channel: Channel, message: Message) -> tuple[Part, ...]:
    """One part for each file: the page, the plain text, and every attachment."""
    stem = file_name(message.digest_id or message.key)
    files = {f"{stem}.html": message.html.encode()} if message.html else {}
    files[f"{stem}.txt"] = message.text.encode()
    files |= {f"{stem}-{file_name(each.name)}": each.content for each in message.attachments}
    return tuple(
        Part(
            channel=channel.name,
            target=name,
            key=part_key(message.key, channel.name, name),
            payload=content,
        )
        for name, content in files.items()
    )


def send(channel: Channel, delivery: Delivery) -> Receipt:
    """Write the file whole or not at all; writing it again changes nothing."""
    folder = folder_of(channel.url.reveal())
    path = folder / file_name(delivery.target)
    try:
        write_files(folder, {path.name: delivery.payload})
    except OSError as error:
        reason = f"{path} could not be written: {error.strerror or error}"
        return NotSent(trouble=Trouble.TEMPORARY, reason=reason)
    return Sent(answer=f"written to {path}")
