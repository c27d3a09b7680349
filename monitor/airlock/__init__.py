"""The one door for bytes from outside: they are worked on in a process that may be killed.

Three processes stand in a row. The *airlock* here hands out work and believes nothing it gets
back but plain, checked JSON. The *nursery* has everything imported, never sees a foreign byte,
and forks a *worker* within milliseconds whenever one is wanted. The worker may use little
memory, little time, and open nothing at all; when it goes wrong, it alone is lost.
"""

from __future__ import annotations

from monitor.airlock.airlock import Airlock
from monitor.airlock.nursing import Limits

__all__ = ["Airlock", "Limits"]
