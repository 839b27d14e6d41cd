"""When the model is asked."""

import pytest

from flows.intelligence.rerank.gate import Gate


@pytest.mark.parametrize(
    ("events", "words", "candidates", "reason"),
    [
        (0, 0, 5, ""),
        (99, 0, 5, ""),
        (100, 0, 5, "enough_history"),
        (100, 11, 5, "enough_history"),
        (100, 12, 5, ""),
        (None, 12, 5, ""),
        (None, 3, 5, "history_unknown"),
        (0, 50, 1, "too_few_candidates"),
        (0, 50, 2, ""),
    ],
)
def test_the_model_is_asked_where_it_helps(
    events: int | None, words: int, candidates: int, reason: str
) -> None:
    """With little history or much text, and when there is something to order."""
    gate = Gate(few_events=100, many_words=12)
    assert gate.reason_to_skip(events=events, words=words, candidates=candidates) == reason
