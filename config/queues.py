"""Queues, task names and the limits that go with them."""

from dataclasses import dataclass

INTERACTIVE = "interactive"
LLM = "llm"
SCHEDULED = "scheduled"
TRAINING = "training"


@dataclass(frozen=True, slots=True)
class QueuePolicy:
    """How the workers of one queue run their tasks.

    ``pool`` is Celery's: ``soft_time_limit_s`` fires in ``prefork`` only, so a queue that
    relies on it must say prefork. The hard limit ends the pool's child process.
    A child that has grown over ``child_memory_mb`` is replaced after its task, which gives its
    memory back.
    ``niceness`` (0 to 19) is how far its workers stand back behind others on one machine.
    """

    pool: str
    soft_time_limit_s: float | None = None
    time_limit_s: float | None = None
    child_memory_mb: int | None = None
    niceness: int = 0


QUEUES: dict[str, QueuePolicy] = {
    INTERACTIVE: QueuePolicy(pool="solo"),
    LLM: QueuePolicy(pool="prefork", soft_time_limit_s=0.150, time_limit_s=0.5),
    SCHEDULED: QueuePolicy(pool="solo"),
    # A training takes seconds and memory, and nobody waits for it: it must delay nobody either.
    TRAINING: QueuePolicy(
        pool="prefork", soft_time_limit_s=600, time_limit_s=660, child_memory_mb=180, niceness=10
    ),
}


def stage_task(stage_type: str) -> str:
    """Name of the Celery task that runs stages of this type."""
    return f"stage.{stage_type}"


def scheduled_task(name: str) -> str:
    """Name of the Celery task that runs one scheduled job."""
    return f"scheduled.{name}"
