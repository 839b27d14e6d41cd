"""The runner: the one place where a stage meets Celery.

There is one Celery task per stage type, all of them made from this one function. It takes
the lease, runs the pure stage, and either goes on with the next one in place (when this
worker serves its queue: stream engines call that operator chaining) or saves the work and
lets Celery publish the rest of the chain.

Stages that run on in place are saved together: doing a cheap stage again costs less than
saving each. Whatever ends the job records everything that happened.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from celery import Celery, Task
from celery.exceptions import SoftTimeLimitExceeded

from config.queues import QUEUES, queue_on, stage_task
from flows.deadline import Deadline
from flows.errors import FlowError
from flows.model import Doc, Flow, Stage
from flows.refine import refining
from flows.run import StageRun, run_in_passing, run_step
from tasks.clients.call_context import on_behalf_of
from tasks.leases import QUEUED_LEASE_MS
from tasks.outcome import StageRecords, failure, success
from tasks.refinement import Refinement
from tasks.services import Services, once_per_process
from tasks.store.base import Job
from tasks.telemetry import observe_end, observe_stage

log = logging.getLogger(__name__)


def register_stages(app: Celery, stages: Mapping[str, Stage], services: Callable[[], Services]) -> None:
    """Register one task per stage. ``services`` is called in the process that runs the task."""
    refinement = once_per_process(lambda: Refinement(services()))

    def runner(task: Task, job_id: str, step: int, attempt: int) -> None:
        """Run one stage of one job, and those after it that this worker serves."""
        served = frozenset(app.amqp.queues.consume_from)
        StageRunner(services(), served, refinement()).run(task.request, job_id, step, attempt)

    for stage in stages.values():
        policy = QUEUES[stage.queue]
        app.task(
            runner,
            bind=True,
            name=stage_task(stage.type),
            soft_time_limit=policy.soft_time_limit_s,
            time_limit=policy.time_limit_s,
        )


class StageRunner:
    """Runs the stages of one job as far as this worker serves their queues.

    ``request`` is Celery's request of the running task. Celery publishes what is left in its
    ``chain`` when the task returns: taking the next signature off means it was done in place,
    emptying it means that nothing is to follow.
    """

    def __init__(
        self, services: Services, served_queues: frozenset[str], refinement: Refinement | None = None
    ) -> None:
        self._services, self._served = services, served_queues
        self._refinement = refinement or Refinement(services)

    def run(self, request: Any, job_id: str, step: int, attempt: int) -> None:
        """Run from ``step`` on."""
        job = self._services.ledger.start(job_id, step, attempt)
        if job is None or job.step < step:
            log.info("stage_stale", extra={"job_id": job_id, "step": step, "attempt": attempt})
            request.chain = None
        elif job.step == step:
            self._run_job(request, job)
        # Else the step was done before and only the hand-over was lost: Celery does it now.

    def _run_job(self, request: Any, job: Job) -> None:
        try:
            flow = self._services.flows.at(job.version)[job.flow]
        except (FlowError, KeyError) as error:
            self._services.ledger.finish(job, failure("unknown_flow", str(error)))
            request.chain = None
            return
        if job.lane not in flow.lanes:
            problem = f"{flow.name} does not run on the lane {job.lane}"
            self._services.ledger.finish(job, failure("wrong_lane", problem))
            request.chain = None
            return
        if job.refines:
            flow = refining(flow)
        with on_behalf_of(job.request_id):
            self._run_steps(request, job, flow)

    def _run_steps(self, request: Any, job: Job, flow: Flow) -> None:
        doc, stages, step = job.doc, list(job.stages), job.step
        deadline = Deadline(job.deadline_ms)
        run: StageRun | None = None
        while True:
            run = run or run_step(
                flow.steps[step], doc, self._services.ports, deadline, (SoftTimeLimitExceeded,), job.seed
            )
            observe_stage(job, run)
            stages.append(run.record())
            doc.update(run.updates)
            step += 1
            if run.status == "failed" or step == len(flow.steps):
                self._end(request, job, flow, run, doc, stages)
                return
            run = None
            if not self._serves(job, flow, step):
                run = self._in_passing(job, flow, step, doc, deadline)
                if run is None:
                    self._hand_over(request, job, step, doc, stages)
                    return
            request.chain.pop()

    def _serves(self, job: Job, flow: Flow, step: int) -> bool:
        return flow.run_on and queue_on(job.lane, flow.steps[step].stage.queue) in self._served

    def _in_passing(self, job: Job, flow: Flow, step: int, doc: Doc, deadline: Deadline) -> StageRun | None:
        if not flow.run_on:
            return None
        return run_in_passing(flow.steps[step], doc, self._services.ports, deadline, job.seed)

    def _hand_over(self, request: Any, job: Job, step: int, doc: Doc, stages: StageRecords) -> None:
        if not self._services.ledger.checkpoint(job, step, doc, stages, QUEUED_LEASE_MS):
            log.info("lease_lost", extra={"job_id": job.id, "step": step, "attempt": job.attempt})
            request.chain = None

    def _end(self, request: Any, job: Job, flow: Flow, run: StageRun, doc: Doc, stages: StageRecords) -> None:
        if run.status == "failed":
            outcome = failure(
                run.reason, f"stage {run.type} failed and the flow cannot go on without it", stages
            )
        else:
            outcome = success(job, flow, doc, stages)
        if self._services.ledger.finish(job, outcome):
            observe_end(job, outcome.state)
            self._refinement.after(job, flow, doc["request"], stages)
        request.chain = None
