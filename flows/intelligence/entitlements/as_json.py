"""Licences and snapshots as plain JSON, for job documents and caches, and back."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flows.intelligence.entitlements.model import (
    Confirmation,
    Contract,
    EntitlementSnapshot,
    Licences,
    Training,
)


def licences_to_json(licences: Licences) -> dict[str, Any]:
    """Moments and days in ISO 8601."""
    return {
        "contracts": [
            [c.id, c.course, c.skill, c.seats, c.seats_used, c.expires_at.isoformat()]
            for c in licences.contracts
        ],
        "trainings": [[t.id, t.course, t.skill, t.due_on.isoformat()] for t in licences.trainings],
        "asOf": licences.as_of.isoformat(),
        "confirmation": licences.confirmation and _confirmation_to_json(licences.confirmation),
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
        confirmation=_confirmation_from_json(*said) if (said := document.get("confirmation")) else None,
    )


def _confirmation_to_json(confirmation: Confirmation) -> list[Any]:
    at = confirmation.at and confirmation.at.isoformat()
    return [at, confirmation.stale_after_s, confirmation.void_after_s]


def _confirmation_from_json(at: str | None, stale_after_s: int, void_after_s: int) -> Confirmation:
    moment = datetime.fromisoformat(at) if at else None
    return Confirmation(at=moment, stale_after_s=stale_after_s, void_after_s=void_after_s)


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
