"""``candidates.memory_bank``: what the person, their team or their organisation remembers about this."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flows.memory.wire import recalled_json
from flows.model import Doc, Param, Stage, StageInput


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """Recall by the context of the request and its errors; nothing asked, nothing remembered.

    Of a request that names no person, what is for the whole organisation is remembered. What the
    session at hand is about is left out: that was just said.
    """
    request = doc["request"]
    query = "\n".join([*(request.get("recentErrors") or ()), request.get("context") or ""])
    if not query.strip():
        return {"remembered": []}
    now = datetime.fromtimestamp(given.deadline.now_s(), UTC)
    person, session = request.get("userId") or "", request.get("sessionId")
    limit = int(given.params["limit"])
    found = given.ports.memories.recall(
        request["organisation"],
        person,
        query,
        2 * limit,
        now=now,
        within_s=given.deadline.left_ms() / 1000,
    )
    earlier = [each for each in found if session is None or each.memory.session_id != session]
    return {"remembered": [recalled_json(each, now) for each in earlier[:limit]]}


STAGE = Stage(
    type="candidates.memory_bank",
    run=run,
    reads=("request",),
    writes=("remembered",),
    params={"limit": Param(default=5, at_least=1, at_most=20)},
)
