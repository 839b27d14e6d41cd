"""How language models did for one organisation: single uses, and tallies of them."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite

from flows.errors import InvalidInput
from flows.intelligence.routing.timings import TimingTally

COMPLEXITIES = ("low", "medium", "high")
MAX_NAME = 128
MOST_USES = 5_000  #: The newest uses that count: models, their servers and their load change.


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelObservation:
    """One use of one model.

    ``quality`` is 0 to 1 as somebody judged it, None where nobody did; ``latency_ms`` is the time
    that the caller waited; ``cost_usd`` is None for a model on own machines. ``id`` is the
    caller's: the same id of one organisation counts once.
    """

    id: str
    model: str
    task: str
    latency_ms: float
    at: datetime
    language: str | None = None
    complexity: str | None = None
    quality: float | None = None
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTally:
    """Uses of one model for one task, language and complexity.

    ``quality`` is the mean over the ``judged`` uses, 0 when there are none. ``latency_ms`` is the
    mean and ``latency_ms_squared`` the mean of squares over all ``uses``: unlike quantiles, these
    can be added up over tallies. ``cost_usd`` is the mean where a cost is known.
    """

    model: str
    task: str
    language: str | None
    complexity: str | None
    uses: int
    judged: int
    quality: float
    latency_ms: float
    latency_ms_squared: float
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """What tallies amount to; ``quality`` and ``latency_ms`` are sums."""

    uses: int
    judged: int
    quality: float
    latency_ms: float


class NothingObserved:
    """The ModelObservations of a service that keeps none: every model is judged by its card."""

    def tallies(self, organisation: str) -> Sequence[ModelTally]:
        """None, for anybody."""
        return ()

    def record(self, organisation: str, observation: ModelObservation) -> None:
        """Forget it."""

    def timings(self) -> Sequence[TimingTally]:
        """None."""
        return ()

    def available(self) -> Collection[str] | None:
        """Nobody knows."""
        return None


def total(tallies: Iterable[ModelTally], wanted: Callable[[ModelTally], bool] = lambda _: True) -> Total:
    """Add up the tallies that are wanted."""
    uses = judged = 0
    quality = latency_ms = 0.0
    for tally in tallies:
        if wanted(tally):
            uses, judged = uses + tally.uses, judged + tally.judged
            quality += tally.judged * tally.quality
            latency_ms += tally.uses * tally.latency_ms
    return Total(uses, judged, quality, latency_ms)


def check(observation: ModelObservation) -> None:
    """Raise InvalidInput, with the field, for an observation that no store may keep."""
    names = ("id", "model", "task", "language", "complexity")
    for field in names:
        _check_name(field, getattr(observation, field))
    if observation.complexity not in (None, *COMPLEXITIES):
        raise InvalidInput(f"complexity must be one of {', '.join(COMPLEXITIES)}", field="complexity")
    _check_number("quality", observation.quality, 1.0)
    _check_number("latencyMs", observation.latency_ms)
    _check_number("costUsd", observation.cost_usd)
    if observation.at.tzinfo is None:
        raise InvalidInput("at needs a time zone", field="at")


def _check_name(field: str, name: str | None) -> None:
    if name is None:
        return
    # A database keeps neither NUL nor half of a surrogate pair.
    odd = any(character == "\x00" or "\ud800" <= character <= "\udfff" for character in name)
    if odd or not 0 < len(name) <= MAX_NAME:
        raise InvalidInput(f"{field} must be 1 to {MAX_NAME} characters that can be stored", field=field)


def _check_number(field: str, value: float | None, most: float | None = None) -> None:
    if value is None:
        return
    if not isfinite(value) or value < 0 or (most is not None and value > most):
        bounds = "0 or more" if most is None else f"from 0 to {most:g}"
        raise InvalidInput(f"{field} must be a number {bounds}", field=field)
