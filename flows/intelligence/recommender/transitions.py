"""What people take up after an item: the next one, and those soon after.

Two sources. ``next_items`` is a first-order Markov chain: the step that follows directly.
``later_items`` are sequential rules (Ludewig & Jannach 2018, "Evaluation of session-based
recommendation algorithms"): a pair counts less the more steps and the more time lie between.
A step back counts a little too, since the log also shows one order of things that have none.
"""

from collections import defaultdict
from itertools import pairwise
from math import exp2

from flows.intelligence.recommender.interactions import Histories
from flows.intelligence.recommender.neighbours import Neighbours, all_shares

WINDOW = 5  #: Steps that a sequential rule spans.
PAUSE_S = 3600.0  #: Time between two steps at which half of the bond of one sitting is gone.
ACROSS = 0.1  #: What is left of the bond between two sittings, however far apart.
BACKWARD = 0.3  #: Weight of the reverse of a rule.

Weights = defaultdict[int, defaultdict[int, float]]


def next_items(histories: Histories, size: int) -> Neighbours:
    """For each of ``size`` items the share of each direct successor."""
    weights = _weights()
    for steps in histories.values():
        for before, after in pairwise(steps):
            weights[before.item][after.item] += after.strength
    return all_shares(weights, size)


def later_items(histories: Histories, size: int) -> Neighbours:
    """For each of ``size`` items what follows within a few steps, weighted by nearness."""
    weights = _weights()
    for steps in histories.values():
        for start, before in enumerate(steps):
            for distance, after in enumerate(steps[start + 1 : start + 1 + WINDOW], start=1):
                weight = after.strength * bond(after.time - before.time) / distance
                weights[before.item][after.item] += weight
                weights[after.item][before.item] += BACKWARD * weight
    return all_shares(weights, size)


def bond(seconds: float) -> float:
    """How much two steps belong together, 1 at once and ``ACROSS`` in another sitting."""
    return ACROSS + (1 - ACROSS) * exp2(-seconds / PAUSE_S)


def _weights() -> Weights:
    return defaultdict(lambda: defaultdict(float))
