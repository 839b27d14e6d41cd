"""Licences and snapshots as plain JSON, for job documents and caches, and back."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flows.intelligence.entitlements.model import Contract, EntitlementSnapshot, Licences, Training


def licences_to_json(licences: Licences) -> dict[str, Any]:
    """Moments and days in ISO 8601."""
    return {
        "contracts": [
            [c.id, c.course, c.skill, c.seats, c.seats_used, c.expires_at.isoformat()]
            for c in licences.contracts
        ],
        "trainings": [[t.id, t.course, t.skill, t.due_on.isoformat()] for t in licences.trainings],
        "asOf": licences.as_of.isoformat(),
    }


def licences_from_json(document: Mapping[str, Any]) -> Licences:
    """Raises KeyError, TypeError or ValueError for what ``licences_to_json`` did not write."""
    return Licences(
        contracts=tuple(
            Contract(
                id=id_,
                course=course,
                skill=skill,
                seats=seats,
                seats_used=used,
                expires_at=datetime.fromisoformat(expires),
            )
            for id_, course, skill, seats, used, expires in document["contracts"]
        ),
        trainings=tuple(
            Training(id=id_, course=course, skill=skill, due_on=date.fromisoformat(due))
            for id_, course, skill, due in document["trainings"]
        ),
        as_of=datetime.fromisoformat(document["asOf"]),
    )


def snapshot_to_json(snapshot: EntitlementSnapshot) -> dict[str, Any]:
    """The licences, and the person's seats and completions, sorted."""
    return {
        **licences_to_json(snapshot.licences),
        "seatsHeld": sorted(snapshot.seats_held),
        "completed": sorted(snapshot.completed),
    }


def snapshot_from_json(document: Mapping[str, Any]) -> EntitlementSnapshot:
    """The snapshot that ``snapshot_to_json`` was given."""
    return EntitlementSnapshot(
        licences=licences_from_json(document),
        seats_held=frozenset(document["seatsHeld"]),
        completed=frozenset(document["completed"]),
    )
