"""A reranker that says what a test gives it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from flows.deadline import Deadline
from flows.intelligence.rerank.port import Outcome, Reading, RerankAnswer, RerankRequest


@dataclass
class SpokenReranker:
    """Gives its readings, or raises its error, and remembers what it was asked and how long it had.

    ``meanwhile`` is called before it answers; ``refusal`` is what it says to whom wants a slot.
    """

    readings: Sequence[Reading] = ()
    error: Exception | None = None
    configured: bool = True
    meanwhile: Callable[[], None] = lambda: None
    refusal: Outcome | None = None
    holders: list[str] = field(default_factory=list)
    asked: list[RerankRequest] = field(default_factory=list)
    left_ms: list[float] = field(default_factory=list)

    def reserve(self, holder: str, deadline: Deadline) -> Outcome | None:
        """What it was told to say."""
        self.holders.append(holder)
        return self.refusal

    def score(self, request: RerankRequest, deadline: Deadline, holder: str = "") -> RerankAnswer:
        """What it was told to say."""
        self.holders.append(holder)
        self.asked.append(request)
        self.left_ms.append(deadline.left_ms())
        self.meanwhile()
        if self.error is not None:
            raise self.error
        return RerankAnswer("spoken", tuple(self.readings))
