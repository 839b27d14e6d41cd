"""What is remembered of a person, and how an answer changes it."""

import json

import pytest

from flows.intelligence.tracing.learner import Answer, Learner, SkillMemory, same_act

near = pytest.approx


def learner(*vector: float) -> Learner:
    return Learner("v1", list(vector))


def after(*answers: Answer) -> Learner:
    """A person without a vector, after some answers."""
    person = learner()
    for answer in answers:
        person.learn(answer, 0.0, [])
    return person


def test_success_rates_follow_in_two_windows() -> None:
    """Both start at one half; a new answer counts a fifth in the short one, a twentieth in the long."""
    person = after(Answer("loops", True), Answer("loops", False))
    assert person.recent == near(0.48)  # .5 -> .6 -> .48
    assert person.long_run == near(0.49875)  # .5 -> .525 -> .49875
    assert (person.records, person.answers) == (2, 2)


def test_skills_are_remembered_apart() -> None:
    """Each skill has its own counts, rate, and the record of its last practice."""
    person = after(Answer("loops", True), Answer("types", False), Answer("loops", True))
    assert person.skills["loops"] == SkillMemory(observations=2, rights=2.0, recent=near(0.68), record=3)
    assert person.skills["types"] == SkillMemory(observations=1, wrongs=1.0, recent=near(0.4), record=2)


def test_weak_evidence_counts_by_its_weight() -> None:
    """A weight of .5 moves counts, rates and vector half as far; it is one observation all the same."""
    person = learner(0.0)
    person.learn(Answer("loops", True, weight=0.5), 0.4, [1.0])
    memory = person.skills["loops"]
    assert (memory.observations, memory.rights, memory.recent) == (1, 0.5, near(0.55))
    assert (person.recent, person.long_run) == (near(0.55), near(0.5125))
    assert person.vector == [near(0.12)]
    person.learn(Answer("loops", False, weight=0.5), 0.0, [1.0])
    assert (memory.observations, memory.wrongs, memory.recent) == (2, 0.5, near(0.495))


def test_the_vector_moves_along_the_direction_by_the_error() -> None:
    """Steps of .6, smaller with the answers given: the second is .6 / 1.003."""
    person = learner(0.1, -0.2)
    person.learn(Answer("loops", True), 0.5, [1.0, -2.0])
    assert person.vector == [near(0.4), near(-0.8)]
    person.learn(Answer("loops", False), -0.5, [1.0, 0.0])
    assert person.vector == [near(0.4 - 0.3 / 1.003), near(-0.8)]


def test_an_item_of_several_skills_is_one_answer() -> None:
    """Recorded again under another skill, it practises that skill and moves nothing general."""
    person = learner(0.0)
    person.learn(Answer("loops", True, "task"), 0.5, [1.0])
    person.learn(Answer("types", True, "task"), 0.5, [1.0])
    assert (person.records, person.answers) == (2, 1)
    assert (person.vector, person.recent, person.long_run) == ([near(0.3)], near(0.6), near(0.525))
    assert person.skills["types"].observations == 1


@pytest.mark.parametrize(
    ("skill", "item", "day", "same"),
    [
        ("types", "task", 3.0, True),
        ("loops", "task", 3.0, False),  # A second try.
        ("types", "other", 3.0, False),
        ("types", None, 3.0, False),
        ("types", "task", 4.0, False),
    ],
)
def test_same_act(skill: str, item: str | None, day: float, same: bool) -> None:
    """One act is the same item at the same time under another skill."""
    assert same_act(Answer("loops", True, "task", 3.0), skill, item, day) is same


def test_nothing_is_the_same_act_as_nothing() -> None:
    """The first answer repeats none; nor do two without an item."""
    assert not same_act(None, "loops", "task", None)
    assert not same_act(Answer("loops", True), "types", None, None)


def test_the_last_outcome_on_an_item_is_remembered() -> None:
    """A later answer replaces an earlier one; what has no item leaves none."""
    person = after(Answer("loops", True, "a"), Answer("loops", False, "a"), Answer("loops", True))
    assert person.items == {"a": False}


def test_the_least_recent_items_are_forgotten() -> None:
    """A thousand items are kept; answering one again makes it recent."""
    person = after(*(Answer("loops", True, str(number)) for number in range(1000)))
    person.learn(Answer("loops", True, "0"), 0.0, [])
    person.learn(Answer("loops", True, "new"), 0.0, [])
    assert len(person.items) == 1000
    assert "0" in person.items
    assert "1" not in person.items


def test_stability_follows_practice_in_time() -> None:
    """It starts by the outcome, then grows by spaced success."""
    person = after(Answer("loops", True, day=10), Answer("types", False, day=10))
    assert person.skills["loops"].stability == 2.3065
    assert person.skills["types"].stability == 0.212
    person.learn(Answer("loops", True, day=40), 0.0, [])
    assert person.skills["loops"].stability == near(24.0505, abs=1e-4)
    assert person.skills["loops"].day == 40


def test_a_late_answer_does_not_turn_time_back() -> None:
    """The last practice stays the last when an earlier one comes in after it."""
    assert after(Answer("loops", True, day=10), Answer("loops", True, day=7)).skills["loops"].day == 10


def test_practice_is_retained_less_with_days() -> None:
    """All of it at once, .6675 after 30 days at a stability of 2.3; all where time is unknown."""
    memory = after(Answer("loops", True, day=10)).skills["loops"]
    assert (memory.retained(10), memory.retained(None)) == (1.0, 1.0)
    assert memory.retained(40) == near(0.667526, abs=1e-5)
    assert after(Answer("loops", True)).skills["loops"].retained(40) == 1.0


def test_state_survives_storage() -> None:
    """What goes through JSON comes back equal, and goes on alike."""
    person = learner(0.25)
    person.learn(Answer("loops", True, "a", 3.5, 0.5), 0.1, [0.3])
    person.learn(Answer("types", False), -0.7, [0.3])
    restored = Learner.from_json(json.loads(json.dumps(person.to_json())))
    assert restored == person
    for one in (person, restored):
        one.learn(Answer("loops", True, "b", 9.0), 0.2, [1.0])
    assert restored == person


def test_a_new_state_survives_storage() -> None:
    """Also a state without any answer."""
    assert Learner.from_json(json.loads(json.dumps(learner(0.0).to_json()))) == learner(0.0)


def test_a_restored_state_shares_nothing_with_the_document() -> None:
    """Following on from a document leaves the document as it was."""
    document = after(Answer("loops", True, "a")).to_json()
    before = json.dumps(document)
    Learner.from_json(document).learn(Answer("loops", False, "a"), 0.0, [])
    assert json.dumps(document) == before
