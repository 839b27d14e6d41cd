"""Answers that the front computes itself when Redis or the workers are away, from the durable store alone.

The same flow on the same ports, so the answer is a true one; it says that it is degraded, since
stages that need a worker of their own are left out and nothing is kept for the next caller.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Semaphore
from time import perf_counter

from app.ask import Ask
from config.queues import INTERACTIVE
from flows.deadline import Deadline
from flows.job_id import new_job_id
from flows.run import FlowRun, run_flow
from tasks.local_decisions import LocalDecisions
from tasks.outcome import StageRecords, failure, success
from tasks.services import Services
from tasks.store.base import Job, Outcome, State
from tasks.telemetry import observe_end, observe_stage

#: Flows that run at once: a flow is some milliseconds of computing, which threads of one process share.
AT_ONCE = 4

#: How long one waits for its turn: what is left of a budget then is enough to run it.
TURN_WITHIN_S = 0.08

#: A flow that begins late still gets this long; it takes a tenth of it.
LEAST_MS = 60.0


class LocalAnswers:
    """Runs flows in this process, a few at a time."""

    def __init__(self, services: Services, decisions: LocalDecisions, at_once: int = AT_ONCE) -> None:
        self._services, self._decisions = services, decisions
        self._turns, self._spare_turn = Semaphore(at_once), Semaphore(min(at_once, 1))

    def compute(self, ask: Ask, reason: str, *, in_spare_time: bool = False) -> Job | None:
        """The request's own job, ended, with ``reason`` among those why it is degraded.

        None when this process is busy: ``in_spare_time`` it is when it computes anything else so.
        """
        with self._turn(in_spare_time) as mine:
            return self._run(ask, reason) if mine else None

    @contextmanager
    def _turn(self, in_spare_time: bool) -> Iterator[bool]:
        turns = self._spare_turn if in_spare_time else self._turns
        mine = turns.acquire(timeout=0 if in_spare_time else TURN_WITHIN_S)
        try:
            yield mine
        finally:
            if mine:
                turns.release()

    def _run(self, ask: Ask, reason: str) -> Job:
        started = perf_counter()
        job = ask.job(new_job_id(), State.RUNNING)
        deadline = Deadline.after(max(LEAST_MS, job.deadline_ms - ask.created_ms - ask.timing.elapsed_ms))
        run = run_flow(ask.flow, ask.request, self._services.ports, deadline, job.id, {INTERACTIVE})
        for stage in run.runs:
            observe_stage(job, stage)
        ms = round((perf_counter() - started) * 1000, 3)
        why = {"type": "local", "status": "replaced", "ms": ms, "reason": reason}
        outcome = _outcome(ask, job, run, [*(stage.record() for stage in run.runs), why])
        observe_end(job, outcome.state)
        if outcome.decision:
            self._decisions.put(job.id, outcome.decision)
        ask.timing.mark("local")
        return replace(
            job, state=outcome.state, stages=outcome.stages, result=outcome.result, problem=outcome.problem
        )


def _outcome(ask: Ask, job: Job, run: FlowRun, stages: StageRecords) -> Outcome:
    if run.result is not None:
        return success(job, ask.flow, run.doc, stages)
    failed = run.runs[-1]
    return failure(failed.reason, f"stage {failed.type} failed and the flow cannot go on without it", stages)
