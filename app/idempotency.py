"""``Idempotency-Key`` (draft-ietf-httpapi-idempotency-key-header): the same request twice, done once.

The key is a Structured Field string (RFC 9651), so it is quoted. One without quotes is refused, and
not guessed at: a proxy may fold two lines of it into one list, and then nobody knows what was meant.
"""

import json
import re

from flask import Request
from werkzeug.datastructures import Headers

from app.errors import HEADER_FIELD
from flows.errors import InvalidInput
from flows.fingerprint import fingerprint
from tasks.store.base import Once

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"  #: Says with an answer that its request was no new one.
LONGEST = 255

QUOTED = re.compile(r'"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"')  # RFC 9651, 4.2.5.
ESCAPED = re.compile(r'\\(["\\])')

#: As the header is described in the OpenAPI document.
PARAMETER = {
    "in": "header",
    "name": HEADER,
    "description": (
        "Do this once: for 24 hours the same key with the same request gets the same job. "
        f'A quoted string of 1 to {LONGEST} printable ASCII characters, such as "8e03978e-40d5-43dd". '
        "The same key with another request is a 422."
    ),
    "schema": {"type": "string"},
}


def key_of(headers: Headers) -> str | None:
    """The key that a client sent, without its quotes. Raises InvalidInput."""
    sent = headers.get(HEADER)
    if sent is None:
        return None
    text = sent.strip(" ")
    if not QUOTED.fullmatch(text):
        raise _refused('must be a quoted string of printable ASCII, such as "8e03978e-40d5-43dd"')
    key = ESCAPED.sub(r"\1", text[1:-1])
    if not 1 <= len(key) <= LONGEST:
        raise _refused(f"must have 1 to {LONGEST} characters between its quotes")
    return key


def once_of(request: Request, organisation: str) -> Once | None:
    """What makes a request with a key the same one: its method, its path and the JSON that it holds.

    To be called for a request whose body was read and checked. Raises InvalidInput.
    """
    key = key_of(request.headers)
    if key is None:
        return None
    body = json.loads(request.get_data())
    return Once(organisation, key, fingerprint(request.method, request.path, {"body": body}))


def _refused(message: str) -> InvalidInput:
    return InvalidInput(f"{HEADER} {message}", field=HEADER_FIELD + HEADER)
