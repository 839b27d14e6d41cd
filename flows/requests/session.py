"""Whose session it is, and what goes wrong in it, where a request only names the session."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flows.ports import Profiles


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, empty when nobody knows, and the errors that are open."""

    user_id: str
    errors: tuple[str, ...]


def asker(organisation: str, sent: Mapping[str, Any], profiles: Profiles) -> Asker:
    """What was sent is the last word; the session fills in what was not. Raises PortUnavailable."""
    user_id, errors = sent.get("userId"), sent.get("recentErrors")
    session_id = sent.get("sessionId")
    if session_id and (user_id is None or errors is None):
        session = profiles.session(organisation, session_id)
        # Somebody else's session says nothing about this person.
        if session is not None and user_id in (None, session.user_id):
            user_id = session.user_id
            errors = session.errors if errors is None else errors
    return Asker(user_id or "", tuple(errors or ()))
