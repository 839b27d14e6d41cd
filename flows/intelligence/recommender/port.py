"""What stages ask of the recommender, in the words of the core."""

from collections.abc import Collection, Sequence
from typing import Protocol

from flows.intelligence.patterns.step import TYPES
from flows.intelligence.recommender.recommend import Recommendation
from flows.signals.events import Event


class Recommender(Protocol):
    """What people of an organisation turned to, learned by a job and served from its model."""

    def recommend(
        self,
        organisation: str,
        user_id: str,
        history: Sequence[Event],
        limit: int,
        *,
        types: Collection[str] = TYPES,
    ) -> Sequence[Recommendation]:
        """Things to turn to next, best first, none that the person turned to or dismissed.

        ``history`` holds recent events of the person in any order. Items are typed
        (``skill:react-hooks``), scores are 0 to 1. A person without history gets what is popular;
        an organisation without a model nothing. Raises PortUnavailable.
        """
        ...
