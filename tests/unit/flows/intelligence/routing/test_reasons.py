"""The sentences: each is there when its figures decided, and is gone when they did not."""

from random import Random
from types import MappingProxyType
from typing import Any

import pytest

from flows.catalogue.model_cards import ModelCard, ModelRegistry, Names
from flows.intelligence.routing.answer import compose
from flows.intelligence.routing.candidate import Policy, Wish, candidates
from flows.intelligence.routing.choice import Exploration, Weights, choose
from flows.intelligence.routing.observations import ModelTally
from tests.model_cases import card, tally

DEAR = {"usd_per_m_tok_in": 2.0, "usd_per_m_tok_out": 2.0}


def answer(
    *cards: ModelCard,
    tallies: tuple[ModelTally, ...] = (),
    weights: Weights | None = None,
    exploration: Exploration | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """The answer for a code review in Python within 200 ms."""
    fields = {"task": "code review", "language": "Python", "complexity": "high", "latency_budget_ms": 200}
    wish = Wish(**{**fields, **changes})
    registry = ModelRegistry(MappingProxyType({one.id: one for one in cards}), Names({}), Names({}))
    choice = choose(candidates(registry, wish, tallies), wish, weights=weights, exploration=exploration)
    return compose(choice, wish, assumptions=["so"], most_others=3)


def reason(found: dict[str, Any], model: str) -> str:
    (said,) = [a["reason_not_selected"] for a in found["reasoning"]["alternatives"] if a["model"] == model]
    return str(said)


def test_factors_of_a_model_that_was_never_used() -> None:
    """Estimates are called so, and nothing is said of a language that the card does not name."""
    assert answer(card())["reasoning"]["factors"] == [
        "Latency: 146ms (p90, estimated, within budget)",
        "Accuracy for code review: 0.80 (estimated)",
    ]


def test_a_language_is_named_when_the_model_is_better_at_it() -> None:
    """By its card, or by observations; no more when observations say otherwise."""
    by_card = card(languages=("Python",))
    worse = (tally(quality=0.7), tally(language="Go", quality=0.9))
    better = (tally(quality=0.95), tally(language="Go", quality=0.7))
    first = [
        answer(by_card)["reasoning"]["factors"][0],
        answer(card(), tallies=better)["reasoning"]["factors"][0],
        answer(by_card, tallies=worse)["reasoning"]["factors"][0],
    ]
    assert first[:2] == ["Python specialization: HIGH (by its card)", "Python specialization: HIGH"]
    assert first[2].startswith("Latency: ")


def test_observations_are_counted() -> None:
    """How many there are, and how many of this task and language."""
    seen = (tally(), tally(language="Go"))
    accuracy = answer(card(), tallies=seen)["reasoning"]["factors"][-1]
    assert accuracy.endswith("(20 observations, 10 of this kind)")


def test_the_price_is_a_factor_when_it_decided() -> None:
    """Said when a better model lost by its price, and else not."""
    dear = card("b", overall=0.81, **DEAR)
    assert answer(card(), dear)["reasoning"]["factors"][-1] == "Price: $0 per million tokens"
    assert "Price" not in " ".join(answer(card(), card("b", **DEAR))["reasoning"]["factors"])


def test_reasons_against_what_keeps_the_limits() -> None:
    """The part of the utility that lost most: quality, price or latency, with both figures."""
    found = answer(
        card(overall=0.85),
        card("b", overall=0.8),
        card("c", overall=0.86, **DEAR),
        card("d", overall=0.85, latency=130),
    )
    assert reason(found, "b") == "Expected quality 0.80 against 0.85"
    assert reason(found, "c") == (
        "Expected quality 0.86 against 0.85 does not outweigh $2.00 against $0 per million tokens"
    )
    assert reason(found, "d") == "Equal expected quality of 0.85, and 130ms against 100ms"


def test_equals_are_called_equal() -> None:
    """No figure decided, so none is given as the reason."""
    expected = (
        "Equal expected quality of 0.80, and as fast and as cheap: equals go by price, latency and name"
    )
    assert reason(answer(card(), card("b")), "b") == expected


def test_reasons_against_what_breaks_limits() -> None:
    """Every limit that is broken."""
    found = answer(card(), card("b", latency=300), policy=Policy(deny=frozenset("b")))
    expected = "Denied by the policy; Latency 438ms (p90, estimated) exceeds the budget of 200ms"
    assert reason(found, "b") == expected


def test_nothing_to_optimise_is_said_as_nothing() -> None:
    """No sentence without a gain behind it."""
    assert answer(card())["optimization"] is None
    assert answer(card(), card("b", overall=0.7))["optimization"] is None


def test_a_cheaper_model_nearly_as_good() -> None:
    """Within .01 of quality, with the share that it saves; none that is further off."""
    free = Weights(price=0.0)
    dear, cheap = card(overall=0.805, **DEAR), card("b", usd_per_m_tok_in=0.5, usd_per_m_tok_out=0.5)
    expected = "b saves 75% of the price at an expected quality of 0.80 against 0.81"
    assert answer(dear, cheap, weights=free)["optimization"] == expected
    assert answer(card(overall=0.82, **DEAR), cheap, weights=free)["optimization"] is None


def test_a_better_model_with_more_time() -> None:
    """Said for a model that was seen to be better and that two budgets are enough for."""
    seen = (tally("b", uses=200, judged=200, latency_ms=250.0, quality=0.95),)
    found = answer(card(overall=0.7), card("b", latency=250), tallies=seen)
    assert found["optimization"].startswith("With 266ms instead of 200ms b fits: expected quality 0.9")
    slower = (tally("b", uses=200, judged=200, latency_ms=500.0, quality=0.95),)
    assert answer(card(overall=0.7), card("b", latency=500), tallies=slower)["optimization"] is None
    assert answer(card(overall=0.7), card("b", overall=0.9, latency=250))["optimization"] is None


def test_when_nothing_fits() -> None:
    """No model, no factors, but the nearest one and the budget that it needs."""
    found = answer(card(latency=300), card("b", latency=200), card("c", latency=200, context_tokens=5))
    assert (found["selectedModel"], found["expected"], found["reasoning"]["factors"]) == (None, None, [])
    assert found["nearest"]["model"] == "b"
    assert found["nearest"]["reason_not_selected"].startswith("Latency 292ms (p90, estimated) exceeds")
    assert found["optimization"] == "A latency budget of 292ms instead of 200ms would let b be used"
    assert len(found["reasoning"]["alternatives"]) == 3


def test_no_advice_against_the_policy() -> None:
    """When the policy keeps the only model out, there is nothing to tune."""
    found = answer(card(), policy=Policy(deny=frozenset("a")))
    assert (found["nearest"]["model"], found["optimization"]) == ("a", None)


def test_exploration_is_said() -> None:
    """A model that was drawn says so with its probability, and the best one why it was not taken."""
    cards = (card(overall=0.9), card("b", overall=0.5))
    found = next(
        one
        for one in (answer(*cards, exploration=Exploration(Random(n), 0.4)) for n in range(20))
        if one["selectedModel"] == "b"
    )
    assert found["propensity"] == pytest.approx(0.4, abs=0.05)
    assert found["reasoning"]["factors"][-1].startswith("Exploration: drawn with probability 0.4")
    assert reason(found, "a").endswith("the selected model was drawn to learn how it does")


def test_the_rest_of_the_answer() -> None:
    """Figures of the selected model, names as understood, assumptions; models used here come first."""
    cards = (card(overall=0.9), card("b"), card("c", overall=0.7), card("d", overall=0.6), card("e"))
    found = answer(*cards, tallies=(tally("d", quality=0.5),))
    assert [one["model"] for one in found["reasoning"]["alternatives"]] == ["d", "b", "e"]
    assert found["understoodAs"] == {"task": "code review", "language": "Python"}
    assert (found["assumptions"], found["propensity"], found["nearest"]) == (["so"], 1.0, None)
    assert found["expected"] == {
        "quality": 0.9,
        "qualityDeviation": 0.134,
        "latencyMs": 100,
        "latencyHighMs": 146,
        "usdPerMTok": 0.0,
        "observations": 0,
        "observationsHere": 0,
        "prior": "estimate",
    }
