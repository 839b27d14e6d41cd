"""What the model looks at before an answer."""

from math import log

import pytest

from flows.intelligence.tracing.features import FEATURES, PRIOR, features
from flows.intelligence.tracing.learner import Answer, Learner

near = pytest.approx


def seen(
    *answers: Answer, skill: str = "loops", item: str | None = None, day: float | None = None
) -> dict[str, float]:
    """The features that are not nought, by name, after some answers."""
    person = Learner("", [])
    for answer in answers:
        person.learn(answer, 0.0, [])
    values = features(person, skill, item, day)
    return {name: value for name, value in zip(FEATURES, values, strict=True) if value}


def test_nothing_is_known_of_a_new_person() -> None:
    """Only the constant, and that the skill was never practised."""
    assert seen(item="task") == {"always": 1.0, "skill_unpractised": 1.0}


def test_practice_of_a_skill() -> None:
    """Counts on a logarithmic scale, rates as distances from one half, records since."""
    right, wrong = Answer("loops", True), Answer("loops", False)
    assert seen(right, right, wrong, Answer("types", False)) == {
        "always": 1.0,
        "recent_rate": near(-0.0648),  # .5 -> .6 -> .68 -> .544 -> .4352
        "long_run_rate": near(-0.00475, abs=1e-5),  # .5 -> .525 -> .54875 -> .52131 -> .49525
        "skill_recent_rate": near(0.044),
        "skill_rights": near(log(3) / 2),
        "skill_wrongs": near(log(2) / 2),
        "skill_gap": near(log(3) / 3),
    }


def test_another_skill_is_unpractised() -> None:
    """Practice of one skill is none of another; the rates of the person are theirs."""
    assert seen(Answer("types", True)).keys() == {
        "always",
        "recent_rate",
        "long_run_rate",
        "skill_unpractised",
    }


@pytest.mark.parametrize(("correct", "name"), [(True, "item_was_right"), (False, "item_was_wrong")])
def test_an_item_seen_before(correct: bool, name: str) -> None:
    """The last outcome on the item counts, one of the two."""
    found = seen(Answer("loops", correct, "task"), Answer("loops", True, "other"), item="task")
    assert found[name] == 1.0
    assert not {"same_answer_right", "same_answer_wrong", "item_was_right", "item_was_wrong"} - {name} & set(
        found
    )


@pytest.mark.parametrize(("correct", "name"), [(True, "same_answer_right"), (False, "same_answer_wrong")])
def test_the_same_answer_under_another_skill(correct: bool, name: str) -> None:
    """It is told apart from trying the item again."""
    found = seen(Answer("types", correct, "task"), item="task")
    assert {key for key in found if "answer" in key or "item" in key} == {name}


def test_forgotten_practice_ends_as_none() -> None:
    """After 30 days .6675 of each number of the skill is left, and .3325 is as never practised."""
    practised = [Answer("loops", True, day=0.0)]
    fresh, faded = seen(*practised, day=0.0), seen(*practised, day=30.0)
    for name in ("skill_recent_rate", "skill_rights", "skill_gap"):
        assert faded[name] == near(0.667526 * fresh[name], abs=1e-5)
    assert faded["skill_unpractised"] == near(0.332474, abs=1e-5)
    assert faded["recent_rate"] == fresh["recent_rate"]


def test_failures_fade_too() -> None:
    """What went wrong long ago is held against nobody."""
    assert seen(Answer("loops", False, day=0.0), day=300.0)["skill_wrongs"] == near(0.1137, abs=1e-3)


def test_every_feature_has_a_prior() -> None:
    """Twelve features, each with the weight that fits start from."""
    assert len(FEATURES) == len(features(Learner("", []), "loops", None, None)) == 12
    assert tuple(PRIOR) == FEATURES
