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
from flows.intelligence.routing.timings import TimingTally

REFERENCE_TOKENS = 1_000  #: The prompt that an observation is taken to be of: none says its own size.
CARD_WEIGHT = 4.0  #: Observations that the card's estimate counts as.
COMPLEXITY_WEIGHT = 6.0  #: Observations that all complexities count as for a single one.
USUAL_SPREAD = 0.35  #: Standard deviation over mean where nothing was observed; our estimate.


@dataclass(frozen=True, slots=True)
class ExpectedLatency:
    """Milliseconds: the mean, and what the asked share of uses will not exceed.

    From ``uses`` of the organisation, and from ``timed`` calls on the model's own server, whose
    prompts had about ``timed_tokens`` tokens.
    """

    mean_ms: float
    high_ms: float
    uses: int
    timed: int = 0
    timed_tokens: float = 0.0

    def basis(self, percent: float) -> str:
        """What the high one is and rests on, in words."""
        said = f"p{percent:g}" if self.uses or self.timed else f"p{percent:g}, estimated"
        if not self.timed:
            return said
        calls = f"{self.timed} call" + ("" if self.timed == 1 else "s")
        return f"{said}, timed here in {calls} of about {round(self.timed_tokens)} tokens"


def expected_latency(
    card: ModelCard,
    tallies: Sequence[ModelTally],
    *,
    complexity: str | None,
    prompt_tokens: int,
    percent: float = 90.0,
    timings: Sequence[TimingTally] = (),
) -> ExpectedLatency:
    """Latency of one model from its own tallies. ``percent``, 50 to 99.9, says which is high.

    ``timings`` are those of the model on its own server. They tell how far the card is from this
    machine, at every size of prompt; what the organisation itself has waited for comes on top.
    """
    of_card = card.latency_at(REFERENCE_TOKENS)
    usual = of_card * _machine_factor(card, timings)
    every = total(tallies)
    alike = total(tallies, lambda tally: tally.complexity == complexity)
    mean = _leaning(usual, CARD_WEIGHT, every.uses, every.latency_ms)
    mean = _leaning(mean, COMPLEXITY_WEIGHT, alike.uses, alike.latency_ms)
    mean *= card.latency_at(prompt_tokens) / of_card
    squared = log(1 + _spread_squared(tallies, timings))
    high = mean * exp(NormalDist().inv_cdf(percent / 100) * sqrt(squared) - squared / 2)
    timed = sum(timing.calls for timing in timings)
    tokens = sum(timing.calls * timing.prompt_tokens for timing in timings) / timed if timed else 0.0
    return ExpectedLatency(mean, high, every.uses, timed, tokens)


def _machine_factor(card: ModelCard, timings: Sequence[TimingTally]) -> float:
    """How much slower the model is here than on its card, which counts as a few calls itself."""
    calls = sum(timing.calls for timing in timings)
    slower = sum(
        timing.calls * timing.total_ms / card.latency_at(round(timing.prompt_tokens)) for timing in timings
    )
    return (CARD_WEIGHT + slower) / (CARD_WEIGHT + calls)


def _leaning(prior: float, weight: float, uses: int, milliseconds: float) -> float:
    """The mean of what was observed, with the prior counting as so many observations."""
    return (prior * weight + milliseconds) / (weight + uses)


def _spread_squared(tallies: Sequence[ModelTally], timings: Sequence[TimingTally]) -> float:
    """Squared relative spread among uses of the same complexity, and calls of about one size."""
    squares, uses = USUAL_SPREAD**2 * CARD_WEIGHT, 0
    for complexity in {tally.complexity for tally in tallies}:
        group = [tally for tally in tallies if tally.complexity == complexity]
        number = sum(tally.uses for tally in group)
        mean = sum(tally.uses * tally.latency_ms for tally in group) / number
        of_squares = sum(tally.uses * tally.latency_ms_squared for tally in group) / number
        if mean > 0:
            squares += number * max(0.0, of_squares / mean**2 - 1)
            uses += number
    for timing in timings:
        if timing.total_ms > 0:
            squares += timing.calls * max(0.0, timing.total_ms_squared / timing.total_ms**2 - 1)
            uses += timing.calls
    return squares / (CARD_WEIGHT + uses)
