"""The watch: everything the operator wrote, as one snapshot; what is broken costs only itself."""

import os
from datetime import UTC, datetime, timedelta

import pytest
from desk import ARMS, furnish

from monitor.errors import UnusableFiles, UsageError
from monitor.model import Feed, Item
from monitor.sources import extracting
from monitor.sources.opml import read_opml
from monitor.watch import load_watch, signature

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
OPML = b'<opml><body><outline text="Ports"><outline xmlUrl="https://o.example/f"/></outline></body></opml>'


def load(desk, now=NOON, **environ):
    return load_watch(desk / "config.toml", environ, read_opml=read_opml, now=now)


def codes(watch):
    return {each.code for each in watch.errors}


def test_a_desk_is_read_whole(tmp_path):
    watch = load(furnish(tmp_path, ["https://a.example/f"]))
    assert list(watch.feeds) == ["https://a.example/f"]
    assert [rule.id for rule in watch.book.rules] == ["arms"]
    assert watch.errors == ()
    assert watch.channels["files"].url.reveal() == f"file://{tmp_path}/state/digests"


def test_a_configuration_that_cannot_be_used_is_refused(tmp_path):
    furnish(tmp_path, more="[pol]\n")
    with pytest.raises(UnusableFiles, match="pol"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("rules/broken.yaml", "titel: x\n", "R103"),
        ("rules/latin.yaml", b"title: \xe9\xe9\n", "Y101"),
        ("templates/digest.txt.j2", "{% if %}", "T101"),
        ("templates/digest.html.j2", b"\xff\xfe", "F104"),
    ],
)
def test_a_broken_file_costs_only_itself(tmp_path, name, content, code):
    desk = furnish(tmp_path)
    path = desk / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    watch = load(desk)
    assert code in codes(watch)
    assert {each.place.path for each in watch.errors} == {str(path)}
    assert [rule.id for rule in watch.book.rules] == ["arms"]


def test_a_folder_of_rules_that_is_not_there_is_an_error_with_its_remedy(tmp_path):
    desk = furnish(tmp_path, more='[log]\nformat = "json"\n')
    (desk / "rules" / "arms.yaml").unlink()
    (desk / "rules").rmdir()
    (problem,) = load(desk).errors
    assert problem.code == "F101"
    assert "wirewatch init" in problem.hint


def test_a_rule_that_an_editor_saved_as_text_is_not_overlooked(tmp_path):
    desk = furnish(tmp_path)
    (desk / "rules" / "ships.yaml.txt").write_text("any: [ship]")
    (problem,) = [each for each in load(desk).problems if each.code == "F109"]
    assert problem.hint == "rename it to `ships.yaml`"


def test_the_ending_of_a_rule_file_may_be_in_capitals(tmp_path):
    desk = furnish(tmp_path)
    (desk / "rules" / "ships.YAML").write_text("any: [ship]")
    assert "ships" in [rule.id for rule in load(desk).book.rules]


def test_a_folder_without_a_rule_is_a_warning(tmp_path):
    watch = load(furnish(tmp_path, rules={}))
    assert [(each.code, each.level.value) for each in watch.problems] == [("F103", "warning")]


def test_a_digest_that_names_a_template_nobody_wrote_is_an_error(tmp_path):
    more = '[[digest]]\nname = "urgent"\ntemplate = "digset"\n'
    watch = load(furnish(tmp_path, more=more))
    assert codes(watch) == {"F106"}
    assert "did you mean `digest`?" in watch.errors[0].hint


def test_feeds_of_an_opml_list_are_watched_with_their_folders_as_tags(tmp_path):
    (tmp_path / "feeds.opml").write_bytes(OPML)
    watch = load(furnish(tmp_path, more='[[opml]]\npath = "feeds.opml"\n'))
    assert watch.feeds["https://o.example/f"].tags == ("Ports",)


def test_a_feed_in_both_lists_has_the_settings_of_the_configuration(tmp_path):
    (tmp_path / "feeds.opml").write_bytes(OPML)
    more = '[[opml]]\npath = "feeds.opml"\n'
    watch = load(furnish(tmp_path, ["https://o.example/f"], more=more))
    assert watch.feeds["https://o.example/f"].allow_private


