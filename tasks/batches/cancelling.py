"""Cancelling a batch: in the store, then whatever of it is under way."""

import logging

from config.metrics import BATCH_MEMBERS, JOBS_ENDED
from flows.errors import JobNotFound, StoreUnavailable
from tasks.batches.model import LEARNING_PATHS
from tasks.store.base import State
from tasks.store.batches import StoredBatches
from tasks.store.ledger import Ledger

log = logging.getLogger(__name__)


def cancel_batch(batches: StoredBatches, ledger: Ledger, organisation: str, id_: str) -> None:
    """End a batch and the jobs of its members. Raises BatchNotFound, BatchEnded and PortUnavailable.

    A job that cannot be reached, or is only about to be accepted, runs to an end that nobody collects.
    """
    for job_id in batches.cancel(organisation, id_):
        try:
            if ledger.cancel(job_id):
                JOBS_ENDED.labels(LEARNING_PATHS, State.CANCELLED).inc()
                BATCH_MEMBERS.labels(State.CANCELLED).inc()
        except JobNotFound:
            continue
        except StoreUnavailable as error:
            log.warning("jobs_not_cancelled", extra={"batch_id": id_, "error": str(error)})
            return
