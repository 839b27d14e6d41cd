"""``context.answers``: which questions the person got right lately."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flows.intelligence.quizzes.history import answered_right, since
from flows.model import Doc, Stage, StageInput
from flows.signals.events import Kind


def run(doc: Doc, given: StageInput) -> Mapping[str, Any]:
    """Look up the person's answers to quizzes of the days before the one that is asked for."""
    request = doc["request"]
    events = given.ports.events.of_user(
        request["organisation"],
        request["userId"],
        since=since(date.fromisoformat(request["day"])),
        kinds=(Kind.QUIZ_ANSWERED,),
    )
    return {"answeredRight": sorted(answered_right(events))}


STAGE = Stage(type="context.answers", run=run, reads=("request",), writes=("answeredRight",))
