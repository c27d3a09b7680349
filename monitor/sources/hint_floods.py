"""A server may send any number of `103 Early Hints` before its answer; we bear a few of them."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, cast

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import RawResponseMessage
from aiohttp.streams import StreamReader

_MOST_HINTS = 32


class Connector(aiohttp.TCPConnector):
    """Hangs up on a server that hints for ever.

    The library takes all such messages in without waiting between two of them: a server that
    sends them at full speed would keep everybody else waiting until its poll runs out of time.
    """

    def __init__(self, **doors: Any) -> None:  # noqa: ANN401 - those of the library
        super().__init__(**doors)
        # No argument of the library's own sets this; without it the class would be copied.
        made = partial(_Handler, loop=asyncio.get_running_loop())
        self._factory = cast("partial[ResponseHandler]", made)


class _Handler(ResponseHandler):
    _hints = 0

    def feed_data(self, data: tuple[RawResponseMessage, StreamReader], size: int = 0) -> None:
        """Take a message in, unless it is one hint too many."""
        self._hints = self._hints + 1 if data[0].code < 200 else 0
        if self._hints <= _MOST_HINTS:
            super().feed_data(data, size)
        elif self._hints == _MOST_HINTS + 1:
            self.set_exception(HttpProcessingError(code=400, message="too many hints"))
            if self.transport is not None:
                self.transport.abort()
