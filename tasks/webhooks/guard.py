"""Looking up addresses that callers chose, and giving only those to which a connection may be made.

A connection is made to an address that comes from here and to no other, so a name that pointed
elsewhere when it was checked gains nothing (DNS rebinding).
"""

import socket
from collections.abc import Sequence

from flows.errors import InvalidInput
from flows.webhooks.addresses import DEFAULT_PORTS, AddressRules
from tasks.clients.resolver import Address, Lookup, Resolver, lookup_by_system

CHECK_S = 0.05  #: A request does not wait longer for the name in it; what is not found by then is taken.
MOST_LOOKUPS = 8  #: With more names under way than this, requests do not look theirs up.


class AddressRefused(OSError):
    """Raised for a host that has no address to which a connection may be made."""


class GuardedResolver(Resolver):
    """A resolver that keeps to rules. Threads may share it, processes may not."""

    def __init__(self, rules: AddressRules, lookup: Lookup = lookup_by_system) -> None:
        super().__init__(lookup)
        self.rules = rules

    def addresses(self, host: str, port: int, within_s: float) -> Sequence[Address]:
        """The addresses that may be used. Raises AddressRefused, TimeoutError and socket.gaierror."""
        found = super().addresses(host, port, within_s)
        allowed = [address for address in found if self.rules.allows(address[4][0])]
        if found and not allowed:
            raise AddressRefused(f"{host} leads into a network that is not public")
        return allowed

    def check(self, url: str, field: str = "callbackUrl") -> None:
        """Raises InvalidInput naming ``field`` for an address that can be told to be refused.

        A name that is not found, or not in time, is taken: it is looked up again when it is used.
        """
        parts = self.rules.check(url, field)
        host, port = parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme]
        within_s = CHECK_S if len(self._running) < MOST_LOOKUPS else 0.0
        try:
            self.addresses(host, port, within_s)
        except AddressRefused as error:
            raise InvalidInput(str(error), field=field) from None
        except (socket.gaierror, TimeoutError, UnicodeError):
            return
