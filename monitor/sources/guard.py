"""Which network addresses may be dialled: a pure decision over an explicit list of ranges."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LIST_VERSION = "2026-11"
"""Day of the comparison with the IANA special-purpose registries (RFC 6890 and successors).

`ipaddress.is_global` is no substitute: its tables change with the Python release, and it calls
multicast, NAT64, 6to4 and 192.0.0.8 global in releases that are still in use.
"""


def _networks(rows: str) -> tuple[tuple[Network, str], ...]:
    pairs = (row.split(maxsplit=1) for row in rows.strip().splitlines())
    return tuple((ip_network(network), name) for network, name in pairs)


# Services that hand out a machine's own credentials. No setting opens these.
_METADATA = _networks("""
169.254.169.0/24     cloud metadata
169.254.170.0/24     container credentials
100.100.100.200/32   cloud metadata
168.63.129.16/32     cloud host agent
192.0.0.192/32       cloud metadata
fd00:ec2::/32        cloud metadata
fd20:ce::254/128     cloud metadata
""")

# What `allow_private` opens: places where an intranet feed may really live.
# 198.18.0.0/15 is among them because proxies with invented DNS answers hand it out.
_PRIVATE = _networks("""
127.0.0.0/8          loopback
10.0.0.0/8           private
172.16.0.0/12        private
192.168.0.0/16       private
169.254.0.0/16       link-local
100.64.0.0/10        carrier-grade NAT
198.18.0.0/15        benchmarking
::1/128              loopback
fc00::/7             unique local
fe80::/10            link-local
fec0::/10            site-local
""")

# Where no feed lives. An entry of the allow list can open them, `allow_private` cannot.
_NOWHERE = _networks("""
0.0.0.0/8            "this network"
192.0.0.0/24         protocol assignment
192.0.2.0/24         documentation
192.88.99.0/24       6to4 relay
198.51.100.0/24      documentation
203.0.113.0/24       documentation
224.0.0.0/4          multicast
255.255.255.255/32   broadcast
240.0.0.0/4          reserved
::/128               unspecified
::/96                IPv4-compatible
::ffff:0:0:0/96      IPv4-translated
64:ff9b:1::/48       local NAT64
100::/64             discard-only
2001::/32            Teredo
2001::/23            protocol assignment
2001:db8::/32        documentation
2002::/16            6to4
3fff::/20            documentation
5f00::/16            segment routing
ff00::/8             multicast
""")

_GLOBAL_UNICAST = ip_network("2000::/3")
_NAT64 = ip_network("64:ff9b::/96")
_TRANSLATED = ip_network("::ffff:0:0:0/96")
_COMPATIBLE = ip_network("::/96")
_LOCAL_NAT64 = ip_network("64:ff9b:1::/48")


def is_forbidden(
    address: str, *, allow: Sequence[Network] = (), allow_private: bool = False
) -> str | None:
    """Why `address` must not be dialled, like "loopback address 127.0.0.1"; None if it may.

    `address` is an IP address in the form a socket is given, not a name. An address that
    carries an IPv4 address (RFC 4291 mapped, RFC 6052 NAT64) is judged by that one. `allow`
    opens exactly its networks; `allow_private` opens loopback, private, link-local and
    carrier ranges. Cloud metadata stays shut whatever is allowed.
    """
    try:
        dialled = ip_address(address.partition("%")[0])
    except ValueError:
        return f"unreadable address {address[:60]!a}"
    carried = _carried(dialled)
    judged = carried if carried is not None and _is_transparent(dialled) else dialled
    if metadata := _named(dialled, _METADATA) or (carried and _named(carried, _METADATA)):
        return f"{metadata} address {address}"
    if any(_inside(one, network) for network in allow for one in {dialled, judged}):
        return None
    private = _named(judged, _PRIVATE)
    if private and allow_private:
        return None
    name = private or _named(judged, _NOWHERE) or _unassigned(judged)
    return f"{name} address {address}" if name else None


def _carried(address: Address) -> IPv4Address | None:
    """The IPv4 address inside an IPv6 one, by whichever scheme put it there."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if any(address in net for net in (_NAT64, _TRANSLATED, _COMPATIBLE, _LOCAL_NAT64)):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return None


def _is_transparent(address: Address) -> bool:
    """Whether dialling `address` is nothing but dialling the IPv4 address it carries.

    So are mapped addresses, and NAT64 ones: on an IPv6-only network every old host has one.
    6to4, Teredo and the like are tunnels nobody publishes news through, and stay shut.
    """
    return isinstance(address, IPv6Address) and (
        address.ipv4_mapped is not None or address in _NAT64
    )


def _named(address: Address, table: tuple[tuple[Network, str], ...]) -> str:
    return next((name for network, name in table if _inside(address, network)), "")


def _inside(address: Address, network: Network) -> bool:
    return address.version == network.version and address in network


def _unassigned(address: Address) -> str:
    """IPv6 is shut by default: only 2000::/3 has been given out to be reached from anywhere."""
    outside = isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST
    return "unassigned" if outside else ""
