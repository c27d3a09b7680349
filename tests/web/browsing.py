"""A real browser, and what it says of a page."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

AXE = Path(sys.prefix) / "axe" / "axe.min.js"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_browser = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no chromium (.ci/browser installs it)"
)
needs_axe = pytest.mark.skipif(not AXE.exists(), reason="no axe-core (.ci/browser installs it)")

_LISTEN = """
window.wrongs = [];
document.addEventListener("securitypolicyviolation", (e) =>
  wrongs.push(`${e.violatedDirective} ${e.blockedURI}`));
"""


class Sitting:
    """One person at a browser. `wrongs` is what the browser has complained of since; `requests`
    are those of the page that is open, `sizes` the bytes of what has arrived whole.
    """

    def __init__(self, browser, url, *, token="", scheme="light", width=1280, height=900, js=True):
        self.url = url
        self.wrongs = []
        self.requests = []
        self.sizes = {}
        self._context = browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": height}, java_script_enabled=js
        )
        if js:
            self._context.add_init_script(_LISTEN)
        self.page = self._context.new_page()
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.wrongs.append(str(error)))
        self.page.on("request", self._asked)
        self.page.on("requestfinished", self._arrived)
        self.page.set_default_timeout(10_000)
        if token:
            self.sign_in(token)

    def _asked(self, request):
        self.requests.append(request)

    def _arrived(self, request):
        self.sizes[request.url.removeprefix(self.url)] = request.sizes()["responseBodySize"]

    def _said(self, message):
        if message.type in ("error", "warning"):
            self.wrongs.append(message.text)

    def sign_in(self, token):
        self.go("/login")
        self.page.get_by_label("Token").fill(token)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(lambda url: "/login" not in url)

    def go(self, path):
        self.page.goto("about:blank")  # what the page before has asked for is over
        self.requests.clear()
        self.sizes.clear()
        self.page.goto(self.url + path, wait_until="load")
        return self.page

    def violations(self):
        """What broke the policy of the page that is open."""
        return self.page.evaluate("() => window.wrongs || []")

    def axe(self):
        """What axe-core finds, each as a line."""
        # Its own script must get past the policy of the page: it is put there from outside.
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate(
            "async () => (await axe.run(document, {iframes: false})).violations"
        )
        return [
            f"{each['id']}: {node['html'][:150]} {node['failureSummary'][:300]}"
            for each in found
            for node in each["nodes"]
        ]

    def close(self):
        self._context.close()
