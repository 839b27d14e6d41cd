"""Who may take which course, when: hard rules, judged at a moment and never from a cache."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flows.intelligence.entitlements.model import Contract, EntitlementSnapshot

USE_IT_OR_LOSE_IT, LAST_SEATS, STANDARD = "USE_IT_OR_LOSE_IT", "LAST_SEATS", "STANDARD"
USE_IT_WITHIN_DAYS = 30
#: Few seats are left when at most this many are free, or at most this share of all.
FEW_SEATS, FEW_SEATS_SHARE = 2, 0.1

#: Why a course was taken out.
UNLICENSED, EXPIRED, NO_SEAT = "unlicensed", "expired", "no_seat"
UNCONFIRMED = "unconfirmed"  #: Nobody knows any more whether the contract is there.


@dataclass(frozen=True, slots=True)
class Removed:
    """A candidate that may not be shown, and why: one of the four reasons above."""

    id: str
    reason: str


def is_open(contract: Contract, snapshot: EntitlementSnapshot, moment: datetime) -> bool:
    """True when the contract is not over at ``moment`` (aware) and has a seat for the person.

    When the word of the source counts no more by then, no contract is open.
    """
    if snapshot.licences.is_void(moment):
        return False
    return contract.expires_at > moment and _has_seat(contract, snapshot)


def contract_for(course: str, snapshot: EntitlementSnapshot, moment: datetime) -> Contract | None:
    """The contract under which the person may take a course, None when there is none.

    Of several, one in which the person has a seat already, then the soonest to expire.
    """
    open_ones = [c for c in _contracts_of(course, snapshot) if is_open(c, snapshot, moment)]
    held = snapshot.seats_held
    return min(open_ones, key=lambda c: (c.id not in held, c.expires_at, c.id), default=None)


def entitled(
    candidates: Iterable[Any], snapshot: EntitlementSnapshot, moment: datetime
) -> tuple[list[Any], list[Removed]]:
    """The candidates that the person may be shown, in their order, and the others with the reason.

    A candidate that names a ``course`` needs a contract; it comes back with the id of its
    ``contract``, whatever contract it named before. One without a course needs none.
    """
    kept: list[Any] = []
    removed: list[Removed] = []
    for candidate in candidates:
        if not isinstance(candidate, Mapping) or "course" not in candidate:
            kept.append(candidate)
        elif contract := contract_for(candidate["course"], snapshot, moment):
            kept.append({**candidate, "contract": contract.id})
        else:
            removed.append(Removed(candidate["id"], _why_not(candidate["course"], snapshot, moment)))
    return kept, removed


def days_left(contract: Contract, now: datetime) -> int:
    """Days from today to the day of expiry, both in UTC; 0 on the last day."""
    return (contract.last_day - now.astimezone(UTC).date()).days


def priority(contract: Contract, snapshot: EntitlementSnapshot, now: datetime) -> str:
    """How urgent an open contract is. Whoever has a seat need not fear for the last ones."""
    if days_left(contract, now) <= USE_IT_WITHIN_DAYS:
        return USE_IT_OR_LOSE_IT
    few = max(FEW_SEATS, FEW_SEATS_SHARE * contract.seats)
    if contract.id not in snapshot.seats_held and contract.seats_available <= few:
        return LAST_SEATS
    return STANDARD


def same_course(course: str) -> str:
    """What names of one course have in common: case and spacing do not tell courses apart."""
    return " ".join(course.casefold().split())


def _contracts_of(course: str, snapshot: EntitlementSnapshot) -> list[Contract]:
    wanted = same_course(course)
    return [c for c in snapshot.licences.contracts if same_course(c.course) == wanted]


def _has_seat(contract: Contract, snapshot: EntitlementSnapshot) -> bool:
    return contract.id in snapshot.seats_held or contract.seats_available > 0


def _why_not(course: str, snapshot: EntitlementSnapshot, moment: datetime) -> str:
    contracts = _contracts_of(course, snapshot)
    if not contracts:
        return UNLICENSED
    if snapshot.licences.is_void(moment):
        return UNCONFIRMED
    return EXPIRED if all(c.expires_at <= moment for c in contracts) else NO_SEAT
