"""Messages that no worker can read: kept for an operator to look at, and their job is not left waiting."""

import logging
import re
from time import time

from config.metrics import POISON
from flows.errors import StoreUnavailable
from tasks.services import Services
from tasks.store.base import PoisonMessage

BODY_KEPT = 200  #: Characters: enough to see what it was.
SEARCHED = 10_000
JOB_ID = re.compile(r"\b[0-9a-f]{32}\b")

log = logging.getLogger(__name__)


def poisoned(services: Services, task: str, reason: str, body: str) -> None:
    """Record such a message, and let the sweeper publish the jobs again that it names.

    A job that a worker runs is left alone. One whose messages are unreadable each time ends on the
    dead-letter list as every other does that used up its attempts.
    """
    POISON.inc()
    message = PoisonMessage(
        at_ms=int(time() * 1000), task=task, reason=reason[:BODY_KEPT], body=body[:BODY_KEPT]
    )
    try:
        services.ledger.record_poison(message)
        for job_id in set(JOB_ID.findall(body[:SEARCHED])):
            services.ledger.release(job_id)
    except StoreUnavailable as error:  # The sweeper finds the job without being told, a little later.
        log.warning("poison_not_recorded", extra={"error": str(error)})
