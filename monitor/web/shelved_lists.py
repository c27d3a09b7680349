"""Lists of feeds that somebody has sent, until they are taken in or forgotten."""

from __future__ import annotations

import threading
from collections import OrderedDict
from hashlib import blake2b

from monitor.errors import NotFound
from monitor.model import FeedList

MOST = 8
"""Lists that wait at the same time; one more, and the oldest is forgotten."""


class ShelvedLists:
    """Lists by a name that follows from what they say: the same list twice is one."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, FeedList] = OrderedDict()
        self._turn = threading.Lock()

    def keep(self, body: bytes, listed: FeedList) -> str:
        """Keep a list; its name."""
        name = blake2b(body, digest_size=12).hexdigest()
        with self._turn:
            self._kept[name] = listed
            self._kept.move_to_end(name)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return name

    def find(self, name: str) -> FeedList:
        """The list of that name. Raises NotFound for one that is forgotten."""
        with self._turn:
            found = self._kept.get(name)
        if found is None:
            raise NotFound("list waiting here", name, [])
        return found
