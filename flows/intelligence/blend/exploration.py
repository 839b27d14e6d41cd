"""Exploration: a little chance in the order, with the chance that was given written down.

What is always shown in the same order teaches nothing about the rest, and a log without
propensities cannot be evaluated for another policy (Bottou et al. 2013, "Counterfactual Reasoning
and Learning Systems"). So the first places are drawn one after the other from a softmax over the
scores of what is left (Plackett-Luce), mixed with a uniform draw: nothing in the pool has less than
the floor, and inverse propensities stay bounded.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import exp
from random import Random

from flows.intelligence.ranker.scoring import Ranked


def explored(
    ranked: Sequence[Ranked], *, seed: str, temperature: float, floor: float, pool: int
) -> tuple[Ranked, ...]:
    """The ranking with its first ``pool`` places drawn, and propensities for these.

    ``temperature`` is in units of the score: the higher, the more chance. ``floor`` is the least
    propensity of each item in each draw; where it is more than the draw can give, the draw is
    uniform. The same seed gives the same order. What is beyond the pool stays, without propensity.
    """
    left, drawn = list(ranked[:pool]), []
    chance = Random(seed)
    while left:
        odds = _odds([one.score for one in left], temperature, floor)
        place = _draw(odds, chance.random())
        drawn.append(replace(left.pop(place), propensity=round(odds[place], 6)))
    order = [*drawn, *ranked[pool:]]
    return tuple(replace(one, position=number) for number, one in enumerate(order, start=1))


def _odds(scores: Sequence[float], temperature: float, floor: float) -> list[float]:
    best = max(scores)
    weights = [exp((score - best) / temperature) for score in scores]
    uniform = min(1.0, floor * len(scores))
    whole = sum(weights)
    return [uniform / len(scores) + (1 - uniform) * weight / whole for weight in weights]


def _draw(odds: Sequence[float], at: float) -> int:
    for place, share in enumerate(odds):
        at -= share
        if at < 0:
            return place
    return len(odds) - 1
