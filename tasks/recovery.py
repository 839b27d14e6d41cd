"""When a stage task ends without its runner: killed, cut off by force, revoked, unknown.

The runner records whatever it can see. What it cannot see, Celery reports by signal in the
worker's main process, and this records it, so that nobody waits for a dead job.
"""

from flows.errors import JobNotFound, StageError
from flows.run import went_wrong
from tasks.leases import QUEUED_LEASE_MS
from tasks.outcome import failure, stage_record
from tasks.services import Services
from tasks.store.base import Job, State
from tasks.telemetry import observe_end, observe_stage


def stage_died(services: Services, job_id: str, step: int, attempt: int, error: StageError) -> None:
    """Go on without the stage where its flow allows it, else end the job.

    A retryable end is nobody's fault: unless the stage can be skipped, the job is released, and
    the sweeper gives it another attempt within a second or two.
    """
    try:
        job = services.ledger.read(job_id)
    except JobNotFound:
        return
    if not _is_about(job, step, attempt):
        return
    flow = services.flows.at(job.version)[job.flow]
    run = went_wrong(flow.steps[job.step], error, ms=0.0)
    stages = [*job.stages, stage_record(job, run)]
    following = job.step + 1
    if run.status != "failed" and following < len(flow.steps):
        observe_stage(job, run)
        doc = {**job.doc, **run.updates}
        if services.ledger.checkpoint(job, following, doc, stages, QUEUED_LEASE_MS):
            services.publisher.publish(flow, job.id, step=following, attempt=attempt, lane=job.lane)
    elif error.retryable:
        services.ledger.release(job.id, attempt)
    else:
        observe_stage(job, run)
        outcome = failure(run.reason, f"stage {run.type} ended without an answer", stages)
        if services.ledger.finish(job, outcome):
            observe_end(job, outcome.state)


def _is_about(job: Job, step: int, attempt: int) -> bool:
    """True when the task of this step holds the job still; it may have run on in place since.

    The end of a task may be told twice, and by then the task of a later step may have the job.
    """
    if job.state.ended or job.attempt != attempt:
        return False
    return job.taken_at == step if job.state is State.RUNNING else job.step == step
