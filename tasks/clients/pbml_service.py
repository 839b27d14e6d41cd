"""Patterns of a PBML service, by the contract ``docs/upstreams/pbml-service.yaml``."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from heapq import nlargest
from typing import Any

from flows.intelligence.patterns.as_json import (
    MAX_HISTORY,
    MOST_ANSWERS,
    candidate_from_json,
    resolution_from_json,
)
from flows.intelligence.patterns.candidates import Candidate
from flows.intelligence.patterns.port import PatternSource
from flows.intelligence.patterns.resolutions import Resolution
from flows.intelligence.patterns.step import ERRORS
from flows.json_object import JsonObject
from flows.signals.as_json import event_to_json
from flows.signals.events import Event
from tasks.clients.caller import Caller, ask

ANSWER_S = 0.04  #: As long as the stages that ask may take (flows.json): nothing else cuts them off.


class HttpPatterns:
    """A PatternSource over HTTP; one instance serves all threads.

    Of the history only the newest thousand events go out, and of those no more than patterns are
    made of: what people wrote stays here, but for errors and their fixes.
    """

    def __init__(self, caller: Caller, *, answer_s: float = ANSWER_S) -> None:
        """The deadline is in seconds, one per request."""
        self._caller, self._answer_s = caller, answer_s

    def candidates_for(
        self, organisation: str, user_id: str, history: Sequence[Event], limit: int
    ) -> Sequence[Candidate]:
        """Things to do or ask next, at most 200, the likeliest first. Raises PortUnavailable."""
        if limit < 1:
            return []
        newest = nlargest(MAX_HISTORY, history, key=lambda event: (event.at, event.id))
        asked = {
            "organisation": organisation,
            "userId": user_id,
            "history": [event_to_json(_needed(event)) for event in newest],
            "limit": min(limit, MOST_ANSWERS),
        }

        def read(answer: JsonObject) -> list[Candidate]:
            return [candidate_from_json(each) for each in answer.objects("candidates")]

        return ask(self._caller, "/v1/candidates", asked, self._answer_s, read)[:limit]

    def resolutions_for(
        self, organisation: str, user_id: str, message: str, limit: int
    ) -> Sequence[Resolution]:
        """What worked before against an error, at most 200. Raises PortUnavailable."""
        if limit < 1:
            return []
        asked: dict[str, Any] = {
            "organisation": organisation,
            "userId": user_id,
            "message": message,
            "limit": min(limit, MOST_ANSWERS),
        }

        def read(answer: JsonObject) -> list[Resolution]:
            return [resolution_from_json(each) for each in answer.objects("resolutions")]

        return ask(self._caller, "/v1/resolutions", asked, self._answer_s, read)[:limit]


def patterns_of(url: str, caller: Callable[[str], Caller]) -> PatternSource:
    """The patterns of the service at an address; ``caller`` connects to one."""
    return HttpPatterns(caller(url))


def _needed(event: Event) -> Event:
    return replace(event, data={}, text=event.text if event.kind in ERRORS else "")
