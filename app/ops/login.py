"""Who may see the pages of operators: HTTP Basic (RFC 7617), and a token in every form.

A browser sends the login with every request, also with one that another site made it send. So what
changes something needs a token that only our own pages know.
"""

import hmac
from dataclasses import dataclass, field
from hashlib import sha256

from flask import Request, Response

from config.settings import OperatorLogin

REALM = 'Basic realm="Learning Service operators", charset="UTF-8"'


@dataclass(frozen=True, slots=True)
class Door:
    """Lets operators in."""

    login: OperatorLogin
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        made = hmac.new(self.login.password.encode(), b"learning-service ops form", sha256).hexdigest()
        object.__setattr__(self, "token", made)

    def admits(self, request: Request) -> bool:
        """True when the request has the login, and its form the token if it sends one."""
        given = request.authorization
        if given is None or given.type != "basic":
            return False
        known = _same(given.username, self.login.name) & _same(given.password, self.login.password)
        return known and (request.method in ("GET", "HEAD") or _same(request.form.get("token"), self.token))


def _same(given: str | None, expected: str) -> bool:
    """Compares in a time that does not depend on where they differ."""
    return hmac.compare_digest((given or "").encode(), expected.encode())


def refused(request: Request) -> Response:
    """Asks for the login; a form without token is refused whatever the login."""
    if request.authorization is not None and request.method == "POST":
        return Response("This form is not one of ours, or the password has changed. Load the page again.", 403)
    return Response("Log in as operator.", 401, {"WWW-Authenticate": REALM})
