"""What people do on the pages, in a real browser, from the first visit on."""

import pytest
from browsing import Sitting, needs_browser
from offices import FULL, READ

from monitor.store.deliveries import list_deliveries
from monitor.store.digests import list_digests

pytestmark = [pytest.mark.slow, needs_browser]


@pytest.fixture
def sit(browser, office):
    """Sits down at pages that are one's own, signed in unless told otherwise."""
    sittings = []

    def down(token=FULL, **named):
        sittings.append(Sitting(browser, office.url, token=token, **named))
        return sittings[-1]

    yield down
    for each in sittings:
        each.close()


def test_the_first_visit_asks_for_the_token_and_leads_back(sit):
    here = sit(token="")
    page = here.go("/digests")
    assert "Sign in" in page.locator("h1").inner_text()
    page.get_by_label("Token").fill("not the token")
    page.keyboard.press("Enter")
    assert "That is not the token" in page.get_by_role("alert").inner_text()
    page.get_by_label("Token").fill(FULL)
    page.keyboard.press("Enter")
    page.wait_for_url("**/digests")
    assert page.locator("h1").inner_text() == "Digests"


def test_who_signs_out_is_out(sit):
    here = sit()
    here.page.get_by_role("button", name="Sign out").click()
    here.page.wait_for_url("**/login")
    assert "/login" in here.go("/digests").url


def test_who_may_only_look_is_offered_nothing_else(sit):
    page = sit(token=READ).go("/digests")
    assert page.get_by_role("button").all_inner_texts() == ["Sign out"]


@pytest.mark.parametrize("js", [True, False])
def test_a_digest_is_looked_at_and_sent_again(sit, office, js):
    here = sit(js=js)
    here.page.on("dialog", lambda dialog: dialog.accept())
    with office.store.reading() as conn:
        last = list_digests(conn, 1)[0].id
        before = len(list_deliveries(conn, digest_id=last))
    page = here.go("/digests")
    page.get_by_role("link", name=last).click()
    frame = page.frame_locator("iframe")
    assert f"Digest {last}" in frame.locator("body").inner_text()
    page.get_by_role("button", name="Send again").click()
    page.get_by_role("status").wait_for()
    assert f"Digest {last} is on its way once more" in page.get_by_role("status").inner_text()
    with office.store.reading() as conn:
        assert len(list_deliveries(conn, digest_id=last)) == 2 * before


def test_a_digest_in_its_frame_opens_links_elsewhere_and_runs_nothing(sit, office):
    here = sit()
    with office.store.reading() as conn:
        last = list_digests(conn, 1)[0].id
    page = here.go(f"/sent/{last}")
    with page.context.expect_page() as opened:
        page.frame_locator("iframe").locator("a[href^='https']").first.click()
    assert opened.value.evaluate("() => window.opener") is None
    assert page.url.endswith(last)


def test_pages_say_by_themselves_what_is_new(sit, office):
    page = sit().go("/digests")
    page.wait_for_timeout(300)  # the stream of events is open
    page.evaluate("() => { document.querySelector('h1').textContent = 'old' }")
    office.show.pulse.tell(["digests"])
    page.wait_for_function("() => document.querySelector('h1').textContent === 'Digests'")


def test_the_keyboard_is_enough(sit):
    page = sit().go("/")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.textContent") == "Skip to content"
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.textContent") == "Digests":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/digests")


@pytest.mark.parametrize("js", [True, False])
def test_a_story_is_muted_where_it_stands(sit, js):
    page = sit(js=js).go("/stories")
    row = page.locator(".row").nth(1)
    name = row.get_attribute("id")
    row.locator("summary").click()
    row.get_by_role("button", name="for a week").click()
    muted = page.locator(f"#{name}")
    muted.get_by_role("button", name="unmute").wait_for()
    assert "muted" in muted.inner_text().lower()


def test_judging_by_the_keyboard_keeps_the_place(sit):
    page = sit().go("/stories")
    page.keyboard.press("j")
    page.keyboard.press("j")
    second = page.evaluate("() => document.activeElement.closest('.row').id")
    page.keyboard.press("e")
    page.locator(f"#{second}").get_by_text("kept", exact=True).wait_for()
    assert page.evaluate("() => document.activeElement.closest('.row')?.id") == second


def test_feeds_of_another_reader_are_imported(sit, office, tmp_path):
    (office.folder / "config.toml").write_text("# Our feeds.\n")
    listed = tmp_path / "reader.opml"
    listed.write_text(
        '<opml version="2.0"><body><outline text="Sea">'
        '<outline type="rss" text="Port" xmlUrl="https://port.example/rss"/></outline></body></opml>'
    )
    page = sit().go("/feeds/discover")
    page.get_by_label("OPML file").set_input_files(listed)
    page.get_by_role("button", name="Show what is in it").click()
    assert "port.example" in page.locator("main").inner_text()
    page.get_by_role("button", name="Add").first.click()
    page.get_by_role("status").wait_for()
    assert 'url = "https://port.example/rss"' in (office.folder / "config.toml").read_text()
