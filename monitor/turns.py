"""Whose turn it is to think: one thread at a time.

Python runs one thread at a time whatever they want. Where several compute, each statement of the
thread that writes to the store waits until all of them have had the interpreter; so they wait
for each other here, and the writer for one of them at most. It also keeps stemmers safe, which
hold the word at hand in themselves.
"""

from __future__ import annotations

import threading

THINKING = threading.RLock()
"""Held while computing, never while waiting for anything but the interpreter."""
