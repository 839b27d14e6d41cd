"""A fitted model is used where it tells the answers of unseen people better, and not otherwise."""

from random import Random

import pytest

from flows.intelligence.tracing.choice import choose_model, held_out_loss
from flows.intelligence.tracing.learner import Answer
from flows.intelligence.tracing.model import unfitted
from flows.intelligence.tracing.training import TrainingSettings

FEW = TrainingSettings(dimensions=2, epochs=2)


def hard_and_easy(person: int, answers: int = 60) -> list[Answer]:
    """One skill that nearly everybody fails, and one that nearly everybody masters."""
    draw = Random(person)
    return [
        Answer(skill, draw.random() < right, f"{skill}/{draw.randrange(3)}", number / 10)
        for number in range(answers)
        for skill, right in (draw.choice([("hard", 0.05), ("easy", 0.95)]),)
    ]


def chance(person: int) -> list[Answer]:
    """Many skills, and on each of them the toss of a coin that falls right three times in five."""
    draw = Random(person)
    return [Answer(f"skill-{draw.randrange(100)}", draw.random() < 0.6) for _ in range(60)]


def people(count: int = 20, answers: int = 60) -> dict[str, list[Answer]]:
    return {f"p-{number}": hard_and_easy(number, answers) for number in range(count)}


def test_what_is_there_to_learn_is_learned() -> None:
    """Skills of very different difficulty are told better by a fit; the measures say by how much."""
    chosen = choose_model(people(), FEW)
    assert chosen.fitted
    assert {"hard", "easy"} == set(chosen.model.skills)
    measures = chosen.measures
    assert (measures["people"], measures["answers"], measures["fitted"]) == (20, 1200, True)
    assert (measures["heldOutPeople"], measures["heldOutAnswers"]) == (4, 240)
    assert measures["logLoss"] < 0.4 < measures["logLossOfPrior"]


def test_a_fit_that_is_worse_is_not_used() -> None:
    """Where outcomes are chance, a fit that takes them for more loses, and the prior is used."""
    credulous = TrainingSettings(dimensions=0, epochs=3, row_rate=3.0)
    chosen = choose_model({f"p-{number}": chance(number) for number in range(20)}, credulous)
    assert not chosen.fitted
    assert chosen.model == unfitted()
    assert chosen.measures["fitted"] is False
    assert chosen.measures["logLoss"] > chosen.measures["logLossOfPrior"]


@pytest.mark.parametrize(("count", "answers", "fits"), [(4, 200, False), (5, 100, True), (5, 99, False)])
def test_few_answers_are_not_fitted(count: int, answers: int, fits: bool) -> None:
    """Five people and 500 answers are the least; below, nothing is measured either."""
    chosen = choose_model(people(count, answers), FEW)
    assert ("logLoss" in chosen.measures) is fits
    if not fits:
        assert chosen.model == unfitted()
        assert chosen.measures == {"people": count, "answers": count * answers, "fitted": False}


def test_people_without_answers_do_not_count() -> None:
    """Somebody who never answered is nobody to learn from."""
    assert choose_model(people(4, 200) | {"silent": []}, FEW).measures["people"] == 4
    assert choose_model({}, FEW).measures == {"people": 0, "answers": 0, "fitted": False}


def test_an_item_of_two_people_gets_no_weights() -> None:
    """Only items that three people have answered are in the model by name."""
    answered = people()
    for number, item in enumerate(["rare", "rare", "common", "common", "common"]):
        answered[f"p-{number}"][0] = Answer("hard", False, item)
    items = set()
    for seed in range(4):  # Some of the people are held out; by one seed or another all are not.
        items |= set(choose_model(answered, TrainingSettings(dimensions=0, epochs=1, seed=seed)).model.items)
    assert "common" in items
    assert "rare" not in items


def test_equal_answers_give_an_equal_choice() -> None:
    """The order in which people come does not matter, and nothing is left to chance."""
    answered = people()
    backwards = dict(reversed(answered.items()))
    assert choose_model(answered, FEW) == choose_model(backwards, FEW)


def test_the_seed_decides_who_is_held_out() -> None:
    """With another seed other people are held out, so other losses are found."""
    other = TrainingSettings(dimensions=2, epochs=2, seed=8)
    assert (
        choose_model(people(), FEW).measures["logLoss"] != choose_model(people(), other).measures["logLoss"]
    )


def test_the_loss_is_that_of_predictions_made_beforehand() -> None:
    """One right answer, of which the prior expects 0.5987, costs minus the logarithm of that."""
    assert held_out_loss(unfitted(), [[Answer("go", True)]]) == pytest.approx(0.5130, abs=1e-4)
    assert held_out_loss(unfitted(), [[Answer("go", False)]]) == pytest.approx(0.9130, abs=1e-4)
