"""Killed at every point of a delivery: nothing is lost, and what comes twice has one key.

The receivers' logs are the oracle; our own tables are not asked.
"""

import re
import shutil
from collections import Counter
from dataclasses import dataclass

import pytest
from crashing import DISCORD, PARTS, Nursery
from postbox import open_postbox
from postgresql import Databases
from webhook import open_webhook

pytestmark = pytest.mark.slow

KILLED = -9

CLAIM, RECORD = 1, 2
"""The transactions of a delivery, in their order. What has gathered is merged before."""

POINTS = {
    "before the claim": ("transaction", "before", CLAIM),
    "in the claim": ("transaction", "in", CLAIM),
    "after the claim": ("transaction", "after", CLAIM),
    "before the send": ("send", "before", 1),
    "while it is sent": ("receiver", "while", 1),
    "after the send": ("send", "after", 1),
    "in the record": ("transaction", "in", RECORD),
    "after the record": ("transaction", "after", RECORD),
}
TWICE = {"while it is sent", "after the send", "in the record"}
"""Where nobody can know whether the message has arrived: it comes again."""


@dataclass
class Receivers:
    """Everybody who is told, and what they have heard."""

    box: object
    hook: object

    def url(self, kind):
        if kind == "mail":
            return f"mailto://127.0.0.1:{self.box.port}/a@x.example?from=w@x.example&mode=insecure"
        return DISCORD if kind == "chat" else f"http://{self.hook.address}/hook"

    def clear(self):
        self.box.mails.clear()
        self.hook.received.clear()
        self.call_when_taken(0, None)

    def call_when_taken(self, count, what):
        """Call `what` when the message of that number has been taken, before it is answered."""
        left = [count]

        def taken():
            left[0] -= 1
            if left[0] == 0:
                what()

        self.box.taken = self.hook.taken = taken

    @property
    def heard(self):
        """What was received, in order: under which key, and the text.

        A service that takes no keys can recognise a message by its words: the id of its digest
        and the number of the part are among them.
        """
        mails = [
            (mail["Message-ID"], mail.get_body(("plain",)).get_content())
            for _, mail in self.box.mails
        ]
        calls = [(each.key or each.body, each.body.decode()) for each in self.hook.received]
        return [*mails, *calls]

    @property
    def copies(self):
        """How often each key was received."""
        return Counter(key for key, _ in self.heard)

    @property
    def keys_by_headline(self):
        """Under which keys each report was told, by its number."""
        found = {}
        for key, text in self.heard:
            for number in re.findall(r"Missile (\d+) found", text):
                found.setdefault(int(number), set()).add(key)
        return found


@pytest.fixture(scope="module")
def receivers():
    with open_postbox() as box, open_webhook() as hook:
        yield Receivers(box, hook)


@pytest.fixture(scope="module")
def nursery(tmp_path_factory):
    with Nursery(tmp_path_factory.mktemp("nursery")) as opened:
        yield opened


class States:
    """Copies of states that were prepared once."""

    def __init__(self, nursery, folder, sqlite_template, request):
        self._nursery = nursery
        self._folder = folder
        self._empty = sqlite_template
        self._request = request
        self._prepared = {}
        self._copies = []
        self._count = 0

    def copy(self, database, what, channel):
        key = (database, what, channel)
        if key not in self._prepared:
            self._prepared[key] = self._fresh(database, self._template_of(database))
            url = self._url(database, self._prepared[key])
            assert self._nursery.do(what, state=url, channel=channel) == 0
        copy = self._fresh(database, self._prepared[key])
        self._copies.append((database, copy))
        return self._url(database, copy)

    def drop(self):
        """Let go of the copies: databases by the dozen make a server slow."""
        for database, copy in self._copies:
            if database == "postgresql":
                self._server.drop(copy)
        self._copies.clear()

    def _template_of(self, database):
        return Databases.TEMPLATE if database == "postgresql" else self._empty

    def _fresh(self, database, template):
        if database == "postgresql":
            return self._server.create(template=template)
        self._count += 1
        path = self._folder / f"state{self._count}.db"
        shutil.copy(template, path)
        return path

    def _url(self, database, name):
        return self._server.server.url(name) if database == "postgresql" else f"sqlite:///{name}"

    @property
    def _server(self):
        return self._request.getfixturevalue("databases")


