"""How well the recommender tells what people take up next, beside simpler ways.

Leave-last-out: everybody's newest step is held out, the model is trained on all the rest, and
every item that the person has not taken up is a candidate (full ranking, no sampled negatives,
which would favour popular items: Krichene & Rendle 2020).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log2

from flows.intelligence.recommender.blend import CLASSES
from flows.intelligence.recommender.interactions import Interaction, Item, histories
from flows.intelligence.recommender.model import Model
from flows.intelligence.recommender.recommend import rank
from flows.intelligence.recommender.sources import NAMES, POPULAR, SIMILAR, TOGETHER
from flows.intelligence.recommender.training import train

CUTOFF = 10
HYBRID, POPULARITY, CONTENT, ITEM_KNN = "hybrid", "popularity", "content of the last item", "item-kNN"
ALL, ONE, FEW, MANY = "all", "1", "2-4", "5+"


@dataclass(frozen=True, slots=True)
class Case:
    """What one person had taken up, oldest first, when asked at ``time``, and what came next."""

    history: tuple[str, ...]
    time: float
    target: str


@dataclass(frozen=True, slots=True)
class Measures:
    """Means over people, each 0 to 1; ``coverage``: share of the catalogue in anybody's first ten."""

    people: int
    ndcg: float
    recall: float
    mrr: float
    coverage: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The model, what it was asked, and the measures by ranker and length of history."""

    model: Model
    cases: Sequence[Case]
    measures: Mapping[str, Mapping[str, Measures]]


#: All candidates for a case, best first.
Ranker = Callable[[Case], Sequence[str]]


def evaluate(interactions: Iterable[Interaction], items: Sequence[Item]) -> Evaluation:
    """Train on all but everybody's newest step, and rank for those who have an earlier one."""
    training, cases = leave_last_out(interactions, items)
    model = train(training, items)
    measures = {name: _by_length(cases, ranker, len(items)) for name, ranker in rankers(model).items()}
    return Evaluation(model, cases, measures)


def leave_last_out(
    interactions: Iterable[Interaction], items: Sequence[Item]
) -> tuple[list[Interaction], list[Case]]:
    """The log without the newest step of all who have two or more, and a case for each of them."""
    ids = [item.id for item in items]
    training: list[Interaction] = []
    cases: list[Case] = []
    for user, steps in histories(interactions, {item: place for place, item in enumerate(ids)}).items():
        earlier = steps[:-1] or steps
        training += [Interaction(user, ids[step.item], step.time, step.strength) for step in earlier]
        if len(steps) > 1:
            known = tuple(ids[step.item] for step in earlier)
            # The time of the newest known step: the held-out one's would be a hint.
            cases.append(Case(known, earlier[-1].time, ids[steps[-1].item]))
    return training, cases


def rankers(model: Model) -> dict[str, Ranker]:
    """The blend, and single sources of the same model to compare with."""
    single = {source: _with_one_source(model, source) for source in (POPULAR, SIMILAR, TOGETHER)}
    return {
        HYBRID: lambda case: rank(model, case.history, time=case.time),
        POPULARITY: lambda case: rank(single[POPULAR], case.history),
        CONTENT: lambda case: rank(single[SIMILAR], case.history[-1:], exclude=case.history),
        ITEM_KNN: lambda case: rank(single[TOGETHER], case.history),
    }


def _with_one_source(model: Model, source: str) -> Model:
    weights = {name: float(name == source) for name in NAMES}
    return replace(model, blend=dict.fromkeys(CLASSES, weights))


def _by_length(cases: Sequence[Case], ranker: Ranker, catalogue: int) -> dict[str, Measures]:
    ranked = [(case, ranker(case)) for case in cases]
    groups: dict[str, list[tuple[Case, Sequence[str]]]] = {ALL: ranked, ONE: [], FEW: [], MANY: []}
    for pair in ranked:
        length = len(pair[0].history)
        groups[ONE if length == 1 else FEW if length < 5 else MANY].append(pair)
    return {
        group: measure([(case.target, ranking) for case, ranking in pairs], catalogue)
        for group, pairs in groups.items()
    }


def measure(ranked: Sequence[tuple[str, Sequence[str]]], catalogue: int) -> Measures:
    """Measures of rankings, each with the item that was taken up; all 0 when there are none.

    With one right item the ideal gain is 1, so NDCG is ``1 / log2(rank + 1)`` within the cut-off.
    An item that is not ranked at all counts as never found.
    """
    if not ranked:
        return Measures(0, 0.0, 0.0, 0.0, 0.0)
    people = len(ranked)
    ranks = [ranking.index(target) + 1 for target, ranking in ranked if target in ranking]
    found = [rank for rank in ranks if rank <= CUTOFF]
    shown = {item for _, ranking in ranked for item in ranking[:CUTOFF]}
    return Measures(
        people=people,
        ndcg=sum(1 / log2(rank + 1) for rank in found) / people,
        recall=len(found) / people,
        mrr=sum(1 / rank for rank in ranks) / people,
        coverage=len(shown) / catalogue,
    )
