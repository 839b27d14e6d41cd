"""Workers killed, frozen and stopped, messages lost and unreadable: no job is lost by any of it."""

import base64
import json
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any, Protocol
from uuid import uuid4

import pytest
import redis

from config import keys
from config.queues import INTERACTIVE
from tasks.job_control import retry_job
from tasks.leases import MAX_ATTEMPTS, OVERTAKEN_MS
from tasks.scheduled.sweep_ledger import sweep_ledger
from tasks.services import Services
from tasks.store.base import Job, State
from tests.factories import new_job
from tests.integration.conftest import StartWorker

PATIENCE_S = 40.0
QUEUE = keys.PREFIX + INTERACTIVE


@pytest.fixture(autouse=True)
def _nothing_left_over(services: Services, redis_client: "redis.Redis") -> None:
    redis_client.delete(QUEUE, keys.LEASES, keys.STARTED, keys.POISON, keys.WORKERS)


class Up(Protocol):
    """Starts a worker and returns once it serves."""

    def __call__(self, number: int = 1) -> "subprocess.Popen[bytes]":
        """The worker's process."""


@pytest.fixture
def up(start_worker: StartWorker, redis_client: "redis.Redis") -> Up:
    """Starts workers of the interactive queue."""

    def start(number: int = 1) -> "subprocess.Popen[bytes]":
        worker = start_worker(INTERACTIVE, number)
        give_up = time.monotonic() + PATIENCE_S
        while not any(f"@{number}." in name for name in redis_client.zrange(keys.WORKERS, 0, -1)):
            assert time.monotonic() < give_up
            time.sleep(0.05)
        return worker

    return start


def ask(services: Services, flow_name: str = "plain") -> str:
    """Accept a job and publish it."""
    flow = services.flows.current()[flow_name]
    job = new_job(flow=flow_name, version=flow.version, run_lease_ms=3_000)
    services.ledger.accept(job, 3_000)
    services.publisher.publish(flow, job.id, step=0, attempt=1)
    return job.id


def wait(services: Services, job_id: str, until: Callable[[Job], bool], *, sweeping: bool = False) -> Job:
    """The job once it is as wanted; the sweeper runs meanwhile when it is to."""
    give_up = time.monotonic() + PATIENCE_S
    while not until(job := services.ledger.read(job_id)):
        assert time.monotonic() < give_up, job
        if sweeping:
            sweep_ledger(services)
        time.sleep(0.05)
    return job


def ended(job: Job) -> bool:
    return job.state.ended


def running(job: Job) -> bool:
    return job.state is State.RUNNING


def pid_of(job: Job) -> int:
    """The process that wrote the answer."""
    assert job.result is not None, job.problem
    pid: int = json.loads(job.result)["pid"]
    return pid


def stop(worker: "subprocess.Popen[bytes]") -> None:
    worker.terminate()
    assert worker.wait(PATIENCE_S) == 0


def test_killed_worker(services: Services, up: Up) -> None:
    """The job of a worker that is killed in the middle of a stage is finished by another one."""
    victim = up()
    job_id = ask(services, "slow")
    wait(services, job_id, running)
    victim.kill()

    heir = up(2)
    job = wait(services, job_id, ended, sweeping=True)

    assert (job.state, job.attempt, pid_of(job)) == (State.SUCCEEDED, 2, heir.pid)
    stop(heir)


def test_frozen_worker(services: Services, up: Up) -> None:
    """A worker that was frozen and comes back late changes nothing of what another one did."""
    zombie = up()
    job_id = ask(services, "slow")
    wait(services, job_id, running)
    zombie.send_signal(signal.SIGSTOP)
    heir = up(2)
    assert pid_of(wait(services, job_id, ended, sweeping=True)) == heir.pid
    stop(heir)

    zombie.send_signal(signal.SIGCONT)
    other = wait(services, ask(services), ended)  # It gets to this one when it is through with the first.

    assert pid_of(other) == zombie.pid
    job = services.ledger.read(job_id)
    assert (job.state, job.attempt, pid_of(job)) == (State.SUCCEEDED, 2, heir.pid)
    stop(zombie)


