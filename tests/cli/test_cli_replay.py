"""`replay`: what becomes of recorded items, with their own times as the clock."""

import json
import random

import pytest
from desk import wirewatch

HOME = {"feed": "https://home.example/rss", "source": "Home"}
AWAY = {"feed": "https://away.example/rss", "source": "Away"}


def item(name, title="Missile fired at sea", at="2024-05-01T10:00:00Z", **more):
    return {"id": name, "title": title, "published_at": at, **HOME, **more}


@pytest.fixture
def replayed(tmp_path, rules):
    def replay(*items):
        lines = "".join(json.dumps(each) + "\n" for each in items)
        (tmp_path / "items.jsonl").write_text(lines)
        ran = wirewatch(
            "replay", "--items", "items.jsonl", "--rules", "rules", "--json", desk=tmp_path
        )
        assert ran.code == 0, ran.err
        return ran.lines

    return replay


def test_an_item_that_matches_is_new_and_told(replayed):
    (line,) = replayed(item("a"))
    assert line == {
        "item": "a",
        "outcome": "new",
        "of": None,
        "reason": line["reason"],
        "story": line["story"],
        "rules": ["arms"],
        "told": True,
    }
    assert isinstance(line["story"], int)
    assert line["reason"]


def test_an_item_that_does_not_match_has_no_story_and_is_not_told(replayed):
    (line,) = replayed(item("a", "A quiet day"))
    assert (line["outcome"], line["story"], line["rules"], line["told"]) == ("new", None, [], False)


def test_the_same_item_again_is_seen(replayed):
    first, again = replayed(item("a"), item("a", at="2024-05-01T11:00:00Z"))
    assert (again["outcome"], again["of"], again["told"]) == ("seen", "a", False)
    assert again["story"] == first["story"]


def test_the_same_item_with_other_words_is_revised(replayed):
    first, again = replayed(item("a", url="https://home.example/1"), item("a", "Missiles fired"))
    assert (again["outcome"], again["of"]) == ("revised", "a")
    assert again["story"] == first["story"]
    assert "reworded" in again["reason"]


def test_a_revision_that_matches_for_the_first_time_is_told(replayed):
    _, again = replayed(item("a", "A quiet day"), item("a", "A missile ended the quiet day"))
    assert (again["outcome"], again["rules"], again["told"]) == ("revised", ["arms"], True)


def test_another_feed_with_the_same_address_is_a_duplicate(replayed):
    link = "https://wire.example/story"
    first, copy = replayed(
        item("a", url=f"{link}?utm_source=rss"),
        item("b", url=link, at="2024-05-01T10:05:00Z", **AWAY),
    )
    assert (copy["outcome"], copy["of"], copy["told"]) == ("duplicate", "a", False)
    assert copy["story"] == first["story"]
    assert "address" in copy["reason"]


def test_a_story_is_told_once_however_many_report_it(replayed):
    link = "https://wire.example/story"
    feeds = [{"feed": f"https://{name}.example/rss"} for name in "bcd"]
    lines = replayed(item("a", url=link), *(item(each["feed"], url=link, **each) for each in feeds))
    assert len({line["story"] for line in lines}) == 1
    assert [line["told"] for line in lines] == [True, False, False, False]


def test_the_same_address_a_week_later_is_another_article(replayed):
    link = "https://wire.example/live"
    _, later = replayed(item("a", url=link), item("b", url=link, at="2024-05-20T10:00:00Z", **AWAY))
    assert (later["outcome"], later["told"]) == ("new", True)


def test_items_without_id_are_told_apart_by_what_they_say(replayed):
    lines = replayed({"title": "Missile one"}, {"title": "Shells two"}, {"title": "Missile one"})
    assert [line["item"] for line in lines] == ["1", "2", "3"]
    assert [line["outcome"] for line in lines] == ["new", "new", "seen"]
    assert lines[2]["of"] == "1"


def test_items_keep_their_order_and_their_own_times(replayed):
    """A rule that expired years ago fires on items of its day."""
    lines = replayed(
        item("late", "Missile one", "2025-01-01T00:00:00Z"),
        item("early", "Shells two", "2019-01-01T00:00:00Z"),
    )
    assert [line["item"] for line in lines] == ["late", "early"]


def test_a_rule_is_in_force_on_the_day_of_the_item(replayed, rules):
    path = rules / "arms.yaml"
    path.write_text(path.read_text() + "expires: 2024-06-01\n")
    before, after = replayed(item("a"), item("b", "Shells found", "2024-07-01T00:00:00Z"))
    assert (before["rules"], after["rules"]) == (["arms"], [])


def test_replaying_again_gives_the_same(replayed):
    chance = random.Random(7)
    words = ("missile", "shells", "port", "sea", "fired", "found", "navy", "monday")
    items = [
        item(str(chance.randrange(60)), " ".join(chance.choices(words, k=6))) for _ in range(120)
    ]
    assert replayed(*items) == replayed(*items)


