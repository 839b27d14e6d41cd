"""Every Redis key and channel, and how long each is kept. Nothing else builds a key.

An id that is only unique inside an organisation carries the organisation in its key.
"""

from hashlib import blake2b
from urllib.parse import quote

PREFIX = "lsvc:"  #: Our share of a Redis that others may use too. Also Celery's key prefix.

JOB_PREFIX = f"{PREFIX}job:"
ANSWER_PREFIX = f"{PREFIX}answer:"
IN_FLIGHT_PREFIX = f"{PREFIX}inflight:"
STALE_PREFIX = f"{PREFIX}stale:"

#: Sorted set: ids of jobs under way, scored by the millisecond at which their lease ends.
LEASES = f"{PREFIX}jobs:leases"

#: List of job ids that were given up after the last attempt, newest first.
DEAD_LETTERS = f"{PREFIX}jobs:dead"

#: Sorted set: ids of the jobs accepted last, scored by the millisecond of their acceptance.
RECENT_JOBS = f"{PREFIX}jobs:recent"

#: Hash by queue: when the newest of the jobs was queued that one of its workers has started (ms).
STARTED = f"{PREFIX}jobs:started"

#: List of messages that no worker could read, as JSON, newest first.
POISON = f"{PREFIX}jobs:poison"

#: Hash: decisions that wait for the durable store, as text by id.
PENDING_DECISIONS = f"{PREFIX}decisions:pending"

#: How many decisions were left out since the last count, because too many waited (string).
LOST_DECISIONS = f"{PREFIX}decisions:lost"

#: Hash: messages to callers' addresses that wait for the durable store. A field is organisation (quoted),
#: address and job id, a value is state, end in milliseconds, flow and person, each with spaces between.
WEBHOOK_OUTBOX = f"{PREFIX}webhooks:outbox"

#: Channel on which the id of each finished job is published.
FINISHED = f"{PREFIX}jobs:finished"

#: Channel on which the id of a job is published when something was saved of it on the way.
PROGRESS = f"{PREFIX}jobs:progress"

#: Channel on which each person is published of whom no earlier answer may be given any more.
OUTDATED = f"{PREFIX}people:outdated"

#: Sorted set: names of workers, scored by the second at which they last said that they are there.
WORKERS = f"{PREFIX}workers"
WORKER_FORGOTTEN_S = 10

#: Sorted set: ``upstream@process`` of breakers that are not closed, scored by the second at which they
#: last changed. One that is asked for changes every few seconds as long as it is not closed.
BREAKERS = f"{PREFIX}breakers"
BREAKER_FORGOTTEN_S = 30

#: Celery's beat keeps its schedule under these (redbeat).
BEAT_PREFIX = f"{PREFIX}beat:"

#: Sorted set that beat keeps: its entries (``BEAT_PREFIX`` and the name of the job), scored by the second
#: at which each is due.
BEAT_DUE = f"{BEAT_PREFIX}:schedule"

#: Hash: what is to run by the clock, as JSON by the name of the scheduled job.
SCHEDULE = f"{PREFIX}schedule"

#: Version of ``flows.json`` that new jobs start with.
FLOWS_CURRENT = "flows:current"

#: List of versions in the order in which they were published, newest first.
FLOWS_HISTORY = "flows:history"

JOB_ID_LENGTH = 32  #: A job id is the hexadecimal form of a UUID.
JOB_RETENTION_S = 3600  #: A job can be polled for an hour after its last change.
IDEMPOTENCY_S = (
    24 * 3600
)  #: So long an Idempotency-Key counts, and its job is kept: as with most who take one.
DIGEST_LENGTH = 32  #: What makes two requests equal is known by a digest in hexadecimal form.
DEAD_LETTERS_KEPT = 10_000
RECENT_JOBS_KEPT = 20_000  #: What an operator can look through; about 2 MB.
POISON_KEPT = 1_000
PENDING_DECISIONS_KEPT = 20_000  #: About 60 MB of learning paths, and a minute of 300 answers a second.
REFRESH_LEASE_S = 20  #: A reading of a source that has not ended by then is taken for lost.
CALLBACKS_PER_JOB = 100  #: Callers of equal requests who want to be told of one end.
ENTITLEMENTS_TTL_S = 300  #: The number of free seats may be this old; an end is judged when asked.
DEGRADED_ANSWER_TTL_S = 15  #: A degraded answer is better than none, but not for long.


#: Features of a person are computed afresh after this, and a session is forgotten after that.
FEATURES_TTL_S = 15 * 60
SESSION_CONTEXT_TTL_S = 30 * 60
REVISION_TTL_S = 3600  #: Longer than anything that carries one.


def features(organisation: str, user_id: str) -> str:
    """What is known about a person (string: revision, then JSON)."""
    return f"user:{_both(organisation, user_id)}:features"


def session_context(organisation: str, session_id: str) -> str:
    """What is going on in a session (string: revision, then JSON)."""
    return f"session:{_both(organisation, session_id)}:context"


def revision(of: str) -> str:
    """Counts how often the value under a key went out of date (string)."""
    return f"{of}:revision"


def _both(organisation: str, id_: str) -> str:
    """Two ids as one that no other two give."""
    return f"{quote(organisation, safe='')}:{quote(id_, safe='')}"


def job(job_id: str) -> str:
    """The ledger entry of a job (hash)."""
    return JOB_PREFIX + job_id


def jobs_of(organisation: str, user_id: str) -> str:
    """Ids of the jobs that a person's requests started (sorted set, scored by the millisecond until which
    each is kept).
    """
    return f"{PREFIX}jobs:{_both(organisation, user_id)}"


def answer(fingerprint: str) -> str:
    """A cached answer (string: the id of its job, then the JSON body as it is served)."""
    return ANSWER_PREFIX + fingerprint


def stale(fingerprint: str) -> str:
    """The id of the job whose answer may still be given when nothing better can be had (string)."""
    return STALE_PREFIX + fingerprint


def idempotency(organisation: str, key: str) -> str:
    """What a client's Idempotency-Key stands for (string: digest of the request, then an id)."""
    digest = blake2b(key.encode(), digest_size=16).hexdigest()  # A key may be long, and hold anything.
    return f"{PREFIX}idempotency:{quote(organisation, safe='')}:{digest}"


def queue(name: str) -> str:
    """The messages that wait in a queue, as Celery's transport keeps them, the oldest last (list)."""
    return PREFIX + name


def person(organisation: str, user_id: str) -> str:
    """A person as they are named on the channel ``OUTDATED``."""
    return _both(organisation, user_id)


def in_flight(fingerprint: str) -> str:
    """The id of the job that is computing the answer to an equal request (string)."""
    return IN_FLIGHT_PREFIX + fingerprint


def scheduled_runs(name: str) -> str:
    """What became of the runs of one scheduled job (hash)."""
    return f"{SCHEDULE}:{name}"


def refresh_lease(organisation: str) -> str:
    """Who reads an organisation's entitlements from their source at the moment (string: a token)."""
    return f"{PREFIX}entitlements:refresh:{organisation}"


def flows_version(version: str) -> str:
    """The text of one published ``flows.json`` (string, kept)."""
    return f"flows:version:{version}"


def entitlements(organisation: str) -> str:
    """An organisation's contracts and mandatory trainings (string: JSON)."""
    return f"org:{organisation}:entitlements"
