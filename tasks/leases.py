"""How long a job may be silent before it is taken for lost."""

from flows.model import Flow

#: A job that waits in a queue. When it is over and the queue is empty, its message was lost.
QUEUED_LEASE_MS = 3_000

#: The same on a lane where many wait behind each other and no person does: looked at more seldom.
BACKGROUND_QUEUED_LEASE_MS = 6_000

#: Added to the limits of the stages that a worker runs in one go: loading, saving, a busy machine.
GRACE_MS = 2_000

MAX_ATTEMPTS = 3  #: After this many a job goes to the dead-letter list.


def run_lease_ms(flow: Flow) -> int:
    """The lease for running a flow; all of its stages may run in place, one after the other."""
    return sum(step.timeout_ms for step in flow.steps) + GRACE_MS
