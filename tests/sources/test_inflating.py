"""Undoing gzip and deflate: all of it, no more than allowed, or an error."""

import contextlib
import gzip
import random
import time
import tracemalloc
import zlib
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.sources.inflating import BadEncoding, Body, TooLarge, Unfinished

# Without the time of day in it: the same bytes, and names of tests, in every process.
gzipped = partial(gzip.compress, mtime=0)

TEXT = b"<rss><item>Sanctions list updated</item></rss>" * 40


def deflate(data: bytes, bits: int) -> bytes:
    packer = zlib.compressobj(wbits=bits)
    return packer.compress(data) + packer.flush()


def inflate(encoding: str, data: bytes, *, piece: int = 65_536, limit: int = 1_000_000) -> bytes:
    body = Body(encoding, limit)
    for start in range(0, len(data), piece):
        body.take(data[start : start + piece])
    return body.whole()


ENCODED = [
    ("", TEXT),
    ("identity", TEXT),
    ("gzip", gzipped(TEXT)),
    (" X-GZIP ", gzipped(TEXT)),
    ("gzip", gzipped(TEXT[:100]) + gzipped(b"") + gzipped(TEXT[100:])),
    ("deflate", deflate(TEXT, 15)),
    ("deflate", deflate(TEXT, -15)),
]


@pytest.mark.parametrize(("encoding", "data"), ENCODED)
@pytest.mark.parametrize("piece", [1, 7, 65_536])
def test_a_whole_body_is_undone_however_it_is_cut_up(
    encoding: str, data: bytes, piece: int
) -> None:
    assert inflate(encoding, data, piece=piece) == TEXT


@pytest.mark.parametrize(("encoding", "data"), ENCODED[2:4] + ENCODED[5:])
def test_a_stream_cut_off_anywhere_is_unfinished(encoding: str, data: bytes) -> None:
    for length in range(1, len(data)):
        with pytest.raises(Unfinished):
            inflate(encoding, data[:length])


def test_a_second_member_that_is_cut_off_is_unfinished_too() -> None:
    with pytest.raises(Unfinished):
        inflate("gzip", gzipped(TEXT) + gzipped(TEXT)[:-5])


@pytest.mark.parametrize("tail", [b"\0" * 512, b"\x1f", b"\n", b"<!-- cached -->"])
@pytest.mark.parametrize("piece", [1, 65_536])
def test_what_trails_a_complete_document_is_dropped(tail: bytes, piece: int) -> None:
    assert inflate("gzip", gzipped(TEXT) + tail, piece=piece) == TEXT
    assert inflate("deflate", deflate(TEXT, 15) + tail, piece=piece) == TEXT


def test_nothing_at_all_is_an_empty_body() -> None:
    assert inflate("gzip", b"") == b""


def test_a_wrong_checksum_is_noticed() -> None:
    data = bytearray(gzipped(TEXT))
    data[-6] ^= 1
    with pytest.raises(BadEncoding, match="not compressed the way it claims"):
        inflate("gzip", bytes(data))


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, gzip", "gzip, br", "x" * 99])
def test_a_compression_not_asked_for_is_refused_unopened(encoding: str) -> None:
    with pytest.raises(BadEncoding, match=r"not asked for|more than once"):
        Body(encoding, 100)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", ""])
def test_the_limit_is_met_to_the_byte(encoding: str) -> None:
    data = {"gzip": gzipped(TEXT), "deflate": deflate(TEXT, 15), "": TEXT}[encoding]
    assert inflate(encoding, data, limit=len(TEXT)) == TEXT
    with pytest.raises(TooLarge, match="larger than 1,839 bytes"):
        inflate(encoding, data, limit=len(TEXT) - 1)


def test_a_length_announced_is_refused_before_the_first_byte() -> None:
    with pytest.raises(TooLarge):
        Body("gzip", 100).expect(101)


def test_a_bomb_costs_no_more_memory_than_the_limit() -> None:
    bomb = gzipped(bytes(64_000_000), 1)
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            inflate("gzip", bomb, limit=1_000_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2_500_000


def test_endless_garbage_after_the_end_counts_against_the_limit() -> None:
    with pytest.raises(TooLarge):
        inflate("gzip", gzipped(TEXT) + b"x" * 2_000_000)


def test_thousands_of_empty_members_are_not_worked_through() -> None:
    start = time.process_time()
    with pytest.raises(BadEncoding, match="in thousands of pieces"):
        inflate("gzip", gzipped(b"") * 40_000)
    assert time.process_time() - start < 0.5


@given(st.binary(max_size=400), st.integers(1, 50), st.sampled_from(["gzip", "deflate"]))
def test_any_bytes_end_in_a_body_or_a_named_error(data: bytes, piece: int, encoding: str) -> None:
    with contextlib.suppress(BadEncoding, TooLarge):
        assert inflate(encoding, data, piece=piece, limit=10_000) is not None


@given(st.binary(max_size=5_000), st.integers(100, 5_000))
def test_what_was_compressed_comes_back(data: bytes, piece: int) -> None:
    assert inflate("gzip", gzipped(data, 1), piece=piece) == data


def test_a_body_of_many_steps_comes_back_whole() -> None:
    noise = random.Random(1).randbytes(700_000)
    assert inflate("gzip", gzipped(noise, 1), piece=1_000) == noise
