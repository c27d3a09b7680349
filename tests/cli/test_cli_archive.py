"""`status`, `stories`, `search`, `export` and `state`: reading what is stored, and keeping it."""

import csv
import io
import re
import sqlite3

import pytest
from desk import furnish, wirewatch
from terminal import until

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def test_the_status_tells_feeds_digests_and_channels(polled):
    ran = wirewatch("status", "--json", desk=polled)
    (line,) = ran.lines
    assert ran.code == 1
    assert (line["running"], line["process"]) == (False, None)
    assert line["feeds"] == {
        "listed": 2,
        "failing": 1,
        "silent": 0,
        "paused": 0,
        "never_polled": line["feeds"]["never_polled"],
    }
    assert (line["items_today"], line["matches_today"]) == (3, 2)
    assert INSTANT.fullmatch(line["last_poll_at"])
    (digest,) = line["digests"]
    assert digest["name"] == "morning"
    assert INSTANT.fullmatch(digest["waiting_since"])


def test_the_status_counts_messages_by_channel(polled):
    wirewatch("digests", "send", "morning", desk=polled)
    (channel,) = wirewatch("status", "--json", desk=polled).lines[0]["channels"]
    assert (channel["channel"], channel["sent"], channel["pending"]) == ("files", 2, 0)


def test_people_read_the_status_in_a_few_lines(polled):
    ran = wirewatch("status", desk=polled)
    assert "not running on this state" in ran.out
    assert "2 listed, 1 failing" in ran.out
    assert "morning: waiting since" in ran.out


def test_a_quiet_status_speaks_by_its_exit_code(polled):
    ran = wirewatch("status", "--quiet", desk=polled)
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_all_well_is_exit_code_0(desk):
    assert wirewatch("state", "migrate", desk=desk).code == 0
    ran = wirewatch("status", desk=desk)
    assert ran.code == 0
    assert "nothing polled yet" in ran.out


def test_stories_are_listed_newest_first_with_their_evidence(polled):
    lines = wirewatch("stories", "list", "--json", desk=polled).lines
    assert {line["title"] for line in lines} == {"Missile fired at sea", "Shells reach the port"}
    assert [line["id"] for line in lines] == sorted((line["id"] for line in lines), reverse=True)
    report = lines[0]["reports"][0]
    assert report.keys() > {"id", "title", "url", "source", "published_at", "matches", "joined"}
    evidence = report["matches"][0]["evidence"][0]
    assert report["title"][evidence["start"] : evidence["end"]] == evidence["text"]
    assert len(wirewatch("stories", "list", "--limit", "1", "--json", desk=polled).lines) == 1


def test_one_story_is_shown_with_every_report(polled):
    listed = wirewatch("stories", "list", "--json", desk=polled).lines[0]
    (shown,) = wirewatch("stories", "show", listed["id"], "--json", desk=polled).lines
    assert shown.items() >= (listed | {"held": [], "articles": []}).items()
    assert "because" in wirewatch("stories", "show", listed["id"], desk=polled).out


def test_a_story_that_is_not_there_is_said_so(polled):
    ran = wirewatch("stories", "show", "99", desk=polled)
    assert (ran.code, ran.out, ran.err) == (2, "", "error: no story `99`\n")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("missile", {"Missile fired at sea"}),
        ("missiles", {"Missile fired at sea"}),
        ("=missiles", set()),
        ('"fired at sea"', {"Missile fired at sea"}),
        ("missile OR shells", {"Missile fired at sea", "Shells reach the port"}),
        ("missile port", set()),
        ("-missile shells", {"Shells reach the port"}),
        ("shells -port", set()),
        ("NOT missile day", {"A quiet day"}),
        ("day -china -hot", {"A quiet day"}),
        ("nothing", set()),
    ],
)
def test_the_archive_is_searched_in_the_words_of_rules(query, found, polled):
    ran = wirewatch("search", *query.split(), "--json", desk=polled)
    assert ran.code == 0
    assert {line["title"] for line in ran.lines} == found


def test_a_hit_of_a_search_tells_where_it_stands(polled):
    (line,) = wirewatch("search", "missile", "--json", desk=polled).lines
    assert line.keys() == {"id", "title", "url", "source", "published_at", "terms", "article"}
    assert line["terms"] == ["Missile"]
    assert INSTANT.fullmatch(line["published_at"])


