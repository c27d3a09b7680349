"""Real feeds and news to test on, which stand beside the project where somebody has put them."""

import importlib
import os
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[1]
CORPUS = Path(os.environ.get("WIREWATCH_CORPUS", HOUSE.parent / "shared" / "corpus"))


def needs(folder):
    """The mark of tests that cannot run without a folder of it."""
    return pytest.mark.skipif(not folder.is_dir(), reason=f"no corpus at {CORPUS}")


def benchmark(module):
    """A module of the benchmarks: how it reads the corpus, and what it measures there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [*sys.path, str(HOUSE / "bench")])
        return importlib.import_module(module)
