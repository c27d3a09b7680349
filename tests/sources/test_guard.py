"""Which network addresses may be dialled."""

from ipaddress import ip_network

import pytest

from monitor.sources.guard import is_forbidden


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("10.0.0.1", "private"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.168.0.1", "private"),
        ("169.254.1.1", "link-local"),
        ("169.254.169.254", "cloud metadata"),
        ("169.254.170.2", "container credentials"),
        ("100.64.0.1", "carrier-grade NAT"),
        ("100.100.100.200", "cloud metadata"),
        ("168.63.129.16", "cloud host agent"),
        ("0.0.0.0", '"this network"'),
        ("0.1.2.3", '"this network"'),
        ("192.0.0.8", "protocol assignment"),
        ("192.0.2.1", "documentation"),
        ("198.51.100.1", "documentation"),
        ("203.0.113.1", "documentation"),
        ("192.88.99.1", "6to4 relay"),
        ("198.18.0.1", "benchmarking"),
        ("198.19.255.255", "benchmarking"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.255", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "broadcast"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::1%lo", "loopback"),
        ("fc00::1", "unique local"),
        ("fd12::1", "unique local"),
        ("fd00:ec2::254", "cloud metadata"),
        ("fe80::1%eth0", "link-local"),
        ("fec0::1", "site-local"),
        ("ff02::1", "multicast"),
        ("2001:db8::1", "documentation"),
        ("3fff::1", "documentation"),
        ("64:ff9b:1::8.8.8.8", "local NAT64"),
        ("2002:808:808::1", "6to4"),
        ("2001:0:808:808::1", "Teredo"),
        ("2001:20::1", "protocol assignment"),
        ("100::1", "discard-only"),
        ("5f00::1", "segment routing"),
        ("4000::1", "unassigned"),
        ("::8.8.8.8", "IPv4-compatible"),
        ("::ffff:0:8.8.8.8", "IPv4-translated"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:10.0.0.1", "private"),
        ("::ffff:169.254.169.254", "cloud metadata"),
        ("64:ff9b::127.0.0.1", "loopback"),
        ("64:ff9b::192.168.1.1", "private"),
        ("2002:a9fe:a9fe::1", "cloud metadata"),
    ],
)
def test_an_address_where_no_public_feed_lives_is_forbidden(address: str, reason: str) -> None:
    assert is_forbidden(address) == f"{reason} address {address}"


@pytest.mark.parametrize("address", ["", "localhost", "127.1", "0x7f000001", "1.2.3.4.5", "::g"])
def test_what_cannot_be_read_is_forbidden(address: str) -> None:
    assert is_forbidden(address, allow_private=True) == f"unreadable address {address!a}"


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "172.15.255.255",
        "172.32.0.1",
        "100.63.255.255",
        "100.128.0.1",
        "198.20.0.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2001:4860:4860::8888",
        "2a00:1450::1",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",  # how an IPv6-only network reaches every IPv4 host
    ],
)
def test_a_public_address_may_be_dialled(address: str) -> None:
    assert is_forbidden(address) is None


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "169.254.1.1", "100.64.0.1", "198.18.0.1", "::1", "fd12::1",
     "fe80::1%eth0", "::ffff:192.168.1.1"],
)  # fmt: skip
def test_private_addresses_open_together(address: str) -> None:
    assert is_forbidden(address, allow_private=True) is None


@pytest.mark.parametrize(
    "address",
    ["0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.2.1", "::", "ff02::1", "2002:7f00:1::",
     "::127.0.0.1"],
)  # fmt: skip
def test_addresses_where_nothing_lives_stay_shut_all_the_same(address: str) -> None:
    assert is_forbidden(address, allow_private=True) is not None


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "fd00:ec2::254",
     "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"],
)  # fmt: skip
def test_cloud_metadata_stays_shut_whatever_is_allowed(address: str) -> None:
    everything = (ip_network("0.0.0.0/0"), ip_network("::/0"))
    reason = is_forbidden(address, allow=everything, allow_private=True)
    assert reason is not None
    assert reason.startswith(("cloud", "container"))


def test_an_allowed_network_opens_exactly_itself() -> None:
    allow = (ip_network("192.168.0.10/32"), ip_network("fd12::/64"))
    assert is_forbidden("192.168.0.10", allow=allow) is None
    assert is_forbidden("::ffff:192.168.0.10", allow=allow) is None
    assert is_forbidden("fd12::7", allow=allow) is None
    assert is_forbidden("192.168.0.11", allow=allow) == "private address 192.168.0.11"
    assert is_forbidden("fd12:0:0:1::7", allow=allow) == "unique local address fd12:0:0:1::7"
