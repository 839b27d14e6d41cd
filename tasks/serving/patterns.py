"""Patterns as a job mined them, and a person's own as they are when they are asked for.

Own patterns are mined from the events that come with the question: 1.8 ms for 100 events, 5.4 ms for
300. So nothing about one person is stored beside their events.
"""

from collections.abc import Iterable, Sequence

from flows.intelligence.patterns.candidates import Candidate, candidates
from flows.intelligence.patterns.mining import MiningLimits, mine_person
from flows.intelligence.patterns.resolutions import Resolution, resolutions
from flows.intelligence.patterns.step import ERRORS, step_of
from flows.intelligence.patterns.table import PatternTable
from flows.ports import EventStore
from flows.signals.events import Event
from tasks.serving.model_cache import ModelCache
from tasks.store.trained_models import PATTERNS, TrainedModels

MOST_ERRORS = 300  #: A person's newest errors and fixes that resolutions are looked for in.


class TrainedPatterns:
    """A PatternSource over stored tables; one instance serves all threads."""

    def __init__(self, models: TrainedModels, events: EventStore, limits: MiningLimits | None = None) -> None:
        self._tables = ModelCache(models, PATTERNS, PatternTable.from_json)
        self._events = events
        self._limits = limits or MiningLimits()

    def candidates_for(
        self, organisation: str, user_id: str, history: Sequence[Event], limit: int
    ) -> Sequence[Candidate]:
        """Things to do or ask next, the likeliest first. Raises PortUnavailable."""
        tables = self._from_own_to_all(organisation, history)
        return candidates(tables, history, limit, people=self._limits.people)

    def resolutions_for(
        self, organisation: str, user_id: str, message: str, limit: int
    ) -> Sequence[Resolution]:
        """What worked before against an error, the person's own first. Raises PortUnavailable."""
        history = self._events.of_user(organisation, user_id, kinds=ERRORS, limit=MOST_ERRORS)
        tables = self._from_own_to_all(organisation, history)
        return resolutions(tables, message, limit, people=self._limits.people)

    def _from_own_to_all(self, organisation: str, history: Iterable[Event]) -> list[PatternTable]:
        steps = sorted(step for event in history if (step := step_of(event)))
        stored = (self._tables.get(organisation), self._tables.get(None))
        return [mine_person(steps, self._limits), *(table for table in stored if table is not None)]
