"""The hard limits: which models may be used at all, and the figures that say so."""

from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from flows.catalogue.model_cards import ModelCard, ModelRegistry, Names
from flows.intelligence.routing.candidate import Policy, Wish, broken_limits, candidates
from flows.intelligence.routing.observations import ModelTally
from tests.model_cases import card, tally

WISH = Wish(task="code review", language="Python", complexity="high", latency_budget_ms=200)
PRICED = {"usd_per_m_tok_in": 1.0, "usd_per_m_tok_out": 4.0}


def said(
    of: ModelCard, *tallies: ModelTally, available: set[str] | None = None, **changes: Any
) -> list[tuple[str, str]]:
    """The limits that a model breaks for a wish, with the reasons."""
    registry = ModelRegistry(MappingProxyType({of.id: of}), Names({}), Names({}))
    wish = replace(WISH, **changes)
    (found,) = candidates(registry, wish, tallies)
    return [(broken.limit, broken.reason) for broken in broken_limits(found, wish, available)]


def test_a_model_that_keeps_all_limits() -> None:
    """Nothing is said of it."""
    assert said(card()) == []
    assert said(card(**PRICED), policy=Policy(most_usd_per_m_tok=4)) == []
    assert said(card(), policy=Policy(allow=frozenset("a"), local_only=True, most_usd_per_m_tok=0)) == []


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Policy(deny=frozenset({"a"})), ("policy", "Denied by the policy")),
        (Policy(allow=frozenset({"b"})), ("policy", "Not among the models that the policy allows")),
        (
            Policy(local_only=True),
            ("policy", "Does not run on own machines, which the policy demands"),
        ),
        (
            Policy(most_usd_per_m_tok=3.5),
            ("price", "Price $4.00 per million tokens exceeds the maximum of $3.50"),
        ),
    ],
)
def test_the_policy_decides(policy: Policy, expected: tuple[str, str]) -> None:
    """Lists, place and the higher of both prices."""
    assert said(card(**PRICED), policy=policy) == [expected]


def test_latency_is_compared_at_its_high_end() -> None:
    """A mean of 150 ms is not within 200 ms when one of ten takes longer."""
    expected = "Latency 219ms (p90, estimated) exceeds the budget of 200ms"
    assert said(card(latency=150)) == [("latency", expected)]
    ((limit, reason),) = said(card(latency=150), tally(uses=100, latency_ms=300.0))
    assert (limit, reason[14:]) == ("latency", "(p90) exceeds the budget of 200ms")


def test_the_prompt_must_fit() -> None:
    """The context counts whatever the policy says."""
    expected = ("context", "Prompt of 8193 tokens exceeds the context of 8192")
    assert said(card(), prompt_tokens=8192) == []
    assert said(card(), prompt_tokens=8193) == [expected]


def test_only_local_models_have_to_be_installed() -> None:
    """A list of the local server says nothing about models elsewhere; no list says nothing at all."""
    expected = [("availability", "Not installed on the local server")]
    assert said(card(), available={"b"}) == expected
    assert said(card(), available=set()) == expected
    assert said(card(), available={"a"}) == said(card(), available=None) == []
    assert said(card(**PRICED), available={"b"}) == []


def test_a_model_is_used_for_what_it_is_made_for() -> None:
    """Another task needs an observation, whatever came of it; no known task needs nothing."""
    expected = [("task", "Not made for debugging, and never used for it here")]
    assert said(card(), task="debugging") == said(card(), tally(), task="debugging") == expected
    assert said(card(), tally(task="debugging"), task="debugging") == []
    assert said(card(), task=None) == []


def test_all_broken_limits_are_named() -> None:
    """Whoever lifts one limit should not meet the next by surprise."""
    limits = said(card(latency=900), available=set(), prompt_tokens=9999, policy=Policy(deny=frozenset("a")))
    assert [limit for limit, _ in limits] == ["policy", "availability", "context", "latency"]


def test_models_are_judged_by_their_own_record() -> None:
    """One model's observations move nothing of another's."""
    registry = ModelRegistry(MappingProxyType({"a": card("a"), "b": card("b")}), Names({}), Names({}))
    first, second = candidates(registry, WISH, [tally("a"), tally("c")])
    assert (first.quality.judged, first.tried, first.latency.uses) == (10, 10, 10)
    assert (second.quality.judged, second.tried, second.latency.uses) == (0, 0, 0)
