"""``context.features``: what is known about the person who asks."""

from collections.abc import Mapping
from typing import Any

from flows.document import owner_of_records
from flows.model import Doc, Stage, StageInput


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """Look up the person's features, and what is going on in the session that the request names."""
    request, profiles = doc["request"], given.ports.profiles
    owner, session_id = owner_of_records(request), request.get("sessionId")
    features = profiles.features(owner, request["userId"])
    session = profiles.session(owner, session_id) if session_id else None
    return {"features": features.to_document(), "session": session.to_document() if session else None}


STAGE = Stage(type="context.features", run=run, reads=("request",), writes=("features", "session"))
