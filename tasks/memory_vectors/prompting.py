"""Having the index looked at before its next time, when somebody was erased."""

import logging
from collections.abc import Callable

from celery import Celery
from kombu.exceptions import OperationalError

from config.queues import TRAINING, scheduled_task
from tasks.memory_vectors.make import MemoryVectors

JOB = "index_memories"  #: As the schedule names it.
EXPIRES_S = 30.0  #: By then its usual time has come.

log = logging.getLogger(__name__)


def prompter(app: Celery, vectors: MemoryVectors | None) -> Callable[[], None]:
    """Sends the scheduled job at once, where vectors are on.

    Raises nothing: it runs by the clock all the same.
    """

    def prompt() -> None:
        if vectors is None:
            return
        try:
            app.send_task(scheduled_task(JOB), kwargs={"forced": True}, queue=TRAINING, expires=EXPIRES_S)
        except OperationalError as error:
            log.warning("memory_index_not_prompted", extra={"error": str(error)})

    return prompt
