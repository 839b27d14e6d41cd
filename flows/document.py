"""Reading back from a document what an earlier stage wrote, in the core's own types."""

from flows.intelligence.goal_value import GoalValue
from flows.intelligence.mastery import Mastery
from flows.model import Doc


def mastery_of(doc: Doc) -> dict[str, Mastery]:
    """Mastery by skill; empty when nothing is known or the stage was skipped."""
    seen = doc.get("features", {}).get("mastery", {})
    return {skill_id: Mastery(level, observations) for skill_id, (level, observations) in seen.items()}


def values_of(doc: Doc) -> dict[str, GoalValue]:
    """What each ranked skill is worth to the goal."""
    return {
        entry["id"]: GoalValue(entry["weight"], entry["unlocks"], tuple(entry["targets"]))
        for entry in doc["ranking"]
    }
