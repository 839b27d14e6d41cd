"""What a source says of an organisation, read strictly and said again."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from flows.errors import InvalidInput
from flows.intelligence.entitlements.model import Contract, Training
from flows.intelligence.entitlements.source import (
    SourcedEntitlements,
    in_words,
    sourced_from_json,
    sourced_to_json,
)
from flows.json_object import JsonObject

CONTRACT = {
    "id": "ts",
    "course": "Advanced TypeScript",
    "skill": "typescript-advanced",
    "seats": 15,
    "seatsUsed": 12,
    "expiresAt": "2025-09-01T02:00:00+02:00",
    "seatHolders": ["ann", "bob"],
}
TRAINING = {"id": "sec", "course": "Security Awareness", "skill": None, "dueOn": "2025-08-30"}
DOCUMENT = {
    "organisation": "acme",
    "asOf": "2025-08-01T00:00:00Z",
    "contracts": [CONTRACT],
    "trainings": [TRAINING],
}


def read(document: Any) -> SourcedEntitlements:
    return sourced_from_json(JsonObject.of(document))


def contract(**changes: Any) -> dict[str, Any]:
    """The document with one contract, changed."""
    return DOCUMENT | {"contracts": [CONTRACT | changes]}


def test_an_organisation_is_read_whole() -> None:
    """Contracts, seats, trainings and the moment of which the source speaks, all in UTC."""
    assert read(DOCUMENT) == SourcedEntitlements(
        organisation="acme",
        contracts=(
            Contract(
                id="ts",
                course="Advanced TypeScript",
                skill="typescript-advanced",
                seats=15,
                seats_used=12,
                expires_at=datetime(2025, 9, 1, tzinfo=UTC),
            ),
        ),
        seats=frozenset({("ts", "ann"), ("ts", "bob")}),
        trainings=(Training(id="sec", course="Security Awareness", skill=None, due_on=date(2025, 8, 30)),),
        as_of=datetime(2025, 8, 1, tzinfo=UTC),
    )


def test_what_was_read_can_be_said() -> None:
    """Said and read again it is the same, and sorted, whatever the order was."""
    other = CONTRACT | {"id": "a", "seatHolders": []}
    one = read(DOCUMENT | {"contracts": [CONTRACT, other]})
    two = read(DOCUMENT | {"contracts": [other, CONTRACT | {"seatHolders": ["bob", "ann"]}]})
    assert sourced_to_json(one) == sourced_to_json(two)
    assert sourced_to_json(read(sourced_to_json(one))) == sourced_to_json(one)


def test_an_organisation_may_have_nothing() -> None:
    """Empty lists are an answer; a list that is left out is none."""
    empty = read({"organisation": "acme", "contracts": [], "trainings": []})
    assert empty.counts() == {"contracts": 0, "seats": 0, "trainings": 0}
    assert empty.as_of is None


def test_an_oversold_contract_is_full() -> None:
    """More seats used than there are leave none, which is no reason to refuse all."""
    (full,) = read(contract(seatsUsed=99)).contracts
    assert (full.seats_used, full.seats_available) == (15, 0)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "the whole must be an object"),
        ({"ok": True}, "contracts must be a list"),
        ({"organisation": "acme", "contracts": []}, "trainings must be a list"),
        (DOCUMENT | {"contracts": None}, "contracts must be a list"),
        (DOCUMENT | {"organisation": " "}, "organisation must be a text of 1 to 128 characters"),
        (DOCUMENT | {"asOf": "yesterday"}, "asOf must be a time by ISO 8601"),
        (contract(id="x" * 129), "contracts/0/id must be a text of 1 to 128 characters"),
        (contract(course=7), "contracts/0/course must be a text"),
        (contract(course="a\0b"), "contracts/0/course must be a text of 1 to 500 characters"),
        (contract(skill=""), "contracts/0/skill must be a text of 1 to 128 characters"),
        (contract(seats=-1), "contracts/0/seats must be a whole number, 0 or more"),
        (contract(seats=True), "contracts/0/seats must be a whole number, 0 or more"),
        (contract(seats=2**31), "contracts/0/seats must be 2147483647 at most"),
        (contract(seatsUsed="3"), "contracts/0/seatsUsed must be a whole number, 0 or more"),
        (contract(expiresAt="2025-09-01T00:00:00"), "contracts/0/expiresAt must say its time zone"),
        (contract(seatHolders="ann"), "contracts/0/seatHolders must be a list"),
        (
            contract(seatHolders=["ann", ""]),
            "contracts/0/seatHolders/1 must be a text of 1 to 128 characters",
        ),
        (DOCUMENT | {"contracts": [CONTRACT, CONTRACT]}, "contracts/1/id is there twice"),
        (DOCUMENT | {"contracts": [CONTRACT] * 10_001}, "contracts must have 10000 entries at most"),
        (
            DOCUMENT | {"trainings": [TRAINING | {"dueOn": "30.8."}]},
            "trainings/0/dueOn must be a day by ISO 8601",
        ),
    ],
)
def test_anything_wrong_refuses_all(document: Any, said: str) -> None:
    """With the path of what is wrong: half of what an organisation has is not what it has."""
    with pytest.raises(InvalidInput) as caught:
        read(document)
    assert in_words(caught.value) == said
