"""Alerts and mutes as a user meets them: `status`, `mute`, `stories`, `once`."""

from desk import ARMS, furnish, wirewatch

ALERTING = ARMS + "alert:\n  volume:\n    - 2 in 24h\n    - spike 3x over 28d, at least 6\n"
NOW = '[[digest]]\nname = "now"\n'


def test_once_tells_an_alert_and_the_status_lists_it(tmp_path, server):
    desk = furnish(tmp_path / "desk", server.urls, rules={"arms": ALERTING}, more=NOW)
    assert wirewatch("once", "--all", desk=desk).code == 0
    (status,) = wirewatch("status", "--json", desk=desk).lines
    ((alert,), (warming,)) = status["alerts"], status["warming"]
    assert (alert["rule"], alert["alert"]) == ("arms", "2 in 24h")
    assert alert["sentence"] == "2 matches from 1 source in the last 24 hours."
    assert "learning what is usual" in warming["why"]
    (text,) = (desk / "state" / "digests").rglob("*.txt")
    assert "ALERTS" in text.read_text()


def test_people_read_of_alerts_in_the_status(tmp_path, server):
    desk = furnish(tmp_path / "desk", server.urls, rules={"arms": ALERTING}, more=NOW)
    wirewatch("once", "--all", desk=desk)
    shown = wirewatch("status", desk=desk).out
    assert "s ago: 2 matches from 1 source" in shown
    assert "spike 3x over 28d, at least 6: learning what is usual" in shown


def test_a_story_is_muted_by_hand_until_a_day_and_listed_so(polled):
    ran = wirewatch("mute", "1", "--until", "2099-01-31", "--comment", "seen", desk=polled)
    assert (ran.code, ran.out) == (0, "story 1: muted until 2099-02-01T00:00:00Z\n")
    shown = wirewatch("stories", "show", "1", desk=polled).out
    assert "muted until 2099-01-31 23:59 UTC by hand: seen" in shown
    listed = {line["id"]: line["muted"] for line in _stories(polled)}
    assert listed == {1: ["muted until 2099-01-31 23:59 UTC by hand: seen"], 2: []}


def test_a_mute_ends_when_it_is_set_to_now(polled):
    wirewatch("mute", "1", "--until", "7d", desk=polled)
    assert wirewatch("mute", "1", "--until", "0", desk=polled).out == "story 1: no longer muted\n"
    assert all(line["muted"] == [] for line in _stories(polled))


def test_a_story_muted_by_a_rule_file_says_by_which(polled):
    rule = ARMS + "mute:\n  - {story: 2, until: 2099-01-31, note: Baltic desk}\n"
    (polled / "rules" / "arms.yaml").write_text(rule)
    assert "by rule file `arms`: Baltic desk" in wirewatch("stories", "show", "2", desk=polled).out


def test_a_mute_that_makes_no_sense_is_refused(polled):
    assert wirewatch("mute", "1", "--until", "soon", desk=polled).code == 2
    ran = wirewatch("mute", "1", "--until", "2020-12-31", desk=polled)
    assert ran.code == 2
    assert "`2020-12-31` is past; to end a mute write `--until 0`" in ran.err
    ran = wirewatch("mute", "99", "--until", "7d", desk=polled)
    assert (ran.code, "no story `99`" in ran.err) == (2, True)


def _stories(desk):
    return wirewatch("stories", "list", "--json", desk=desk).lines
