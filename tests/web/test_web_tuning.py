"""Tuning a rule on the archive, in a real browser, until the running watch uses it."""

import pytest
from browsing import Sitting, needs_browser
from offices import FULL

pytestmark = [pytest.mark.slow, needs_browser]

RULE = """\
title: Ports
all:
  - [Rajin]
"""


@pytest.fixture
def desk(office):
    """An office with a small rule of its own in force."""
    (office.folder / "rules" / "ports.yaml").write_text(RULE)
    office.show.reload()
    return office


@pytest.fixture
def sit(browser, desk):
    sittings = []

    def down(**named):
        sittings.append(Sitting(browser, desk.url, token=FULL, **named))
        return sittings[-1]

    yield down
    for each in sittings:
        each.close()


def headlines(page):
    return page.locator("#preview .headline").all_inner_texts()


def write(page, text):
    """Type a whole text, and wait for what the archive says of it."""
    page.wait_for_function(
        "() => !document.querySelector('#preview').innerText.includes('Trying it')"
    )
    with page.expect_response("**/panels/rules/preview"):
        page.get_by_label("Rule file").fill(text)
    page.wait_for_function("() => !document.querySelector('#preview.htmx-request')")


def test_a_rule_is_tuned_until_a_hit_appears_and_a_false_one_goes(sit, desk):
    here = sit()
    page = here.go("/rules/ports")
    page.wait_for_selector("#preview .headline")
    before = headlines(page)
    write(page, RULE.replace("[Rajin]", "[Rajin, Kharkiv]"))
    assert len(headlines(page)) > len(before)
    assert page.locator("#preview .gained").count() > 0
    false = page.locator("#preview .gained a").first.inner_text()
    word = max(false.split(), key=len).strip("’',.:")
    write(page, RULE.replace("[Rajin]", "[Rajin, Kharkiv]") + f"none: [{word}]\n")
    assert false not in headlines(page)
    page.get_by_role("button", name="Save").click()
    page.wait_for_load_state()
    assert "ports.yaml is saved" in page.get_by_role("status").inner_text()
    assert any(word in str(rule.condition) for rule in desk.show.watch.book.rules)
    page.wait_for_selector("#preview .verdict")
    assert "0 gained, 0 lost" in page.locator("#preview").inner_text()
    assert (here.violations(), here.wrongs) == ([], [])


def test_a_mistake_is_told_while_it_is_made_and_leads_to_its_line(sit):
    page = sit().go("/rules/ports")
    write(page, RULE + "sevrity: high\n")
    told = page.locator("#preview .wrongs li").first
    assert "sevrity" in told.inner_text()
    told.get_by_role("link").click()
    marked = page.evaluate(
        "() => { const t = document.getElementById('text');"
        " return t.value.slice(t.selectionStart, t.selectionEnd) }"
    )
    assert marked == "sevrity: high"


@pytest.mark.parametrize("js", [True, False])
def test_an_item_becomes_a_test_of_the_rule(sit, desk, js):
    page = sit(js=js).go("/rules/ports")
    if not js:
        page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="make it a hit test").first.click()
    page.wait_for_timeout(500) if js else page.wait_for_load_state()
    text = page.get_by_label("Rule file").input_value()
    assert text.startswith(RULE + "tests:\n  - hit: ")
    if js:
        page.get_by_text("1 test passes").wait_for()


def test_panels_tell_near_misses_and_terms_when_they_are_opened(sit):
    page = sit().go("/rules/russia-north-korea-arms")
    page.get_by_text("Near misses: what").click()
    page.locator("#misses").get_by_text("failed only").first.wait_for()
    page.get_by_text("Terms: dead").click()
    page.locator("#terms").get_by_text("In no item").wait_for()


def test_two_people_at_one_rule_lose_nothing(sit, desk):
    one, other = sit(), sit()
    first, second = one.go("/rules/ports"), other.go("/rules/ports")
    for page, words in ((first, "Rajin, Dunai"), (second, "Rajin, Kharkiv")):
        write(page, RULE.replace("Rajin", words))
        page.keyboard.press("Control+s")
        page.wait_for_load_state()
    file = desk.folder / "rules" / "ports.yaml"
    assert "ports.yaml is saved" in first.get_by_role("status").inner_text()
    clash = second.get_by_role("alert").inner_text()
    assert "Somebody else has changed ports.yaml" in clash
    assert "Dunai" in clash
    assert "Kharkiv" in clash
    assert "Dunai" in file.read_text()
    assert "Kharkiv" in second.get_by_label("Rule file").input_value()
    second.get_by_role("button", name="Save mine over theirs").click()
    second.wait_for_load_state()
    assert "Kharkiv" in file.read_text()


def test_a_new_rule_is_written_and_saved(sit, desk):
    page = sit().go("/rules/new")
    page.get_by_label("Name").fill("kharkiv")
    write(page, "title: Kharkiv\nall: [Kharkiv]\n")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/rules/kharkiv")
    assert (desk.folder / "rules" / "kharkiv.yaml").read_text().startswith("title: Kharkiv")


def test_where_the_rules_cannot_be_written_the_change_is_shown(sit, desk, monkeypatch):
    monkeypatch.setattr("monitor.web.pages.rule.is_writable", lambda path: False)
    page = sit().go("/rules/ports")
    assert page.get_by_role("button", name="Save").count() == 0
    write(page, RULE.replace("Rajin", "Dunai"))
    page.get_by_role("button", name="Show the change").click()
    page.wait_for_load_state()
    assert "+  - [Dunai]" in page.locator("body").inner_text()
