"""Pages in a real browser: nothing for axe-core to find, and a phone shows numbers, not charts."""

import shutil
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from invented_digests import NOW, digest
from morning_edition import morning_edition, of_many

from monitor.model import Watching
from monitor.rendering.wording import Wording

AXE = Path(sys.prefix) / "axe" / "axe.min.js"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium (.ci/browser installs it)"),
]
needs_axe = pytest.mark.skipif(not AXE.exists(), reason="no axe-core (.ci/browser installs it)")


def word(what):
    def silent(sentence):
        raise AssertionError(sentence)

    return Wording.builtin().word(what, template="digest", key="k", warn=silent)


def pages():
    idle = Watching(feeds=35, rules=3, read_at=NOW - timedelta(minutes=3))
    return {
        "morning": word(morning_edition()).html,
        "empty": word(replace(digest(), watching=idle)).html,
        "attached": word(of_many(300)).attachments[0].content.decode(),
    }


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@needs_axe
@pytest.mark.parametrize("width", [800, 500])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["morning", "empty", "attached"])
def test_axe_finds_nothing(browser, name, scheme, width):
    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
    page.set_content(pages()[name])
    page.add_script_tag(content=AXE.read_text())
    found = page.evaluate("async () => (await axe.run()).violations")
    page.close()
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


def test_a_phone_shows_the_numbers_and_not_the_chart(browser):
    page = browser.new_page(viewport={"width": 500, "height": 900})
    page.set_content(pages()["morning"])
    assert not page.locator("th.c").is_visible()
    assert page.get_by_role("cell", name="31", exact=True).is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 500
    page.set_viewport_size({"width": 800, "height": 900})
    assert page.locator("th.c").is_visible()
    page.close()
