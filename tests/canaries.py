"""Secrets of the tests are called CANARY...: wherever one is read that people read, it was told.

Two nets. What a verb or a child of ours writes is looked at as it comes (`refuse`). And what pytest
has caught of every test, from whatever logger, of whatever worker, is looked at once more
(`Watch`), so that a run in which a secret was logged is no good run, though nobody asked.
"""

import re

CANARY = re.compile(r"CANARY\w{2,}")


def refuse(*texts):
    """Fail where somebody has written a secret."""
    found = {each for text in texts for each in CANARY.findall(text)}
    assert not found, f"a secret was shown: {sorted(found)}"


class Watch:
    """A plug-in of pytest: reads the sections of every report, also of those from workers."""

    def __init__(self):
        self.told = []

    def pytest_runtest_logreport(self, report):
        for name, text in report.sections:
            if found := CANARY.search(text):
                self.told.append(f"{report.nodeid}: {found[0]} in {name}")

    def pytest_sessionfinish(self, session):
        if self.told and session.exitstatus == 0:
            session.exitstatus = 1

    def pytest_terminal_summary(self, terminalreporter):
        if self.told:
            terminalreporter.section("secrets that were told", red=True)
            for line in self.told:
                terminalreporter.line(line)
