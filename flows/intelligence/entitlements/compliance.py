"""Mandatory training that a person has not completed."""

from datetime import UTC, datetime
from typing import Any

from flows.intelligence.entitlements.model import EntitlementSnapshot


def compliance(snapshot: EntitlementSnapshot, now: datetime) -> dict[str, Any]:
    """What is left to do, the earliest due first; ``dueDate`` is None when nothing is.

    A training is overdue from the day after ``dueOn`` (UTC); ``daysLeft`` is negative then.
    """
    today = now.astimezone(UTC).date()
    left = [t for t in snapshot.licences.trainings if t.id not in snapshot.completed]
    left.sort(key=lambda training: (training.due_on, training.id))
    return {
        "mandatoryTraining": [training.course for training in left],
        "dueDate": left[0].due_on.isoformat() if left else None,
        "completionRequired": bool(left),
        "items": [
            {
                "id": training.id,
                "course": training.course,
                "dueOn": training.due_on.isoformat(),
                "overdue": training.due_on < today,
                "daysLeft": (training.due_on - today).days,
            }
            for training in left
        ],
    }
