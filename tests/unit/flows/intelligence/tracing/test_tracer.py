"""Predictions and states, against values worked out by hand."""

import json
from math import log

import pytest

from flows.intelligence.mastery import Mastery
from flows.intelligence.tracing.learner import Answer
from flows.intelligence.tracing.model import tracing_model, unfitted
from flows.intelligence.tracing.tracer import Tracer

near = pytest.approx
FADED = [0.0] * 11


@pytest.fixture
def tracer() -> Tracer:
    """One dimension. Loops are solved by three in four, the task is as much harder."""
    return Tracer(
        tracing_model(
            [0.0, *FADED, 1.0], {"loops": [log(3), *FADED, 2.0]}, {"task": [-log(3), 0.5], "easy": [0.0, 0.0]}
        )
    )


def test_a_new_person_is_predicted_by_skill_and_item(tracer: Tracer) -> None:
    """Log-odds of skill and item add up; an unknown one adds nothing."""
    person = tracer.start()
    assert tracer.predict(person, "loops") == near(0.75, abs=1e-5)
    assert tracer.predict(person, "loops", "task") == near(0.5)
    assert tracer.predict(person, "loops", "unknown") == near(0.75, abs=1e-5)
    assert tracer.predict(person, "unknown") == 0.5
    assert tracer.predict(person, "unknown", "task") == near(0.25, abs=1e-5)


def test_an_answer_moves_the_person(tracer: Tracer) -> None:
    """Error .5, direction 2 + .5: the vector is at .6 x .5 x 2.5 = .75 then, for every skill."""
    person = tracer.start()
    tracer.observe(person, Answer("loops", True, "task"))
    assert person.vector == [near(0.75, abs=1e-5)]
    assert tracer.predict(person, "loops") == near(0.930772, abs=1e-5)  # ln 3 + 2 x .75
    assert tracer.predict(person, "loops", "task") == near(0.867036, abs=1e-5)  # 2.5 x .75
    assert tracer.predict(person, "unknown") == near(0.679179, abs=1e-5)  # 1 x .75


def test_a_failure_moves_the_person_down(tracer: Tracer) -> None:
    """Error -.75 on the skill alone: -.6 x .75 x 2 = -.9."""
    person = tracer.start()
    tracer.observe(person, Answer("loops", False))
    assert person.vector == [near(-0.9, abs=1e-5)]


def test_predicting_changes_nothing(tracer: Tracer) -> None:
    """Only an answer changes a person."""
    person = tracer.replay([Answer("loops", True, "task")])
    before = json.dumps(person.to_json())
    tracer.predict(person, "types", "task", 3.0)
    tracer.mastery(person, "types", 3.0)
    assert json.dumps(person.to_json()) == before


def test_replay_is_one_answer_after_the_other(tracer: Tracer) -> None:
    """The state after a history is the state of who lived through it."""
    history = [Answer("loops", True, "task", 1.0), Answer("types", False, "easy", 2.0)]
    person = tracer.start()
    for answer in history:
        tracer.observe(person, answer)
    assert tracer.replay(history) == person
    assert person.records == 2


def test_mastery_is_the_chance_on_a_typical_task(tracer: Tracer) -> None:
    """The level is the prediction without an item; observations are counted per skill."""
    person = tracer.replay([Answer("loops", True, "task"), Answer("loops", True, "task")])
    mastery = tracer.mastery(person, "loops")
    assert mastery == Mastery(tracer.predict(person, "loops"), 2)
    assert tracer.mastery(person, "types").observations == 0


def test_the_unfitted_model_follows_people() -> None:
    """With the prior alone, three successes lift .5987 to .7917 on the skill and .6979 elsewhere."""
    tracer = Tracer(unfitted())
    person = tracer.replay([Answer("loops", True)] * 3)
    assert tracer.mastery(tracer.start(), "loops") == Mastery(near(0.5987, abs=1e-4), 0)
    assert tracer.mastery(person, "loops") == Mastery(near(0.7917, abs=1e-4), 3)
    assert tracer.mastery(person, "types") == Mastery(near(0.6979, abs=1e-4), 0)


def test_mastery_fades_with_time() -> None:
    """.7917 on the day, .7573 after two months: .6033 of the practice of the skill is left."""
    tracer = Tracer(unfitted())
    person = tracer.replay([Answer("loops", True, day=100.0)] * 3)
    assert tracer.mastery(person, "loops", day=100.0).level == near(0.7917, abs=1e-4)
    assert tracer.mastery(person, "loops", day=160.0).level == near(0.7573, abs=1e-4)


def test_an_answer_is_judged_by_what_was_left() -> None:
    """A success after years is a greater surprise, and moves the vector more."""
    row = [0.0] * 9 + [2.0, 0.0, 0.0, 1.0]  # By the wrongs on the skill, and one dimension.
    tracer = Tracer(tracing_model(row, {}, {}))
    at_once, late = (
        tracer.replay([Answer("loops", False, day=0.0), Answer("loops", False, day=day)]).vector[0]
        for day in (0.0, 700.0)
    )
    assert late > at_once


def test_a_stored_state_goes_on(tracer: Tracer) -> None:
    """Stored and resumed under the same model, nothing is different."""
    person = tracer.replay([Answer("loops", True, "task")])
    assert tracer.resume(json.loads(json.dumps(person.to_json()))) == person


def test_a_state_of_another_model_keeps_all_but_its_vector(tracer: Tracer) -> None:
    """The axes of another model mean something else, so the vector starts again."""
    person = tracer.replay([Answer("loops", True, "task")])
    other = Tracer(unfitted(2))
    resumed = other.resume(person.to_json())
    assert (resumed.vector, resumed.model) == ([0.0, 0.0], other.model.version)
    assert (resumed.skills, resumed.items, resumed.recent) == (person.skills, person.items, person.recent)
    other.observe(resumed, Answer("loops", True, "task"))
    assert resumed.records == 2
