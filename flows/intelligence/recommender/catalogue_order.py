"""The catalogue's own sequence: how far people move on in it from one step to the next.

Who writes a catalogue puts numbered lessons one after the other. Whether people follow that is
learned: the distribution of the distance between two steps. In a catalogue in no particular
order no distance stands out, and the source says nothing.
"""

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise

from flows.intelligence.recommender.interactions import Histories
from flows.intelligence.recommender.neighbours import DIGITS, Row

REACH = 20  #: Places forward and back that are told apart.

#: Distance in places (never 0) to the share of all steps that go there.
Distances = Mapping[int, float]


def distances(histories: Histories) -> Distances:
    """The share of steps that go ``d`` places on, for each d of at most ``REACH``."""
    counts: Counter[int] = Counter()
    for steps in histories.values():
        counts.update(after.item - before.item for before, after in pairwise(steps))
    total = counts.total()
    return {d: round(counts[d] / total, DIGITS) for d in sorted(counts) if abs(d) <= REACH}


def around(order: Distances, place: int, size: int) -> Row:
    """The neighbours of one of ``size`` places, as far as there are places."""
    return {place + d: share for d, share in order.items() if 0 <= place + d < size}
