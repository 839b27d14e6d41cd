"""The weights of the blend from what people chose."""

from math import log

import pytest

from flows.intelligence.recommender.blend import PRIOR, PRIOR_BLEND
from flows.intelligence.recommender.fitting import Example, derivatives, example, fit, most_likely, solve
from flows.intelligence.recommender.sources import NAMES, Evidence

NEXT, ORDER, POPULAR = NAMES.index("next"), NAMES.index("order"), NAMES.index("popular")


def choice(by: int, history_class: int = 1, against: int | None = None) -> Example:
    """Ten candidates; source ``by`` names the one chosen, source ``against`` all others."""
    strengths = [[0.0] * 10 for _ in NAMES]
    strengths[by][0] = 3.0
    if against is not None:
        strengths[against][1:] = [3.0] * 9
    return Example(history_class, strengths, [1.0] * 10)


def evidence_of(**shares: dict[int, float]) -> Evidence:
    return Evidence({}, {name: shares.get(name, {}) for name in NAMES})


def test_without_examples_the_prior_holds() -> None:
    """A log that teaches nothing leaves all classes at the prior."""
    assert fit([]) == PRIOR_BLEND


def test_a_source_that_tells_gains_weight() -> None:
    """Only the weight of the source that named what was chosen rises."""
    fitted = fit([choice(ORDER)] * 50)[1]
    assert fitted["order"] > PRIOR["order"] + 0.4
    assert {name: fitted[name] for name in NAMES if name != "order"} == {
        name: PRIOR[name] for name in NAMES if name != "order"
    }


def test_few_examples_move_little() -> None:
    """The weight leaves the prior's .3 by little after one choice, and by ever more after many."""
    fitted = [fit([choice(ORDER)] * number)[1]["order"] for number in (1, 10, 100)]
    assert fitted == [pytest.approx(weight, abs=0.01) for weight in (0.51, 1.19, 1.93)]


def test_no_weight_falls_below_zero() -> None:
    """A source that always names the wrong ones is left out, not turned round."""
    assert fit([choice(NEXT, against=ORDER)] * 300)[1]["order"] == 0.0


def test_each_class_of_histories_has_its_own_weights() -> None:
    """Classes lean on their own examples, and on all together where they have none."""
    fitted = fit([choice(NEXT, 1)] * 100 + [choice(POPULAR, 5)] * 100)
    assert fitted[1]["next"] > fitted[2]["next"] > PRIOR["next"]
    assert fitted[5]["popular"] > fitted[2]["popular"] > PRIOR["popular"]


def test_most_likely_is_where_the_posterior_is_flat() -> None:
    """At the optimum no free weight has a slope, and a weight at 0 none upwards."""
    examples = [choice(NEXT)] * 30 + [choice(POPULAR, against=NEXT)] * 12 + [choice(NEXT, against=ORDER)] * 90
    prior = [PRIOR[name] for name in NAMES]
    weights = most_likely(examples, prior)
    slope, _ = derivatives(examples, weights, prior)
    assert weights[ORDER] == 0.0
    assert slope[ORDER] < 0
    assert [gradient for name, gradient in enumerate(slope) if name != ORDER] == pytest.approx(
        [0.0] * 6, abs=1e-6
    )


def test_derivatives_of_one_choice() -> None:
    """Slope: chosen less expected strength; curvature: its variance, and the prior's 20."""
    strengths = [[0.0, 0.0] for _ in NAMES]
    strengths[NEXT] = [2.0, 0.0]
    zero = [0.0] * len(NAMES)
    slope, curvature = derivatives([Example(1, strengths, [1.0, 3.0])], zero, zero)
    assert slope[NEXT] == pytest.approx(2.0 - 0.25 * 2.0)
    assert curvature[NEXT][NEXT] == pytest.approx(20 + 0.25 * 0.75 * 4.0)
    assert curvature[ORDER][ORDER] == 20.0
    assert curvature[NEXT][ORDER] == 0.0


def test_an_example_holds_the_chosen_item_first() -> None:
    """Then the others as the prior ranks them, each by the strength that every source gives it."""
    made = example(evidence_of(popular={7: 0.1, 8: 0.2, 9: 0.7}, order={7: 1.0}), 8, 2)
    assert made is not None
    assert made.history_class == 2
    assert made.strengths[POPULAR] == pytest.approx([log(201), log(101), log(701)])
    assert made.strengths[ORDER] == pytest.approx([0.0, log(1001), 0.0])
    assert made.counts == [1.0, 1.0, 1.0]


def test_what_no_source_knew_teaches_nothing() -> None:
    """There is no example where the chosen item could not have been recommended."""
    assert example(evidence_of(popular={7: 1.0}), 8, 1) is None


def test_a_sample_stands_for_the_many_others() -> None:
    """The chosen and the hundred best for themselves, fifty for all the rest, evenly spaced."""
    made = example(evidence_of(popular={place: 1 / (place + 1) for place in range(1101)}), 0, 1)
    assert made is not None
    assert made.counts == [1.0] * 101 + [20.0] * 50
    expected = [strength_at(place) for place in (1, 100, 101, 121)]
    assert [made.strengths[POPULAR][index] for index in (1, 100, 101, 102)] == pytest.approx(expected)


def strength_at(place: int) -> float:
    return log(1 + 1000 / (place + 1))


def test_solve() -> None:
    """Three equations, three unknowns."""
    assert solve([[4.0, 2.0, 1.0], [2.0, 5.0, 3.0], [1.0, 3.0, 6.0]], [11.0, 21.0, 25.0]) == pytest.approx(
        [1, 2, 3]
    )


def test_solve_nothing() -> None:
    """No equations have no solution to give."""
    assert solve([], []) == []
