"""Every Redis key and channel, and how long each is kept. Nothing else builds a key.

An id that is only unique inside an organisation carries the organisation in its key.
"""

PREFIX = "lsvc:"  #: Our share of a Redis that others may use too. Also Celery's key prefix.

JOB_PREFIX = f"{PREFIX}job:"

#: Sorted set: ids of jobs under way, scored by the millisecond at which their lease ends.
LEASES = f"{PREFIX}jobs:leases"

#: List of job ids that were given up after the last attempt, newest first.
DEAD_LETTERS = f"{PREFIX}jobs:dead"

#: Channel on which the id of each finished job is published.
FINISHED = f"{PREFIX}jobs:finished"

#: Sorted set: names of workers, scored by the second at which they last said that they are there.
WORKERS = f"{PREFIX}workers"
WORKER_FORGOTTEN_S = 10

#: Celery's beat keeps its schedule under these (redbeat).
BEAT_PREFIX = f"{PREFIX}beat:"

#: Version of ``flows.json`` that new jobs start with.
FLOWS_CURRENT = "flows:current"

#: List of versions in the order in which they were published, newest first.
FLOWS_HISTORY = "flows:history"

JOB_ID_LENGTH = 32  #: A job id is the hexadecimal form of a UUID.
JOB_RETENTION_S = 3600  #: A job can be polled for an hour after its last change.
DEAD_LETTERS_KEPT = 10_000
DEGRADED_ANSWER_TTL_S = 15  #: A degraded answer is better than none, but not for long.


def job(job_id: str) -> str:
    """The ledger entry of a job (hash)."""
    return JOB_PREFIX + job_id


def answer(fingerprint: str) -> str:
    """A cached answer (string: the id of its job, then the JSON body as it is served)."""
    return f"{PREFIX}answer:{fingerprint}"


def in_flight(fingerprint: str) -> str:
    """The id of the job that is computing the answer to an equal request (string)."""
    return f"{PREFIX}inflight:{fingerprint}"


def flows_version(version: str) -> str:
    """The text of one published ``flows.json`` (string, kept)."""
    return f"flows:version:{version}"
