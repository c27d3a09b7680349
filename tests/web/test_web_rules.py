"""The list of rules: how each stands, what it found, its tests, and files that cannot be used."""

import pytest
from offices import READ

from monitor.model import StoryId
from monitor.store.judgements import Verdict, judge
from monitor.store.schema import matches, story_items


def put(office, name, text):
    (office.folder / "rules" / name).write_text(text)
    office.show.reload()


def line_of(office, rule, **asked):
    shown = office.api("/rules?" + "&".join(f"{k}={v}" for k, v in asked.items())).json
    return next(each for each in shown["rules"] if each["id"] == rule)


def test_a_rule_is_shown_with_what_it_found(office):
    found = line_of(office, "russia-north-korea-arms")
    assert (found["state"], found["severity"]) == ("in force", "high")
    assert len(found["days"]) == 30
    assert found["month"] == sum(found["days"]) > 0
    assert found["today"] == found["days"][-1]
    assert (found["passed"] > 50, found["failed"]) == (True, 0)
    assert "/rules/russia-north-korea-arms" in office.get("/rules").text


@pytest.mark.parametrize(
    ("line", "state"),
    [
        ("enabled: no", "paused"),
        ("expires: 2026-01-01", "expired"),
        ("since: 2030-01-01", "not yet"),
        ("severity: low", "in force"),
    ],
)
def test_the_state_of_a_rule_is_told_with_the_line_that_makes_it(office, line, state):
    put(office, "barge.yaml", f"title: Barges\n{line}\nany: [barge]\n")
    found = line_of(office, "barge")
    assert found["state"] == state
    assert found["why"] == ("" if state == "in force" else line)


def test_tests_are_counted_and_counted_anew_when_they_change(office):
    text = "title: Barges\nany: [barge]\ntests:\n  - hit: A barge sinks\n"
    put(office, "barge.yaml", text)
    assert (line_of(office, "barge")["passed"], line_of(office, "barge")["failed"]) == (1, 0)
    put(office, "barge.yaml", text + "  - hit: A ship sinks\n")
    assert (line_of(office, "barge")["passed"], line_of(office, "barge")["failed"]) == (1, 1)
    assert "1 of 2 fails" in office.get("/rules").text


def test_a_broken_file_comes_first_with_what_is_wrong_and_its_last_good_version(office):
    put(office, "barge.yaml", "title: Barges\nany: [barge]\n")
    put(office, "barge.yaml", "titel: Barges\nany: [barge]\n")
    seen = office.api("/rules").json
    (broken,) = seen["broken"]
    assert (broken["file"], broken["rule"], broken["runs_on"]) == ("barge.yaml", "barge", True)
    (mistake,) = broken["mistakes"]
    assert mistake["place"] == "barge.yaml:1"
    assert "titel" in mistake["message"]
    assert "title" in mistake["hint"]
    assert line_of(office, "barge")["broken"]
    page = office.get("/rules").text
    assert page.index("barge.yaml:1") < page.index("Arms moving")


def test_noise_is_its_share_of_what_was_judged(office):
    rule = "russia-north-korea-arms"
    with office.store.reading() as conn:
        ids = conn.execute(
            story_items.select()
            .join(matches, matches.c.item_id == story_items.c.item_id)
            .where(matches.c.rule == rule)
        )
        stories = sorted({row.story_id for row in ids})[:4]
    assert line_of(office, rule)["noise"] is None
    for number, story in enumerate(stories):
        verdict = Verdict.NOISE if number == 0 else Verdict.KEEP
        work = {"by": "", "now": office.show.now()}
        office.store.write(
            lambda conn, s=story, v=verdict, w=work: judge(conn, StoryId(s), v, **w)
        ).result()
    assert line_of(office, rule)["noise"] == round(100 / len(stories))


def test_rules_are_searched_by_their_words_and_shown_by_and_by(office):
    listed = "".join(
        f"- id: barge-{n:03}\n  title: Barge {n}\n  any: [barge{n}]\n" for n in range(60)
    )
    put(office, "many.yaml", f"rules:\n{listed}")
    first = office.api("/rules?q=barge").json
    assert (first["found"], len(first["rules"]), first["previous"]) == (60, 50, None)
    rest = office.api("/rules?" + first["next"]).json
    assert (len(rest["rules"]), rest["next"]) == (10, None)
    assert {each["file"] for each in rest["rules"]} == {"many.yaml"}
    assert office.api("/rules?" + rest["previous"]).json["rules"] == first["rules"]
    assert office.api("/rules?q=many.yaml%20barge-007").json["found"] == 1
    assert "No rule is like that" in office.get("/rules?q=nothing").text


def test_who_may_only_look_sees_the_list(office):
    assert office.get("/rules", READ).status == 200