def test_a_rule_is_searched_as_it_stands_now(polled):
    found = wirewatch("search", "--rule", "arms", "--json", desk=polled).lines
    assert {line["title"]: line["terms"] for line in found} == {
        "Missile fired at sea": ["Missile"],
        "Shells reach the port": ["Shells"],
    }


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ((), "give a query"),
        (("missile", "--rule", "arms"), "not both"),
        (("--rule", "amrs"), "did you mean `arms`?"),
    ],
)
def test_a_search_is_for_a_query_or_for_a_rule_there_is(call, said, polled):
    ran = wirewatch("search", *call, desk=polled)
    assert (ran.code, said in ran.err) == (2, True)


def test_a_search_stops_at_its_limit_and_says_so(polled):
    ran = wirewatch("search", "missile OR shells", "--limit", "1", desk=polled)
    assert ran.err == "1 found (there may be more: --limit)\n"


@pytest.mark.parametrize("query", ['"', "OR", "-missile", "$nowhere", "--jsn", "AND"])
def test_a_query_that_asks_nothing_is_a_wrong_call(query, polled):
    ran = wirewatch("search", "--", query, desk=polled)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: ")


@pytest.mark.parametrize("call", ["search x --since soon", "export --since soon"])
def test_a_duration_nobody_can_read_is_a_wrong_call(call, polled):
    ran = wirewatch(*call.split(), desk=polled)
    assert (ran.code, ran.out) == (2, "")
    assert "soon" in ran.err


def test_the_export_can_be_matched_and_replayed(polled):
    exported = wirewatch("export", desk=polled)
    assert exported.err == ""
    (polled / "items.jsonl").write_text(exported.out)
    items = ("--items", "items.jsonl", "--json")
    assert len(wirewatch("match", *items, desk=polled).lines) == 2
    replayed = wirewatch("replay", *items, desk=polled).lines
    assert [line["outcome"] for line in replayed] == ["new"] * 3


def test_an_exported_item_tells_what_became_of_it(polled):
    lines = {line["title"]: line for line in wirewatch("export", "--json", desk=polled).lines}
    missile = lines["Missile fired at sea"]
    assert (missile["outcome"], missile["rules"]) == ("new", ["arms"])
    assert INSTANT.fullmatch(missile["first_seen_at"])


def test_only_what_matched_is_exported_on_request(polled):
    lines = wirewatch("export", "--matched", desk=polled).lines
    assert {line["title"] for line in lines} == {"Missile fired at sea", "Shells reach the port"}


def test_a_table_for_a_spreadsheet_has_a_header_and_no_formulas(polled):
    ran = wirewatch("export", "--format", "csv", desk=polled)
    header, *rows = csv.reader(io.StringIO(ran.out))
    assert header[:3] == ["id", "title", "url"]
    assert {row[1] for row in rows} >= {"A quiet day"}


def test_the_state_tells_where_it_is_and_what_it_holds(polled):
    (line,) = wirewatch("state", "info", "--json", desk=polled).lines
    assert line["url"] == f"sqlite:///{polled}/state/wirewatch.db"
    assert (line["items"], line["matches"], line["stories"], line["feeds"]) == (3, 2, 2, 2)
    assert line["bytes"] == (polled / "state" / "wirewatch.db").stat().st_size
    assert "sqlite" in wirewatch("state", "info", desk=polled).out


def test_a_backup_is_a_whole_state_in_one_file(polled, tmp_path):
    ran = wirewatch("state", "backup", tmp_path / "a copy.db", desk=polled)
    assert ran.out == f"{tmp_path / 'a copy.db'}\n"
    with sqlite3.connect(tmp_path / "a copy.db") as copy:
        assert copy.execute("SELECT count(*) FROM items").fetchone() == (3,)
    copy.close()


def test_a_backup_without_a_name_lies_beside_the_state(polled):
    ran = wirewatch("state", "backup", desk=polled)
    assert re.fullmatch(r".*/state/wirewatch-\d{8}-\d{6}\.db\n", ran.out)