def test_slow_stage_is_not_taken_for_lost(services: Services, up: Up) -> None:
    """A stage that takes longer than a lease keeps it, and shows how far its job is meanwhile."""
    worker = up()
    flow = services.flows.current()["sluggish"]
    job = new_job(flow=flow.name, version=flow.version, run_lease_ms=1_500)
    services.ledger.accept(job, 3_000)
    services.publisher.publish(flow, job.id, step=0, attempt=1)

    seen = wait(services, job.id, lambda read: len(read.stages) == 1 or read.state.ended, sweeping=True)

    assert (seen.state, [stage["type"] for stage in seen.stages]) == (State.RUNNING, ["test.sleep_light"])
    last = wait(services, job.id, ended, sweeping=True)
    assert (last.state, last.attempt) == (State.SUCCEEDED, 1)
    stop(worker)


def test_rolling_restart(services: Services, up: Up) -> None:
    """Workers that are told to stop finish what they are at: under load nothing is lost or run again."""
    first = up()
    job_ids = [ask(services, "brief") for _ in range(12)]
    wait(services, job_ids[0], ended)
    second = up(2)
    stop(first)
    job_ids += [ask(services, "brief") for _ in range(12)]
    third = up(3)
    stop(second)

    jobs = [wait(services, job_id, ended) for job_id in job_ids]

    assert {(job.state, job.attempt, len(job.stages)) for job in jobs} == {(State.SUCCEEDED, 1, 2)}
    stop(third)


def test_lost_message_in_a_busy_queue(services: Services, up: Up) -> None:
    """A job whose message is gone is found although its queue is not empty."""
    worker = up()
    flow = services.flows.current()["plain"]
    lost = new_job(version=flow.version)
    services.ledger.accept(lost, 0)
    time.sleep(OVERTAKEN_MS / 1000 + 0.1)
    wait(services, ask(services), ended)
    stop(worker)
    waiting = ask(services)

    assert sweep_ledger(services) == {"published": 1}

    worker = up(2)
    assert wait(services, lost.id, ended).attempt == 2
    assert wait(services, waiting, ended).attempt == 1
    stop(worker)


def test_dead_job_is_tried_again(services: Services, up: Up) -> None:
    """A job that was given up gets its answer when an operator has it tried once more."""
    flow = services.flows.current()["plain"]
    job = new_job(version=flow.version, run_lease_ms=0)
    services.ledger.accept(job, 0)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        services.ledger.start(job.id, 0, attempt)
        sweep_ledger(services)
    assert services.ledger.dead(1)[0].id == job.id

    retry_job(services, job.id)

    worker = up()
    done = wait(services, job.id, ended)
    assert (done.state, done.attempt) == (State.SUCCEEDED, MAX_ATTEMPTS + 1)
    assert job.id not in [dead.id for dead in services.ledger.dead(10)]
    stop(worker)


def poison_of(envelope: dict[str, Any], job_id: str) -> dict[str, bytes | str]:
    """Messages that nobody can read, each by what is wrong with it, made of a good one."""

    def changed(body: bytes | None = None, **headers: str) -> str:
        properties = {**envelope["properties"], "delivery_tag": str(uuid4())}
        changed = {**envelope, "properties": properties, "headers": {**envelope["headers"], **headers}}
        if body is not None:
            changed["body"] = base64.b64encode(body).decode()
        return json.dumps(changed)

    return {
        "no JSON": "garbage",
        "no text": b"\xff\xfe",
        "no envelope": "{}",
        "no JSON inside": changed(b"{nope"),
        "not even a list": changed(b"5"),
        "no Base64": json.dumps({**envelope, "body": "!"}),
        "a task of nobody": changed(task="nobody.knows"),
        "another schema": changed(json.dumps([[job_id, 0, 1, "more"], {}, {}]).encode()),
    }


def test_poison(services: Services, up: Up, redis_client: "redis.Redis") -> None:
    """A message that nobody can read harms no other job, is kept to look at, and its job is answered."""
    ask(services)
    envelope = json.loads(redis_client.rpop(QUEUE))  # type: ignore[arg-type]
    worker = up()
    flow = services.flows.current()["plain"]
    named = new_job(version=flow.version)
    services.ledger.accept(named, 600_000)

    poison = poison_of(envelope, named.id)
    for message in poison.values():
        redis_client.lpush(QUEUE, message)
        assert wait(services, ask(services), ended).attempt == 1

    assert worker.poll() is None
    assert len(services.ledger.poison(100)) == len(poison)
    assert wait(services, named.id, ended, sweeping=True).attempt == 2
    stop(worker)
