"""How likely a person is to complete a planned week."""

import pytest

from flows.catalogue.model import Catalogue
from flows.catalogue.parse import parse
from flows.intelligence.confidence.path_week import WeekFeatures, readiness, stretch
from flows.intelligence.mastery import Mastery

#: Skill: its level and what it needs.
SKILLS: dict[str, tuple[str | None, list[str]]] = {
    "base": ("foundation", []),
    "one": ("junior", ["base"]),
    "two": ("mid", ["base", "one"]),
    "three": ("senior", ["two"]),
    "chess": (None, []),
}


def catalogue() -> Catalogue:
    skills = [
        {"id": skill_id, "title": skill_id, "hours": 1, "prompts": ["Do it."], "prerequisites": needs}
        | ({} if level is None else {"level": level})
        for skill_id, (level, needs) in SKILLS.items()
    ]
    return parse("test", [("test", {"skills": skills})])


@pytest.mark.parametrize(
    ("features", "confidence"),
    [
        ({"readiness": 1, "stretch": 0, "load": 0, "distance": 0}, 0.94),
        ({"readiness": 1, "stretch": 0, "load": 1, "distance": 0}, 0.92),
        ({"readiness": 1, "stretch": 1, "load": 0, "distance": 0}, 0.8),
        ({"readiness": 1, "stretch": 0, "load": 0, "distance": 1}, 0.88),
        ({"readiness": 0, "stretch": 0, "load": 0, "distance": 0}, 0.65),
        ({"readiness": 0.5, "stretch": 1 / 3, "load": 0.5, "distance": 0.25}, 0.7),
        ({"readiness": 0, "stretch": 1, "load": 1, "distance": 1}, 0.12),
    ],
)
def test_confidence_rises_with_readiness_and_falls_with_the_rest(
    features: dict[str, float], confidence: float
) -> None:
    """Well prepared is near .9; above one's level, with a full week, late in a path it is less."""
    assert WeekFeatures(**features).confidence() == confidence


@pytest.mark.parametrize(
    ("source", "firmness"),
    [("stated", 0.85), ("assumed", 0.75), ("implied", 0.75), ("observed", 0.93)],
)
def test_readiness_is_how_firmly_the_prerequisite_is_known(source: str, firmness: float) -> None:
    """What was observed counts as observed, what was said more than what is only assumed."""
    mastery = {"base": Mastery(0.93, 41)}
    assert readiness(catalogue(), ["one"], {"base": source}, mastery) == firmness


def test_readiness_without_the_numbers_behind_an_observation() -> None:
    """An observed skill whose mastery is not at hand counts as a stated one does."""
    assert readiness(catalogue(), ["one"], {"base": "observed"}, {}) == 0.85


def test_a_planned_prerequisite_counts_less_than_a_known_one() -> None:
    """What is to be learned earlier in the path is not learned yet, whatever mastery it has now."""
    assert readiness(catalogue(), ["three"], {"base": "stated"}, {"two": Mastery(0.2, 9)}) == 0.7


def test_readiness_is_the_mean_over_all_prerequisites() -> None:
    """Of all the week's skills, prerequisite by prerequisite; skills that need nothing do not count."""
    known = {"base": "stated", "one": "assumed"}
    ready = readiness(catalogue(), ["base", "one", "two"], known, {})
    assert ready == pytest.approx((0.85 + 0.85 + 0.75) / 3)


def test_who_needs_nothing_is_ready() -> None:
    """Skills without prerequisites, or no skills at all, are fully ready."""
    assert readiness(catalogue(), ["base", "chess"], {}, {}) == 1.0
    assert readiness(catalogue(), [], {}, {}) == 1.0


@pytest.mark.parametrize(
    ("skills", "level", "expected"),
    [
        (["base"], "junior", 0.0),
        (["one"], "junior", 0.0),
        (["two"], "junior", 1 / 3),
        (["three"], "junior", 2 / 3),
        (["three"], "foundation", 1.0),
        (["three", "base"], "mid", 1 / 3),
        (["base", "three"], "senior", 0.0),
        (["chess"], "junior", 0.0),
        (["chess", "two"], "junior", 1 / 3),
        ([], "junior", 0.0),
    ],
)
def test_stretch_is_how_far_the_hardest_skill_lies_above(
    skills: list[str], level: str, expected: float
) -> None:
    """A share of all levels; skills below the person's level or without one are no stretch."""
    assert stretch(catalogue(), skills, level) == pytest.approx(expected)
