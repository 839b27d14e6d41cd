"""What to say of a job that is not in the ledger: its id alone tells whether it can have been."""

from config import keys
from flows.errors import JobGone, JobNotFound
from flows.job_id import created_ms_of


def missing_job(job_id: str, now_s: float) -> JobNotFound:
    """JobGone for an id made longer ago than a job is kept, else JobNotFound."""
    created_ms = created_ms_of(job_id)
    if created_ms is not None and created_ms / 1000 < now_s - keys.JOB_RETENTION_S:
        return JobGone(f"job {job_id} is gone: a job is kept for {keys.JOB_RETENTION_S} s after its end")
    return JobNotFound(f"no job {job_id}")
