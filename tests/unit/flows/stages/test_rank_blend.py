"""The blend as a stage: what it ranks, and what it must never show."""

from datetime import UTC, datetime
from typing import Any

import pytest

from flows.catalogue.built_in import built_in_catalogue
from flows.deadline import Deadline
from flows.intelligence.entitlements.as_json import snapshot_to_json
from flows.intelligence.entitlements.model import Contract, EntitlementSnapshot, Licences
from flows.model import Doc, StageInput
from flows.stages import explain_items, filter_entitlements, rank_blend, rank_explore
from tests.ports import make_ports

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
CATALOGUE = built_in_catalogue()
REQUEST = {"organisation": "acme", "userId": "ann", "catalogue": "built-in"}


def given(**params: Any) -> StageInput:
    defaults = {"types": [], "ranker": {}, "validForS": 60}
    deadline = Deadline(NOW.timestamp() * 1000 + 1000, NOW.timestamp)
    return StageInput(params=defaults | params, ports=make_ports(), deadline=deadline, seed="job-1")


def contract(id_: str, days: int, seats_used: int = 0) -> Contract:
    expires = datetime(2025, 3, 1 + days, 12, tzinfo=UTC)
    return Contract(
        id=id_, course=id_.title(), skill="react-hooks", seats=2, seats_used=seats_used, expires_at=expires
    )


def bought(*contracts: Contract) -> Doc:
    """A document as the stages before the filter leave it."""
    snapshot = EntitlementSnapshot(
        licences=Licences(contracts=contracts, trainings=(), as_of=NOW),
        seats_held=frozenset(),
        completed=frozenset(),
    )
    candidates = [{"id": one.id, "course": one.course, "skill": one.skill} for one in contracts]
    return {"request": REQUEST, "entitlements": snapshot_to_json(snapshot), "candidates": candidates}


def shown(doc: Doc, **params: Any) -> list[str]:
    return [entry["id"] for entry in rank_blend.run(doc, given(**params))["ranking"]]


def test_only_courses_with_a_contract_in_force_and_a_seat_are_shown() -> None:
    """What the filter took out stays out, and what it let pass says when it ends."""
    doc = bought(contract("good", 14), contract("over", 0), contract("full", 9, seats_used=2))
    doc |= filter_entitlements.STAGE.run(doc, given())
    doc |= rank_blend.run(doc, given())
    assert [entry["id"] for entry in doc["ranking"]] == ["course:good"]
    (evidence,) = doc["ranking"][0]["item"]["evidence"]
    assert evidence["facts"] == {"title": "Good", "days": 14, "expires": "2025-03-15"}


def test_without_the_filter_no_course_is_shown() -> None:
    """Courses that nobody checked are left out, whoever names them."""
    taken = {"type": "course", "id": "x", "score": 0.9, "evidence": {"ids": ["skill:react-hooks"]}}
    doc = bought(contract("good", 14)) | {"collaborative": [taken]}
    assert shown(doc) == []
    assert shown({"request": REQUEST, "collaborative": [taken]}) == []


@pytest.mark.parametrize(
    ("types", "asked", "expected"),
    [
        ([], None, ["exercise:x", "skill:react-hooks"]),
        (["skill"], None, ["skill:react-hooks"]),
        (["skill"], ["exercise"], ["exercise:x"]),
    ],
)
def test_only_the_wanted_types_are_ranked(types: list[str], asked: Any, expected: list[str]) -> None:
    """The request's types come before those of the flow."""
    found = [
        {"type": kind, "id": name, "score": score, "evidence": {"ids": ["skill:html-fundamentals"]}}
        for kind, name, score in (("skill", "react-hooks", 0.5), ("exercise", "x", 0.9))
    ]
    doc: Doc = {"request": REQUEST | ({"types": asked} if asked else {}), "collaborative": found}
    assert shown(doc, types=types) == expected


def test_the_order_is_drawn_by_the_job() -> None:
    """The same job draws the same order, with a propensity for each place drawn; nothing is lost."""
    doc: Doc = {
        "request": REQUEST,
        "collaborative": [
            {"type": "exercise", "id": f"x{n}", "score": 0.5, "evidence": {"ids": ["skill:css-layout"]}}
            for n in range(4)
        ],
    }
    doc |= rank_blend.run(doc, given())
    params = {"temperature": 0.05, "floor": 0.02, "pool": 3}
    first, again = (rank_explore.run(doc, given(**params))["ranking"] for _ in range(2))
    assert first == again
    assert sorted(entry["id"] for entry in first) == [f"exercise:x{n}" for n in range(4)]
    assert [entry["propensity"] is not None for entry in first] == [True, True, True, False]


def test_the_answer_has_as_many_as_were_asked_for() -> None:
    """The limit of the request comes before that of the flow."""
    doc: Doc = {
        "request": REQUEST | {"limit": 1},
        "collaborative": [
            {"type": "exercise", "id": name, "score": 0.5, "evidence": {"ids": []}} for name in "ab"
        ],
    }
    doc |= rank_blend.run(doc, given())
    answer = explain_items.run(doc, given(flow="recommendations", limit=5))["answer"]
    assert len(answer["recommendations"]) == 1