@pytest.fixture(scope="module")
def states(nursery, tmp_path_factory, sqlite_template, request):
    return States(nursery, tmp_path_factory.mktemp("states"), sqlite_template, request)


@dataclass
class Scene:
    """A state to crash on, and those who are told."""

    nursery: Nursery
    receivers: Receivers
    state: str
    kind: str

    def do(self, what, door="", moment="", count=0):
        if door == "receiver":
            self.receivers.call_when_taken(count, self.nursery.kill_child)
        return self.nursery.do(
            what,
            state=self.state,
            channel=self.receivers.url(self.kind),
            services=f"http://{self.receivers.hook.address}",
            door=door,
            moment=moment,
            count=count,
        )

    def told(self):
        return set(self.receivers.keys_by_headline)

    def told_under_several_keys(self):
        return {n for n, keys in self.receivers.keys_by_headline.items() if len(keys) > 1}


@pytest.fixture
def scene(states, nursery, receivers):
    """Makes a scene of a prepared state, told by a kind of channel."""

    def make(database, what, kind):
        receivers.clear()
        state = states.copy(database, what, receivers.url(kind))
        return Scene(nursery, receivers, state, kind)

    yield make
    states.drop()


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize(
    ("database", "kind"), [("sqlite", "mail"), ("sqlite", "webhook"), ("postgresql", "webhook")]
)
def test_a_message_comes_once_or_twice_under_one_key(scene, database, kind, point):
    here = scene(database, "prepare_message", kind)
    assert here.do("deliver", *POINTS[point]) == KILLED
    assert here.do("resume") == 0
    assert here.told() == {1}
    assert list(here.receivers.copies.values()) == [2 if point in TWICE else 1]


SECOND_PART = POINTS | {
    "before the send": ("send", "before", 2),
    "while it is sent": ("receiver", "while", 2),
    "after the send": ("send", "after", 2),
    "in the record": ("transaction", "in", RECORD + 1),
    "after the record": ("transaction", "after", RECORD + 1),
}


@pytest.mark.parametrize("point", SECOND_PART)
def test_the_second_part_of_a_chat_digest_comes_once_or_twice_the_others_once(scene, point):
    here = scene("sqlite", "prepare_parts", "chat")
    assert here.do("deliver", *SECOND_PART[point]) == KILLED
    assert here.do("resume") == 0
    assert here.told() == set(range(1, PARTS + 1))
    copies = list(here.receivers.copies.values())
    assert copies == [1, 2 if point in TWICE else 1, *[1] * (len(copies) - 2)]
    numbers = [re.search(r"(\d)/\d", text[-60:])[1] for _, text in here.receivers.heard]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
@pytest.mark.parametrize("moment", ["before", "in", "after"])
def test_a_digest_whose_planner_died_at_its_commit_is_told_once(scene, database, moment):
    here = scene(database, "prepare_report", "webhook")
    assert here.do("digest", "transaction", moment, 1) == KILLED
    assert here.do("resume") == 0
    assert here.told() == {1}
    assert list(here.receivers.copies.values()) == [1]


MERGE = 1
CATCHING_UP = {
    "before the merge": ("transaction", "before", MERGE),
    "in the merge": ("transaction", "in", MERGE),
    "after the merge": ("transaction", "after", MERGE),
    "in the claim": ("transaction", "in", MERGE + CLAIM),
    "after the claim": ("transaction", "after", MERGE + CLAIM),
    "before the send": ("send", "before", 1),
    "while it is sent": ("receiver", "while", 1),
    "after the send": ("send", "after", 1),
    "in the record": ("transaction", "in", MERGE + RECORD),
    "after the record": ("transaction", "after", MERGE + RECORD),
}


@pytest.mark.parametrize(
    ("database", "point"),
    [*(("sqlite", point) for point in CATCHING_UP), ("postgresql", "in the merge")],
)
def test_what_has_gathered_is_told_once_and_news_beside_it_too(scene, database, point):
    here = scene(database, "prepare_gathered", "webhook")
    assert here.do("deliver", *CATCHING_UP[point]) == KILLED
    assert here.do("add_news") == 0
    assert here.do("resume") == 0
    assert here.told() == {1, 2, 3, 4}
    assert here.told_under_several_keys() == set()
    assert max(here.receivers.copies.values()) == (2 if point in TWICE else 1)
