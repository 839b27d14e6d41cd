"""Fitting a model to answers."""

from random import Random
from statistics import pstdev

import pytest

from flows.intelligence.tracing.features import FEATURES, PRIOR
from flows.intelligence.tracing.learner import Answer
from flows.intelligence.tracing.model import unfitted
from flows.intelligence.tracing.tracer import Tracer
from flows.intelligence.tracing.training import TrainingSettings, fit

near = pytest.approx
STILL = TrainingSettings(dimensions=4, epochs=1, shared_rate=0.0, row_rate=0.0)
ONE = TrainingSettings(dimensions=0, epochs=1)


def person(skill: str, **outcomes: bool) -> list[Answer]:
    """One person's answers on items by name."""
    return [Answer(skill, correct, item) for item, correct in outcomes.items()]


def test_nothing_to_learn_from_gives_the_prior() -> None:
    """Without people, or without answers, the model is the unfitted one."""
    settings = TrainingSettings(dimensions=2)
    assert fit([], settings) == fit([[]], settings) == unfitted(2)


def test_a_fit_starts_from_the_base_rate() -> None:
    """Three of four right, and the prior of .5987 as one more answer: .71974, log-odds .94316."""
    model = fit([person("loops", a=True, b=True), person("loops", c=True, d=False)], STILL)
    assert model.shared[0] == near(0.94316, abs=2e-5)
    assert list(model.shared[1 : len(FEATURES)]) == list(PRIOR.values())[1:]


def test_one_step_by_hand() -> None:
    """One right answer: base rate (1 + .5987) / 2 = .79934, so the error is .20066.

    Shared weights step by .005 of it. The skill has seen features of square 2 / 12, so its step
    is .1 / sqrt(.1 + .20066² x 2 / 12) = .30612; the item's .1 / sqrt(.1 + .20066²) = .26701.
    """
    model = fit([[Answer("loops", True, "task")]], ONE)
    assert model.shared[0] == near(1.38216 + 0.005 * 0.20066, abs=2e-4)
    assert model.skills["loops"][0] - model.shared[0] == near(0.30612 * 0.20066, abs=2e-5)
    assert model.shared[-1] == near(0.00100, abs=1e-5)  # The skill was new to the person.
    assert model.skills["loops"][-1] - model.shared[-1] == near(0.30612 * 0.20066, abs=2e-5)
    assert model.items["task"] == [near(0.26701 * 0.20066, abs=2e-5)]


def test_a_weak_answer_steps_less() -> None:
    """A weight of .1 makes for about a tenth of the step; one of nought for none."""
    full, weak, none = (
        fit([[Answer("loops", True, "task", weight=weight)]], ONE).items["task"][0]
        for weight in (1.0, 0.1, 0.0)
    )
    assert (full, weak, none) == (near(0.05357, abs=1e-4), near(0.00633, abs=1e-4), 0.0)


def test_equal_input_gives_an_equal_model() -> None:
    """Two fits agree to the last digit; another seed gives another model."""
    people = [person("loops", a=True, b=False), person("types", c=True, a=False)] * 3
    assert fit(people) == fit(people)
    assert fit(people) != fit(people, TrainingSettings(seed=8))


def test_the_order_of_people_is_shuffled_by_the_seed() -> None:
    """Without dimensions the seed decides on nothing but the order, and that makes a difference."""
    people = [person("loops", a=True), person("loops", a=False), person("loops", a=True)] * 3
    settings = (TrainingSettings(dimensions=0, seed=seed) for seed in (1, 2))
    assert len({fit(people, given).version for given in settings}) == 2


def test_people_are_left_as_they_were_given() -> None:
    """Shuffling is done on a copy."""
    people = [person("loops", **{str(number): True}) for number in range(20)]
    before = list(people)
    fit(people)
    assert people == before


def test_later_epochs_step_less() -> None:
    """With a steep decay, all epochs but the first change next to nothing."""
    people = [person("loops", a=True, b=False)] * 5
    once = fit(people, TrainingSettings(dimensions=0, epochs=1))
    slow, steep = (
        fit(people, TrainingSettings(dimensions=0, epochs=5, rate_decay=decay)) for decay in (0.0, 1e6)
    )
    assert steep.items["b"][0] == near(once.items["b"][0], abs=2e-4)
    assert slow.items["b"][0] < once.items["b"][0] - 0.1


def test_each_skill_draws_its_own_start() -> None:
    """A skill's weights for the dimensions are drawn by its name: whoever is there beside it."""
    alone = fit([person("loops", a=True)], STILL)
    both = fit([person("types", b=True), person("loops", a=True)], STILL)
    assert both.skills["loops"][12:] == alone.skills["loops"][12:]
    assert both.skills["types"][12:] != both.skills["loops"][12:]


def test_starts_are_spread_as_asked() -> None:
    """Around nought with a deviation of .2."""
    settings = TrainingSettings(dimensions=1000, epochs=1, shared_rate=0.0, row_rate=0.0)
    drawn = fit([person("loops", a=True)], settings).skills["loops"][12:]
    assert pstdev(drawn) == near(0.2, abs=0.02)
    assert sum(drawn) / 1000 == near(0.0, abs=0.03)


def test_items_of_a_skill_are_told_apart() -> None:
    """What everybody fails becomes hard, what everybody solves easy, an unknown one in between."""
    hard_first, easy_first = person("loops", hard=False, easy=True), person("loops", easy=True, hard=False)
    tracer = Tracer(fit([hard_first, easy_first] * 20))
    hard, unknown, easy = (tracer.predict(tracer.start(), "loops", item) for item in ("hard", "new", "easy"))
    assert hard < 0.2
    assert 0.3 < unknown < 0.7
    assert easy > 0.8


def test_skills_are_told_apart() -> None:
    """Also with every item new, a skill that most fail is harder than one that most solve."""
    people = [[Answer("hard", False), Answer("easy", True)] for _ in range(40)]
    tracer = Tracer(fit(people))
    hard, unknown, easy = (tracer.predict(tracer.start(), skill) for skill in ("hard", "new", "easy"))
    assert hard < 0.3
    assert hard < unknown < easy
    assert easy > 0.7


def test_shrinkage_keeps_the_rare_near_the_shared() -> None:
    """The more is drawn off, the less an item or a skill stands out."""
    people = [person("loops", a=True, b=False)] * 10
    for name, part, key in (("item_shrinkage", "items", "b"), ("skill_shrinkage", "skills", "loops")):
        weights = []
        for shrinkage in (0.0, 5.0):
            model = fit(people, TrainingSettings(dimensions=0, **{name: shrinkage}))  # type: ignore[arg-type]
            base = 0.0 if part == "items" else model.shared[0]
            weights.append(abs(getattr(model, part)[key][0] - base))
        assert weights[1] < weights[0]


def test_kinds_of_people_are_told_apart() -> None:
    """Two kinds of people, each solving the items that the other fails: nothing but what items have
    in common tells them apart, and two answers on other items are enough to know the rest.
    """
    items = [f"{kind}{number}" for kind in "ab" for number in range(6)]
    people = [
        [Answer("loops", item[0] == "ab"[number % 2], item) for item in Random(number).sample(items, 12)]
        for number in range(60)
    ]
    tracer = Tracer(fit(people))
    known = tracer.replay([Answer("loops", True, "a0"), Answer("loops", False, "b0")])
    assert tracer.predict(known, "loops", "a5") > 0.8
    assert tracer.predict(known, "loops", "b5") < 0.2
