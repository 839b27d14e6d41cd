"""The score of an item: weighted features, so that it can be taken apart again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import fsum

from flows.intelligence.ranker.features import features
from flows.intelligence.ranker.item import Item
from flows.intelligence.ranker.person import Person


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one feature adds to a score: ``value`` (0 to 1) times ``weight``."""

    feature: str
    value: float
    weight: float
    contribution: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """An item with its score and place.

    ``score`` is the exact sum (``math.fsum``) of the contributions, which come largest first.
    ``position`` counts from 1; 0 before places are given. ``propensity`` is the chance that
    the item was given this place, set by whoever explores; None while nobody does.
    """

    item: Item
    score: float
    contributions: tuple[Contribution, ...]
    position: int = 0
    propensity: float | None = None


def score(item: Item, person: Person, weights: Mapping[str, float], trust: Mapping[str, float]) -> Ranked:
    """The item with its score; features without a weight, or with 0, contribute nothing."""
    values = features(item, person, trust)
    parts = [
        Contribution(name, values[name], weight, weight * values[name])
        for name, weight in weights.items()
        if weight
    ]
    parts.sort(key=lambda part: (-part.contribution, part.feature))
    return Ranked(item=item, score=fsum(part.contribution for part in parts), contributions=tuple(parts))


def by_score(ranked: Sequence[Ranked]) -> list[Ranked]:
    """Best first; ties by id."""
    return sorted(ranked, key=lambda one: (-one.score, one.item.id))


def placed(ranked: Sequence[Ranked]) -> tuple[Ranked, ...]:
    """The same with positions from 1 on."""
    return tuple(replace(one, position=place) for place, one in enumerate(ranked, start=1))
