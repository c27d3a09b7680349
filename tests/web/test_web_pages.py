"""What holds for every page there is, in a real browser."""

import pytest
from browsing import Sitting, needs_axe, needs_browser
from offices import FULL

from monitor.store.digests import list_digests
from monitor.web.page import page_shelf

pytestmark = [pytest.mark.slow, needs_browser]

MOST_BYTES, MOST_REQUESTS = 60_000, 5
PAGES = sorted(page.name for page in page_shelf())


@pytest.fixture(scope="module")
def place(make_shared_office):
    """One office for all that only look."""
    return make_shared_office()


@pytest.fixture(scope="module")
def addresses(place):
    with place.store.reading() as conn:
        sent = list_digests(conn, 1)[0].id
    found = {page.name: page.example or page.path for page in page_shelf()}
    return found | {"sent": f"/sent/{sent}"}


@pytest.fixture
def sit(browser, place):
    """Sits down at the office's pages, signed in."""
    sittings = []

    def down(**named):
        sittings.append(Sitting(browser, place.url, token=FULL, **named))
        return sittings[-1]

    yield down
    for each in sittings:
        each.close()


def test_every_page_has_an_address_to_look_at(addresses):
    assert [path for path in addresses.values() if "{" in path] == []


@needs_axe
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(sit, addresses, name, scheme):
    here = sit(scheme=scheme)
    here.go(addresses[name])
    here.page.wait_for_timeout(300)
    assert here.axe() == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_light_and_breaks_no_policy(sit, addresses, name):
    here = sit()
    here.go(addresses[name])
    here.page.wait_for_timeout(300)
    assert len([each for each in here.requests if each.url.startswith("http")]) <= MOST_REQUESTS
    assert sum(here.sizes.values()) <= MOST_BYTES, here.sizes
    assert len(here.sizes) >= 4
    assert (here.violations(), here.wrongs) == ([], [])


@pytest.mark.parametrize("name", PAGES)
def test_on_a_phone_nothing_has_to_be_pushed_sideways(sit, addresses, name):
    here = sit(width=360, height=740)
    here.go(addresses[name])
    wide = here.page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= 360


@pytest.mark.parametrize("name", PAGES)
def test_without_scripts_a_page_shows_the_same(sit, addresses, name):
    here, bare = sit(), sit(js=False)
    said = [each.go(addresses[name]).locator("main h1").first.inner_text() for each in (here, bare)]
    assert said[0] == said[1] != ""
