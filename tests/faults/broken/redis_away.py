"""Redis that dies, forgets, says nothing, is slow, is full, or takes no writes."""

import time

from config import keys
from tests.faults.load import Answer, Ask, flow, learning_path, mix
from tests.faults.processes import until
from tests.faults.registry import fault
from tests.faults.trial import Trial, percentile

ASYNC = {"Prefer": "respond-async"}
TOGETHER = mix(flow("plain"), learning_path)

#: What a caller may get while Redis is away: an answer, or a problem that says when to ask again.
HONEST = (200, 202, 429, 503)
#: The longest that a web thread may be held up, and what the way to it and back takes on a busy machine.
BLOCKED_S, ON_THE_WAY_S = 0.25, 0.15


def _answers_while_away(trial: Trial, answers: list[Answer]) -> None:
    """Each came soon, and is an answer or says when to ask again."""
    slowest = max((answer.latency_s for answer in answers), default=0.0)
    trial.within("slowest answer meanwhile", slowest, BLOCKED_S + ON_THE_WAY_S)
    answered = sum(answer.status == 200 for answer in answers)
    honest = sum(answer.status in HONEST for answer in answers)
    silent = [a for a in answers if a.status in (429, 503) and "retry-after" not in a.headers]
    trial.note(f"meanwhile {answered} of {len(answers)} answered, {honest - answered} put off")
    trial.expect(honest == len(answers), f"{len(answers) - honest} neither answered nor put off")
    trial.expect(not silent, f"{len(silent)} put off without Retry-After")
    trial.expect(answered >= 0.99 * len(answers), "not answered from local data while Redis was away")


def _during(answers: list[Answer], began: float, ended: float) -> list[Answer]:
    """What was due between two moments; a moment on either side is left out, since nothing is that sharp."""
    return [answer for answer in answers if began + 0.1 < answer.due < ended - 0.1]


@fault(7, "Redis killed for 2 s, append-only file", "answers within 250 ms, back within 5 s, nothing lost")
def redis_killed(trial: Trial) -> None:
    """SIGKILL Redis and start it again on its file."""
    with trial.load(TOGETHER):
        time.sleep(2)
        began = time.monotonic()
        trial.fleet.kill_redis()
        time.sleep(2)
        ended = time.monotonic()
        trial.fleet.start_redis()
        trial.cleared(8)
    _answers_while_away(trial, _during(trial.answers, began, ended))
    trial.errors_say_what_they_are()
    trial.settle()
    trial.back_within(5.0)


@fault(8, "Redis restarted empty", "seen, jobs of before not pending, answers again within 10 s", loses=True)
def redis_forgets(trial: Trial) -> None:
    """SIGKILL Redis, remove its file, and start it again."""
    held = trial.ask(Ask("/faults/held", {"at": time.time()}, ASYNC))
    with trial.load(TOGETHER):
        time.sleep(1)
        trial.fleet.kill_redis(forget=True)
        trial.fleet.start_redis()
        status, _ = trial.fleet.health()
        trial.note(f"health right after: {status}")
        trial.cleared(12)
    trial.known.clear()  # What was known is gone with the file, which is what this is about.
    asked = trial.ask(Ask(f"/api/jobs/{held.job_id}"), method="GET")
    trial.expect(asked.status in (404, 410), f"a job that is gone is answered with {asked.status}")
    trial.errors_say_what_they_are()
    account = trial.settle()
    after = [a.job_id for a in trial.answers if a.due > trial.cleared_at + 1 and a.accepted and a.job_id]
    lost_after = set(account.lost) & set(after)
    trial.expect(not lost_after, f"{len(lost_after)} jobs lost that were accepted after the restart")
    trial.back_within(10.0)


