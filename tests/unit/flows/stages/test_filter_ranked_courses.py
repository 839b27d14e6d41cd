"""The second lock on courses: behind whatever reorders."""

from datetime import UTC, datetime
from typing import Any

import pytest

from flows.deadline import Deadline
from flows.intelligence.entitlements.as_json import snapshot_to_json
from flows.intelligence.entitlements.model import Contract, EntitlementSnapshot, Licences
from flows.model import Doc, StageInput
from flows.stages.filter_ranked_courses import STAGE
from tests.ports import make_ports

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)


def given(valid_for_s: int) -> StageInput:
    deadline = Deadline(NOW.timestamp() * 1000 + 1000, NOW.timestamp)
    return StageInput(params={"validForS": valid_for_s}, ports=make_ports(), deadline=deadline)


def entry(id_: str, title: str, place: int) -> dict[str, Any]:
    return {"id": id_, "item": {"id": id_, "type": id_.partition(":")[0], "title": title}, "position": place}


def document(**more: Any) -> Doc:
    """A ranking with two courses, of which one has a contract that ends in 30 s, the other none."""
    contract = Contract(
        id="c1",
        course="React In Depth",
        skill="react-hooks",
        seats=2,
        seats_used=0,
        expires_at=datetime(2025, 3, 1, 12, 0, 30, tzinfo=UTC),
    )
    licences = Licences(contracts=(contract,), trainings=(), as_of=NOW)
    snapshot = EntitlementSnapshot(licences=licences, seats_held=frozenset(), completed=frozenset())
    ranking = [
        entry("course:other", "Never Bought", 1),
        entry("skill:css-layout", "CSS Layout", 2),
        entry("course:react", "React in depth", 3),
    ]
    return {"ranking": ranking, "entitlements": snapshot_to_json(snapshot)} | more


@pytest.mark.parametrize(
    ("valid_for_s", "kept", "taken_out"),
    [
        (0, ["skill:css-layout", "course:react"], {"course:other": "unlicensed"}),
        (60, ["skill:css-layout"], {"course:other": "unlicensed", "course:react": "expired"}),
    ],
)
def test_only_entitled_courses_stay(valid_for_s: int, kept: list[str], taken_out: dict[str, str]) -> None:
    """Their contract must hold for as long as the answer may be cached; what is taken out is told."""
    written = STAGE.run(document(filtered=[{"id": "before"}]), given(valid_for_s))
    assert [one["id"] for one in written["ranking"]] == kept
    assert [one["position"] for one in written["ranking"]] == list(range(1, len(kept) + 1))
    assert written["filtered"][0] == {"id": "before"}
    assert {one["id"]: one["reason"] for one in written["filtered"][1:]} == taken_out
    assert {one["filter"] for one in written["filtered"][1:]} == {"filter.ranked_courses"}


def test_without_entitlements_no_course_stays() -> None:
    """Whoever could not be looked up is shown what needs no contract."""
    doc = document()
    del doc["entitlements"]
    assert [one["id"] for one in STAGE.run(doc, given(0))["ranking"]] == ["skill:css-layout"]


def test_a_ranking_without_courses_stays_as_it_is() -> None:
    """Nothing needs to be known about its person."""
    ranking = [entry("skill:css-layout", "CSS Layout", 1)]
    assert STAGE.run({"ranking": ranking}, given(0)) == {"ranking": ranking, "filtered": []}
