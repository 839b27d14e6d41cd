"""Where messages may be sent: nowhere inside the network that this service runs in.

An address is judged twice: as it is written, when a request names it, and as it was resolved, when a
connection is made. Only the second one protects, since a name may point elsewhere by then.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from flows.errors import InvalidInput

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MOST_CHARACTERS = 2048
FIRST_FREE_PORT = 1024  #: Below are services that no receiver of messages is one of.
DEFAULT_PORTS = {"https": 443, "http": 80}

#: What parsers of URLs read differently, a backslash above all, is not taken at all.
READABLE = re.compile(r"[!-~]+")
UNREADABLE = frozenset('\\"<>^`{|}')
HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")  #: A name or IPv4 address, or an IPv6 address.
INTERNAL_NAMES = (".localhost", ".local", ".internal", ".localdomain", ".home.arpa")

NAT64 = IPv6Network("64:ff9b::/96")
IPV4_BITS = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class AddressRules:
    """What an installation allows. ``networks`` may be sent to although they are not public."""

    networks: tuple[Network, ...] = ()
    http: bool = False

    def check(self, url: str, field: str = "callbackUrl") -> SplitResult:
        """The parts of an address that may be written so; raises InvalidInput naming ``field``."""
        try:
            return self._parts(url)
        except ValueError as error:
            raise InvalidInput(str(error), field=field) from None

    def _parts(self, url: str) -> SplitResult:
        if len(url) > MOST_CHARACTERS:
            raise ValueError(f"must have {MOST_CHARACTERS} characters at most")
        if not READABLE.fullmatch(url) or UNREADABLE.intersection(url):
            raise ValueError("must be ASCII without spaces, as in https://example.com/hook")
        parts = urlsplit(url)
        if parts.scheme != "https" and not (self.http and parts.scheme == "http"):
            raise ValueError("must begin with https://" + (" or http://" if self.http else ""))
        if "@" in parts.netloc:
            raise ValueError("must hold no user or password")
        if "#" in url:
            raise ValueError("must have no fragment")
        self._check_host(parts.hostname or "")
        self._check_port(parts)
        return parts

    def _check_host(self, host: str) -> None:
        if not HOST.fullmatch(host):
            raise ValueError("must name a host; one with other letters in its xn-- form")
        name = f".{host.lower().rstrip('.')}"
        if name.endswith(INTERNAL_NAMES) and not self.networks:
            raise ValueError(f"must not lead into this network: {host}")

    def _check_port(self, parts: SplitResult) -> None:
        port = parts.port  # Raises ValueError for what is no port.
        allowed = port is None or port == DEFAULT_PORTS[parts.scheme] or port >= FIRST_FREE_PORT
        if not allowed:
            raise ValueError(f"must use port {DEFAULT_PORTS[parts.scheme]}, or one from {FIRST_FREE_PORT} on")

    def allows(self, address: str) -> bool:
        """True when a connection to this address, as a resolver gives it, may be made."""
        try:
            found = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        return all(self._allows(each) for each in _meant(found))

    def refused(self, addresses: Iterable[str]) -> list[str]:
        """Those of the addresses to which no connection may be made."""
        return [address for address in addresses if not self.allows(address)]

    def _allows(self, address: Address) -> bool:
        if any(address.version == network.version and address in network for network in self.networks):
            return True
        return _is_public(address)


def _meant(address: Address) -> tuple[Address, ...]:
    """The addresses at which packets to this one end up: an IPv6 address may have IPv4 ones inside."""
    if isinstance(address, IPv4Address):
        return (address,)
    if address.ipv4_mapped:
        return (address.ipv4_mapped,)
    if address in NAT64:
        return (IPv4Address(int(address) & IPV4_BITS),)
    if address.sixtofour:
        return (address, address.sixtofour)
    return (address, *(address.teredo or ()))


def _is_public(address: Address) -> bool:
    kept_apart = (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or address.is_reserved
        or (isinstance(address, IPv6Address) and address.is_site_local)
    )
    return address.is_global and not kept_apart
