"""Choosing a model: hard limits first, then the best utility among those that keep them.

Utility is expected quality minus a price for money and one for time. Exploration is off unless
asked for: then a model is drawn by Thompson sampling (Thompson 1933; Chapelle and Li 2011), with a
least probability for each model that keeps the limits, so that the choices can be evaluated later.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from random import Random

from flows.intelligence.routing.candidate import Broken, Candidate, Wish, broken_limits

DRAWS = 200  #: For the probability of each model under Thompson sampling.


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What money and time are worth in quality.

    ``price`` is quality given up to save 1 USD per million tokens, ``latency`` that given up to
    save the whole latency budget.
    """

    price: float = 0.01
    latency: float = 0.02


@dataclass(frozen=True, slots=True)
class Utility:
    """What speaks for a model, in units of quality; ``price`` and ``latency`` speak against it."""

    quality: float
    price: float
    latency: float

    @property
    def value(self) -> float:
        """Quality less what it costs."""
        return self.quality - self.price - self.latency


@dataclass(frozen=True, slots=True)
class Judged:
    """A candidate, its utility, and the limits that it breaks (none for one that may be used)."""

    candidate: Candidate
    utility: Utility
    broken: tuple[Broken, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The model chosen, None when none keeps the limits; all others, best first.

    ``propensity`` is the probability with which this model was chosen, 1 without exploration;
    ``best`` is False when exploration took another than the one with the best utility.
    """

    selected: Judged | None
    others: tuple[Judged, ...]
    propensity: float = 1.0
    best: bool = True


@dataclass(frozen=True, slots=True)
class Exploration:
    """Thompson sampling with a ``floor`` of probability for each model that keeps the limits."""

    random: Random
    floor: float


def choose(
    found: Sequence[Candidate],
    wish: Wish,
    *,
    available: Collection[str] | None = None,
    weights: Weights | None = None,
    exploration: Exploration | None = None,
    percent: float = 90.0,
) -> Choice:
    """Choose among the candidates; ties go to the cheaper, then the faster, then by id."""
    prices = weights or Weights()
    judged = [
        Judged(
            candidate,
            utility_of(candidate, wish, prices),
            tuple(broken_limits(candidate, wish, available, percent)),
        )
        for candidate in found
    ]
    judged.sort(key=_order)
    fitting = [one for one in judged if not one.broken]
    if not fitting:
        return Choice(selected=None, others=tuple(judged))
    selected, propensity = fitting[0], 1.0
    if exploration is not None:
        selected, propensity = _explore(fitting, exploration)
    others = tuple(one for one in judged if one is not selected)
    return Choice(selected=selected, others=others, propensity=propensity, best=selected is fitting[0])


def utility_of(found: Candidate, wish: Wish, weights: Weights) -> Utility:
    """What a candidate is worth for a wish."""
    return Utility(
        quality=found.quality.here.mean,
        price=weights.price * found.card.usd_per_m_tok,
        latency=weights.latency * found.latency.mean_ms / wish.latency_budget_ms,
    )


def _order(judged: Judged) -> tuple[bool, float, float, float, str]:
    card = judged.candidate.card
    latency = judged.candidate.latency.mean_ms
    return bool(judged.broken), -judged.utility.value, card.usd_per_m_tok, latency, card.id


def _explore(fitting: Sequence[Judged], exploration: Exploration) -> tuple[Judged, float]:
    """A model drawn with the probabilities that it returns one of."""
    random = exploration.random
    won = Counter(_winner(fitting, random) for _ in range(DRAWS))
    floor = min(exploration.floor, 1 / len(fitting))
    left = 1 - floor * len(fitting)
    chances = [floor + left * won[number] / DRAWS for number in range(len(fitting))]
    (number,) = random.choices(range(len(fitting)), chances)
    return fitting[number], chances[number]


def _winner(fitting: Sequence[Judged], random: Random) -> int:
    """The number of the model that is best when each quality is what it may be."""
    drawn = [
        one.candidate.quality.here.draw(random) - one.utility.price - one.utility.latency for one in fitting
    ]
    return max(range(len(drawn)), key=drawn.__getitem__)
