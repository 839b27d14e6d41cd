"""Jobs whose lease has ended get another attempt, or end on the dead-letter list.

A job that a worker runs has a lease that is renewed every second: when it is over, the worker is
gone. A job that nobody took up yet is not lost while its message waits. No broker says whether it
does, but queues are first in, first out, so two things say that it does not:

- its queue is empty;
- it was overtaken: a job of the same queue that was queued well after it has been started. The
  ledger keeps, for each queue, when the newest job was queued that a worker has started.

So a message that got lost (a worker died between taking and noting it) is found in a busy queue
too, and while all workers of a queue are gone its jobs wait and none of them uses up an attempt.
Attempts are counted when a job is published again: a message that turns up later carries an older
attempt and is dropped.
"""

import logging
from collections import Counter

from config.metrics import JOBS_ENDED, SWEPT
from config.queues import queue_on
from flows.errors import FlowError, StoreUnavailable
from flows.model import Flow
from tasks.leases import OVERTAKEN_MS, QUEUED_LEASE_MS, queued_lease_ms
from tasks.outcome import problem
from tasks.services import Services
from tasks.store.base import Overdue, State

SWEEP_LIMIT = 500  #: Jobs looked at in one run; the next run takes the rest.

log = logging.getLogger(__name__)


class Sweep:
    """One run over the overdue jobs; what it asks about a queue it asks once."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._backlogs: dict[str, int] = {}
        self._started_ms: dict[str, int] = {}

    def look_after(self, overdue: Overdue) -> str:
        """Do what is to be done for one job; returns its fate."""
        try:
            flow = self._services.flows.at(overdue.version)[overdue.flow]
            queue = queue_on(overdue.lane, flow.steps[overdue.step].stage.queue)
        except (FlowError, LookupError) as error:
            return _bury(self._services, overdue, "unknown_flow", str(error))
        if overdue.state is State.QUEUED and not self._message_is_lost(overdue, queue):
            lease_ms = queued_lease_ms(overdue.waited_ms)
            self._services.ledger.revive(overdue, lease_ms, count_attempt=False)
            return "waits"
        if overdue.attempt >= overdue.last_attempt:
            detail = f"given up after {overdue.attempt} attempts"
            return _bury(self._services, overdue, "attempts_used_up", detail)
        return self._publish_again(overdue, flow)

    def _message_is_lost(self, overdue: Overdue, queue: str) -> bool:
        if queue not in self._backlogs:
            self._backlogs[queue] = self._services.publisher.backlog(queue)
            self._started_ms[queue] = self._services.ledger.started_ms(queue)
        overtaken = self._started_ms[queue] - overdue.queued_ms > OVERTAKEN_MS
        return overtaken or not self._backlogs[queue]

    def _publish_again(self, overdue: Overdue, flow: Flow) -> str:
        attempt = self._services.ledger.revive(overdue, QUEUED_LEASE_MS, count_attempt=True)
        if attempt is None:
            return "moved"
        self._services.publisher.publish(
            flow, overdue.job_id, step=overdue.step, attempt=attempt, lane=overdue.lane
        )
        return "published"


def sweep_ledger(services: Services) -> dict[str, int]:
    """Look after every overdue job once; returns how many had which fate."""
    sweep, done = Sweep(services), Counter[str]()
    for overdue in services.ledger.overdue(SWEEP_LIMIT):
        try:
            fate = sweep.look_after(overdue)
        except StoreUnavailable:
            raise  # Then the others cannot be helped either.
        except Exception as error:  # One job that nobody understands must not keep the others waiting.
            log.error("job_not_swept", extra={"job_id": overdue.job_id}, exc_info=error)
            fate = "not_understood"
        SWEPT.labels(fate).inc()
        done[fate] += 1
        level = logging.DEBUG if fate == "waits" else logging.WARNING
        log.log(
            level, "job_overdue", extra={"job_id": overdue.job_id, "attempt": overdue.attempt, "fate": fate}
        )
    return dict(done)


def _bury(services: Services, overdue: Overdue, code: str, detail: str) -> str:
    if not services.ledger.bury(overdue, problem(code, detail)):
        return "moved"
    JOBS_ENDED.labels(overdue.flow, State.FAILED).inc()
    return "buried"
