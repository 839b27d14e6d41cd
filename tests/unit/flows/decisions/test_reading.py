"""A decision is read out of whatever document a flow has left."""

from typing import Any

import pytest

from flows.decisions.model import Candidate, Decision, Drop, ShownItem
from flows.decisions.reading import decision_of

STAGES = [{"type": "rank.rules", "status": "ok", "ms": 1.25}, {"type": "explain", "status": "ok", "ms": 2.0}]


def read(
    doc: dict[str, Any], stages: list[dict[str, Any]] | None = None, ended_ms: float = 1012.5
) -> Decision:
    """The decision of a document."""
    return decision_of(
        doc,
        STAGES if stages is None else stages,
        decision_id="d",
        organisation="acme",
        flow="plain",
        flow_version="7",
        asked_ms=1000,
        ended_ms=ended_ms,
    )


def test_an_empty_document() -> None:
    """What no stage has said is empty, and what the job knows is there."""
    assert read({}, []) == Decision(
        id="d", organisation="acme", flow="plain", flow_version="7", at_ms=1000, total_ms=12.5
    )


def test_a_learning_path() -> None:
    """Skills are candidates with what they unlock as score, weeks are items with their skills."""
    doc = {
        "request": {"userId": "ann", "organisation": "forged"},
        "features": {"mastery": {"go": [0.25, 3], "cobol": [0.5, 1]}},
        "candidates": ["sql", "go"],
        "ranking": [{"id": "go", "weight": 1.0, "unlocks": 2.5, "targets": ["go"]}],
        "answer": {
            "path": [{"id": "week-1", "confidence": 0.91, "skills": [{"id": "go"}, {"id": "sql"}]}],
            "beyondTimeframe": [{"id": "rust"}],
        },
    }
    decision = read(doc)
    assert (decision.organisation, decision.user_id) == ("acme", "ann")
    assert decision.candidates == (Candidate("sql"), Candidate("go", score=2.5))
    assert decision.shown == (ShownItem("week-1", confidence=0.91, skills=("go", "sql")),)
    assert decision.skills == ("go", "sql")
    assert decision.features == {"mastery:go": [0.25, 3]}


def test_ranked_items() -> None:
    """Candidates keep their sources, items get score, confidence and propensity by id."""
    doc = {
        "candidates": [
            {"id": "prompt:1", "sources": {"memory": 0.2, "errors": 0.9}, "score": 0.75},
            {"id": "prompt:2", "source": "popular"},
        ],
        "ranking": [
            {"id": "prompt:1", "score": 0.5, "propensity": 0.125},
            {"id": "prompt:2", "score": 0.4, "propensity": 0.25},
        ],
        "propensities": {"prompt:2": 0.5},
        "dropped": [
            {"id": "course:1", "filter": "entitlements", "reason": "no seat"},
            {"id": "prompt:3", "rule": "dismissed"},
        ],
        "variant": "b",
        "llm": {"outcome": "low_mass"},
        "answer": {"suggestions": [{"id": "prompt:1", "skill": "go"}, {"id": "prompt:2", "score": 0.9}]},
    }
    decision = read(doc)
    assert decision.candidates == (
        Candidate("prompt:1", "errors+memory", 0.75),
        Candidate("prompt:2", "popular", 0.4),
    )
    assert decision.shown == (
        ShownItem("prompt:1", score=0.5, propensity=0.125, skills=("go",)),
        ShownItem("prompt:2", score=0.9, propensity=0.5),
    )
    assert decision.dropped == (Drop("course:1", "entitlements", "no seat"), Drop("prompt:3", "dismissed"))
    assert (decision.variant, decision.llm_outcome) == ("b", "low_mass")


@pytest.mark.parametrize("name", ["path", "suggestions", "prompts", "recommendations", "questions", "items"])
def test_where_items_are(name: str) -> None:
    """Items stand in lists of these names, at the top of an answer or one level below, once each."""
    entries = [{"id": "a"}, {"id": "a"}, "no item", {"title": "without an id"}]
    assert read({"answer": {name: entries}}).shown == (ShownItem("a"),)
    assert read({"answer": {"teamInsights": {name: entries}}}).shown == (ShownItem("a"),)
    assert read({"answer": {"a": {"b": {name: entries}}, "other": entries}}).shown == ()


