"""Names are judged by where they lead, when a request names them and again when a connection is made."""

import socket
from collections.abc import Sequence
from ipaddress import ip_network
from threading import Event

import pytest

from flows.errors import InvalidInput
from flows.webhooks.addresses import AddressRules
from tasks.clients.resolver import Address
from tasks.webhooks.guard import AddressRefused, GuardedResolver


def leading_to(*addresses: str) -> GuardedResolver:
    """A resolver for which every name has these addresses."""

    def lookup(host: str, port: int) -> Sequence[Address]:
        return [
            entry
            for address in addresses
            for entry in socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)
        ]

    return GuardedResolver(AddressRules(), lookup)


#: Ways to write an address that the system's functions understand.
WRITTEN = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "0",
    "10.1",
    "0xa9fea9fe",
    "2852039166",
    "169.254.169.254",
    "192.168.0.1",
]
WRITTEN_6 = [
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[fd00::1]",
    "[fe80::1]",
    "[64:ff9b::a00:1]",
]


@pytest.mark.parametrize("host", [*WRITTEN, *WRITTEN_6])
def test_addresses_in_any_form(host: str) -> None:
    """Decimal, hexadecimal, octal or short: what it means counts. No name is looked up for that."""

    def lookup(host: str, port: int) -> Sequence[Address]:
        raise AssertionError(f"{host} was looked up")

    with pytest.raises(InvalidInput, match="leads into a network that is not public") as caught:
        GuardedResolver(AddressRules(), lookup).check(f"https://{host}/hook")
    assert caught.value.field == "callbackUrl"


@pytest.mark.parametrize(
    "inside", ["127.0.0.1", "10.2.3.4", "169.254.169.254", "::1", "fd12::1", "::ffff:10.0.0.1"]
)
def test_a_name_that_leads_inside(inside: str) -> None:
    """A public name for a private address is refused as that address is."""
    resolver = leading_to(inside)
    with pytest.raises(InvalidInput, match="not public"):
        resolver.check("https://hook.example.com/")
    with pytest.raises(AddressRefused):
        resolver.addresses("hook.example.com", 443, 5)


def test_of_several_addresses_the_public_ones_are_used() -> None:
    """A name that leads to both gets no connection to the one inside."""
    found = leading_to("10.0.0.1", "8.8.8.8", "::1").addresses("hook.example.com", 443, 5)
    assert [address[4][0] for address in found] == ["8.8.8.8"]
    leading_to("10.0.0.1", "8.8.8.8").check("https://hook.example.com/")


def test_a_name_that_changes_its_mind() -> None:
    """Public when it is checked and private when it is used: the connection is refused (DNS rebinding)."""
    answers = iter(["8.8.8.8", "127.0.0.1"])

    def lookup(host: str, port: int) -> Sequence[Address]:
        return socket.getaddrinfo(next(answers), port, type=socket.SOCK_STREAM)

    resolver = GuardedResolver(AddressRules(), lookup)
    assert resolver.addresses("hook.example.com", 443, 5)
    with pytest.raises(AddressRefused):
        resolver.addresses("hook.example.com", 443, 5)


def test_a_name_that_is_not_found_in_time_is_taken() -> None:
    """A request does not wait for a slow name server, nor fail with it; sending looks again."""
    go_on = Event()

    def slow(host: str, port: int) -> Sequence[Address]:
        go_on.wait(30)
        raise socket.gaierror(socket.EAI_AGAIN, "later")

    resolver = GuardedResolver(AddressRules(), slow)
    for number in range(12):
        resolver.check(f"https://host-{number}.example.com/")
    go_on.set()
    with pytest.raises(socket.gaierror):
        resolver.addresses("one-more.example.com", 443, 5)
    resolver.check("https://unknown.example.com/")


def test_a_network_that_is_allowed() -> None:
    """Who names it can send there, by address and by name."""
    rules = AddressRules((ip_network("127.0.0.0/8"),), http=True)
    GuardedResolver(rules).check("http://127.0.0.1:8099/")
    with pytest.raises(InvalidInput):
        GuardedResolver(rules).check("http://10.0.0.1:8099/")
