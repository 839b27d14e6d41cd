"""All sources learned from one log and catalogue, and what they say about one history."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from flows.intelligence.recommender.catalogue_order import Distances, around, distances
from flows.intelligence.recommender.interactions import Histories
from flows.intelligence.recommender.item_knn import together
from flows.intelligence.recommender.neighbours import Neighbours, Row, mixed
from flows.intelligence.recommender.popularity import Trend, popular, trend
from flows.intelligence.recommender.transitions import later_items, next_items

NEXT, LATER, TOGETHER, ORDER, SIMILAR = "next", "later", "together", "order", "similar"
POPULAR, TRENDING = "popular", "trending"

#: How much an item of the history says beside the one after it; 0: only the newest speaks.
DECAYS = {NEXT: 0.0, LATER: 0.7, TOGETHER: 0.7, ORDER: 0.0, SIMILAR: 0.7}
NAMES = (*DECAYS, POPULAR, TRENDING)
RECENT = 15  #: Items of a history that speak, the newest.


@dataclass(frozen=True, slots=True)
class Sources:
    """What was learned, by places in a catalogue of ``size`` items."""

    size: int
    next: Neighbours
    later: Neighbours
    together: Neighbours
    similar: Neighbours
    order: Distances
    popular: Row
    trend: Trend

    def row(self, source: str, place: int) -> Row:
        """Where one source leads from one item."""
        if source == ORDER:
            return around(self.order, place, self.size)
        neighbours: Neighbours = getattr(self, source)
        return neighbours[place]


#: A source's rows of single history items, each with the weight of that item.
Voices = Sequence[tuple[int, Row, float]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the sources say about one history."""

    voices: Mapping[str, Voices]
    #: Per source the share that it gives to each item, those of the history and excluded ones left out.
    shares: Mapping[str, Mapping[int, float]]


def learn(histories: Histories, similar: Neighbours) -> Sources:
    """All sources from the histories; ``similar`` comes from the catalogue alone and sets its size."""
    size = len(similar)
    return Sources(
        size=size,
        next=next_items(histories, size),
        later=later_items(histories, size),
        together=together(histories, size),
        similar=similar,
        order=distances(histories),
        popular=popular(histories),
        trend=trend(histories),
    )


def evidence(
    sources: Sources, history: Sequence[int], time: float | None, excluded: Collection[int]
) -> Evidence:
    """What each source says about a history (places, oldest first) at a time."""
    voices = {source: _voices(sources, source, history) for source in DECAYS}
    shares = {source: mixed((row, weight) for _, row, weight in voices[source]) for source in DECAYS}
    shares |= {POPULAR: dict(sources.popular), TRENDING: dict(sources.trend.at(time))}
    for row in shares.values():
        for place in excluded:
            row.pop(place, None)
    return Evidence(voices, shares)


def _voices(sources: Sources, source: str, history: Sequence[int]) -> Voices:
    recent = list(reversed(history[-RECENT:]))
    weights = [DECAYS[source] ** lag for lag in range(len(recent))]
    total = sum(weights)
    return [
        (place, sources.row(source, place), weight / total)
        for place, weight in zip(recent, weights, strict=True)
        if weight
    ]
