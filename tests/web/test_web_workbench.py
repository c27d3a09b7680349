"""The workbench as programs and forms use it: reading, trying, saving."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from offices import FULL, READ

RULE = "title: Ports\nall:\n  - [Rajin]\n"
TYPED = {"bench": "", "days": "30"}


@pytest.fixture
def desk(office):
    """An office with a small rule of its own in force."""
    (office.folder / "rules" / "ports.yaml").write_text(RULE)
    office.show.reload()
    return office


def marked(desk):
    return desk.api("/rules/ports").json["mark"]


def save(desk, text, mark, rule="ports", **more):
    return desk.do(f"/rules/{rule}/save", text=text, expected=mark, **more)


def test_a_file_is_read_with_its_mark_and_saved_by_it(desk):
    seen = desk.api("/rules/ports").json
    assert seen["text"] == RULE
    saved = save(desk, RULE + "owner: ann\n", seen["mark"])
    assert (saved.status, saved.json["file"]) == (200, "ports.yaml")
    assert saved.json["mark"] == marked(desk) != seen["mark"]
    assert any(rule.owner == "ann" for rule in desk.show.watch.book.rules)


def test_of_two_programs_that_save_at_once_one_is_told_both_texts(desk):
    mark = marked(desk)
    texts = [RULE + f"owner: {name}\n" for name in ("ann", "bob")]
    with ThreadPoolExecutor(2) as people:
        answers = list(people.map(lambda text: save(desk, text, mark), texts))
    assert sorted(each.status for each in answers) == [200, 409]
    lost = next(n for n, each in enumerate(answers) if each.status == 409)
    told = answers[lost].json
    assert (told["mine"], told["theirs"]) == (texts[lost], texts[1 - lost])
    assert save(desk, told["mine"], told["theirs_mark"]).status == 200


def test_of_two_forms_that_save_at_once_one_keeps_its_text_and_sees_the_other(desk):
    mark = marked(desk)

    def submit(name):
        fields = {**TYPED, "do": "save", "expected": mark, "text": RULE + f"owner: {name}\r\n"}
        return desk.submit("/rules/ports", **fields)

    with ThreadPoolExecutor(2) as people:
        answers = list(people.map(submit, ("ann", "bob")))
    assert sorted(each.status for each in answers) == [303, 409]
    clash = next(each.text for each in answers if each.status == 409)
    assert "ann" in clash
    assert "bob" in clash
    assert "Save mine over theirs" in clash


def test_a_text_with_errors_is_not_saved_and_every_error_is_told(desk):
    wrong = RULE + "sevrity: high\nowner: [x]\n"
    answer = save(desk, wrong, marked(desk))
    assert answer.status == 422
    assert [each["line"] for each in answer.json["problems"]] == [4, 5]
    assert (desk.folder / "rules" / "ports.yaml").read_text() == RULE
    form = desk.submit("/rules/ports", **TYPED, do="save", expected=marked(desk), text=wrong)
    assert form.status == 422
    assert "sevrity: high" in form.text


def test_a_warning_does_not_keep_a_text_from_being_saved(desk):
    assert desk.api("/rules/ports").json["preview"]["wrongs"][0]["warning"]
    assert save(desk, RULE + "owner: ann\n", marked(desk)).status == 200


def test_browsers_line_ends_do_not_reach_the_file(desk):
    text = (RULE + "owner: ann\n").replace("\n", "\r\n")
    fields = {**TYPED, "do": "save", "expected": marked(desk), "text": text}
    assert desk.submit("/rules/ports", **fields).status == 303
    assert (desk.folder / "rules" / "ports.yaml").read_bytes() == (RULE + "owner: ann\n").encode()


def test_the_change_is_shown_as_a_patch_against_the_file(desk):
    fields = {**TYPED, "do": "diff", "expected": marked(desk)}
    changed = desk.submit("/rules/ports", **fields, text=RULE + "owner: ann\r\n").text
    assert changed.splitlines()[:2] == ["--- a/ports.yaml", "+++ b/ports.yaml"]
    assert [line for line in changed.splitlines()[2:] if line[0] in "+-"] == ["+owner: ann"]
    assert desk.submit("/rules/ports", **fields, text=RULE).text == "Nothing is changed.\n"


def test_a_preview_says_what_is_found_gained_and_lost_and_why(desk):
    text = RULE.replace("[Rajin]", "[Kharkiv]")
    seen = desk.do("/rules/preview", rule="ports", text=text, days=30).json
    tried = seen["tried"]
    assert tried["running"]
    assert (tried["gained"] > 0, tried["lost"] > 0) == (True, True)
    assert tried["hits"] == sum(each["hits"] for each in tried["days"])
    assert {tuple(each["because"][0]["names"]) for each in tried["found"]} == {("all 1",)}
    assert all("Kharkiv" in each["because"][0]["clauses"][0] for each in tried["found"])
    assert {each["gained"] for each in tried["changed"]} == {True, False}


def test_who_may_only_look_may_try_and_not_save(desk):
    asked = {"rule": "ports", "text": RULE}
    assert desk.do("/rules/preview", READ, **asked).status == 200
    assert desk.do("/rules/misses", READ, **asked).status == 200
    assert desk.do("/rules/terms", READ, **asked).status == 200
    assert desk.do("/rules/ports/save", READ, text=RULE, expected=marked(desk)).status == 403
    fields = {**TYPED, "do": "save", "expected": marked(desk), "text": RULE + "owner: eve\n"}
    assert desk.submit("/rules/ports", READ, **fields).status == 422
    assert (desk.folder / "rules" / "ports.yaml").read_text() == RULE


@pytest.mark.parametrize("rule", ["..%2fconfig", "%2e%2e", "vocab%2fweapons", "..%5cx"])
def test_no_address_leads_out_of_the_rules(desk, rule):
    before = {each: each.read_bytes() for each in desk.folder.rglob("*.*ml")}
    answers = [
        desk.api(f"/rules/{rule}"),
        save(desk, RULE, "", rule),
        desk.submit(f"/rules/{rule}", FULL, **TYPED, do="save", expected="", text=RULE),
    ]
    assert all(each.status in (303, 404, 405, 409, 422) for each in answers)
    assert {each: each.read_bytes() for each in desk.folder.rglob("*.*ml")} == before


def test_a_rule_in_a_list_is_tried_by_its_id_and_the_whole_file_is_edited(desk):
    text = "rules:\n- id: one\n  title: One\n  any: [Rajin]\n"
    text += "- id: two\n  title: Two\n  any: [Kharkiv]\n"
    (desk.folder / "rules" / "pair.yaml").write_text(text)
    desk.show.reload()
    seen = desk.api("/rules/two").json
    assert (seen["text"], seen["file"]) == (text, "pair.yaml")
    assert (seen["preview"]["rule"], seen["preview"]["others"]) == ("two", ["one"])
    added = desk.submit("/rules/two", **TYPED, do="miss:1", expected=seen["mark"], text=text)
    assert added.text.count("- miss:") == 1
    assert added.text.index("id: two") < added.text.index("- miss:")


@pytest.mark.parametrize(("button", "said"), [("misses", "failed only"), ("terms", "In no item")])
def test_without_scripts_a_button_works_out_what_is_dear(desk, button, said):
    rule = "russia-north-korea-arms"
    seen = desk.api(f"/rules/{rule}").json
    fields = {**TYPED, "do": button, "expected": seen["mark"], "text": seen["text"]}
    assert said in desk.submit(f"/rules/{rule}", READ, **fields).text


def test_a_new_rule_whose_name_was_taken_meanwhile_keeps_its_text(office):
    (office.folder / "rules" / "taken.yaml").write_text("title: Theirs\nall: [theirs]\n")
    sent = {"text": "title: Mine\nall: [mine]\n", "name": "taken", "do": "save"}
    answer = office.submit("/rules/new", **sent)
    assert answer.status == 422
    assert "title: Mine" in answer.text
    assert office.submit("/rules/new", **sent | {"name": "new"}).status == 422
