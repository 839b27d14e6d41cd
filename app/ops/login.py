"""Who may see the pages of operators: HTTP Basic (RFC 7617), and a token in every form.

A browser sends the login with every request, also with one that another site made it send. So what
changes something needs a token that only our own pages know.
"""

import hmac
from dataclasses import dataclass, field
from hashlib import sha256

from flask import Request, Response

from config.settings import OperatorLogin

CHALLENGE = {"WWW-Authenticate": 'Basic realm="Learning Service operators", charset="UTF-8"'}


@dataclass(frozen=True, slots=True)
class Door:
    """Lets operators in."""

    login: OperatorLogin
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        made = hmac.new(self.login.password.encode(), b"learning-service ops form", sha256).hexdigest()
        object.__setattr__(self, "token", made)

    def refusal(self, request: Request) -> Response | None:
        """What a request gets that may not go on: one without the login, or a form without the token."""
        if not self._knows(request):
            return Response("Log in as operator.\n", 401, CHALLENGE, content_type="text/plain")
        if request.method not in ("GET", "HEAD") and not _same(request.form.get("token"), self.token):
            said = "This form is none of ours, or the password has changed. Load the page again.\n"
            return Response(said, 403, content_type="text/plain")
        return None

    def _knows(self, request: Request) -> bool:
        given = request.authorization
        if given is None or given.type != "basic":
            return False
        return _same(given.username, self.login.name) & _same(given.password, self.login.password)


def _same(given: str | None, expected: str) -> bool:
    """Compares in a time that does not depend on where they differ."""
    return hmac.compare_digest((given or "").encode(), expected.encode())
