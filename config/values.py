"""What single values of settings may be: each takes a text, and raises ValueError saying what it must be."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import urlsplit


class PasswordInUrl(Exception):
    """Raised for an address that holds a secret."""


def url_of(text: str) -> str | None:
    parts = urlsplit(text)
    if "@" in parts.netloc:
        raise PasswordInUrl("must not hold a user or password")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError("must be an address such as http://host:8080")
    if parts.query or parts.fragment or not text.isprintable() or " " in text:
        raise ValueError("must end with the path, and have no spaces")
    return text.rstrip("/")


def networks_of(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(part.strip()) for part in text.split(","))
    except ValueError:
        raise ValueError("must be networks with commas between, such as 127.0.0.0/8,10.1.0.0/16") from None


def model_name_of(text: str) -> str:
    if len(text) > 128 or not text.isprintable() or " " in text:
        raise ValueError("must be the name of a model: up to 128 characters without spaces")
    return text


def collection_name_of(text: str) -> str:
    """The beginning of a collection's name."""
    if len(text) > 64 or not text.isascii() or not text.replace("-", "").replace("_", "").isalnum():
        raise ValueError("must be up to 64 letters, digits, - and _")
    return text


def prefix_of(text: str) -> str:
    """What goes before a text, spaces and all; "none" is nothing."""
    if len(text) > 256 or not text.isprintable():
        raise ValueError("must be up to 256 characters on one line, or none")
    return "" if text == "none" else text


def keys_of(text: str) -> dict[str, str]:
    """``organisation:key,organisation:key`` as {key: organisation}."""
    keys: dict[str, str] = {}
    for pair in text.split(","):
        organisation, _, key = pair.strip().partition(":")
        if not organisation or len(key) < 16:
            raise ValueError("must be organisation:key pairs with keys of 16 characters or more")
        if keys.setdefault(key, organisation) != organisation:
            raise ValueError("one key must not stand for two organisations")
    return keys
