"""Messages that nobody can read, and tasks that end without a word."""

import base64
import json
import time
from typing import Any
from uuid import uuid4

from config import keys
from config.queues import BATCH, INTERACTIVE, stage_task
from tasks.leases import QUEUED_LEASE_MS
from tasks.store.base import NewJob
from tests.faults.load import Ask, flow
from tests.faults.registry import fault
from tests.faults.stages import VERSION
from tests.faults.trial import Trial

ASYNC = {"Prefer": "respond-async"}
TOLD_S = 0.25  #: Whoever waits for a job that nobody will run is told within this time.


def _accept(trial: Trial, flow_name: str) -> str:
    """A job in the ledger whose message is published by hand."""
    now_ms = int(time.time() * 1000)
    job = NewJob(
        id=uuid4().hex,
        organisation="demo",
        flow=flow_name,
        version=VERSION,
        request={"organisation": "demo", "at": now_ms},
        fingerprint=uuid4().hex,
        created_ms=now_ms,
        deadline_ms=now_ms + 250,
        run_lease_ms=3_000,
        request_id="faults",
    )
    trial.fleet.ledger.accept(job, QUEUED_LEASE_MS)
    trial.known.append(job.id)
    return job.id


def _message(trial: Trial, task: str, *arguments: object) -> dict[str, Any]:
    """A message as Celery writes it, taken from a queue that nobody serves here, where it is the newest."""
    trial.fleet.celery.send_task(task, args=list(arguments), queue=BATCH)
    message: dict[str, Any] = json.loads(str(trial.fleet.client.lpop(keys.PREFIX + BATCH)))
    return message


def _put(trial: Trial, raw: str) -> None:
    """Send something to the workers that no publisher of ours would send."""
    trial.fleet.client.lpush(keys.PREFIX + INTERACTIVE, raw)


def _with_body(message: dict[str, Any], body: bytes) -> str:
    return json.dumps({**message, "body": base64.b64encode(body).decode()})


def _told_s(trial: Trial, job_id: str) -> float:
    """How long whoever waits for a job waits; the job has ended then, or 40 s are over."""
    started = time.monotonic()
    while time.monotonic() - started < 40:
        answer = trial.ask(Ask(f"/api/jobs/{job_id}", headers={"Prefer": "wait=5"}), method="GET")
        if answer.status == 200 and answer.body.get("status") not in ("queued", "running"):
            break
    return time.monotonic() - started


@fault(19, "poison messages", "dead letters after 3 attempts, others unaffected, who waits is told")
def poison(trial: Trial) -> None:
    """What cannot be read, what calls a task that nobody knows, and a stage that kills its process."""
    restarted = trial.fleet.restarted
    with trial.load(flow("plain")):
        for name, raw in _unreadable(trial).items():
            before = restarted.total()
            _put(trial, raw)
            time.sleep(1.0)
            trial.expect(restarted.total() == before, f"{name}: killed a worker")
        unknown = _accept(trial, "plain")
        _put(trial, json.dumps(_message(trial, "stage.of_nobody", unknown, 0, 1)))
        trial.within("told of a task that nobody knows", _told_s(trial, unknown), TOLD_S)
        crashing = trial.ask(Ask("/faults/crashing", {"at": time.time()}, ASYNC)).job_id
        assert crashing is not None
        ended_s = _told_s(trial, crashing)
    entry = trial.settle().entries[crashing]
    trial.only(200, 202)
    trial.no_hang()
    trial.note(f"a stage that kills its worker: given up after {ended_s:.1f} s and {entry.attempt} attempts")
    trial.expect(entry.attempt <= 3, f"tried {entry.attempt} times")
    dead_letters = trial.fleet.client.lrange(keys.DEAD_LETTERS, 0, -1)
    trial.expect(crashing in dead_letters, "a job that kills its workers is not among the dead letters")


def _unreadable(trial: Trial) -> dict[str, str]:
    """Messages that no publisher of ours sends, by what is wrong with them."""
    task = stage_task("test.mark")
    fresh = _message(trial, task, uuid4().hex, 0, 1)
    return {
        "bad JSON": "{not json",
        "no envelope": "[1, 2]",
        "no properties": json.dumps({name: part for name, part in fresh.items() if name != "properties"}),
        "bad body": json.dumps({**fresh, "body": "%%%"}),
        "body that is no call": _with_body(fresh, b"null"),
        "deep body": _with_body(fresh, b"[" * 100_000),
        "arguments of another version": json.dumps(_message(trial, task, _accept(trial, "plain"))),
        "job that never was": json.dumps(fresh),
    }


@fault(20, "task expired, revoked, ignored", "the job ends and its waiter is told within 250 ms")
def never_ran(trial: Trial) -> None:
    """What a plain Celery chain answers with PENDING for ever."""
    expired = _accept(trial, "plain")
    celery = trial.fleet.celery
    task = stage_task("test.mark")
    celery.send_task(task, args=[expired, 0, 1], expires=-1.0)
    trial.within("told of an expired task", _told_s(trial, expired), TOLD_S)
    revoked, task_id = _accept(trial, "plain"), uuid4().hex
    celery.control.revoke(task_id)
    time.sleep(0.3)  # The workers have heard of it.
    celery.send_task(task, args=[revoked, 0, 1], task_id=task_id)
    trial.within("told of a revoked task", _told_s(trial, revoked), TOLD_S)
    answer = trial.ask(Ask("/faults/ignored", {"at": time.time()}, {"Prefer": "wait=5"}))
    trial.within("told of an ignored task", answer.latency_s, TOLD_S)
    trial.settle()
