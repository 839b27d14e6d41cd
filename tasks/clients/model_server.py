"""The server of the language model: who may ask it, with how much patience, and what it took.

Whoever asks holds a slot meanwhile (``tasks.store.model_slots``). A question with little time is
one that a person waits for: it takes a free slot or none, through a breaker to which slow is as
bad as dead. One with seconds to go waits for a slot, and goes through a breaker of its own, so
that what is slow on purpose keeps no person's question out.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic, sleep, time
from typing import Any
from uuid import uuid4

from flows.deadline import Deadline
from flows.errors import BadUpstreamAnswer, BreakerOpen, PortUnavailable, RerankFailed, UpstreamTimeout
from flows.intelligence.rerank.port import LEAST_MS, Outcome, Timings
from flows.intelligence.routing.timings import timing_of, to_text
from tasks.clients.base import UpstreamClient
from tasks.store.model_slots import ModelSlots, ProcessSlots

PATIENT_MS = 1_000.0  #: Who has more time than this is waited for by nobody.
LOOK_S = 0.02  #: How often somebody patient looks for a free slot.
GRACE_S = 0.05  #: A slot is held for this much longer than its use may take.
HOP_S = 0.1  #: A slot that is reserved is held for this much longer, until its user begins.
LOOK_AGAIN_S = 0.5  #: A model that is left alone is taken for it this long without asking anybody.


@dataclass(slots=True)
class Use:
    """One use of a slot: calls the server until the deadline, and keeps what that took."""

    model: str
    purpose: str
    client: UpstreamClient
    deadline: Deadline
    timings: list[str] = field(default_factory=list)

    def call(
        self,
        path: str,
        body: dict[str, Any],
        timings_in: Callable[[object], Timings] | None = None,
        purpose: str | None = None,
    ) -> Any:
        """The server's answer; ``timings_in`` reads what it says of its time, None for a call that does
        not take the model's. Raises RerankFailed.
        """
        started_s = monotonic()
        left_s = self.deadline.at_ms / 1000 - self.deadline.now_s()
        with in_words_of_the_port():
            # Asking twice does the same as asking once: nothing is kept of it but the time it took.
            answer = self.client.call("POST", path, body, max(0.0, left_s), idempotent=True)
        if timings_in is None:
            return answer
        timing = timing_of(
            timings_in(answer),
            model=self.model,
            purpose=purpose or self.purpose,
            characters=_characters(body.get("prompt")),
            total_ms=round((monotonic() - started_s) * 1000, 3),
            at_s=round(time(), 3),
        )
        self.timings.append(to_text(timing))
        return answer


@dataclass(slots=True)
class ModelServer:
    """One server with one model. Threads may share it; each process builds its own.

    ``quick`` and ``patient`` are connections to the same server; ``api`` is one of ``settings.LLM_APIS``.
    """

    quick: UpstreamClient
    patient: UpstreamClient
    model: str
    api: str
    slots: ModelSlots = field(default_factory=lambda: ProcessSlots(1))
    pause: Callable[[float], None] = sleep
    _alone_until_s: float = 0.0

    def reserve(self, holder: str, deadline: Deadline) -> Outcome | None:
        """Keep a slot for somebody in another process until the deadline; else why not."""
        if monotonic() < self._alone_until_s:
            return Outcome.BREAKER_OPEN
        if deadline.left_ms() < LEAST_MS:
            return Outcome.TIMEOUT
        refusal = self.slots.take(holder, deadline.left_ms() / 1000 + HOP_S, reserve=True)
        if refusal is None:
            return None
        self._alone_until_s = monotonic() + min(refusal.left_alone_s, LOOK_AGAIN_S)
        return Outcome.BREAKER_OPEN if refusal.left_alone_s else Outcome.BUSY

    @contextmanager
    def use(self, holder: str, deadline: Deadline, purpose: str, *, waits: bool = True) -> Iterator[Use]:
        """Hold a slot in this context. Raises RerankFailed (``busy``, ``timeout``) without one.

        Who has seconds to go waits for one, unless told not to.
        """
        name, patient = holder or uuid4().hex, deadline.left_ms() > PATIENT_MS
        use = Use(self.model, purpose, self.patient if patient else self.quick, deadline)
        try:
            self._take(name, deadline, patient, waits)
            yield use
        finally:  # Also when there was too little time to use what had been reserved.
            self.slots.free(name, use.timings)

    def _take(self, holder: str, deadline: Deadline, patient: bool, waits: bool) -> None:
        while (left_ms := deadline.left_ms()) >= LEAST_MS:
            if self.slots.take(holder, left_ms / 1000 + GRACE_S, waited_for=not patient) is None:
                return
            if not (patient and waits):
                raise RerankFailed(Outcome.BUSY, "all slots of the model are taken")
            self.pause(LOOK_S)
        raise RerankFailed(Outcome.BUSY if patient else Outcome.TIMEOUT, "no time is left to ask")


def _characters(prompt: object) -> int:
    texts: Sequence[object] = prompt if isinstance(prompt, list) else [prompt]
    return sum(len(text) for text in texts if isinstance(text, str))


@contextmanager
def in_words_of_the_port() -> Iterator[None]:
    """Say what went wrong with a call by its outcome, as RerankFailed."""
    try:
        yield
    except RerankFailed:
        raise
    except BreakerOpen as error:
        raise RerankFailed(Outcome.BREAKER_OPEN, str(error)) from error
    except UpstreamTimeout as error:
        raise RerankFailed(Outcome.TIMEOUT, str(error)) from error
    except BadUpstreamAnswer as error:
        raise RerankFailed(Outcome.MALFORMED, str(error)) from error
    except PortUnavailable as error:
        raise RerankFailed(Outcome.UNAVAILABLE, str(error)) from error