@pytest.mark.parametrize("target", ["no/such/folder/copy.db", "state"])
def test_a_backup_that_cannot_be_written_is_told(target, polled):
    ran = wirewatch("state", "backup", target, "--force", desk=polled)
    assert ran.code == 75
    assert ran.err.startswith(f"error: cannot back up to {target}")


def test_migrating_creates_the_state_and_does_no_harm_again(desk):
    for _ in range(2):
        ran = wirewatch("state", "migrate", desk=desk)
        assert (ran.code, ran.out) == (0, "")
        assert "the state is at schema" in ran.err
    assert (desk / "state" / "wirewatch.db").exists()


def test_what_is_past_its_keep_is_deleted(polled):
    config = polled / "config.toml"
    keep = '[state]\nretention = { items = "1s", matched = "5y", deliveries = "2y" }\n'
    config.write_text(keep + config.read_text())
    planned = wirewatch("state", "prune", "--dry-run", desk=polled)
    assert planned.out.startswith("items no rule fired on from before ")
    assert len(wirewatch("export", desk=polled).lines) == 3
    until(lambda: "1 items" in wirewatch("state", "prune", desk=polled).out)
    kept = {line["title"] for line in wirewatch("export", desk=polled).lines}
    assert kept == {"Missile fired at sea", "Shells reach the port"}


def test_a_state_of_another_version_is_not_touched(tmp_path):
    desk = furnish(tmp_path / "desk")
    wirewatch("state", "migrate", desk=desk)
    with sqlite3.connect(desk / "state" / "wirewatch.db") as state:
        state.execute("UPDATE alembic_version SET version_num = '9999'")
    state.close()
    for call in ("status", "once"):
        ran = wirewatch(call, desk=desk)
        assert ran.code == 2
        assert "9999" in ran.err


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_a_backup_never_replaces_the_state_itself(force, polled):
    ran = wirewatch("state", "backup", "state/wirewatch.db", *force, desk=polled)
    assert (ran.code, "the state itself" in ran.err) == (2, True)
    assert wirewatch("state", "info", desk=polled).code == 0


def test_a_backup_replaces_another_file_only_when_told_to(polled):
    (polled / "copy.db").write_text("something dear")
    ran = wirewatch("state", "backup", "copy.db", desk=polled)
    assert (ran.code, "--force" in ran.err) == (2, True)
    assert wirewatch("state", "backup", "copy.db", "--force", desk=polled).code == 0


def test_a_rule_is_shown_with_how_it_fares(polled):
    (line,) = wirewatch("rules", "show", "arms", "--json", desk=polled).lines
    assert line["archive"]["hits"] == 2
    assert line["archive"]["dead"] == ["ammunition"]
    assert "2 hits in the last 4 weeks" in wirewatch("rules", "show", "arms", desk=polled).out


def test_a_rule_is_shown_as_it_compiled(polled):
    (line,) = wirewatch("rules", "show", "arms", "--json", desk=polled).lines
    compiled = line["compiled"]
    assert compiled["waits_at"] == "all 1"
    assert compiled["required"] == [
        {"clause": "all 1", "terms": 3, "first": ["missile", "shells", "ammunition"]}
    ]
    assert line["archive"]["items_with"] == [2]
    told = "# all 1: 3 terms, missile, shells, ammunition; in 2 items at most, where the rule waits"
    assert told in wirewatch("rules", "show", "arms", desk=polled).out.splitlines()


def test_a_rule_for_feeds_of_one_tag_counts_what_they_brought(polled):
    tagged = "any: [missile, shells]\nfeeds: {include: ['tag:wire']}\n"
    (polled / "rules" / "tagged.yaml").write_text(f"title: Tagged\n{tagged}")
    config = (polled / "config.toml").read_text()

    def hits():
        (line,) = wirewatch("rules", "show", "tagged", "--json", desk=polled).lines
        return line["archive"]["hits"]

    assert hits() == 0
    (polled / "config.toml").write_text(config.replace("[[feed]]", '[[feed]]\ntags = ["wire"]'))
    assert hits() == 2


def test_suggestions_from_a_small_archive_say_that_it_is_small(polled):
    ran = wirewatch("rules", "suggest", "arms", "--json", desk=polled)
    assert (ran.code, ran.lines[0]["hits"]) == (0, 2)
    assert "only 3 items are indexed" in ran.err
