"""When a stage task ends without its runner: killed, cut off by force, revoked, unknown.

The runner records whatever it can see. What it cannot see, Celery reports by signal in the
worker's main process, and this records it, so that nobody waits for a dead job.
"""

from flows.errors import JobNotFound, StageError
from flows.run import went_wrong
from tasks.leases import QUEUED_LEASE_MS
from tasks.outcome import failure
from tasks.services import Services
from tasks.telemetry import observe_end, observe_stage


def stage_died(services: Services, job_id: str, step: int, attempt: int, error: StageError) -> None:
    """Go on without the stage where its flow allows it, else end the job.

    A retryable end is nobody's fault: unless the stage can be skipped, the job keeps its
    lease, and the sweeper gives it another attempt when that is over.
    """
    try:
        job = services.ledger.read(job_id)
    except JobNotFound:
        return
    if job.state.ended or (job.step, job.attempt) != (step, attempt):
        return
    flow = services.flows.at(job.version)[job.flow]
    run = went_wrong(flow.steps[step], error, ms=0.0)
    stages = [*job.stages, run.record()]
    if run.status != "failed" and step + 1 < len(flow.steps):
        observe_stage(job, run)
        doc = {**job.doc, **run.updates}
        if services.ledger.checkpoint(job, step + 1, doc, stages, QUEUED_LEASE_MS):
            services.publisher.publish(flow, job.id, step=step + 1, attempt=attempt, lane=job.lane)
    elif not error.retryable:
        observe_stage(job, run)
        outcome = failure(run.reason, f"stage {run.type} ended without an answer", stages)
        if services.ledger.finish(job, outcome):
            observe_end(job, outcome.state)