def test_what_was_not_saved_in_between() -> None:
    """A document that never went through JSON has tuples where it would have lists."""
    doc = {
        "candidates": ("go",),
        "features": {"mastery": {"go": (0.25, 3)}},
        "answer": {"path": ({"id": "week-1", "skills": ({"id": "go"},)},)},
    }
    decision = read(doc)
    assert decision.candidates == (Candidate("go"),)
    assert decision.shown == (ShownItem("week-1", skills=("go",)),)
    assert decision.features == {"mastery:go": [0.25, 3]}


def test_a_ranking_stands_in_for_candidates() -> None:
    """Where no stage wrote candidates, all that was ranked could have been shown."""
    assert read({"ranking": [{"id": "a", "score": 1}]}).candidates == (Candidate("a", score=1),)


@pytest.mark.parametrize(
    ("types", "source"),
    [
        (["candidates.catalogue", "rank.rules"], "catalogue"),
        (["candidates.pbml", "candidates.memory_bank"], ""),
        (["rank.rules"], ""),
    ],
)
def test_one_source_of_all_candidates(types: list[str], source: str) -> None:
    """Candidates that name no source are those of the stage that made them, when it is but one."""
    stages = [{"type": name, "status": "ok", "ms": 1.0} for name in types]
    doc = {"candidates": ["a", {"id": "b", "source": "own"}]}
    assert read(doc, stages).candidates == (Candidate("a", source), Candidate("b", "own"))


def test_time_and_degradation() -> None:
    """Time is kept by stage and in whole, and every reason why the answer is less than it could be."""
    skipped = {"type": "rank.rules", "status": "skipped", "ms": 0.5, "reason": "rank.rules:stage_timeout"}
    decision = read({}, [*STAGES, skipped])
    assert decision.latency_ms == {"rank.rules": 1.75, "explain": 2.0}
    assert decision.degraded == ("rank.rules:stage_timeout",)
    assert decision.total_ms == 12.5
    assert read({}, ended_ms=999.0).total_ms == 0.0


def test_features_are_a_snapshot() -> None:
    """Single values are kept, of mappings what concerns the skills at stake, and no long texts."""
    doc = {
        "candidates": ["go"],
        "features": {
            "level": "junior",
            "sessions": 3,
            "share": 0.123456,
            "new": True,
            "recent": {"go": 1, "sql": 2},
            "texts": ["what a person wrote"],
            "numbers": [1, 2, 3, 4, 5],
        },
    }
    assert read(doc).features == {
        "level": "junior",
        "sessions": 3,
        "share": 0.1235,
        "new": True,
        "recent:go": 1,
    }


def test_everything_is_bounded() -> None:
    """However much a document holds, a decision has some kilobytes."""
    many = [{"id": f"{number:04}" + "x" * 500, "skills": ["s" * 500] * 50} for number in range(1000)]
    doc = {
        "candidates": many,
        "dropped": [{**entry, "reason": "y" * 500} for entry in many],
        "features": {str(number): number for number in range(1000)},
        "answer": {"items": many},
    }
    decision = read(doc)
    sizes = (len(decision.candidates), len(decision.dropped), len(decision.shown), len(decision.features))
    assert sizes == (200, 200, 120, 50)
    assert {len(c.id) for c in decision.candidates} == {160}
    assert {len(d.reason) for d in decision.dropped} == {160}
    assert {len(item.skills) for item in decision.shown} == {8}


@pytest.mark.parametrize("confidence", [-0.1, 1.1, float("nan"), float("inf"), "0.5", True, None, 10**400])
def test_what_is_no_probability_is_left_out(confidence: object) -> None:
    """A confidence outside 0 to 1, or of another type, is unknown."""
    assert read({"answer": {"items": [{"id": "a", "confidence": confidence}]}}).shown == (ShownItem("a"),)
