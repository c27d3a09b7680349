"""`init`, `doctor`, `config`, `explain`, `completion` and `once`: setting up and going round."""

import json

import pytest
from desk import furnish, rss, wirewatch
from terminal import shell

from monitor.cli.commands.explain import catalogue


def test_init_writes_a_desk_that_passes_its_own_check(tmp_path):
    ran = wirewatch("init", "my desk", desk=tmp_path)
    assert ran.code == 0
    assert "wrote   my desk/config.toml" in ran.out
    assert "cd 'my desk' && " in ran.err
    assert "wirewatch check" in ran.err or "-m monitor check" in ran.err
    assert (tmp_path / "my desk" / "config.toml").read_text().startswith("# ")
    checked = wirewatch("check", "--strict", "my desk", desk=tmp_path)
    assert (checked.code, checked.out) == (0, "")


def test_init_never_overwrites(tmp_path):
    (tmp_path / "config.toml").write_text("# mine\n")
    assert "kept    config.toml" in wirewatch("init", desk=tmp_path).err
    assert (tmp_path / "config.toml").read_text() == "# mine\n"
    again = wirewatch("init", desk=tmp_path)
    assert (again.code, again.out) == (0, "")
    assert "Nothing was written" in again.err


def test_init_where_a_file_is_in_the_way_is_refused(tmp_path):
    (tmp_path / "desk").touch()
    ran = wirewatch("init", "desk", desk=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert "desk" in ran.err


def test_doctor_finds_a_healthy_desk_well(desk):
    ran = wirewatch("doctor", desk=desk)
    assert ran.code == 0
    assert "ok   D004 state folder" in ran.out
    assert "3 items" in ran.out
    assert ran.err == "all well\n"


def test_doctor_findings_carry_an_id_and_a_hint(tmp_path, server):
    (tmp_path / "state").touch()
    furnish(
        tmp_path,
        [server.url("gone"), server.url("page")],
        more='[[channel]]\nname = "mail"\nurl = "mailto://127.0.0.1:9/a@x.example'
        '?from=w@x.example&mode=insecure"\n',
    )
    server.documents["page"] = b"<html><body>News</body></html>"
    ran = wirewatch("doctor", "--json", desk=tmp_path)
    assert ran.code == 1
    assert all(line.keys() == {"id", "level", "subject", "message", "hint"} for line in ran.lines)
    failed = {line["subject"].split()[0]: line for line in ran.lines if line["level"] == "error"}
    assert failed["state"]["hint"] == "check its owner and permissions, or set [state] url"
    assert failed["channel"]["hint"] == "check host, port and firewall"
    assert "feed" in failed


@pytest.mark.parametrize(("there", "level"), [(True, "ok"), (False, "warning")])
def test_doctor_says_when_languages_cannot_be_told(tmp_path, monkeypatch, there, level):
    monkeypatch.setattr("monitor.langid.is_installed", lambda: there)
    furnish(tmp_path, rules={"arms": "any: [missile]\nlanguages: [en]\n"})
    ran = wirewatch("doctor", "--json", desk=tmp_path)
    (found,) = [line for line in ran.lines if line["subject"] == "languages"]
    assert (found["level"], "wirewatch[languages]" in found["hint"]) == (level, not there)


def test_doctor_tries_as_many_feeds_as_it_is_told(desk, server):
    assert wirewatch("doctor", "--feeds", "0", desk=desk).code == 0
    assert not server.answers


def test_the_configuration_is_shown_with_where_each_value_comes_from(desk, monkeypatch):
    monkeypatch.setenv("WIREWATCH_POLL__MEAN", "7m")
    lines = {
        line["setting"]: line for line in wirewatch("config", "show", "--json", desk=desk).lines
    }
    assert lines["poll.mean"] == {
        "setting": "poll.mean",
        "value": "7m",
        "origin": lines["poll.mean"]["origin"],
    }
    assert "WIREWATCH_POLL__MEAN" in lines["poll.mean"]["origin"]
    assert lines["poll.backfill"]["origin"] == "config.toml:2"
    assert lines["poll.max"]["origin"] == "default"
    assert "poll.mean" in wirewatch("config", "show", desk=desk).out


def test_the_schema_is_a_json_schema_that_needs_no_configuration(tmp_path):
    ran = wirewatch("config", "schema", desk=tmp_path)
    schema = json.loads(ran.out)
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert schema["properties"].keys() >= {"poll", "feed", "channel", "digest", "timezone"}


@pytest.mark.parametrize("code", sorted(catalogue()))
def test_every_code_is_explained(code, tmp_path):
    ran = wirewatch("explain", code.lower(), desk=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    title, text, *_ = ran.out.splitlines()
    assert title == code
    assert len(text) > 15


def test_codes_are_listed_and_an_unknown_one_offers_the_nearest(tmp_path):
    assert "R103  The key is unknown." in wirewatch("explain", desk=tmp_path).out
    ran = wirewatch("explain", "R1566", desk=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert "no code `R1566`; did you mean `R156`?" in ran.err


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_completion_is_a_script_for_the_shell(name, tmp_path):
    ran = wirewatch("completion", name, desk=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert "_WIREWATCH_COMPLETE" in ran.out


@pytest.mark.parametrize(
    ("words", "offered"),
    [("wirewatch fee", "plain,feeds"), ("wirewatch feeds di", "plain,discover")],
)
def test_completion_knows_every_verb(words, offered, tmp_path):
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
    ran = shell(desk=tmp_path, _WIREWATCH_COMPLETE="bash_complete", **asked)
    assert ran.out.splitlines() == [offered]


def test_once_polls_what_is_due_plans_and_delivers(tmp_path, server):
    desk = furnish(tmp_path / "desk", server.urls)
    ran = wirewatch("once", "--json", desk=desk)
    (line,) = ran.lines
    assert line == {
        "feeds_polled": 1,
        "not_modified": 0,
        "failed": 0,
        "items_new": 3,
        "duplicates": 0,
        "matches": 2,
        "digests": 1,
        "deliveries_sent": 2,
        "deliveries_failed": 0,
        "seconds": line["seconds"],
    }
    assert (ran.code, ran.err) == (0, "")


def test_once_polls_nothing_that_is_not_due_unless_told_to(tmp_path, server):
    desk = furnish(tmp_path / "desk", server.urls)
    wirewatch("once", desk=desk)
    assert wirewatch("once", "--json", desk=desk).lines[-1]["feeds_polled"] == 0
    again = wirewatch("once", "--all", "--json", desk=desk).lines[-1]
    assert (again["feeds_polled"], again["not_modified"], again["items_new"]) == (1, 1, 0)


def test_once_without_sending_leaves_the_news_waiting(tmp_path, server):
    desk = furnish(tmp_path / "desk", server.urls)
    held = wirewatch("once", "--no-send", "--json", desk=desk).lines[-1]
    assert (held["matches"], held["digests"], held["deliveries_sent"]) == (2, 0, 0)
    told = wirewatch("once", "--json", desk=desk).lines[-1]
    assert (told["digests"], told["deliveries_sent"]) == (1, 2)


def test_once_names_the_feed_that_failed_and_is_exit_code_1(tmp_path, server):
    server.documents["broken"] = None
    desk = furnish(tmp_path / "desk", server.urls)
    ran = wirewatch("once", desk=desk)
    assert ran.code == 1
    assert ran.err.startswith(f"failed: {server.url('broken')}: ")
    assert ran.err.count("\n") == 1
    assert "2 feeds polled (0 unchanged, 1 failed), 3 new items" in ran.out


def test_once_counts_what_another_feed_had_already(tmp_path, server):
    server.documents["other"] = rss(("1", "Missile fired at sea"))
    line = wirewatch("once", "--json", desk=furnish(tmp_path / "desk", server.urls)).lines[-1]
    assert (line["items_new"] + line["duplicates"], line["duplicates"]) == (4, 1)


def test_once_tells_every_step_on_request(tmp_path, server):
    ran = shell("once", "-v", "--json", desk=furnish(tmp_path / "desk", server.urls))
    events = [json.loads(line)["event"] for line in ran.err.splitlines()]
    assert events[0] == "polled"
    assert "delivered" in events
    assert len(ran.lines) == 1


def test_the_schema_of_rules_knows_every_key_that_a_rule_may_have(tmp_path):
    from monitor.cli.rule_schema import rule_schema
    from monitor.rules.loading import known_keys

    ran = wirewatch("config", "schema", "--rules", desk=tmp_path)
    rule, listed = json.loads(ran.out)["anyOf"]
    assert list(rule["properties"]) == list(known_keys())
    assert all(len(shape) > 1 and shape["description"] for shape in rule["properties"].values())
    assert listed["properties"]["rules"]["items"] == rule
    assert json.loads(ran.out) == rule_schema()
