"""Jobs whose lease has ended get another attempt, or end on the dead-letter list.

A job that nobody took up yet is not lost while messages wait in its queue; its lease is
renewed. With the queue empty its message is gone (a worker died between taking and noting
it), and it is published again. Attempts are counted in either case: a message that turns up
later carries an older attempt and is dropped.
"""

import logging
from collections import Counter

from config.metrics import JOBS_ENDED, SWEPT
from config.queues import queue_on
from flows.errors import FlowError
from flows.model import Flow
from tasks.leases import MAX_ATTEMPTS, QUEUED_LEASE_MS
from tasks.outcome import problem
from tasks.services import Services
from tasks.store.base import Overdue, State

SWEEP_LIMIT = 500  #: Jobs looked at in one run; the next run takes the rest.

log = logging.getLogger(__name__)


def sweep_ledger(services: Services) -> dict[str, int]:
    """Look after every overdue job once; returns how many had which fate."""
    done: Counter[str] = Counter()
    for overdue in services.ledger.overdue(SWEEP_LIMIT):
        fate = _look_after(services, overdue)
        SWEPT.labels(fate).inc()
        done[fate] += 1
        log.warning("job_overdue", extra={"job_id": overdue.job_id, "attempt": overdue.attempt, "fate": fate})
    return dict(done)


def _look_after(services: Services, overdue: Overdue) -> str:
    try:
        flow = services.flows.at(overdue.version)[overdue.flow]
    except (FlowError, KeyError) as error:
        return _bury(services, overdue, "unknown_flow", str(error))
    if _still_waits(services, overdue, flow):
        services.ledger.revive(overdue, QUEUED_LEASE_MS, count_attempt=False)
        return "waits"
    if overdue.attempt >= MAX_ATTEMPTS:
        return _bury(services, overdue, "attempts_used_up", f"given up after {overdue.attempt} attempts")
    attempt = services.ledger.revive(overdue, QUEUED_LEASE_MS, count_attempt=True)
    if attempt is None:
        return "moved"
    services.publisher.publish(flow, overdue.job_id, step=overdue.step, attempt=attempt, lane=overdue.lane)
    return "published"


def _still_waits(services: Services, overdue: Overdue, flow: Flow) -> bool:
    queue = queue_on(overdue.lane, flow.steps[overdue.step].stage.queue)
    return overdue.state is State.QUEUED and services.publisher.backlog(queue) > 0


def _bury(services: Services, overdue: Overdue, code: str, detail: str) -> str:
    if not services.ledger.bury(overdue, problem(code, detail)):
        return "moved"
    JOBS_ENDED.labels(overdue.flow, State.FAILED).inc()
    return "buried"
