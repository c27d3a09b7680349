"""The door for hubs: what it takes in, what it does not, and that it knows nothing else."""

import asyncio

import pytest
from loopback_hub import call
from starlette.applications import Starlette

from monitor.callbacks import Answers, routes
from monitor.errors import StoreAway
from monitor.web.serving import serving
from monitor.work.pushing import Reply

KNOWN = "/websub/known"


def replies(*calls, take=None, listens=True):
    """The replies to these calls (path, and what `call` takes), of a door that knows one token."""
    taken = []

    async def is_known(token):
        return token == "known"

    async def answer(token, query):
        return Reply(status=200, body=query.get("hub.challenge", ""))

    async def keep(token, body, content_type, signature):
        taken.append((token, body, content_type, signature))
        return Reply(status=202)

    async def talk():
        answers = Answers(
            listens=lambda: listens,
            most_bytes=lambda: 1_000,
            is_known=is_known,
            answer=answer,
            take=take or keep,
        )
        async with serving("127.0.0.1:0", Starlette(routes=routes(answers))) as address:
            return [
                await asyncio.to_thread(call, f"http://{address}{path}", *more, **named)
                for path, more, named in calls
            ]

    return asyncio.run(talk()), taken


def test_a_push_is_handed_on_as_it_came():
    found, taken = replies((KNOWN, (b"<rss/>", "sha1=0"), {}))
    assert found == [(202, b"")]
    assert taken == [("known", b"<rss/>", "application/rss+xml", "sha1=0")]


def test_a_question_is_answered_with_its_challenge_and_no_markup():
    found, _ = replies((f"{KNOWN}?hub.challenge=%3Cb%3E", (), {}))
    assert found == [(200, b"<b>")]


@pytest.mark.parametrize(
    ("path", "body", "named", "status"),
    [
        ("/websub/stranger", b"x" * 5_000, {}, 404),
        (KNOWN, b"x" * 5_000, {}, 413),
        (KNOWN, b"x", {"Content-Encoding": "gzip"}, 415),
        (KNOWN, b"x", {"method": "PUT"}, 405),
        (KNOWN, None, {"method": "HEAD"}, 405),
        ("/", None, {}, 404),
        ("/websub/", None, {}, 404),
        ("/websub/../known", None, {}, 404),
        ("/websub/a%2Fb", b"x", {}, 404),
    ],
)
def test_nothing_else_is_taken_in(path, body, named, status):
    found, taken = replies((path, (body,), named))
    assert [code for code, _ in found] == [status]
    assert taken == []


def test_a_store_that_is_away_asks_the_hub_to_come_again():
    async def take(*_):
        raise StoreAway("the disk is full")

    assert replies((KNOWN, (b"x",), {}), take=take)[0] == [(503, b"")]


def test_without_a_public_address_nobody_is_known():
    assert replies((KNOWN, (b"x",), {}), listens=False)[0] == [(404, b"")]
