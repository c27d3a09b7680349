"""Forms for hubs: sent through the guard, and what becomes of them."""

import asyncio
from dataclasses import replace

import pytest
from scripted_server import HOME, NOW, Server, answer, redirect

from monitor.model import FailureKind
from monitor.sources.fetching import Fetcher

FORM = {"hub.mode": "subscribe", "hub.topic": "https://wire.example/?a=1&b=2"}


def post(*scripts, settings=HOME, allow_private=False):
    async def run():
        async with Server(*scripts) as server, Fetcher(settings) as fetcher:
            failed = await fetcher.post(server.url, FORM, now=NOW, allow_private=allow_private)
            return failed, server.requests

    return asyncio.run(run())


def test_a_form_is_sent_and_accepted():
    failed, (request,) = post(answer(b"", status="202 Accepted"))
    assert failed is None
    assert request.startswith("POST /feed")
    assert "application/x-www-form-urlencoded" in request


def test_a_redirect_that_keeps_a_form_is_followed_and_another_is_not():
    failed, requests = post(
        redirect("/other", "307 Temporary Redirect"), answer(b"", status="204 No Content")
    )
    assert failed is None
    assert requests[1].startswith("POST /other")
    failed, requests = post(redirect("/other"), answer())
    assert (failed.status, len(requests)) == (302, 1)


def test_a_hub_in_trouble_is_quoted_and_its_wish_passed_on():
    failed, _ = post(answer(b"come\nlater", "Retry-After: 120", status="503 Busy"))
    assert failed.reason == "the hub answered 503: come later"
    assert failed.retry_after.total_seconds() == 120


def test_redirects_without_end_are_given_up():
    failed, requests = post(redirect("/again", "308 Permanent Redirect"))
    assert "redirects" in failed.reason
    assert len(requests) < 10


@pytest.mark.parametrize("allow_private", [False, True])
def test_a_hub_on_a_private_address_is_asked_only_where_that_is_allowed(allow_private):
    failed, requests = post(
        answer(b"", status="202 Accepted"),
        settings=replace(HOME, allow=()),
        allow_private=allow_private,
    )
    if allow_private:
        assert failed is None
    else:
        assert failed.kind is FailureKind.FORBIDDEN_ADDRESS
        assert requests == []
