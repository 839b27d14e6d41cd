"""Who is asking."""

import hmac
from dataclasses import dataclass

from werkzeug.datastructures import Headers

from config.settings import Settings

DEMO_ORGANISATION = "demo"


class Unauthenticated(Exception):
    """Raised when a request needs a key and has none that is known."""


@dataclass(frozen=True, slots=True)
class Principal:
    """The organisation in whose name a request is made."""

    organisation: str


def principal_of(headers: Headers, settings: Settings) -> Principal:
    """The owner of the request's key; the demo organisation where no key is needed.

    The key comes as ``Authorization: Bearer <key>`` or ``X-API-Key: <key>``.
    """
    if settings.open_to_anyone:
        return Principal(DEMO_ORGANISATION)
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    given = token.strip() if scheme.lower() == "bearer" else headers.get("X-API-Key", "")
    for key, organisation in settings.api_keys.items():
        if hmac.compare_digest(key.encode(), given.encode()):
            return Principal(organisation)
    raise Unauthenticated
