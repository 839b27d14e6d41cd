"""What a source of entitlements says about one organisation, and how it says it as JSON."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from flows.errors import InvalidInput
from flows.intelligence.entitlements.model import Contract, Training
from flows.json_object import JsonObject

MOST_CONTRACTS, MOST_TRAININGS, MOST_SEATS = 10_000, 10_000, 200_000
MOST_NUMBER = 2**31 - 1  #: What the durable store keeps.
MAX_ID, MAX_TITLE = 128, 500
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

Seat = tuple[str, str]  #: Ids of a contract and of a person.


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcedEntitlements:
    """Everything that an organisation has, whole: what is not here it has no more.

    ``as_of`` is the moment (aware) of which the source speaks, None where it does not say.
    """

    organisation: str
    contracts: tuple[Contract, ...] = ()
    seats: frozenset[Seat] = frozenset()
    trainings: tuple[Training, ...] = ()
    as_of: datetime | None = None

    def counts(self) -> dict[str, int]:
        """How many of each there are."""
        return {
            "contracts": len(self.contracts),
            "seats": len(self.seats),
            "trainings": len(self.trainings),
        }


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a source answered. ``found`` is None when nothing has changed since ``etag`` was given."""

    found: SourcedEntitlements | None
    etag: str | None


class EntitlementSource(Protocol):
    """Says what organisations have. Its word replaces what was known before."""

    kind: str  #: ``http`` or ``file``.
    identity: str  #: Tells sources apart: an ``etag`` of one means nothing to another.

    def fetch(self, organisation: str, etag: str | None) -> Fetched:
        """What an organisation has. Raises EntitlementsNotFound, and PortUnavailable when it cannot say."""
        ...

    def listed(self) -> Collection[str]:
        """The organisations that it knows of, none where it does not list them. Raises PortUnavailable."""
        ...


def sourced_from_json(said: JsonObject) -> SourcedEntitlements:
    """Read an organisation; raises InvalidInput with the path of what is wrong."""
    contracts = _given_list(said, "contracts", MOST_CONTRACTS)
    trainings = _given_list(said, "trainings", MOST_TRAININGS)
    found = SourcedEntitlements(
        organisation=identifier(said, "organisation"),
        contracts=tuple(map(contract_from_json, contracts)),
        seats=frozenset(seat for contract in contracts for seat in _seats(contract)),
        trainings=tuple(map(training_from_json, trainings)),
        as_of=None if said.values.get("asOf") is None else said.moment("asOf"),
    )
    if len(found.seats) > MOST_SEATS:
        raise said.wrong("contracts", f"must have {MOST_SEATS} seat holders at most")
    return found


def sourced_to_json(found: SourcedEntitlements) -> dict[str, Any]:
    """The organisation as its source says it, sorted, so that equal ones are equal texts."""
    holders: dict[str, list[str]] = {contract.id: [] for contract in found.contracts}
    for contract_id, user_id in sorted(found.seats):
        holders[contract_id].append(user_id)
    return {
        "organisation": found.organisation,
        "asOf": found.as_of and found.as_of.isoformat(),
        "contracts": [
            {
                "id": contract.id,
                "course": contract.course,
                "skill": contract.skill,
                "seats": contract.seats,
                "seatsUsed": contract.seats_used,
                "expiresAt": contract.expires_at.isoformat(),
                "seatHolders": holders[contract.id],
            }
            for contract in sorted(found.contracts, key=lambda contract: contract.id)
        ],
        "trainings": [
            {"id": one.id, "course": one.course, "skill": one.skill, "dueOn": one.due_on.isoformat()}
            for one in sorted(found.trainings, key=lambda training: training.id)
        ],
    }


def contract_from_json(said: JsonObject) -> Contract:
    """Read a contract. More seats used than there are means that all are. Raises InvalidInput."""
    seats = _number(said, "seats")
    return Contract(
        id=identifier(said, "id"),
        course=_title(said, "course"),
        skill=skill_of(said),
        seats=seats,
        seats_used=min(seats, _number(said, "seatsUsed")),
        expires_at=said.moment("expiresAt"),
    )


def training_from_json(said: JsonObject) -> Training:
    """Read a mandatory training; raises InvalidInput."""
    try:
        due_on = date.fromisoformat(said.text("dueOn"))
    except ValueError:
        raise said.wrong("dueOn", "must be a day by ISO 8601") from None
    return Training(
        id=identifier(said, "id"), course=_title(said, "course"), skill=skill_of(said), due_on=due_on
    )


def identifier(said: JsonObject, name: str) -> str:
    """An id: 1 to 128 characters that can be stored. Raises InvalidInput."""
    return _checked(said, name, said.text(name), MAX_ID)


def skill_of(said: JsonObject) -> str | None:
    """The id of the skill that a course teaches, None where no catalogue has it. Raises InvalidInput."""
    return None if said.text_or_none("skill") is None else identifier(said, "skill")


def _title(said: JsonObject, name: str) -> str:
    return _checked(said, name, said.text(name), MAX_TITLE)


def _checked(said: JsonObject, name: str, text: str, longest: int) -> str:
    if not text.strip() or len(text) > longest or UNSTORABLE.search(text):
        raise said.wrong(name, f"must be a text of 1 to {longest} characters")
    return text


def _number(said: JsonObject, name: str) -> int:
    number = said.count(name)
    if number > MOST_NUMBER:
        raise said.wrong(name, f"must be {MOST_NUMBER} at most")
    return number


def _seats(contract: JsonObject) -> list[Seat]:
    holders = contract.texts("seatHolders")
    each = [JsonObject({str(n): holder for n, holder in enumerate(holders)}, f"{contract.path}/seatHolders")]
    return [(contract.text("id"), identifier(each[0], str(n))) for n in range(len(holders))]


def _given_list(said: JsonObject, name: str, most: int) -> list[JsonObject]:
    """Objects of different ids. One that is left out is no empty list: nothing is lost by an omission."""
    if name not in said.values:
        raise said.wrong(name, "must be a list")
    found = said.objects(name)
    if len(found) > most:
        raise said.wrong(name, f"must have {most} entries at most")
    seen: set[str] = set()
    for one in found:
        if (id_ := one.text("id")) in seen:
            raise one.wrong("id", "is there twice")
        seen.add(id_)
    return found


def in_words(error: InvalidInput) -> str:
    """Where and why a document is refused, in one line."""
    return f"{error.field or 'the whole'} {error}"


Organisations = Mapping[str, SourcedEntitlements]  #: By id.
