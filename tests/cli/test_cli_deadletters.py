"""Dead letters: seen, tried once more, given up."""

import pytest
from desk import furnish, rss, wirewatch
from feed_server import FeedServer


@pytest.fixture
def desk(tmp_path, postbox):
    """A desk whose mail server has refused its digest for good."""
    postbox.answers["desk@x.example"] = "550 no such user"
    channel = (
        f'[[channel]]\nname = "mail"\nurl = "mailto://127.0.0.1:{postbox.port}/desk@x.example'
        '?from=w@watch.example&mode=insecure"\n'
        '[[digest]]\nname = "urgent"\ncadence = "now"\nto = ["mail"]\n'
    )
    with FeedServer({"feed": rss(("1", "Missile fired"))}) as server:
        made = furnish(tmp_path / "desk", server.urls, more=channel)
        wirewatch("once", "--all", desk=made)
    return made


def letters(desk):
    return wirewatch("deadletters", "list", "--json", desk=desk)


def test_a_dead_letter_is_listed_with_its_reason_and_what_to_do(desk):
    listed = wirewatch("deadletters", "list", desk=desk)
    assert listed.code == 1
    assert "desk@x.example" in listed.out
    assert "550 no such user" in listed.out
    assert "wirewatch deadletters retry ID" in listed.err


def test_as_json_each_letter_is_an_object(desk):
    (letter,) = letters(desk).lines
    assert (letter["channel"], letter["target"]) == ("mail", "desk@x.example")
    assert (letter["trouble"], letter["attempts"]) == ("permanent", 1)


def test_one_is_tried_once_more_and_arrives(desk, postbox):
    postbox.answers.clear()
    (letter,) = letters(desk).lines
    tried = wirewatch("deadletters", "retry", str(letter["id"]), desk=desk)
    assert (tried.code, tried.out) == (0, "tried again: 1, of which 0 failed\n")
    assert len(postbox.mails) == 1
    assert letters(desk).code == 0


def test_one_that_is_refused_again_is_a_dead_letter_again(desk):
    tried = wirewatch("deadletters", "retry", "--all", desk=desk)
    assert (tried.code, tried.out) == (1, "tried again: 1, of which 1 failed\n")
    assert letters(desk).lines[0]["attempts"] == 2


def test_one_can_be_given_up(desk):
    dropped = wirewatch("deadletters", "drop", "--channel", "mail", desk=desk)
    assert (dropped.code, dropped.out) == (0, "dropped: 1\n")
    assert letters(desk).lines == []
    assert wirewatch("status", desk=desk).err == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("retry", "999"), "no dead letter `999`"),
        (("retry",), "name dead letters by their ids"),
        (("drop", "1", "--all"), "name dead letters by their ids"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_changed(desk, arguments, says):
    refused = wirewatch("deadletters", *arguments, desk=desk)
    assert refused.code == 2
    assert says in refused.err
    assert len(letters(desk).lines) == 1
