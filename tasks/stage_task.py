"""The runner: the one place where a stage meets Celery.

There is one Celery task per stage type, all of them made from this one function. It takes
the lease, runs the pure stage, and either goes on with the next one in place (when this
worker serves its queue: stream engines call that operator chaining) or saves the work and
lets Celery publish the rest of the chain.

Stages that run on in place are saved together: doing a cheap stage again costs less than
saving each. Only work that took a while is saved on the way, where a new attempt then goes on.
Whatever ends the job records everything that happened.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from time import perf_counter
from typing import Any

from celery import Celery, Task
from celery.exceptions import SoftTimeLimitExceeded

from config.queues import QUEUES, queue_on, stage_task
from flows.deadline import Deadline
from flows.errors import FlowError, StoreUnavailable
from flows.model import Doc, Flow, Stage
from flows.refine import refining
from flows.run import StageRun, run_in_passing, run_step
from tasks.clients.call_context import on_behalf_of
from tasks.lease_keeper import LeaseKeeper
from tasks.leases import QUEUED_LEASE_MS, longest_run_ms, run_lease_ms
from tasks.outcome import StageRecords, failure, stage_record, success
from tasks.patience import patiently
from tasks.refinement import Refinement
from tasks.services import Services, once_per_process
from tasks.store.base import Job, Outcome
from tasks.telemetry import observe_end, observe_stage

SAVE_AFTER_S = 0.05  #: Work that took longer is saved at the next boundary between stages.

log = logging.getLogger(__name__)


def register_stages(app: Celery, stages: Mapping[str, Stage], services: Callable[[], Services]) -> None:
    """Register one task per stage. ``services`` is called in the process that runs the task."""
    keeper = once_per_process(lambda: LeaseKeeper(services().ledger))
    refinement = once_per_process(lambda: Refinement(services()))

    def runner(task: Task, job_id: str, step: int, attempt: int) -> None:
        """Run one stage of one job, and those after it that this worker serves."""
        served = frozenset(app.amqp.queues.consume_from)
        queue = (task.request.delivery_info or {}).get("routing_key") or ""
        runner = StageRunner(services(), served, keeper(), refinement())
        runner.run(task.request, job_id, step, attempt, queue)

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
        self,
        services: Services,
        served_queues: frozenset[str],
        keeper: LeaseKeeper | None = None,
        refinement: Refinement | None = None,
    ) -> None:
        self._services, self._served = services, served_queues
        self._keeper = keeper or LeaseKeeper(services.ledger)
        self._refinement = refinement or Refinement(services)

    def run(self, request: Any, job_id: str, step: int, attempt: int, queue: str = "") -> None:
        """Run from ``step`` on; ``queue`` is where the message came from.

        Without the ledger nothing is done, or nothing more: no lease is renewed then, and the sweeper
        gives the job another attempt. Nothing else that goes wrong here leaves a job without an end.
        """
        try:
            job = self._services.ledger.start(job_id, step, attempt, queue)
            if job is None or job.step < step:
                log.info("stage_stale", extra={"job_id": job_id, "step": step, "attempt": attempt})
                request.chain = None
            elif job.step == step:
                self._take_up(request, job)
            # Else the step was done before and only the hand-over was lost: Celery does it now.
        except StoreUnavailable as error:
            log.warning("left_to_sweeper", extra={"job_id": job_id, "step": step, "error": str(error)})
            request.chain = None

    def _take_up(self, request: Any, job: Job) -> None:
        try:
            self._run_job(request, job)
        except (StoreUnavailable, SoftTimeLimitExceeded):
            raise  # The one is for the sweeper, the other is reported by Celery.
        except Exception as error:  # Such as a result that is no JSON: trying again would not help.
            log.error("job_not_recorded", extra={"job_id": job.id}, exc_info=error)
            detail = f"what came of the job could not be recorded: {type(error).__name__}"
            self._finish(request, job, failure("not_recorded", detail, job.stages))

    def _run_job(self, request: Any, job: Job) -> None:
        try:
            flow = self._services.flows.at(job.version)[job.flow]
        except (FlowError, KeyError) as error:
            self._finish(request, job, failure("unknown_flow", str(error)))
            return
        if job.lane not in flow.lanes:
            problem = f"{flow.name} does not run on the lane {job.lane}"
            self._finish(request, job, failure("wrong_lane", problem))
            return
        if job.refines:
            flow = refining(flow)
        with on_behalf_of(job.request_id), self._keeper.holding(job, longest_run_ms(flow, job.lane)):
            self._run_steps(request, job, flow)

    def _run_steps(self, request: Any, job: Job, flow: Flow) -> None:
        doc, stages, step = job.doc, list(job.stages), job.step
        deadline, saved_s = Deadline(job.deadline_ms), perf_counter()
        run: StageRun | None = None
        while True:
            run = run or run_step(
                flow.steps[step], doc, self._services.ports, deadline, (SoftTimeLimitExceeded,), job.seed
            )
            observe_stage(job, run)
            stages.append(stage_record(job, run))
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
            if perf_counter() - saved_s > SAVE_AFTER_S:
                if not self._save(request, job, step, doc, stages):
                    return
                saved_s = perf_counter()
            request.chain.pop()

    def _serves(self, job: Job, flow: Flow, step: int) -> bool:
        return flow.run_on and queue_on(job.lane, flow.steps[step].stage.queue) in self._served

    def _in_passing(self, job: Job, flow: Flow, step: int, doc: Doc, deadline: Deadline) -> StageRun | None:
        if not flow.run_on:
            return None
        return run_in_passing(flow.steps[step], doc, self._services.ports, deadline, job.seed)

    def _save(self, request: Any, job: Job, step: int, doc: Doc, stages: StageRecords) -> bool:
        """Save on the way; False when the job is not ours any more, cancelled or with somebody else."""
        try:
            if self._services.ledger.progress(job, step, doc, stages, run_lease_ms(job.lane)):
                return True
        except StoreUnavailable as error:  # What is lost without it is time, should we be lost too.
            log.warning("progress_not_saved", extra={"job_id": job.id, "error": str(error)})
            return True
        self._drop(request, job, step)
        return False

    def _hand_over(self, request: Any, job: Job, step: int, doc: Doc, stages: StageRecords) -> None:
        ledger = self._services.ledger
        if not patiently(lambda: ledger.checkpoint(job, step, doc, stages, QUEUED_LEASE_MS)):
            self._drop(request, job, step)

    def _drop(self, request: Any, job: Job, step: int) -> None:
        log.info("lease_lost", extra={"job_id": job.id, "step": step, "attempt": job.attempt})
        request.chain = None

    def _end(self, request: Any, job: Job, flow: Flow, run: StageRun, doc: Doc, stages: StageRecords) -> None:
        if run.status == "failed":
            detail = f"stage {run.type} failed and the flow cannot go on without it"
            self._finish(request, job, failure(run.reason, detail, stages))
            return
        outcome = success(job, flow, doc, stages)
        wanted = self._refinement.wanted(job, flow, stages)
        if wanted:
            outcome = replace(outcome, refine_until_ms=self._refinement.until_ms())
        ended = self._finish(request, job, outcome)
        if ended and wanted:
            self._refinement.start(job, flow, doc["request"])
        if ended and job.refines:
            self._refinement.tell(job)

    def _finish(self, request: Any, job: Job, outcome: Outcome) -> bool:
        request.chain = None
        ended = patiently(lambda: self._services.ledger.finish(job, outcome))
        if ended:
            observe_end(job, outcome.state)
        return ended
