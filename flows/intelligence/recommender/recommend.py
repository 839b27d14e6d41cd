"""What to take up next, and what each source and each item of the history had to do with it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from flows.intelligence.recommender.blend import Weights, best, history_class, scores, strength
from flows.intelligence.recommender.model import Model
from flows.intelligence.recommender.sources import NAMES, Evidence, evidence


@dataclass(frozen=True, slots=True)
class Contribution:
    """Part of a score: the source, and the item of the history it speaks from (None: everybody's)."""

    source: str
    from_item: str | None
    score: float


@dataclass(frozen=True, slots=True)
class Recommendation:
    """``score`` is the sum of the contributions, which come strongest first; larger is better."""

    item: str
    score: float
    contributions: tuple[Contribution, ...]


def recommend(
    model: Model,
    history: Sequence[str],
    exclude: Collection[str] = (),
    limit: int = 10,
    time: float | None = None,
) -> list[Recommendation]:
    """Up to ``limit`` items, best first, none of the history and none of ``exclude``.

    ``history`` holds item ids, oldest first; unknown ones are passed over. ``time`` (seconds) is
    when the question is asked, which decides what is trending; None for now. Fewer items, or none,
    come back where no source knows more: nothing is recommended without a reason.
    """
    seen, weights = _consult(model, history, exclude, time)
    totals = scores(seen.shares, weights)
    return [
        Recommendation(model.items[place], totals[place], _contributions(model, seen, weights, place))
        for place in best(totals, limit)
    ]


def rank(
    model: Model, history: Sequence[str], exclude: Collection[str] = (), time: float | None = None
) -> list[str]:
    """All items that ``recommend`` could give, best first, without the reasons."""
    seen, weights = _consult(model, history, exclude, time)
    totals = scores(seen.shares, weights)
    return [model.items[place] for place in best(totals, len(totals))]


def _consult(
    model: Model, history: Sequence[str], exclude: Collection[str], time: float | None
) -> tuple[Evidence, Weights]:
    # An item that comes more than once counts where it came last.
    newest_first = dict.fromkeys(reversed(history))
    known = [model.positions[item] for item in reversed(newest_first) if item in model.positions]
    banned = {model.positions[item] for item in exclude if item in model.positions}
    seen = evidence(model.sources, known, time, banned.union(known))
    return seen, model.blend[history_class(len(known))]


def _contributions(model: Model, seen: Evidence, weights: Weights, place: int) -> tuple[Contribution, ...]:
    parts = [
        part for name in NAMES if weights[name] for part in _parts(model, seen, name, weights[name], place)
    ]
    return tuple(sorted(parts, key=lambda part: -part.score))


def _parts(model: Model, seen: Evidence, name: str, weight: float, place: int) -> Iterator[Contribution]:
    """One source's part of the score, divided as the items of the history have a part in its share."""
    share = seen.shares[name].get(place, 0.0)
    if not share:
        return
    score = weight * strength(share)
    if name not in seen.voices:
        yield Contribution(name, None, score)
        return
    for from_place, row, loudness in seen.voices[name]:
        if place in row:
            part = loudness * row[place] / share
            yield Contribution(name, model.items[from_place], score * part)
