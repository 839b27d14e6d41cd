"""From what a client sent to the request that ``optimize_model`` works on."""

from typing import Any

import pytest

from flows.catalogue.built_in_models import built_in_models
from flows.errors import InvalidRequest, UnknownName
from flows.requests.optimize_model import optimize_model

SENT = {"task": "code review", "language": "Python", "complexity": "high", "latencyBudget": 200}


def asked(**changes: Any) -> dict[str, Any]:
    return optimize_model("acme", {**SENT, **changes}, built_in_models())


def test_defaults_are_filled_in() -> None:
    """A prompt of 1,000 tokens, and a policy that allows everything."""
    assert asked() == {
        "organisation": "acme",
        "task": "code review",
        "language": "Python",
        "complexity": "high",
        "latencyBudget": 200,
        "promptTokens": 1000,
        "policy": {"allow": None, "deny": [], "localOnly": False, "maxPricePerMTok": None},
    }


def test_complexity_may_be_left_out() -> None:
    """Then it is medium."""
    sent = {name: value for name, value in SENT.items() if name != "complexity"}
    assert optimize_model("acme", sent, built_in_models()) == asked(complexity="medium")


def test_equal_wishes_come_out_equal() -> None:
    """Spaces, order and repetition make no difference, nor does a default that is given."""
    one = asked(
        task=" code  review", policy={"deny": ["gpt-4o", "codellama:13b", "gpt-4o"], "localOnly": False}
    )
    other = asked(promptTokens=1000, policy={"deny": ["codellama:13b", "gpt-4o"]})
    assert one == other


def test_an_empty_list_of_allowed_models_allows_none() -> None:
    """It is not the same as no list."""
    assert asked(policy={"allow": []})["policy"]["allow"] == []


def test_unknown_models_are_named_together() -> None:
    """Each with its place and the nearest model."""
    with pytest.raises(InvalidRequest) as caught:
        asked(policy={"allow": ["gpt-4o", "codelama:13b"], "deny": ["nothing-like-it"]})
    first, second = caught.value.errors
    assert isinstance(first, UnknownName)
    assert isinstance(second, UnknownName)
    assert (first.field, first.nearest[0]) == ("policy/allow/1", "codellama:13b")
    assert (second.field, second.nearest) == ("policy/deny/0", ())
