"""The learned router: what its parts pick up, and how it chooses."""

import pytest

from flows.intelligence.routing.learned import Corrections, LearnedRouter, Scored, best_model, folds, train
from flows.intelligence.routing.question import look_at
from flows.intelligence.routing.similar_questions import SimilarQuestions
from flows.intelligence.routing.task_table import relative, task_table
from flows.intelligence.routing.term_weights import TermWeights
from flows.intelligence.routing.trait_weights import TraitWeights

PRICES = (0.1, 0.9)
WORDS = ("red", "green", "blue", "round", "flat")


def rows(number: int = 200) -> list[Scored]:
    """Every other question has "integral" in it: the dear model can do these, the cheap one the others."""
    return [
        Scored(
            look_at(f"{WORDS[n % 5]} {'integral' if n % 2 else 'poem'} of {WORDS[n % 3]}", "t"),
            (0.0, 1.0) if n % 2 else (1.0, 0.0),
        )
        for n in range(number)
    ]


@pytest.fixture(scope="module")
def router() -> LearnedRouter:
    return train(rows(), PRICES)


def test_the_table_has_means_that_lean_on_all() -> None:
    """Five questions of all tasks count beside the task's own; an unknown task has the mean of all."""
    table = task_table(["a", "a", "b"], [(1.0, 0.0), (1.0, 0.0), (0.4, 0.3)])
    assert table.overall == pytest.approx([0.8, 0.1])
    assert table.predict("a") == pytest.approx([(2 + 4) / 7, 0.5 / 7])
    assert table.predict("c") == table.overall


def test_only_differences_between_models_count() -> None:
    """A question that all models do worse on says nothing about any of them."""
    assert relative((0.1, 0.2), (0.6, 0.7)) == pytest.approx([0.0, 0.0])
    assert relative((1.0, 0.0), (0.5, 0.5)) == pytest.approx([0.5, -0.5])


def test_similar_questions_correct() -> None:
    """The nearest count by similarity; what is like nothing is not corrected."""
    terms = [["x", "y"], ["x", "y"], *([f"z{n // 2}"] for n in range(40))]
    corrections = [(0.5, -0.5), (0.5, -0.5), *([(-0.5, 0.5)] * 40)]
    similar = SimilarQuestions(terms, corrections)
    assert similar.predict(["x", "y"]) == pytest.approx([1 / 17, -1 / 17])
    assert similar.predict(["z3", "q"]) == pytest.approx([-1 / 17, 1 / 17])
    assert similar.predict(["q"]) == [0.0, 0.0]


def test_the_nearest_questions_count() -> None:
    """Three hundred of them: where as many are the same, those that are only alike say nothing."""
    terms = [["x", "y"]] * 300 + [["x"]] * 100 + [[f"z{n}"] for n in range(3600)]
    similar = SimilarQuestions(terms, [(0.5, -0.5)] * 300 + [(-0.5, 0.5)] * 3700)
    assert similar.predict(["x", "y"]) == pytest.approx([150 / 315, -150 / 315])


def test_words_are_learned() -> None:
    """A word that goes with one model is worth something to it; too rare ones are nothing."""
    terms = [["integral"] if n % 2 else ["poem"] for n in range(200)] + [["rare"]]
    corrections = [(-0.5, 0.5) if n % 2 else (0.5, -0.5) for n in range(200)] + [(0.5, -0.5)]
    weights = TermWeights(terms, corrections, seed=1)
    integral = weights.predict(["integral"])
    assert integral[1] > 0.4 > 0 > integral[0]
    assert weights.predict(["rare"]) == weights.predict(["unheard"]) == [0.0, 0.0]


def test_traits_are_learned_by_task() -> None:
    """The slope within a task, shrunk; a trait that never varies is nothing, nor is an unknown task."""
    traits = [(float(n % 2), 7.0) for n in range(2000)]
    corrections = [(0.2 - 0.4 * (n % 2), 0.4 * (n % 2) - 0.2) for n in range(2000)]
    weights = TraitWeights(["t"] * 2000, traits, corrections)
    assert weights.predict("t", (1.0, 7.0)) == pytest.approx([-0.2 * 2 / 3, 0.2 * 2 / 3])
    assert weights.predict("t", (0.5, 7.0)) == pytest.approx([0.0, 0.0])
    assert weights.predict("unheard", (1.0, 7.0)) == [0.0, 0.0]


def test_corrections_add_up() -> None:
    """Similar questions and words count in full, traits by half."""
    training = rows(60)
    table = task_table([row.question.task for row in training], [row.scores for row in training])
    wanted = [relative(row.scores, table.predict("t")) for row in training]
    terms = [row.question.terms for row in training]
    asked = look_at("an integral of 3 reds?", "t")
    similar = SimilarQuestions(terms, wanted).predict(asked.terms)
    words = TermWeights(terms, wanted, 7).predict(asked.terms)
    traits = TraitWeights(["t"] * 60, [row.question.traits for row in training], wanted)
    form = traits.predict("t", asked.traits)
    assert form[0] != 0.0
    expected = [similar[n] + words[n] + form[n] / 2 for n in range(2)]
    assert Corrections(training, table, 7).predict(asked) == pytest.approx(expected)


def test_the_question_decides(router: LearnedRouter) -> None:
    """Where the task says nothing, the words do; a price weight can overrule them."""
    integral, poem = look_at("old integral of red", "t"), look_at("old poem of red", "t")
    assert router.factor == 1.0
    assert best_model(router.predict(integral), PRICES, 0.0) == 1
    assert best_model(router.predict(poem), PRICES, 0.0) == 0
    assert best_model(router.predict(integral), PRICES, 2.0) == 0


def test_training_is_repeatable(router: LearnedRouter) -> None:
    """The same questions and seed give the same predictions to the last digit."""
    question = look_at("flat integral", "t")
    assert train(rows(), PRICES).predict(question) == router.predict(question)


def test_a_factor_of_nothing_is_the_table(router: LearnedRouter) -> None:
    """Without corrections the task decides alone."""
    table_alone = LearnedRouter(router.table, router.corrections, 0.0)
    assert table_alone.predict(look_at("integral", "t")) == router.table.predict("t")


@pytest.mark.parametrize(
    ("predicted", "weight", "expected"),
    [((0.5, 0.6), 0.0, 1), ((0.5, 0.6), 0.1, 1), ((0.5, 0.6), 0.13, 0), ((0.5, 0.5), 0.0, 0)],
)
def test_the_best_model_less_its_price(predicted: tuple[float, float], weight: float, expected: int) -> None:
    """Of equals the cheaper one."""
    assert best_model(predicted, PRICES, weight) == expected


def test_folds() -> None:
    """Every position is in one part; parts are equal up to one, and repeatable."""
    parts = folds(11, 5, 3)
    assert sorted(position for part in parts for position in part) == list(range(11))
    assert [len(part) for part in parts] == [3, 2, 2, 2, 2]
    assert parts == folds(11, 5, 3) != folds(11, 5, 4)