def test_tags_of_a_list_join_those_of_its_folders(tmp_path):
    (tmp_path / "feeds.opml").write_bytes(OPML)
    more = '[[opml]]\npath = "feeds.opml"\ntags = ["desk", "Ports"]\n'
    (feed,) = load(furnish(tmp_path, more=more)).feeds.values()
    assert feed.tags == ("Ports", "desk")


def test_a_list_on_the_web_that_was_never_fetched_is_a_warning_where_it_is_named(tmp_path):
    watch = load(furnish(tmp_path, more='[[opml]]\nurl = "https://lists.example/a.opml"\n'))
    assert watch.errors == ()
    (problem,) = [each for each in watch.problems if each.code == "F111"]
    assert problem.place.path == str(tmp_path / "config.toml")
    assert "https://lists.example/a.opml has not been fetched yet" in problem.message


def test_lists_that_a_list_includes_are_named_and_not_followed(tmp_path):
    outline = b'<outline type="include" url="https://lists.example/b.opml"/></body>'
    (tmp_path / "feeds.opml").write_bytes(OPML.replace(b"</body>", outline))
    watch = load(furnish(tmp_path, more='[[opml]]\npath = "feeds.opml"\n'))
    (problem,) = [each for each in watch.problems if each.code == "F112"]
    assert "https://lists.example/b.opml" in problem.hint
    assert list(watch.feeds) == ["https://o.example/f"]


def test_the_copy_of_a_list_is_part_of_what_a_reload_looks_at(tmp_path):
    settings = load(furnish(tmp_path, more='[[opml]]\nurl = "https://l.example/"\n')).settings
    before = signature(settings, NOON)
    place = settings.place_of(settings.opml[0])
    place.parent.mkdir(parents=True)
    place.write_bytes(OPML)
    assert signature(settings, NOON) != before


def test_what_is_no_opml_is_an_error_of_its_file(tmp_path):
    (tmp_path / "feeds.opml").write_text("<html>")
    watch = load(furnish(tmp_path, ["https://a.example/f"], more='[[opml]]\npath = "feeds.opml"\n'))
    assert codes(watch) == {"F105"}
    assert list(watch.feeds) == ["https://a.example/f"]


