"""How long a model will take: the card's estimate, moved by what was observed.

Latencies are taken as log-normal, as measured ones of services commonly are: mean and relative
spread give every quantile. Both add up over tallies, so few observations of high complexity lean
on those of all complexities, and these on the card.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist

from flows.catalogue.model_cards import ModelCard
from flows.intelligence.routing.observations import ModelTally, total

REFERENCE_TOKENS = 1_000  #: The prompt that an observation is taken to be of: none says its own size.
CARD_WEIGHT = 4.0  #: Observations that the card's estimate counts as.
COMPLEXITY_WEIGHT = 6.0  #: Observations that all complexities count as for a single one.
USUAL_SPREAD = 0.35  #: Standard deviation over mean where nothing was observed; our estimate.


@dataclass(frozen=True, slots=True)
class ExpectedLatency:
    """Milliseconds: the mean, and what the asked share of uses will not exceed; from ``uses``."""

    mean_ms: float
    high_ms: float
    uses: int


def expected_latency(
    card: ModelCard,
    tallies: Sequence[ModelTally],
    *,
    complexity: str | None,
    prompt_tokens: int,
    percent: float = 90.0,
) -> ExpectedLatency:
    """Latency of one model from its own tallies. ``percent``, 50 to 99.9, says which is high."""
    usual = card.latency_at(REFERENCE_TOKENS)
    every = total(tallies)
    alike = total(tallies, lambda tally: tally.complexity == complexity)
    mean = _leaning(usual, CARD_WEIGHT, every.uses, every.latency_ms)
    mean = _leaning(mean, COMPLEXITY_WEIGHT, alike.uses, alike.latency_ms)
    mean *= card.latency_at(prompt_tokens) / usual
    squared = log(1 + _spread_squared(tallies))
    high = mean * exp(NormalDist().inv_cdf(percent / 100) * sqrt(squared) - squared / 2)
    return ExpectedLatency(mean, high, every.uses)


def _leaning(prior: float, weight: float, uses: int, milliseconds: float) -> float:
    """The mean of what was observed, with the prior counting as so many observations."""
    return (prior * weight + milliseconds) / (weight + uses)


def _spread_squared(tallies: Sequence[ModelTally]) -> float:
    """Squared relative spread among uses of the same complexity."""
    squares, uses = USUAL_SPREAD**2 * CARD_WEIGHT, 0
    for complexity in {tally.complexity for tally in tallies}:
        group = [tally for tally in tallies if tally.complexity == complexity]
        number = sum(tally.uses for tally in group)
        mean = sum(tally.uses * tally.latency_ms for tally in group) / number
        of_squares = sum(tally.uses * tally.latency_ms_squared for tally in group) / number
        if mean > 0:
            squares += number * max(0.0, of_squares / mean**2 - 1)
            uses += number
    return squares / (CARD_WEIGHT + uses)
