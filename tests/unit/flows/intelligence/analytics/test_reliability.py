"""Confidence against what came of it."""

from flows.intelligence.analytics.model import Bin
from flows.intelligence.analytics.reliability import by_flow, reliability

BINS = [
    Bin("a", 9, items=4, accepted=4, confidence=3.6, squares=0.04),
    Bin("a", 2, items=4, accepted=2, confidence=1.0, squares=1.25),
    Bin("b", 2, items=2, accepted=0, confidence=0.5, squares=0.125),
]


def test_all_flows_together() -> None:
    """Tenths of several flows are added up before they are judged."""
    found = reliability(BINS)
    assert (found["items"], found["ece"], found["brier"]) == (10, 0.09, 0.1415)
    assert [(b["from"], b["to"], b["confidence"]) for b in found["bins"]] == [
        (0.2, 0.3, 0.25),
        (0.9, 1.0, 0.9),
    ]
    assert [b["accepted"]["count"] for b in found["bins"]] == [2, 4]


def test_each_flow() -> None:
    """A flow by itself may be off where all together are not."""
    assert [(f["flow"], f["items"], f["ece"]) for f in by_flow(BINS)] == [("a", 8, 0.175), ("b", 2, 0.25)]


def test_without_outcomes() -> None:
    """Nothing is known before there is feedback."""
    assert reliability([]) == {"items": 0, "ece": None, "brier": None, "bins": []}
    assert by_flow([]) == []
