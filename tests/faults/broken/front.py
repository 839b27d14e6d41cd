"""The front that dies in the middle of a request, clients that give up, and clients that ask twice."""

import json
import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from config import keys
from tests.faults.load import Answer, Ask
from tests.faults.processes import open_files, until
from tests.faults.registry import fault
from tests.faults.trial import Trial

GIVE_UPS_PER_S, AT_ONCE = 100, 16
SAME_KEY = 50

HELD = ("subscriptions", "connections", "descriptors")
MOST_MORE = (0, 10, 10)  #: A thread that was idle in the first round may open its connection in the second.


def _key() -> dict[str, str]:
    """An Idempotency-Key as the draft has it: a quoted string."""
    return {"Idempotency-Key": f'"{uuid4().hex}"', "Prefer": "respond-async"}


@fault(6, "front killed around its publish", "published within 5 s all the same; the same key, the same job")
def front_killed(trial: Trial) -> None:
    """SIGKILL the front between ledger and broker, between broker and answer, and after a 202."""
    for point in ("before-publish", "after-publish", "after-answer"):
        headers, body = _key(), {"at": time.time(), "point": point}
        before = _jobs(trial)
        with trial.fleet.left_alone("front"):
            answer = trial.ask(Ask("/faults/plain", body, {**headers, "X-Die": point}))
            if point == "after-answer":
                trial.fleet.kill("front")
            until("the front is dead", lambda: trial.fleet.processes.ended("front"), 5.0)
        trial.expect((answer.status == 0) == (point != "after-answer"), f"{point}: status {answer.status}")
        accepted = _jobs(trial) - before
        trial.expect(len(accepted) == 1, f"{point}: {len(accepted)} jobs in the ledger")
        until("the front answers", trial.fleet.front_answers)
        again = trial.ask(Ask("/faults/plain", body, headers))
        trial.expect({again.job_id} == accepted, f"{point}: the same key gave another job")
        for job_id in accepted:
            until("the job ends", lambda job_id=job_id: trial.fleet.ledger.read(job_id).state.ended)
    account = trial.settle()
    trial.within("slowest job", account.slowest_s, 5.5)


def _jobs(trial: Trial) -> set[str]:
    return {key.removeprefix(keys.JOB_PREFIX) for key in trial.fleet.client.scan_iter(keys.JOB_PREFIX + "*")}


@fault(27, "clients give up while they wait", "no subscription, connection or waiter more", once=True)
def clients_give_up(trial: Trial) -> None:
    """Ask, wait a moment, and close the connection; then the same again, and compare."""
    held = []
    for _ in range(2):  # The first time connections are opened that are kept for the threads of the front.
        with ThreadPoolExecutor(AT_ONCE) as pool:
            rounds = range(int(GIVE_UPS_PER_S * trial.seconds / 2))
            list(pool.map(lambda _: _give_up(trial.fleet.port), rounds))
        trial.settle(60.0)
        until("waits are over", lambda: _waiters(trial) == 0, 20.0)
        held.append(_held(trial))
    trial.note(f"(subscriptions, connections to Redis, descriptors of the front): {held[0]}, then {held[1]}")
    for what, before, after, most in zip(HELD, held[0], held[1], MOST_MORE, strict=True):
        trial.expect(after <= before + most, f"{what} grew from {before} to {after}")
    served = trial.ask(Ask("/faults/plain", {"at": time.time()}))
    trial.expect(served.status == 200, f"not served afterwards: {served.status}")
    trial.settle()


def _give_up(port: int) -> None:
    body = json.dumps({"userId": uuid4().hex}).encode()
    head = (
        f"POST /faults/plain HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nPrefer: wait=5\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(head.encode() + body)
        time.sleep(0.005)


def _held(trial: Trial) -> tuple[int, int, int]:
    """Subscriptions to ends, connections to Redis, descriptors of the front and its workers."""
    client = trial.fleet.client
    subscribed = dict(client.pubsub_numsub(keys.FINISHED))[keys.FINISHED]
    files = sum(open_files(pid) for pid in trial.fleet.processes.family("front"))
    return int(subscribed), len(client.client_list()), files


def _waiters(trial: Trial) -> float:
    """Requests that wait for a job, by the service's own metric."""
    text = trial.ask(Ask("/metrics"), method="GET").text
    values = [line.split()[-1] for line in text.splitlines() if line.startswith("learning_waiting_requests")]
    return sum(map(float, values))


@fault(
    28,
    "same Idempotency-Key 50 times at once",
    "one job; the others the same or 409; other body 422",
    once=True,
)
def same_key_at_once(trial: Trial) -> None:
    """Fifty equal requests at one moment, later one more, one with another body, one after a restart."""
    headers, body = _key(), {"n": 1, "at": time.time()}
    with ThreadPoolExecutor(SAME_KEY) as pool:
        asked = [pool.submit(trial.ask, Ask("/faults/plain", body, headers)) for _ in range(SAME_KEY)]
        answers = [one.result() for one in asked]
    jobs = {answer.job_id for answer in answers if answer.accepted}
    statuses = Counter(answer.status for answer in answers)
    trial.expect(len(jobs) == 1, f"{len(jobs)} jobs for one key")
    trial.expect(set(statuses) <= {200, 202, 409}, f"statuses {dict(statuses)}")
    trial.settle()
    trial.expect(
        {_again(trial, body, headers).job_id} == jobs, "the key gave another job once that had ended"
    )
    other = _again(trial, {"n": 2}, headers)
    trial.expect(other.status == 422, f"another body under the key: {other.status}")
    trial.fleet.kill("front")
    trial.fleet.heal()
    trial.expect({_again(trial, body, headers).job_id} == jobs, "the key gave another job after a restart")
    foreign = trial.ask(
        Ask("/faults/crossing", {"n": 1}, {**headers, "Idempotency-Key": '"' + "x" * 256 + '"'})
    )
    trial.expect(foreign.status in (400, 422), f"a key that is too long: {foreign.status}")
    trial.settle()


def _again(trial: Trial, body: dict[str, object], headers: dict[str, str]) -> Answer:
    return trial.ask(Ask("/faults/plain", body, headers))
