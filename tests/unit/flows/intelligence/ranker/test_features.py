"""Features of items: what makes each of them rise and fall."""

from typing import Any

import pytest

from flows.intelligence.mastery import Mastery
from flows.intelligence.ranker.features import FEATURES, features
from flows.intelligence.ranker.item import Evidence, Item
from flows.intelligence.ranker.person import Person


def found(feature: str, person: Person | None = None, **item: Any) -> float:
    """One feature of a prompt for ``hooks``."""
    fields = {"id": "prompt:1", "type": "prompt", "title": "T", "skill": "hooks", **item}
    return features(Item(**fields), person or Person())[feature]


def test_all_features_have_names() -> None:
    """Every feature is there, also for an item that nothing is known of."""
    bare = features(Item(id="prompt:1", type="prompt", title="T"), Person())
    assert tuple(bare) == FEATURES
    assert bare == {
        "relevance": 0,
        "need": 0,
        "readiness": 0.5,
        "freshness": 1,
        "session": 0,
        "evidence": 0,
    }


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ({}, 0.0),
        ({"errors": 1}, 0.95),
        ({"popular": 1}, 0.2),
        ({"memory": 0.5}, 0.45),
        ({"memory": 0.5, "patterns": 0.5}, 1 - 0.55 * 0.65),
    ],
)
def test_relevance_joins_sources_as_independent_reasons(sources: dict[str, float], expected: float) -> None:
    """One minus the chance that every source is wrong, each trusted as far as it goes."""
    assert found("relevance", sources=sources) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("goal", "mastery", "expected"),
    [
        ({}, {}, 0.0),
        ({"hooks": 1.0}, {}, 0.7),
        ({"hooks": 0.5}, {"hooks": Mastery(0.2, 4)}, 0.4),
        ({"hooks": 1.0}, {"hooks": Mastery(1.0, 4)}, 0.0),
        ({"other": 1.0}, {}, 0.0),
    ],
)
def test_need_is_worth_to_the_goal_times_what_is_missing(
    goal: dict[str, float], mastery: dict[str, Mastery], expected: float
) -> None:
    """A skill that was never seen counts as mastered by .3."""
    assert found("need", Person(goal=goal, mastery=mastery)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("mastery", "expected"),
    [
        ({}, 0.3),  # The prerequisite is taken for .3 mastered: chance .21 of .7.
        ({"react": Mastery(1.0, 9)}, 1.0),
        ({"react": Mastery(0.5, 9)}, 0.5),
        ({"react": Mastery(1.0, 9), "hooks": Mastery(1.0, 4)}, 1 / 3),  # Chance .9.
        ({"react": Mastery(1.0, 9), "hooks": Mastery(0.1, 4)}, 0.3 / 0.7),  # Chance .3.
    ],
)
def test_readiness_is_best_at_a_success_chance_of_seven_tenths(
    mastery: dict[str, Mastery], expected: float
) -> None:
    """Too hard and too easy are both worse; own answers weigh more, the more there are."""
    person = Person(mastery=mastery, prerequisites={"hooks": ["react"]})
    assert found("readiness", person) == pytest.approx(expected)


def test_all_prerequisites_count_alike() -> None:
    """Half of them known makes half of the chance."""
    person = Person(
        mastery={"react": Mastery(1.0, 9), "css": Mastery(0.0, 9)}, prerequisites={"hooks": ["react", "css"]}
    )
    assert found("readiness", person) == pytest.approx(0.5)


def test_who_needs_nothing_first_is_ready() -> None:
    """A skill without prerequisites is within reach of everybody."""
    assert found("readiness", Person(prerequisites={"hooks": []})) == 1.0


@pytest.mark.parametrize(
    ("seen", "dismissed", "expected"),
    [
        ({}, {}, 1.0),
        ({"prompt:2": 0}, {"prompt:2": 0}, 1.0),
        ({"prompt:1": 0}, {}, 0.0),
        ({"prompt:1": 3}, {}, 0.5),
        ({"prompt:1": 6}, {}, 0.75),
        ({}, {"prompt:1": 30}, 0.5),
        ({"prompt:1": 3}, {"prompt:1": 30}, 0.25),
        ({"prompt:1": -1}, {}, 0.0),
    ],
)
def test_freshness_comes_back_with_time(
    seen: dict[str, float], dismissed: dict[str, float], expected: float
) -> None:
    """Half of it within three days of being shown, within thirty of being turned down."""
    assert found("freshness", Person(seen=seen, dismissed=dismissed)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("session", "expected"),
    [([], 0.0), (["hooks"], 1.0), (["css", "hooks", "hooks"], 0.7), (["css", "html", "hooks"], 0.49)],
)
def test_session_counts_what_was_touched_last_most(session: list[str], expected: float) -> None:
    """Each skill touched since takes three tenths of it."""
    assert found("session", Person(session=session)) == pytest.approx(expected)


def test_evidence_counts_pieces_once() -> None:
    """Each further piece adds half of what is missing."""
    one, two = (Evidence(id=f"event:{number}", kind="event") for number in (1, 2))
    assert [found("evidence", evidence=pieces) for pieces in ((one,), (one, one), (one, two))] == [
        0.5,
        0.5,
        0.75,
    ]
