"""The nets for secrets hold: a test that logs one spoils the run, with and without workers."""

import subprocess
import sys

import pytest
from canaries import refuse
from desk import HOUSE

LEAKS = """
import logging

def test_that_passes_and_leaks():
    logging.getLogger({logger!r}).warning("GET https://x.example/{secret}")
"""


@pytest.mark.slow
@pytest.mark.parametrize("workers", [[], ["-n", "1"]], ids=["alone", "with workers"])
@pytest.mark.parametrize(("secret", "code"), [("CANARY" + "77path", 1), ("nothing", 0)])
def test_a_secret_in_the_log_of_a_test_that_passes_spoils_the_run(tmp_path, workers, secret, code):
    (tmp_path / "conftest.py").write_text(
        "from canaries import Watch\n\n\ndef pytest_configure(config):\n"
        "    config.pluginmanager.register(Watch())\n"
    )
    (tmp_path / "test_it.py").write_text(LEAKS.format(logger="apprise", secret=secret))
    alone = ["-c", "/dev/null", "--rootdir", tmp_path, "-p", "no:cacheprovider"]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *alone, *workers, tmp_path],
        cwd=tmp_path,
        env={"PYTHONPATH": str(HOUSE / "tests"), "PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == code, ran.stdout
    assert ("test_that_passes_and_leaks" in ran.stdout) == bool(code)


def test_what_a_verb_writes_is_refused_at_once():
    with pytest.raises(AssertionError, match="a secret was shown"):
        refuse("fine", "https://x.example/CANARY" + "77path")
    refuse("fine", "CANARY", "CANARY_")
