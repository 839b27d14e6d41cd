"""Who may ask the language model: it answers as many at once as it has slots, whatever process asks.

A slot is held as a lease, which ends by itself: a process that is killed keeps none. Whoever finds
all taken is told so and does not wait here.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from threading import Lock
from time import monotonic
from typing import Protocol

import redis

from config import keys
from flows.errors import StoreUnavailable
from tasks.store.redis_calls import script, translated

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no slot: all are taken, or the model is left alone for so many seconds."""

    left_alone_s: float = 0.0


class ModelSlots(Protocol):
    """The slots of one model's server."""

    def take(
        self, holder: str, lease_s: float, *, waited_for: bool = True, reserve: bool = False
    ) -> Refusal | None:
        """Take a slot, or keep the one that the holder has; None when it is theirs for that long.

        ``waited_for`` is False for work that no person waits for: where there are several slots, it
        leaves one to people. ``reserve`` asks for somebody else, who is refused too while another
        process has found the model dead.
        """
        ...

    def free(self, holder: str, timings: Sequence[str] = ()) -> None:
        """Give a slot back, and keep what its use took, as text. Never raises StoreUnavailable."""
        ...


class ProcessSlots:
    """The slots as far as this process knows: for one process, and for when Redis is away."""

    def __init__(self, slots: int, clock: Callable[[], float] = monotonic) -> None:
        self._slots, self._clock, self._lock = slots, clock, Lock()
        self._held: dict[str, float] = {}

    def take(
        self, holder: str, lease_s: float, *, waited_for: bool = True, reserve: bool = False
    ) -> Refusal | None:
        with self._lock:
            now = self._clock()
            self._held = {name: until for name, until in self._held.items() if until > now}
            if holder not in self._held and len(self._held) >= usable(self._slots, waited_for):
                return Refusal()
            self._held[holder] = now + lease_s
            return None

    def free(self, holder: str, timings: Sequence[str] = ()) -> None:
        with self._lock:
            self._held.pop(holder, None)


class RedisSlots:
    """The slots that all processes share, one atomic call each; time is the server's.

    Without Redis each process keeps to as many of its own.
    """

    def __init__(self, client: "redis.Redis", upstream: str, slots: int) -> None:
        """``upstream`` is the name of the model's server, under which its breaker is told."""
        self._take, self._free = script(client, "take_slot"), script(client, "free_slot")
        self._breaker, self._slots = keys.open_breaker(upstream), slots
        self._own = ProcessSlots(slots)

    def take(
        self, holder: str, lease_s: float, *, waited_for: bool = True, reserve: bool = False
    ) -> Refusal | None:
        used_s = keys.MODEL_USED_S if waited_for else 0
        breaker = [self._breaker] if reserve else []
        args = [holder, usable(self._slots, waited_for), ceil(lease_s * 1000), used_s]
        try:
            with translated():
                said = int(self._take(keys=[keys.MODEL_SLOTS, keys.MODEL_USED, *breaker], args=args))
        except StoreUnavailable as error:
            log.warning("slots_not_shared", extra={"error": str(error)})
            return self._own.take(holder, lease_s, waited_for=waited_for)
        return None if said < 0 else Refusal(said / 1000)

    def free(self, holder: str, timings: Sequence[str] = ()) -> None:
        self._own.free(holder)
        try:
            with translated():
                self._free(
                    keys=[keys.MODEL_SLOTS, keys.MODEL_TIMINGS],
                    args=[holder, keys.MODEL_TIMINGS_KEPT, *timings],
                )
        except StoreUnavailable as error:  # The lease ends by itself.
            log.warning("slot_not_freed", extra={"error": str(error)})


def usable(slots: int, waited_for: bool) -> int:
    """How many slots such work may use."""
    return slots if waited_for else max(1, slots - 1)
