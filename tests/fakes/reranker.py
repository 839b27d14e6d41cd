"""A reranker that says what a test gives it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from flows.deadline import Deadline
from flows.intelligence.rerank.port import Reading, RerankAnswer, RerankRequest


@dataclass
class SpokenReranker:
    """Gives its readings, or raises its error, and remembers what it was asked and how long it had.

    ``meanwhile`` is called before it answers.
    """

    readings: Sequence[Reading] = ()
    error: Exception | None = None
    configured: bool = True
    meanwhile: Callable[[], None] = lambda: None
    asked: list[RerankRequest] = field(default_factory=list)
    left_ms: list[float] = field(default_factory=list)

    def score(self, request: RerankRequest, deadline: Deadline) -> RerankAnswer:
        """What it was told to say."""
        self.asked.append(request)
        self.left_ms.append(deadline.left_ms())
        self.meanwhile()
        if self.error is not None:
            raise self.error
        return RerankAnswer("spoken", tuple(self.readings))
