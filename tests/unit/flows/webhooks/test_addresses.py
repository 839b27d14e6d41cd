"""Where messages may be sent: to public addresses alone, however an address is written."""

from ipaddress import ip_network

import pytest

from flows.errors import InvalidInput
from flows.webhooks.addresses import AddressRules

STRICT = AddressRules()
LOOPBACK = AddressRules((ip_network("127.0.0.0/8"),), http=True)

PUBLIC = [
    "93.184.216.34",
    "8.8.8.8",
    "172.15.255.255",
    "172.32.0.1",
    "100.63.255.255",
    "100.128.0.1",
    "1.1.1.1",
]
PUBLIC_6 = [
    "2606:2800:220:1:248:1893:25c8:1946",
    "2a00:1450:4001:81b::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
]

INSIDE = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "169.254.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
]
INSIDE_6 = [
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:0",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2001:0:7f00:1::1",
    "2001:db8::1",
    "fc00::1",
    "fd00:ec2::254",
    "fdff:ffff::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "100::1",
]


@pytest.mark.parametrize("address", PUBLIC + PUBLIC_6)
def test_public_addresses(address: str) -> None:
    """A connection to an address that everybody can reach may be made."""
    assert STRICT.allows(address)


@pytest.mark.parametrize("address", [*INSIDE, *INSIDE_6, "no address", ""])
def test_addresses_inside(address: str) -> None:
    """Private, loopback, link-local, shared, multicast, reserved: none, nor as IPv4 inside of IPv6."""
    assert not STRICT.allows(address)


def test_networks_that_are_allowed() -> None:
    """A network that is named is open, whichever way it is written, and no other is."""
    assert LOOPBACK.refused(["127.0.0.1", "::ffff:127.0.0.1", "8.8.8.8"]) == []
    refused = ["10.0.0.1", "::1", "169.254.169.254", "::ffff:10.0.0.1"]
    assert LOOPBACK.refused(refused) == refused


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://example.com/hook?token=a%20b&x=[1]",
        "https://EXAMPLE.com:443/",
        "https://example.com:8443/",
        "https://[2606:2800:220:1:248:1893:25c8:1946]/hook",
        "https://xn--bcher-kva.example/",
        "https://example.com/" + "a" * 2028,
    ],
)
def test_addresses_as_they_should_be(url: str) -> None:
    """An https address of a host, with path and query."""
    assert STRICT.check(url).hostname


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://example.com/", "must begin with https://$"),
        ("ftp://example.com/", "must begin with https"),
        ("file:///etc/passwd", "must begin with https"),
        ("//example.com/", "must begin with https"),
        ("example.com", "must begin with https"),
        ("https://user@example.com/", "no user"),
        ("https://user:word@example.com/", "no user"),
        ("https://@example.com/", "no user"),
        ("https://example.com/#part", "no fragment"),
        ("https://example.com/#", "no fragment"),
        ("https:///hook", "name a host"),
        ("https://", "name a host"),
        ("https://exa_mple%00.com/", "name a host"),
        ("https://[fe80::1%25eth0]/", "name a host"),
        ("https://bücher.example/", "must be ASCII"),
        ("https://①②⑦.⓪.⓪.①/", "must be ASCII"),
        ("https://example.com/a b", "must be ASCII"),
        ("https://example.com\\@127.0.0.1/", "must be ASCII"),
        ("https://example.com/\r\nHost: x", "must be ASCII"),
        ("https://example.com/\x00", "must be ASCII"),
        ("https://example.com:22/", "must use port 443, or one from 1024 on"),
        ("https://example.com:80/", "must use port"),
        ("https://example.com:0/", "must use port"),
        ("https://example.com:65536/", "[Pp]ort"),
        ("https://example.com:x/", "[Pp]ort"),
        ("https://localhost/", "into this network"),
        ("https://LOCALHOST./", "into this network"),
        ("https://printer.local/", "into this network"),
        ("https://metadata.google.internal/", "into this network"),
        ("https://[::1", "Invalid IPv6 URL"),
        ("https://example.com/" + "a" * 2029, "2048 characters at most"),
        ("", "must be ASCII"),
    ],
)
def test_addresses_as_they_should_not_be(url: str, reason: str) -> None:
    """Whatever hides where it leads, or leads where nobody outside could go, is refused by its field."""
    with pytest.raises(InvalidInput, match=reason) as caught:
        STRICT.check(url)
    assert caught.value.field == "callbackUrl"


def test_http_where_it_is_allowed() -> None:
    """http is for who allows it, on port 80 or a free one; names inside go with networks inside."""
    assert LOOPBACK.check("http://localhost:8099/").port == 8099
    assert LOOPBACK.check("http://127.0.0.1/").port is None
    with pytest.raises(InvalidInput, match="must use port 80"):
        LOOPBACK.check("http://127.0.0.1:443/")
    with pytest.raises(InvalidInput, match="must begin with https:// or http://"):
        LOOPBACK.check("gopher://127.0.0.1/")
