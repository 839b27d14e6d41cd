"""Keeping pages of the web out of a service that needs no key.

Where only this machine can call, anybody who tries the service is let in. A browser on this machine
runs pages from everywhere: any of them may open a WebSocket to any host, and a name of a page's own may
lead to 127.0.0.1 (DNS rebinding), so that the page may read what it is answered. What it cannot do is
say another name in Host, or no Origin.
"""

from urllib.parse import urlsplit

from werkzeug.datastructures import Headers

from config.settings import LOOPBACK_HOSTS

FOREIGN_PAGE = (
    "without keys only this machine and its pages may ask, under a name such as localhost; set API_KEYS"
)


class ForeignPage(Exception):
    """Raised for a page or a host name that is not of this machine, where no key is needed."""


def refuse_foreign_pages(headers: Headers) -> None:
    """Raise ForeignPage unless the request is for this machine and, from a page, from one of this machine."""
    if not is_of_this_machine(headers.get("Host", ""), headers.get("Origin")):
        raise ForeignPage


def is_of_this_machine(host: str, origin: str | None) -> bool:
    """True when both lead to this machine by their own words."""
    return _is_loopback(f"//{host}") and (origin is None or _is_loopback(origin))


def _is_loopback(url: str) -> bool:
    try:
        return urlsplit(url).hostname in LOOPBACK_HOSTS
    except ValueError:  # No address at all.
        return False
