"""How long a job may be silent before it is taken for lost."""

from config.queues import INTERACTIVE, QUEUES
from flows.model import Flow

#: A job that waits in a queue. When it is over, the sweeper looks whether its message is still there.
QUEUED_LEASE_MS = 3_000

#: A job that has waited for long is looked at more seldom, but at least this often.
LONGEST_QUEUED_LEASE_MS = 30_000

#: A job that a worker has taken up. The worker renews it three times before it is over, however long
#: a stage takes; so a dead worker's job is taken up by another one within about five seconds.
RUN_LEASE_MS = 3_000
RENEW_EVERY_S = 1.0

#: The same on a lane whose workers give way to all others, and may not get to renew anything for a while.
BACKGROUND_RUN_LEASE_MS = 20_000

#: Added to the limits of the stages that a worker runs in one go: loading, saving, a busy machine.
GRACE_MS = 2_000

#: Queues are first in, first out. A job is overtaken when one that was queued so much later has been
#: started: more than a publisher may need between the entry in the ledger and the message.
OVERTAKEN_MS = 2_000

MAX_ATTEMPTS = 3  #: After this many a job goes to the dead-letter list.


def longest_run_ms(flow: Flow, lane: str) -> int:
    """How long a worker may be at a job in one go; after that it hangs, and renews no more.

    All stages may run in place one after the other. On a lane with limits of its own they have
    that much time instead, where it is more.
    """
    limit_s = QUEUES[lane].time_limit_s or 0.0
    return max(sum(step.timeout_ms for step in flow.steps), int(limit_s * 1000)) + GRACE_MS


def run_lease_ms(lane: str) -> int:
    """The lease of a job that a worker has taken up."""
    return RUN_LEASE_MS if lane == INTERACTIVE else BACKGROUND_RUN_LEASE_MS


def queued_lease_ms(waited_ms: int) -> int:
    """The next lease of a job that has waited so long: in a long queue there is much to look at."""
    return min(max(waited_ms, QUEUED_LEASE_MS), LONGEST_QUEUED_LEASE_MS)
