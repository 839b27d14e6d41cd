"""Ranking: score, then variety, then rules; what is left out is said with the rule's name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from flows.errors import InvalidInput
from flows.intelligence.ranker.diversity import diversify
from flows.intelligence.ranker.item import Item, from_json, merge, to_json
from flows.intelligence.ranker.person import Person
from flows.intelligence.ranker.rules import Rule
from flows.intelligence.ranker.scoring import Contribution, Ranked, by_score, placed, score
from flows.intelligence.ranker.settings import Settings


@dataclass(frozen=True, slots=True)
class Dropped:
    """An item that a rule left out, for the decision log."""

    item: str
    rule: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """What is shown, best first, and what is not and why. Every item is in one of the two."""

    ranked: tuple[Ranked, ...]
    dropped: tuple[Dropped, ...]


def rank(items: Iterable[Item], person: Person, settings: Settings | None = None) -> Ranking:
    """Rank items for a person; those of one id are merged first. The order given does not matter."""
    chosen = settings or Settings()
    scored = [score(item, person, chosen.weights, chosen.trust) for item in merge(items)]
    varied = diversify(by_score(scored), chosen.diversity)
    kept, dropped = _ruled(varied, person, chosen.rules)
    return Ranking(placed(kept), dropped)


def _ruled(
    ranked: Sequence[Ranked], person: Person, rules: Iterable[Rule]
) -> tuple[Sequence[Ranked], tuple[Dropped, ...]]:
    dropped: list[Dropped] = []
    for rule in rules:
        kept = rule(ranked, person)
        stays = {one.item.id for one in kept}
        dropped += [Dropped(one.item.id, rule.name) for one in ranked if one.item.id not in stays]
        ranked = kept
    return ranked, tuple(dropped)


def to_document(ranking: Ranking) -> dict[str, Any]:
    """The ranking as plain JSON values, for a job; ``from_document`` gives an equal one back."""
    return {
        "ranked": [
            {
                "item": to_json(one.item),
                "score": one.score,
                "contributions": [list(astuple(part)) for part in one.contributions],
                "position": one.position,
                "propensity": one.propensity,
            }
            for one in ranking.ranked
        ],
        "dropped": [[dropped.item, dropped.rule] for dropped in ranking.dropped],
    }


def from_document(document: Mapping[str, Any]) -> Ranking:
    """Read a ranking back; raises InvalidInput."""
    try:
        return Ranking(
            tuple(_ranked(entry) for entry in document["ranked"]),
            tuple(Dropped(item, rule) for item, rule in document["dropped"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput(f"is not a ranking ({error!r})") from None


def _ranked(entry: Mapping[str, Any]) -> Ranked:
    return Ranked(
        item=from_json(entry["item"]),
        score=entry["score"],
        contributions=tuple(Contribution(*part) for part in entry["contributions"]),
        position=entry["position"],
        propensity=entry["propensity"],
    )
