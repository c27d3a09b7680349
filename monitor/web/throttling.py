"""How often somebody may try a token."""

from __future__ import annotations

import ipaddress
import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta

from monitor.web.access import ip_of

WINDOW = timedelta(minutes=5)
MOST_FAILURES = 5
"""Wrong tokens from one address within the window."""

_MOST_REMEMBERED = 10_000


class Throttle:
    """Remembers wrong tokens by address, for as long as they count.

    There is no limit for all addresses together: it would let anybody lock everybody out, and a
    token of 192 bits is not guessed.
    """

    def __init__(self) -> None:
        self._failures: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._turn = threading.Lock()

    def wait(self, client: str, now: datetime) -> timedelta:
        """How long this address has to wait before it may try again; zero: not at all."""
        with self._turn:
            failures = self._failures.get(_network_of(client), deque())
            if len(failures) < MOST_FAILURES:
                return timedelta()
            return max(failures[0] + WINDOW - now, timedelta())

    def failed(self, client: str, now: datetime) -> None:
        """A wrong token came from this address."""
        network = _network_of(client)
        with self._turn:
            self._failures.setdefault(network, deque(maxlen=MOST_FAILURES)).append(now)
            self._failures.move_to_end(network)
            while len(self._failures) > _MOST_REMEMBERED:
                self._failures.popitem(last=False)


def _network_of(client: str) -> str:
    """An address, or of IPv6 the network that one household is given."""
    address = ip_of(client)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address) if address else client