def test_people_see_what_was_decided_in_the_words_of_each_item(tmp_path, rules):
    lines = (item("a"), item("a", "Missiles fired"), item("b", "A quiet day"))
    (tmp_path / "items").write_text("".join(json.dumps(each) + "\n" for each in lines))
    ran = wirewatch("replay", "--items", "items", "--rules", "rules", desk=tmp_path)
    rows = ran.out.splitlines()
    assert rows[1].endswith("Missile fired at sea")
    assert rows[2].endswith("Missiles fired")
    assert ran.err == "2 new, 1 told, 1 revised\n"


def test_lines_that_are_no_items_are_told_after_the_others_are_replayed(tmp_path, rules):
    (tmp_path / "items").write_text('{"id": "1", "title": "missile"}\nx\n{"title": "y"}\n')
    ran = wirewatch("replay", "--items", "items", "--rules", "rules", "--json", desk=tmp_path)
    assert ran.code == 2
    assert [line["item"] for line in ran.lines] == ["1", "3"]
    assert ran.err.startswith("items:2:1: error[I101]: no JSON")


def test_an_empty_recording_is_no_items(tmp_path, rules):
    (tmp_path / "items").touch()
    ran = wirewatch("replay", "--items", "items", "--rules", "rules", "--json", desk=tmp_path)
    assert (ran.code, ran.out, ran.err) == (0, "", "no items\n")


def test_nothing_is_left_behind(replayed, tmp_path):
    replayed(item("a"))
    assert {path.name for path in tmp_path.iterdir()} == {"items.jsonl", "rules"}


# --- Copies, reports and updates ---------------------------------------------------------------

SHIPPED = (
    "The ministry said on Monday that a missile brigade had shipped 40 launchers by rail from "
    "Veldt to Port Harrow, where a freighter of Ostrava Lines took them on board in the night. "
    "Satellite pictures show the freighter leaving the pier at dawn."
)
OUTLETS = [{"feed": f"https://outlet{n}.example/rss", "source": f"Outlet {n}"} for n in range(6)]


def report(name, text=SHIPPED, title="Missile launchers shipped to Port Harrow", **more):
    return item(name, title, summary=text, **more)


def test_one_report_in_many_outlets_is_told_once(replayed):
    copies = [report(f"c{n}", SHIPPED[: 90 + 60 * n], **OUTLETS[n]) for n in range(4)]
    first, *others = replayed(report("a"), *copies)
    assert first["told"]
    assert [(each["outcome"], each["told"]) for each in others] == [("duplicate", False)] * 4
    assert {each["story"] for each in others} == {first["story"]}
    assert all("words" in each["reason"] or "headline" in each["reason"] for each in others)


def test_another_text_on_the_event_is_new_in_the_same_story(replayed):
    other = "Forty missile launchers were put on a freighter at Port Harrow, the ministry told us. "
    other += "They had come from Veldt by rail, and Ostrava Lines owns the ship."
    first, rewrite = replayed(
        report("a"), report("b", other, "Freighter takes on missile launchers", **AWAY)
    )
    assert (rewrite["outcome"], rewrite["of"]) == ("new", None)
    assert rewrite["story"] == first["story"]


def test_a_similar_event_is_told(replayed):
    twin = SHIPPED.replace("40", "75").replace("Port Harrow", "Saltmere").replace("Veldt", "Kerch")
    first, other = replayed(
        report("a"), report("b", twin, "Missile launchers shipped to Saltmere", **AWAY)
    )
    assert first["told"]
    assert other["told"]
    assert other["outcome"] == "new"


def test_a_correction_is_told(replayed):
    _, corrected = replayed(report("a"), report("a", SHIPPED.replace("40", "52")))
    assert (corrected["outcome"], corrected["told"]) == ("revised", True)


def test_a_mended_word_is_not(replayed):
    _, mended = replayed(report("a", SHIPPED.replace("pier", "peir")), report("a"))
    assert (mended["outcome"], mended["told"]) == ("revised", False)


@pytest.mark.parametrize("year", [1970, 2099])
def test_a_wrong_date_on_a_copy_makes_it_no_news(replayed, year):
    minutes = [item(f"n{n}", f"Quiet day {n}", at=f"2024-05-01T10:0{n}:00Z") for n in range(5)]
    wrong = report("b", at=f"{year}-01-01T00:00:00Z", **AWAY)
    lines = replayed(report("a"), *minutes[:3], wrong, *minutes[3:], report("c", **OUTLETS[0]))
    told = {line["item"]: line["told"] for line in lines}
    assert [told[name] for name in "abc"] == [True, False, False]


@pytest.mark.parametrize("seed", range(3))
def test_the_order_within_a_minute_makes_no_difference(replayed, seed):
    copies = [report(f"c{n}", SHIPPED[: 120 + 40 * n], **OUTLETS[n]) for n in range(4)]
    others = [
        report(f"d{n}", "A missile museum opens in Kerch, with 3 rooms.", "Opening", **OUTLETS[n])
        for n in range(3)
    ]
    shuffled = random.Random(seed).sample([*copies, *others], 7)
    lines = replayed(*shuffled)
    told = [line["story"] for line in lines if line["told"]]
    assert len(told) == len(set(told)) == 2
