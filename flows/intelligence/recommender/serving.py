"""A trained model as the port needs it: asked with events, answering with scores from 0 to 1."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flows.intelligence.patterns.step import TYPES
from flows.intelligence.recommender.blend import history_class, strength
from flows.intelligence.recommender.from_events import by_type, past_of
from flows.intelligence.recommender.model import Model, from_document
from flows.intelligence.recommender.recommend import Recommendation, recommend
from flows.signals.events import Event


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model, and its items by type."""

    model: Model
    items: Mapping[str, frozenset[str]]

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "ServedModel":
        """Raises InvalidInput for what no training wrote."""
        model = from_document(document)
        return cls(model, by_type(model.items))

    def recommend(
        self, history: Iterable[Event], limit: int, types: Collection[str] = TYPES
    ) -> list[Recommendation]:
        """As the port promises. A score is the share of the largest score that there could be:
        that of an item which every source leads to, and to nothing else.
        """
        past = past_of(history)
        unwanted = (things for name, things in self.items.items() if name not in types)
        exclude = frozenset(past.dismissed).union(*unwanted)
        known = {item for item in past.turned_to if item in self.model.positions}
        most = sum(self.model.blend[history_class(len(known))].values()) * strength(1.0)
        found = recommend(self.model, past.turned_to, exclude, limit)
        return [_scaled(one, most) for one in found]


def _scaled(one: Recommendation, most: float) -> Recommendation:
    parts = tuple(replace(part, score=part.score / most) for part in one.contributions)
    return replace(one, score=one.score / most, contributions=parts)
