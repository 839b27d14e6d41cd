"""Orders out of log-probabilities."""

from math import log

import pytest

from flows.errors import RerankFailed
from flows.intelligence.rerank.judging import Judgement, by_letters, by_likelihood, by_yes, judge
from flows.intelligence.rerank.port import Mode, Reading


@pytest.mark.parametrize(
    ("tokens", "order"),
    [
        ({"A": -2.0, "B": -0.5, "C": -1.0}, (1, 2, 0)),
        ({"C": -0.1}, (2, 0, 1)),
        ({" B": -0.1, "\nC": -0.2, "A": -0.3}, (1, 2, 0)),
        ({"A": -5.0, " A": -0.1, "B": -1.0}, (0, 1, 2)),
        ({"B": -1.0, "C": -1.0}, (1, 2, 0)),
        ({"B": -0.1, "D": -3.0, "b": -4.0, "BB": -4.0}, (1, 0, 2)),
    ],
)
def test_letters_give_the_order(tokens: dict[str, float], order: tuple[int, ...]) -> None:
    """A letter counts with its likeliest form; those not seen come last, in the rules' order."""
    assert by_letters(tokens, 3).order == order


def test_the_mass_is_the_share_on_letters() -> None:
    """All forms of a letter count, against all that was returned."""
    judgement = by_letters({"A": log(0.3), " A": log(0.2), "B": log(0.1), "The": log(0.2)}, 2)
    assert judgement.mass == pytest.approx(0.75)


@pytest.mark.parametrize("tokens", [{"A": log(0.49), "The": log(0.51)}, {"x": -0.1}, {}, {"D": -0.1}])
def test_little_mass_is_a_failure(tokens: dict[str, float]) -> None:
    """A model that would rather say something else was not asked well."""
    with pytest.raises(RerankFailed) as raised:
        by_letters(tokens, 3)
    assert raised.value.code == "low_mass"


def test_half_of_the_mass_is_enough() -> None:
    """The limit itself passes."""
    assert by_letters({"A": -1.0, "x": -1.0}, 3) == Judgement((0, 1, 2), 0.5)


def test_yes_and_no_give_the_order() -> None:
    """By p(yes) / (p(yes) + p(no)), where one that is not seen has a log-probability of -10."""
    readings = [
        Reading(tokens={"yes": -0.7, "no": -0.7}),
        Reading(tokens={"no": -0.1}),
        Reading(tokens={" Yes": -0.1, "YES": -3.0, "no": -2.0}),
        Reading(tokens={"yes": -0.1}),
    ]
    assert by_yes(readings).order == (3, 2, 0, 1)
    assert by_yes([Reading(tokens={"yes": -12.0, "x": -12.0}), Reading(tokens={"no": -10.0})]).order == (1, 0)


def test_the_mass_of_yes_and_no_is_a_mean() -> None:
    """One candidate that the model will not judge does not spoil the others' answer."""
    told, silent = Reading(tokens={"no": -0.1}), Reading(tokens={"perhaps": -0.1})
    assert by_yes([told, silent]).mass == 0.5
    with pytest.raises(RerankFailed, match=r"0\.33"):
        by_yes([told, silent, silent])


def test_likelihoods_give_the_order() -> None:
    """The likeliest text first, and no mass."""
    readings = [Reading(mean_logprob=value) for value in (-3.0, -1.0, -2.0, -1.0)]
    assert by_likelihood(readings) == Judgement((1, 3, 2, 0), None)


@pytest.mark.parametrize(
    ("mode", "readings"),
    [
        (Mode.LISTWISE, []),
        (Mode.LISTWISE, [Reading(tokens={"A": -0.1})] * 2),
        (Mode.POINTWISE, [Reading(tokens={"yes": -0.1})]),
        (Mode.ITEM_LIKELIHOOD, [Reading(mean_logprob=-1.0)] * 3),
        (Mode.QUERY_LIKELIHOOD, [Reading(mean_logprob=-1.0), Reading()]),
    ],
)
def test_the_number_of_readings_must_fit(mode: Mode, readings: list[Reading]) -> None:
    """Each prompt has its reading, and each scored text its log-probability."""
    with pytest.raises(RerankFailed) as raised:
        judge(mode, readings, 2)
    assert raised.value.code == "malformed"


@pytest.mark.parametrize(
    ("mode", "readings", "order"),
    [
        (Mode.LISTWISE, [Reading(tokens={"B": -0.1})], (1, 0)),
        (Mode.POINTWISE, [Reading(tokens={"no": -0.1}), Reading(tokens={"yes": -0.1})], (1, 0)),
        (Mode.ITEM_LIKELIHOOD, [Reading(mean_logprob=-2.0), Reading(mean_logprob=-1.0)], (1, 0)),
    ],
)
def test_each_mode_is_judged_its_way(mode: Mode, readings: list[Reading], order: tuple[int, ...]) -> None:
    """The same candidate wins in each."""
    assert judge(mode, readings, 2).order == order
