"""Log-probabilities out of decoded JSON that may hold anything."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from flows.errors import RerankFailed
from flows.intelligence.rerank.port import Outcome

MOST_TOKENS = 64  #: Of one place that are looked at; 20 are asked for.
ROUNDING = 0.01  #: How far above 0 a log-probability may lie by a server's arithmetic.
MOST = 10**15  #: A larger count or time is a mistake.


def from_entries(logprobs: object) -> dict[str, float]:
    """The first token's alternatives out of ``[{token, logprob, top_logprobs: [{token, logprob}]}]``."""
    first = logprobs[0] if isinstance(logprobs, list) and logprobs else None
    if not isinstance(first, dict):
        raise malformed("no log-probabilities of a token")
    others = first.get("top_logprobs")
    entries = [first, *(others if isinstance(others, list) else ())]
    return from_pairs(
        (entry.get("token"), entry.get("logprob")) for entry in entries if isinstance(entry, dict)
    )


def from_pairs(pairs: Iterable[tuple[Any, Any]]) -> dict[str, float]:
    """Tokens with their log-probabilities; what is none is left out, of two for a token the larger stays.

    Raises RerankFailed (``malformed``) when nothing is left.
    """
    found: dict[str, float] = {}
    for token, logprob in _usable(islice(pairs, MOST_TOKENS)):
        found[token] = max(logprob, found.get(token, logprob))
    if not found:
        raise malformed("no usable log-probability")
    return found


def _usable(pairs: Iterable[tuple[Any, Any]]) -> Iterator[tuple[str, float]]:
    for token, value in pairs:
        logprob = log_probability(value)
        if isinstance(token, str) and logprob is not None:
            yield token, logprob


def log_probability(value: object) -> float | None:
    """A finite number of at most 0, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -MOST < value <= ROUNDING:
        return None  # So ends NaN as well, which compares with nothing.
    return min(0.0, float(value))


def whole_number(value: object) -> int | None:
    """A count or a time that can be true, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < MOST:
        return None
    return value


def malformed(why: str) -> RerankFailed:
    """The error for an answer that is not of its form."""
    return RerankFailed(Outcome.MALFORMED, why)
