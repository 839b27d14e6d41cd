"""Choosing: hard limits first, then utility; exploration only when asked for."""

from collections.abc import Sequence
from random import Random
from types import MappingProxyType
from typing import Any

import pytest

from flows.catalogue.model_cards import ModelCard, ModelRegistry, Names
from flows.intelligence.routing.candidate import Policy, Wish, candidates
from flows.intelligence.routing.choice import Choice, Exploration, Weights, choose
from tests.model_cases import card

WISH = Wish(task="code review", language=None, complexity="high", latency_budget_ms=200)


def chosen(*cards: ModelCard, policy: Policy | None = None, **changes: Any) -> Choice:
    """The choice among models without observations."""
    registry = ModelRegistry(MappingProxyType({one.id: one for one in cards}), Names({}), Names({}))
    wish = Wish(
        task="code review",
        language=None,
        complexity="high",
        latency_budget_ms=200,
        policy=policy or Policy(),
    )
    return choose(candidates(registry, wish, []), wish, **changes)


def selected(choice: Choice) -> str | None:
    return choice.selected.candidate.card.id if choice.selected else None


def others(choice: Choice) -> Sequence[str]:
    return [one.candidate.card.id for one in choice.others]


def test_the_best_quality_wins() -> None:
    """With nothing between them in money and time; the others follow in order."""
    choice = chosen(card("a", overall=0.7), card("b", overall=0.9), card("c", overall=0.8))
    assert (selected(choice), others(choice)) == ("b", ["c", "a"])
    assert (choice.propensity, choice.best) == (1.0, True)


def test_limits_come_before_quality() -> None:
    """A better model that breaks a limit comes after all that keep them."""
    choice = chosen(card("a", overall=0.9, latency=900), card("b", overall=0.6), card("c", overall=0.5))
    assert (selected(choice), others(choice)) == ("b", ["c", "a"])


def test_money_and_time_have_a_price() -> None:
    """With the usual weights 5 USD are worth .05 of quality, half of the budget .01."""
    dear = card("dear", overall=0.84, usd_per_m_tok_in=5.0, usd_per_m_tok_out=5.0)
    assert selected(chosen(card("a", overall=0.8), dear)) == "a"
    assert selected(chosen(card("a", overall=0.78), dear)) == "dear"
    assert selected(chosen(card("a", overall=0.8), dear, weights=Weights(price=0.0))) == "dear"
    slow, fast = card("slow", overall=0.809, latency=130), card("fast", overall=0.8, latency=30)
    assert selected(chosen(slow, fast)) == "fast"
    assert selected(chosen(slow, fast, weights=Weights(latency=0.0))) == "slow"


def test_ties_go_to_the_cheaper_then_the_faster_then_by_name() -> None:
    """Equal wishes get equal answers."""
    free = Weights(price=0.0, latency=0.0)
    dear = card("a", usd_per_m_tok_in=1.0, usd_per_m_tok_out=1.0)
    assert selected(chosen(dear, card("b"), weights=free)) == "b"
    assert selected(chosen(card("a"), card("b", latency=50), weights=free)) == "b"
    assert selected(chosen(card("b"), card("a"), weights=free)) == "a"


def test_when_no_model_keeps_the_limits() -> None:
    """Nothing is selected, and all are there with what they break."""
    choice = chosen(card("a", latency=900), card("b"), policy=Policy(deny=frozenset("b")))
    assert choice.selected is None
    assert sorted(others(choice)) == ["a", "b"]
    assert {one.broken[0].limit for one in choice.others} == {"latency", "policy"}


def test_availability_is_a_limit() -> None:
    """What the local server does not have is not selected."""
    choice = chosen(card("a", overall=0.9), card("b"), available={"b"})
    assert selected(choice) == "b"


def explored(seed: int, *cards: ModelCard, floor: float = 0.1) -> Choice:
    return chosen(*cards, exploration=Exploration(Random(seed), floor))


def test_exploration_is_repeatable() -> None:
    """The same random numbers give the same choice and propensity."""
    cards = (card("a"), card("b"), card("c", overall=0.7))
    first, second = explored(5, *cards), explored(5, *cards)
    assert (selected(first), first.propensity) == (selected(second), second.propensity)


def test_exploration_tries_every_model_that_keeps_the_limits() -> None:
    """Also a bad one, never under the floor; and never one that breaks a limit."""
    cards = (card("a", overall=0.95), card("b", overall=0.2), card("c", overall=0.99, latency=900))
    found = [explored(seed, *cards) for seed in range(100)]
    assert {selected(choice) for choice in found} == {"a", "b"}
    assert min(choice.propensity for choice in found) >= 0.1
    assert {selected(choice) for choice in found if choice.best} == {"a"}
    assert {selected(choice) for choice in found if not choice.best} == {"b"}


def test_propensities_are_the_shares_of_choices() -> None:
    """Weighted by one over the propensity, each of two models is chosen about as often."""
    found = [explored(seed, card("a"), card("b")) for seed in range(200)]
    for name in ("a", "b"):
        weight = sum(1 / choice.propensity for choice in found if selected(choice) == name)
        assert weight / 200 == pytest.approx(1.0, abs=0.2)


def test_a_floor_leaves_room_for_all() -> None:
    """Two models cannot have .9 each; then each has one half."""
    found = explored(1, card("a", overall=0.95), card("b", overall=0.2), floor=0.9)
    assert found.propensity == 0.5
