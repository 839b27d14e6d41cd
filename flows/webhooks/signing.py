"""Signatures of Standard Webhooks (https://www.standardwebhooks.com, v1): HMAC-SHA256 over id, time and body.

The same functions sign here and verify in ``manage.py webhooks listen``.
"""

import base64
import binascii
import hmac
from collections.abc import Iterable, Mapping
from secrets import token_bytes

PREFIX = "whsec_"
SECRET_BYTES = 32
LEAST_SECRET_BYTES, MOST_SECRET_BYTES = 24, 64

#: Seconds that the clocks of both sides may differ by, and a message may be on its way.
TOLERANCE_S = 300


class BadSignature(Exception):
    """Raised for a message that does not come, as it is, from who has the secret; says why."""


def new_secret() -> str:
    """A secret that nobody can guess, as text."""
    return PREFIX + base64.b64encode(token_bytes(SECRET_BYTES)).decode()


def key_of(secret: str) -> bytes:
    """The bytes that a secret stands for. Raises ValueError, without quoting it."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a secret is whsec_ and then base64") from None
    if not LEAST_SECRET_BYTES <= len(key) <= MOST_SECRET_BYTES:
        raise ValueError(f"a secret has {LEAST_SECRET_BYTES} to {MOST_SECRET_BYTES} bytes")
    return key


def signature(secret: str, id_: str, timestamp: int, body: bytes) -> str:
    """One signature, as ``v1,<base64>``. ``timestamp`` is in seconds."""
    signed = f"{id_}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key_of(secret), signed, "sha256").digest()).decode()


def headers(secrets: Iterable[str], id_: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a message, signed with every secret that is in force."""
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(secret, id_, timestamp, body) for secret in secrets),
    }


def verify(secret: str, sent: Mapping[str, str], body: bytes, now_s: float) -> None:
    """Accept a message; ``sent`` has its headers, named in lower case. Raises BadSignature."""
    try:
        id_, timestamp, signatures = (sent[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
    except KeyError as missing:
        raise BadSignature(f"{missing.args[0]} is missing") from None
    if not (timestamp.isascii() and timestamp.isdecimal()):
        raise BadSignature("webhook-timestamp is no number")
    if abs(now_s - int(timestamp)) > TOLERANCE_S:
        raise BadSignature(f"webhook-timestamp is more than {TOLERANCE_S} s away from now")
    expected = signature(secret, id_, int(timestamp), body).encode()
    if not any(hmac.compare_digest(expected, given.encode()) for given in signatures.split(" ")):
        raise BadSignature("no signature fits")
