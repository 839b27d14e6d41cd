"""Workers that are killed, frozen, replaced, or told the same thing twice."""

import signal
import time

from config import keys
from config.queues import INTERACTIVE
from tests.faults.load import Ask, flow, learning_path, mix
from tests.faults.processes import children_of, until
from tests.faults.registry import fault
from tests.faults.trial import Trial

BUDGET_S = 0.25  #: A job takes this long by itself.
ASYNC = {"Prefer": "respond-async"}
TOGETHER = mix(flow("plain"), flow("crossing"), learning_path)


@fault(1, "worker killed every 2 s", "nothing lost, done again within 5 s, p99 <= 500 ms")
def workers_killed(trial: Trial) -> None:
    """SIGKILL one worker after the other; the supervisor starts it again. One at a time is away."""
    victims, kills = ("interactive-1", "interactive-2", "llm"), 0
    with trial.load(TOGETHER):
        until_s = time.monotonic() + trial.seconds
        while time.monotonic() < until_s:
            time.sleep(2)
            if trial.fleet.workers_wait():
                trial.fleet.kill(victims[kills % len(victims)])
                kills += 1
        trial.cleared(6)
    trial.note(f"{kills} kills")
    trial.expect(kills, "no worker was there to be killed")
    trial.only(200, 202)
    trial.no_hang()
    account = trial.settle()
    trial.within("slowest job, per lost attempt", account.slowest_s, 5.0 + BUDGET_S)


@fault(2, "killed between pop and unacked", "nothing lost of what a worker had taken from the list")
def killed_in_the_pop_window(trial: Trial) -> None:
    """Freeze the workers, publish, and kill them: Redis has handed a message to each of them by then."""
    nowhere = 0
    for _ in range(3):  # Between two of its calls a worker waits for nothing, and has nothing to lose.
        nowhere += _kill_with_messages(trial)
        trial.settle()
    trial.note(f"{nowhere} messages were neither in the list nor unacknowledged")
    trial.expect(nowhere > 0, "no message was in the window; the fault did not happen")


def _kill_with_messages(trial: Trial) -> int:
    """Returns how many of six messages were nowhere when the workers died."""
    workers = ("interactive-1", "interactive-2")
    for worker in workers:
        trial.fleet.processes.signal(worker, signal.SIGSTOP)
    for number in range(6):
        trial.ask(Ask("/faults/plain", {"n": number, "at": time.time()}, ASYNC))
    left = trial.fleet.client.llen(keys.PREFIX + INTERACTIVE)
    unacked = trial.fleet.client.hlen(keys.PREFIX + "unacked")
    trial.fleet.kill(*workers)
    return int(6 - left - unacked)


@fault(3, "child of the model's pool killed in a stage", "tried again or given up within 1 s, nothing lost")
def pool_child_killed(trial: Trial) -> None:
    """SIGKILL the process that runs the model's stage while it runs it."""
    with trial.load(flow("model"), rate=trial.rate / 8):
        until_s = time.monotonic() + trial.seconds / 2
        while time.monotonic() < until_s:
            time.sleep(1)
            for child in children_of(trial.fleet.processes.pid("llm")):
                trial.fleet.processes.kill_one(child)
        time.sleep(2)
    trial.only(200, 202)
    trial.no_hang()
    account = trial.settle()
    trial.within("slowest job", account.slowest_s, 1.5)


@fault(
    5, "rolling restart by SIGTERM", "nothing lost, nothing twice, no request without an answer", once=True
)
def rolling_restart(trial: Trial) -> None:
    """Replace every process as a deployment does: a front leaves the balancer's list before it is ended."""
    fleet = trial.fleet
    fleet.start("front-2")
    until("second front answers", lambda: fleet.front_answers("front-2"))
    with trial.load(TOGETHER) as load:
        load.ports = [fleet.port, fleet.port_of("front-2")]
        time.sleep(1)
        for worker in ("interactive-1", "interactive-2", "llm", "scheduled", "beat"):
            fleet.replace(worker)
            time.sleep(2)
        for front in ("front", "front-2"):
            load.ports = [fleet.port_of(other) for other in ("front", "front-2") if other != front]
            time.sleep(1)
            fleet.replace(front)
            until(f"{front} answers", lambda front=front: fleet.front_answers(front))
            load.ports = [fleet.port, fleet.port_of("front-2")]
        trial.cleared(2)
    fleet.stop("front-2")
    trial.only(200, 202)
    trial.settle()


@fault(21, "every message delivered twice", "effects once, ended once", once=True)
def delivered_twice(trial: Trial) -> None:
    """Publish each job a second time under the same attempt, so that two workers get it."""
    published = trial.fleet.flows.current()
    with trial.load(flow("slow", **ASYNC), rate=min(trial.rate, 5.0)) as load:
        doubled = 0
        until_s = time.monotonic() + trial.seconds / 2
        while time.monotonic() < until_s:
            for answer in load.answers[doubled:]:
                if answer.job_id:
                    trial.fleet.publisher.publish(published["slow"], answer.job_id, step=0, attempt=1)
                doubled += 1
            time.sleep(0.005)
    trial.note(f"{doubled} messages doubled")
    trial.only(202)
    trial.settle()


@fault(22, "frozen worker commits late", "its write is refused; the job ends once, by the later attempt")
def zombie(trial: Trial) -> None:
    """Freeze a worker in the middle of a job for longer than its lease, then let it go on."""
    fleet = trial.fleet
    with fleet.left_alone("interactive-2"):  # So that it is known who has the job.
        fleet.kill("interactive-2")
        job_id = trial.ask(Ask("/faults/held", {"at": time.time()}, ASYNC)).job_id
        assert job_id is not None
        until("the job runs", lambda: fleet.ledger.read(job_id).state == "running")
        time.sleep(0.2)
        fleet.processes.signal("interactive-1", signal.SIGSTOP)
    took_s = until("another worker ends it", lambda: fleet.ledger.read(job_id).state.ended, 30.0)
    ended = fleet.ledger.read(job_id)
    fleet.processes.signal("interactive-1", signal.SIGCONT)
    time.sleep(2.5)
    after = fleet.ledger.read(job_id)
    trial.note(f"ended by attempt {ended.attempt} {took_s:.1f} s after the freeze")
    trial.expect(ended.attempt > 1, "no later attempt: the fault did not happen")
    trial.expect(after == ended, "the frozen worker changed a job that had ended")
    trial.settle()
