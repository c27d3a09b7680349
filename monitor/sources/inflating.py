"""Undoing gzip and deflate within bounds: a limit on what comes out, and a proof of the end.

HTTP clients stop quietly at the end of a cut-off gzip stream; saving the validators of such a
stump would lose the rest for good. Here an unfinished stream is an error.
"""

from __future__ import annotations

import zlib
from typing import Final

_STEP: Final = 256 * 1024
_MOST_MEMBERS = 1_000
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_BITS = 31
_ZLIB_BITS = 15
_RAW_BITS = -15


class BadEncoding(Exception):
    """The body is not what its Content-Encoding says; the message names what is wrong."""


class Unfinished(BadEncoding):
    """The compressed stream ends before its own end mark."""


class TooLarge(Exception):
    """The body is larger than `max_bytes`, compressed or not; the message says so."""


class Body:
    """A response body as it arrives: compressed bytes go in, `whole()` comes out.

    `encoding` is the value of Content-Encoding: "" and "identity" pass bytes through, "gzip",
    "x-gzip" and "deflate" (zlib-wrapped as RFC 9110 says, or raw as some servers send it) are
    undone. Holds at most `max_bytes` and one step of 256 KiB.

    Zeros or garbage after a complete gzip stream are dropped: its checksum has proved the
    document whole, and every browser and gzip(1) itself take it. They still count against
    `max_bytes`, so that endless garbage ends.
    """

    def __init__(self, encoding: str, max_bytes: int) -> None:
        self._stream = _stream_for(encoding.strip().lower())
        self._max_bytes = max_bytes
        self._parts: list[bytes] = []
        self._size = 0
        self.received = 0

    def expect(self, length: int) -> None:
        """Hear that `length` bytes are to come off the wire. Raises TooLarge."""
        self._check(length)

    def take(self, data: bytes) -> None:
        """Add bytes off the wire. Raises TooLarge or BadEncoding."""
        self.received += len(data)
        self._check(self.received)
        if self._stream is None:
            self._keep(data)
            return
        self._stream.start(data)
        while part := self._stream.step():
            self._keep(part)

    def whole(self) -> bytes:
        """The complete body. Raises Unfinished when the compressed stream did not end."""
        if self._stream is not None and self.received and not self._stream.ended:
            raise Unfinished("the compressed answer ends before its end mark")
        return b"".join(self._parts)

    def so_far(self) -> bytes:
        """The beginning of the body, as far as it has come."""
        return b"".join(self._parts)

    def _keep(self, part: bytes) -> None:
        self._size += len(part)
        self._check(self._size)
        self._parts.append(part)

    def _check(self, size: int) -> None:
        if size > self._max_bytes:
            raise TooLarge(f"the answer is larger than {self._max_bytes:,} bytes")


class _Stream:
    """One compressed stream; gzip may be several members in a row (RFC 1952, 2.2)."""

    def __init__(self, *, is_gzip: bool) -> None:
        self._is_gzip = is_gzip
        self._inflate: zlib._Decompress | None = None
        self._input = b""
        self._over = False
        self._members = 0
        self.ended = False

    def start(self, data: bytes) -> None:
        self._input += data

    def step(self) -> bytes:
        """At most one step of output; b"" when more input is wanted."""
        while inflate := self._inflate or self._next_member():
            try:
                part = inflate.decompress(self._input, _STEP)
            except zlib.error:
                raise BadEncoding("the answer is not compressed the way it claims") from None
            self._input = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
            self._inflate = None if inflate.eof else inflate
            self.ended = inflate.eof
            if part or not self._input:
                return part
        return b""

    def _next_member(self) -> zlib._Decompress | None:
        """A decompressor for what comes next; None if that is garbage, or not known yet."""
        if self._over:
            self._input = b""
        if len(self._input) < len(_GZIP_MAGIC):
            return None
        if self.ended and not (self._is_gzip and self._input.startswith(_GZIP_MAGIC)):
            self._over, self._input = True, b""
            return None
        self._members += 1
        if self._members > _MOST_MEMBERS:
            raise BadEncoding("the answer is compressed in thousands of pieces")
        self.ended = False
        return zlib.decompressobj(_GZIP_BITS if self._is_gzip else self._deflate_bits())

    def _deflate_bits(self) -> int:
        """RFC 1950 header: method 8 in the low nibble, and a multiple of 31 in both bytes."""
        head = int.from_bytes(self._input[:2], "big")
        return _ZLIB_BITS if (head >> 8) & 0x0F == zlib.DEFLATED and head % 31 == 0 else _RAW_BITS


def _stream_for(encoding: str) -> _Stream | None:
    match encoding:
        case "" | "identity":
            return None
        case "gzip" | "x-gzip":
            return _Stream(is_gzip=True)
        case "deflate":
            return _Stream(is_gzip=False)
        case _ if "," in encoding:
            raise BadEncoding("the answer is compressed more than once")
        case _:
            raise BadEncoding(f"the answer is compressed in a way not asked for: {encoding[:20]!a}")