def test_a_reader_of_opml_that_refuses_is_believed(tmp_path):
    (tmp_path / "feeds.opml").write_bytes(OPML)
    furnish(tmp_path, more='[[opml]]\npath = "feeds.opml"\n')

    def refuse(_: bytes) -> tuple[Feed, ...]:
        raise UsageError("no list")

    watch = load_watch(tmp_path / "config.toml", {}, read_opml=refuse, now=NOON)
    assert [each.message for each in watch.errors] == ["no list"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_rule_file_that_cannot_be_read_is_named(tmp_path):
    desk = furnish(tmp_path)
    (desk / "rules" / "arms.yaml").chmod(0)
    assert codes(load(desk)) == {"F102"}


def test_a_link_to_nothing_is_passed_over(tmp_path):
    desk = furnish(tmp_path)
    (desk / "rules" / "dangling.yaml").symlink_to("nowhere.yaml")
    assert load(desk).errors == ()


@pytest.mark.parametrize(
    "change",
    [
        lambda desk: (desk / "config.toml").write_text("timezone = 'Asia/Seoul'\n"),
        lambda desk: (desk / "rules" / "arms.yaml").write_text(ARMS + "why: because\n"),
        lambda desk: (desk / "rules" / "arms.yaml").unlink(),
        lambda desk: (desk / "rules" / "new.yaml").write_text(ARMS),
        lambda desk: (desk / "rules" / "vocab" / "w.yaml").write_text("terms: [a]\n"),
        lambda desk: (desk / "templates" / "digest.txt.j2").write_text("x"),
    ],
)
def test_the_signature_tells_that_a_file_has_changed(tmp_path, change):
    desk = furnish(tmp_path)
    (desk / "rules" / "vocab").mkdir()
    (desk / "templates").mkdir()
    settings = load(desk).settings
    before = signature(settings, NOON)
    assert signature(settings, NOON) == before
    change(desk)
    assert signature(settings, NOON) != before


def test_a_new_day_is_a_change_since_rules_may_begin_or_end(tmp_path):
    settings = load(furnish(tmp_path)).settings
    assert signature(settings, NOON) != signature(settings, NOON + timedelta(days=1))


def test_a_rule_counts_from_the_day_it_begins(tmp_path):
    desk = furnish(tmp_path, rules={"arms": ARMS + "since: 2026-03-03\n"})
    item = Item(title="Missile fired", published_at=NOON, first_seen_at=NOON)
    assert load(desk).match(item, None) == ()
    assert load(desk, NOON + timedelta(days=1)).match(item, None)


@pytest.mark.parametrize("asks", ['rules = ["amrs"]', 'tags = ["space"]'])
def test_a_digest_that_could_never_fire_is_a_warning(tmp_path, asks):
    watch = load(furnish(tmp_path, more=f'[[digest]]\nname = "urgent"\n{asks}\n'))
    assert [each.code for each in watch.problems if each.code == "F107"] == ["F107"]
    assert watch.errors == ()


def test_who_only_looks_bears_a_secret_that_is_not_here(tmp_path):
    more = '[[channel]]\nname = "mail"\nurl_env = "NOT_SET"\n[[opml]]\npath = "gone.opml"\n'
    furnish(tmp_path, more=more)
    with pytest.raises(UnusableFiles, match="NOT_SET"):
        load(tmp_path)
    watch = load_watch(tmp_path / "config.toml", {}, read_opml=read_opml, now=NOON, bearing=True)
    assert {"C107", "C109"} <= codes(watch)


def test_a_database_that_is_not_known_is_borne_by_nobody(tmp_path):
    furnish(tmp_path, more='[state]\nurl_env = "NOT_SET"\n')
    with pytest.raises(UnusableFiles, match="NOT_SET"):
        load_watch(tmp_path / "config.toml", {}, read_opml=read_opml, now=NOON, bearing=True)


@pytest.mark.parametrize(
    ("include", "expected"),
    [("tag:prots", ["F108"]), ("tag:ports", []), ("*o.example*", []), ("*x.example*", [])],
)
def test_a_rule_that_listens_to_no_feed_at_all_is_a_warning(tmp_path, include, expected):
    (tmp_path / "feeds.opml").write_bytes(OPML)
    rule = f'{ARMS}feeds:\n  include: ["{include}"]\n'
    watch = load(furnish(tmp_path, more='[[opml]]\npath = "feeds.opml"\n', rules={"arms": rule}))
    assert [each.code for each in watch.problems if each.code == "F108"] == expected


@pytest.mark.parametrize("there", [True, False])
def test_a_rule_that_asks_for_articles_without_the_extra_is_an_error(tmp_path, monkeypatch, there):
    monkeypatch.setattr(extracting, "is_installed", lambda: there)
    watch = load(furnish(tmp_path, rules={"arms": f"{ARMS}full_text: true\n"}))
    assert [each.code for each in watch.errors] == ([] if there else ["F110"])
    assert watch.seeking_text == ({"arms"} if there else frozenset())
    assert [match.rule for match in watch.match(GERMAN, None)] == ["arms"]


GERMAN = Item(title="Rebellen zeigen eine neue Missile", published_at=NOON, first_seen_at=NOON)


@pytest.mark.parametrize(("asked", "hits"), [("[en]", False), ("[de, ko]", True)])
def test_where_a_rule_asks_for_languages_that_of_an_item_is_told(tmp_path, asked, hits):
    desk = furnish(tmp_path, rules={"arms": f"{ARMS}languages: {asked}\n"})
    watch = load(desk)

    assert watch.in_language(GERMAN).language == "de"
    assert bool(watch.match(watch.in_language(GERMAN), None)) is hits


def test_where_no_rule_asks_for_languages_none_is_told(tmp_path):
    watch = load(furnish(tmp_path))

    assert watch.tell is None
    assert watch.in_language(GERMAN) is GERMAN
