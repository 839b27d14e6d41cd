"""How language models did, on a dict, for tests and for running without a database."""

from collections.abc import Collection, Sequence
from statistics import fmean
from threading import Lock

from flows.intelligence.routing.observations import MOST_USES, ModelObservation, ModelTally, check
from flows.intelligence.routing.timings import TimingTally

Group = tuple[str, str, str | None, str | None]


class InMemoryModelObservations:
    """ModelObservations that are gone with the process. ``available`` is what the local server has."""

    def __init__(
        self,
        available: Collection[str] | None = None,
        most: int = MOST_USES,
        timings: Sequence[TimingTally] = (),
    ) -> None:
        self._timings = timings
        self._seen: dict[str, dict[str, ModelObservation]] = {}
        self._available, self._most = available, most
        self._lock = Lock()

    def tallies(self, organisation: str) -> Sequence[ModelTally]:
        """The newest uses by model, task, language and complexity, empty for who used none."""
        with self._lock:
            seen = list(self._seen.get(organisation, {}).values())
        newest = sorted(seen, key=lambda use: (use.at, use.id), reverse=True)[: self._most]
        groups: dict[Group, list[ModelObservation]] = {}
        for use in newest:
            groups.setdefault((use.model, use.task, use.language, use.complexity), []).append(use)
        return [_tally(group, uses) for group, uses in groups.items()]

    def record(self, organisation: str, observation: ModelObservation) -> None:
        """Keep one use; an id that the organisation has is left out. Raises InvalidInput."""
        check(observation)
        with self._lock:
            self._seen.setdefault(organisation, {}).setdefault(observation.id, observation)

    def timings(self) -> Sequence[TimingTally]:
        """What one token took on own servers, as it was given."""
        return self._timings

    def available(self) -> Collection[str] | None:
        """Ids of the models that the local server has, None where nobody knows."""
        return self._available


def _tally(group: Group, uses: Sequence[ModelObservation]) -> ModelTally:
    model, task, language, complexity = group
    qualities = [use.quality for use in uses if use.quality is not None]
    costs = [use.cost_usd for use in uses if use.cost_usd is not None]
    return ModelTally(
        model=model,
        task=task,
        language=language,
        complexity=complexity,
        uses=len(uses),
        judged=len(qualities),
        quality=fmean(qualities) if qualities else 0.0,
        latency_ms=fmean(use.latency_ms for use in uses),
        latency_ms_squared=fmean(use.latency_ms**2 for use in uses),
        cost_usd=fmean(costs) if costs else None,
    )
