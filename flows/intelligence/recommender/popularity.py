"""What many take up: ever, and of late. The floor under the other sources."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import exp2

from flows.intelligence.recommender.interactions import Histories
from flows.intelligence.recommender.neighbours import Row, shares

HALF_LIFE_S = 30 * 86400.0  #: What was taken up this long ago counts half in a trend.
PERIOD_S = 14 * 86400.0  #: A trend is taken anew after this time.


@dataclass(frozen=True, slots=True)
class Trend:
    """What was popular at several times; ``rows[i]`` knows only what came before ``times[i]``."""

    times: Sequence[float] = ()
    rows: Sequence[Row] = ()

    def at(self, time: float | None) -> Row:
        """The newest row that is not of the future, empty before the first; the last for None."""
        index = len(self.times) if time is None else bisect_right(self.times, time)
        return self.rows[index - 1] if index else {}


def popular(histories: Histories) -> Row:
    """The share of each item among all steps."""
    weights: defaultdict[int, float] = defaultdict(float)
    for steps in histories.values():
        for step in steps:
            weights[step.item] += step.strength
    return shares(weights, keep=len(weights))


def trend(histories: Histories) -> Trend:
    """Exponentially decayed popularity at the end of each period in which something happened."""
    steps = sorted((s for steps in histories.values() for s in steps), key=lambda s: (s.time, s.item))
    periods = [(end, list(group)) for end, group in groupby(steps, key=lambda step: _period_end(step.time))]
    weights: dict[int, float] = {}
    rows: list[Row] = []
    for index, (end, group) in enumerate(periods):
        age = end - periods[index - 1][0] if index else 0.0
        weights = {item: weight * exp2(-age / HALF_LIFE_S) for item, weight in weights.items()}
        for step in group:
            decay = exp2((step.time - end) / HALF_LIFE_S)
            weights[step.item] = weights.get(step.item, 0.0) + step.strength * decay
        rows.append(shares(weights))
    # The newest period is still going on: what it knows can be used from the newest step on.
    times = [*(end for end, _ in periods[:-1]), *(step.time for step in steps[-1:])]
    return Trend(tuple(times), tuple(rows))


def _period_end(time: float) -> float:
    return (time // PERIOD_S + 1) * PERIOD_S
