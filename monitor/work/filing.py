"""Filing: digests that went out, as files that anybody can open, a folder for each name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from monitor.channels import folder
from monitor.channels.files import file_name, write_files
from monitor.channels.urls import Kind, kind_of
from monitor.config.settings import Settings
from monitor.model import Channel, Secret
from monitor.store.engine import Store
from monitor.store.said import Unfiled, mark_filed, unfiled

MOST_TOGETHER = 20
"""Digests filed in one go: each holds up to a few hundred kilobytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """The digests that were filed, and what kept others from it."""

    ids: tuple[str, ...] = ()
    trouble: str = ""


def archive_folder(settings: Settings) -> Path:
    """Where digests are filed. The channel `files` writes here too, beside the folders."""
    return settings.state_folder / "digests"


def file_digests(store: Store, settings: Settings, now: datetime) -> Filed:
    """File every digest that is not in the archive yet.

    Files first, the note of it after: a crash in between writes the same bytes again.
    """
    ids: list[str] = []
    while True:
        with store.reading() as conn:
            waiting = unfiled(conn, MOST_TOGETHER)
        if not waiting:
            return Filed(ids=tuple(ids))

        here = _channels_here(settings)
        wanted = [each for each in waiting if needs_filing(each, here)]

        try:
            for each in wanted:
                _write(each, archive_folder(settings))
        except OSError as error:
            place = archive_folder(settings)
            why = error.strerror or error
            trouble = f"the archive of digests cannot be written ({place}: {why})"
            return Filed(ids=tuple(ids), trouble=trouble)
        done = [each.message.digest_id for each in waiting]
        store.write(partial(mark_filed, digest_ids=done, now=now)).result()
        ids += [each.message.digest_id for each in wanted]


def needs_filing(each: Unfiled, here: Collection[str]) -> bool:
    """Whether no channel lays it into the archive's own folder anyway."""
    return each.channels.isdisjoint(here)


def _channels_here(settings: Settings) -> frozenset[str]:
    place = archive_folder(settings).absolute()
    return frozenset(
        channel.name
        for channel in settings.channels
        if kind_of(url := channel.url.reveal()) is Kind.FOLDER
        and folder.folder_of(url).absolute() == place
    )


def _write(each: Unfiled, archive: Path) -> None:
    """The same files that a folder as a channel is given."""
    place = archive / file_name(each.message.digest_name)
    parts = folder.compose(Channel(name="archive", url=Secret(str(place))), each.message)
    write_files(place, {part.target: part.payload for part in parts})
