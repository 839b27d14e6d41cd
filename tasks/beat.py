"""Beat that outlives its Redis: redbeat ends its process at the first command that is not answered.

A supervisor would start it again, and give it up when Redis stays away; until somebody looks, nothing
would be swept. Here beat waits for Redis, and puts the schedule back into one that has lost it.
"""

import logging
from types import SimpleNamespace
from typing import Any

from redbeat.schedulers import RedBeatScheduler, acquire_distributed_beat_lock
from redis import exceptions
from tenacity import retry, retry_if_exception_type, wait_fixed

AGAIN_S = 1.0  #: Between two tries to reach Redis.
AWAY = exceptions.RedisError  #: Also one that is full, or is a replica.

log = logging.getLogger(__name__)


class PatientScheduler(RedBeatScheduler):
    """redbeat's scheduler, which raises nothing because of Redis."""

    @retry(retry=retry_if_exception_type(AWAY), wait=wait_fixed(AGAIN_S))
    def setup_schedule(self) -> None:
        """Write the schedule down, as soon as there is a Redis to do it in."""
        super().setup_schedule()

    def tick(self, **kwargs: Any) -> float:
        """Send what is due; returns the seconds to the next tick."""
        try:
            self._hold_lock()
            seconds: float = super().tick(**kwargs)
            return seconds
        except exceptions.LockError:  # Somebody else's by now, or lost with everything else in Redis.
            log.warning("beat_lost_its_lock")
            self.lock = None
        except AWAY as error:
            log.warning("beat_waits_for_redis", extra={"error": str(error)})
        return AGAIN_S

    def close(self) -> None:
        """Let go of the lock, which ends by itself where Redis cannot be told."""
        try:
            super().close()
        except AWAY as error:
            self.lock = None
            log.warning("beat_lock_not_released", extra={"error": str(error)})

    def _hold_lock(self) -> None:
        """Take the lock if it was lost, and with it the care for the schedule. Waits for another beat."""
        if self.lock is None and self.lock_key:
            acquire_distributed_beat_lock(SimpleNamespace(scheduler=self))
            self.setup_schedule()