@fault(
    9, "Redis silent, no connection closed", "no web thread blocks over 250 ms, back in 10 s", proxied=True
)
def redis_silent(trial: Trial) -> None:
    """Take everything and say nothing, on the connections that there are and on new ones."""
    assert trial.fleet.proxy is not None
    with trial.load(TOGETHER):
        time.sleep(2)
        began = time.monotonic()
        trial.fleet.proxy.mode = "blackhole"
        time.sleep(trial.seconds)
        ended = time.monotonic()
        trial.fleet.proxy.mode = "pass"
        trial.cleared(13)
    _answers_while_away(trial, _during(trial.answers, began, ended))
    trial.errors_say_what_they_are()
    trial.settle()
    trial.back_within(10.0)


@fault(10, "Redis 5, 20, 50 ms away, 1 % resets", "no hang, nothing lost; the curve is shown", proxied=True)
def redis_far(trial: Trial) -> None:
    """Add latency to every round trip, then reset connections too."""
    proxy = trial.fleet.proxy
    assert proxy is not None
    for added_ms, resets in ((5, 0.0), (20, 0.0), (50, 0.01)):
        proxy.latency_s, proxy.reset_share = added_ms / 1000, resets
        with trial.load(TOGETHER, rate=trial.rate / 2) as load:
            time.sleep(max(3.0, trial.seconds / 3))
        p50, p99 = (percentile(load.answers, share) * 1000 for share in (0.5, 0.99))
        done = sum(answer.status == 200 for answer in load.answers)
        trial.note(
            f"+{added_ms} ms, {resets:.0%} resets: p50 {p50:.0f} ms, p99 {p99:.0f} ms, {done} of"
            f" {len(load.answers)} in time"
        )
    proxy.latency_s = proxy.reset_share = 0.0
    trial.only(*HONEST)
    trial.no_hang(1.0)
    trial.errors_say_what_they_are()
    trial.settle()


@fault(11, "Redis full, noeviction", "503 or 429 or a local answer, no half jobs, back within 5 s")
def redis_full(trial: Trial) -> None:
    """Allow Redis less memory than it has."""
    client = trial.fleet.client
    with trial.load(TOGETHER):
        time.sleep(1)
        client.config_set("maxmemory", client.info("memory")["used_memory"] // 2)
        time.sleep(trial.seconds / 3)
        client.config_set("maxmemory", 0)
        trial.cleared(7)
    trial.only(*HONEST)
    trial.errors_say_what_they_are()
    trial.settle()
    half = [
        key
        for key in client.scan_iter(keys.JOB_PREFIX + "*")
        if not client.hexists(key, "doc") and not client.hexists(key, "finished_ms")
    ]
    trial.expect(not half, f"{len(half)} half jobs")
    trial.back_within(5.0)


@fault(12, "database locked", "accepted all the same, and its decisions are stored afterwards")
def database_locked(trial: Trial) -> None:
    """Hold the database for writing, as a long transaction would."""
    with trial.load(lambda number: Ask(learning_path(number).path, learning_path(number).body, ASYNC)):
        with trial.fleet.database_locked():
            time.sleep(trial.seconds / 2)
        time.sleep(1)
    trial.only(202)
    trial.no_hang()
    trial.settle()
    pending = trial.fleet.client
    until("decisions are stored", lambda: not pending.hlen(keys.PENDING_DECISIONS), 20.0 * trial.patience)
    jobs = {answer.job_id for answer in trial.answers}
    stored = trial.fleet.decisions_of(jobs)
    trial.expect(stored == len(jobs), f"{len(jobs) - stored} decisions are missing")


@fault(13, "Redis read-only for 3 s, as after a failover", "back within 15 s, nothing lost or twice")
def redis_read_only(trial: Trial) -> None:
    """Make Redis the replica of a server that is not there: it goes on reading and refuses to write."""
    with trial.load(TOGETHER):
        time.sleep(1)
        trial.fleet.client.replicaof("127.0.0.1", "1")
        time.sleep(3)
        trial.fleet.client.replicaof("NO", "ONE")
        trial.cleared(8)
    trial.only(*HONEST)
    trial.errors_say_what_they_are()
    trial.settle()
    trial.back_within(15.0)
