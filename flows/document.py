"""Reading back from a document what an earlier stage wrote, in the core's own types."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flows.deadline import Deadline
from flows.intelligence.goal_value import GoalValue
from flows.intelligence.mastery import Mastery
from flows.intelligence.profile.features import Features
from flows.intelligence.profile.session import SessionContext
from flows.model import Doc


def owner_of_records(request: Mapping[str, Any]) -> str:
    """The organisation whose people a request is about: the asking one, unless ``orgId`` says another.

    Only a request function sets ``orgId``, after the front has checked that it may be asked for.
    """
    organisation: str = request.get("orgId") or request["organisation"]
    return organisation


def moment_of(deadline: Deadline) -> datetime:
    """Now, on the clock that the job is timed with, aware and in UTC."""
    return datetime.fromtimestamp(deadline.now_s(), UTC)


def mastery_of(doc: Doc) -> dict[str, Mastery]:
    """Mastery by skill; empty when nothing is known or the stage was skipped."""
    seen = doc.get("features", {}).get("mastery", {})
    return {skill_id: Mastery(level, observations) for skill_id, (level, observations) in seen.items()}


def features_of(doc: Doc) -> Features:
    """The person's features; empty ones when nothing is known or the stage was skipped."""
    return Features.from_document(doc["features"]) if "features" in doc else Features()


def session_of(doc: Doc) -> SessionContext | None:
    """What is going on in the session; None without one."""
    found = doc.get("session")
    return SessionContext.from_document(found) if found else None


def values_of(doc: Doc) -> dict[str, GoalValue]:
    """What each ranked skill is worth to the goal."""
    return {
        entry["id"]: GoalValue(entry["weight"], entry["unlocks"], tuple(entry["targets"]))
        for entry in doc["ranking"]
    }
