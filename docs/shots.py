"""Pictures of every page, in light, dark and on a phone: `./run.sh shots [PAGE...]`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from monitor.airlock import Airlock
from monitor.cli.opening import starter_kit
from monitor.config.settings import Settings
from monitor.demo.showing import Show, showing, to_play_with
from monitor.demo.touring import tour
from monitor.store.digests import list_digests
from monitor.store.engine import Store
from monitor.web.access import Keys
from monitor.web.page import page_shelf

PLACE = Path(__file__).parent / "pages"
START = datetime(2026, 11, 20, tzinfo=UTC)
LOOKS = {
    "light": ("light", 1280, 900),
    "dark": ("dark", 1280, 900),
    "phone": ("light", 360, 740),
}


@contextmanager
def toured() -> Iterator[tuple[str, Show]]:
    """The pages of a whole tour of the newswire: where they are, and what they show."""
    configured: list[Settings] = []
    with tempfile.TemporaryDirectory(prefix="wirewatch-shots-") as name:
        folder = Path(name)
        for moment in tour(starter_kit(), folder, START, on_settings=configured.append):
            end = moment.at
        settings = to_play_with(configured[0], folder)
        with Airlock() as airlock, Store.open(settings.state.url.reveal()) as store:
            show = Show(settings=settings, store=store, airlock=airlock, stands_at=end)
            with showing(show, settings.web.listen, Keys(full="")) as url:
                yield url, show


def addresses(show: Show) -> dict[str, str]:
    """Every page, by its name, with an address of it that there is."""
    with show.store.reading() as conn:
        last = list_digests(conn, 1)[0].id
    found = {page.name: page.example or page.path for page in page_shelf()}
    return {
        name: path for name, path in (found | {"sent": f"/sent/{last}"}).items() if "{" not in path
    }


def shoot(browser: Browser, url: str, pages: dict[str, str], place: Path) -> None:
    """A picture of each page in each look."""
    place.mkdir(exist_ok=True)
    for look, (scheme, width, height) in LOOKS.items():
        size = {"width": width, "height": height}
        context = browser.new_context(color_scheme=scheme, viewport=size)  # type: ignore[arg-type]
        page = context.new_page()
        for name, path in pages.items():
            page.goto(url + path, wait_until="load")
            page.wait_for_timeout(400)  # frames and panels
            file = place / f"{name}-{look}.png"
            page.screenshot(path=file)
            print(file)  # noqa: T201 - a program that says what it makes
        context.close()


def main(wanted: list[str]) -> None:
    """Take the pictures of these pages, or of all."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with toured() as (url, show), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        pages = {k: v for k, v in addresses(show).items() if not wanted or k in wanted}
        shoot(browser, url, pages, PLACE)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
