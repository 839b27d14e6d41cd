"""Queues, task names and the limits that go with them."""

from dataclasses import dataclass

INTERACTIVE = "interactive"
LLM = "llm"
REFINE = "refine"
BATCH = "batch"
SCHEDULED = "scheduled"
TRAINING = "training"
UPKEEP = "upkeep"
WEBHOOKS = "webhooks"

#: Where the stages of a job run. On the interactive lane each runs on the queue that it names; on any
#: other the whole job runs on the one queue of that name, so that it never stands before a person.
LANES = (INTERACTIVE, REFINE, BATCH)

#: How many jobs may wait per worker before the next is refused. A worker does some 300 a second, so
#: the last of them waits about 70 ms, and there is time left of a budget of 250 ms when it is busy.
MOST_WAITING_PER_WORKER = 20

#: And how long the oldest may have waited, where jobs or machine are slower than that.
LONGEST_WAIT_MS = 150

#: So few per worker may wait however long: one that hangs or restarts is no overload.
FEW_WAITING_PER_WORKER = 5

#: Queues that no answer waits for: a service without their workers is healthy.
IN_THE_BACKGROUND = frozenset({REFINE, BATCH, TRAINING, UPKEEP, WEBHOOKS})


@dataclass(frozen=True, slots=True)
class QueuePolicy:
    """How the workers of one queue run their tasks.

    ``pool`` is Celery's: ``soft_time_limit_s`` fires in ``prefork`` only, so a queue that
    relies on it must say prefork. The hard limit ends the pool's child process.
    A child that has grown over ``child_memory_mb`` is replaced after its task, which gives its
    memory back.
    ``task_events`` says whether Flower is told of its tasks.
    ``idle``: its workers get the processor when nobody else wants it, where the system knows that
    (Linux, SCHED_IDLE): a person's request then waits for none of their time slices.
    ``niceness`` (0 to 19) is how far its workers stand back behind others on one machine.
    """

    pool: str
    soft_time_limit_s: float | None = None
    time_limit_s: float | None = None
    child_memory_mb: int | None = None
    task_events: bool = True
    idle: bool = False
    niceness: int = 0


QUEUES: dict[str, QueuePolicy] = {
    INTERACTIVE: QueuePolicy(pool="solo"),
    LLM: QueuePolicy(pool="prefork", soft_time_limit_s=0.150, time_limit_s=0.5),
    REFINE: QueuePolicy(pool="prefork", soft_time_limit_s=60, time_limit_s=75, niceness=5),
    # Events of thousands of members would cost more than the members, and show nobody anything.
    BATCH: QueuePolicy(
        pool="prefork", soft_time_limit_s=60, time_limit_s=75, task_events=False, idle=True, niceness=10
    ),
    # A second later does no harm to what runs every second.
    SCHEDULED: QueuePolicy(pool="solo", niceness=5),
    # Scheduled jobs that wait for others for some seconds. Solo, since what they wait for has deadlines.
    UPKEEP: QueuePolicy(pool="solo", niceness=5),
    # A training takes seconds and memory, and a model that embeds memories may hang. Nobody waits for either:
    # they must delay nobody.
    TRAINING: QueuePolicy(
        pool="prefork", soft_time_limit_s=600, time_limit_s=660, child_memory_mb=180, niceness=19
    ),
    # Its one task hands messages to threads of its own, which a receiver may hold for as long as it likes.
    WEBHOOKS: QueuePolicy(pool="threads"),
}


def queue_on(lane: str, queue: str) -> str:
    """The queue on which a job of this lane runs a stage that names ``queue``."""
    return queue if lane == INTERACTIVE else lane


def stage_task(stage_type: str) -> str:
    """Name of the Celery task that runs stages of this type."""
    return f"stage.{stage_type}"


def scheduled_task(name: str) -> str:
    """Name of the Celery task that runs one scheduled job."""
    return f"scheduled.{name}"
