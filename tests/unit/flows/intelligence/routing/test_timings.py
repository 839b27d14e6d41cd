"""What calls of a model took: in and out of text, in groups, and added up."""

from typing import Any

import pytest

from flows.errors import InvalidInput
from flows.intelligence.rerank.port import Timings
from flows.intelligence.routing.timings import (
    ModelTiming,
    by_group,
    from_text,
    merged,
    summary,
    timing_of,
    to_text,
)


def timing(**changes: Any) -> ModelTiming:
    fields: dict[str, Any] = {
        "model": "a",
        "purpose": "rerank",
        "prompt_tokens": 300,
        "total_ms": 80.0,
        "at_s": 1.5,
    }
    return ModelTiming(**{**fields, **changes})


def test_a_timing_comes_back_as_it_was() -> None:
    """Through the text in which it waits."""
    for one in (timing(), timing(load_ms=1.0, prompt_ms=2.5, eval_ms=0)):
        assert from_text(to_text(one)) == one


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        to_text(timing()).replace('"rerank"', '"fun"'),
        to_text(timing()).replace('"a"', '""'),
        to_text(timing()).replace("300", "-1"),
        to_text(timing()).replace("300", "true"),
        to_text(timing()).replace("80.0", "-80.0"),
        to_text(timing()).replace("80.0", "NaN"),
        to_text(timing()).replace("80.0", '"80"'),
        to_text(timing()).replace("}", ',"more":1}'),
    ],
)
def test_what_is_no_timing_is_refused(text: str) -> None:
    """Nothing of it may reach a mean."""
    with pytest.raises(InvalidInput):
        from_text(text)


@pytest.mark.parametrize(
    ("said", "tokens"), [(Timings(prompt_tokens=70), 70), (Timings(), 100), (Timings(prompt_tokens=0), 100)]
)
def test_a_size_that_is_not_said_is_estimated(said: Timings, tokens: int) -> None:
    """By the length of the prompt; so is one of which the server had everything at hand."""
    made = timing_of(said, model="a", purpose="probe", characters=400, total_ms=1.0, at_s=1.0)
    assert made.prompt_tokens == tokens


@pytest.mark.parametrize(("tokens", "size"), [(1, 64), (64, 64), (65, 128), (300, 512), (100_000, 8_192)])
def test_prompts_of_about_one_size_are_together(tokens: int, size: int) -> None:
    """In groups that double."""
    assert timing(prompt_tokens=tokens).size == size


def test_loading_is_kept_apart() -> None:
    """A call that had to wait for the model to be loaded tells nothing of a warm one."""
    groups = by_group([timing(), timing(total_ms=100.0), timing(load_ms=4_000.0), timing(model="b")])
    assert {group: len(ones) for group, ones in groups.items()} == {
        ("a", "rerank", 512): 2,
        ("a", "load", 512): 1,
        ("b", "rerank", 512): 1,
    }


def test_a_summary_has_the_means() -> None:
    """Of what is known; what no call said stays unknown."""
    found = summary([timing(prompt_ms=40.0), timing(total_ms=120.0, prompt_tokens=500)])
    assert found == {
        "calls": 2,
        "prompt_tokens": 400.0,
        "total_ms": 100.0,
        "total_ms_squared": (80**2 + 120**2) / 2,
        "load_ms": None,
        "prompt_ms": 40.0,
        "eval_ms": None,
    }


def test_two_summaries_are_one_of_all_calls() -> None:
    """As if they had been made at once."""
    ones, others = [timing(), timing(total_ms=20.0, prompt_ms=4.0)], [timing(prompt_tokens=330)]
    both = merged(summary(ones), summary(others))
    assert both == pytest.approx(summary([*ones, *others]) | {"prompt_ms": 4.0})
    assert merged(None, summary(ones)) == summary(ones)


def test_old_calls_are_forgotten() -> None:
    """A machine that has become slower shows as such after so many calls, however long it was fast."""
    fast, slow = summary([timing(total_ms=10.0)] * 500), summary([timing(total_ms=90.0)] * 400)
    found = merged(merged(None, fast), slow)
    assert (found["calls"], found["total_ms"]) == (500, pytest.approx((100 * 10 + 400 * 90) / 500))
    assert merged(fast, summary([timing()] * 700))["total_ms"] == 80.0
