"""More than the service can do, from many people at once or from one team."""

import time
from datetime import UTC, datetime
from uuid import uuid4

from tests.faults.load import Ask, flow, learning_path
from tests.faults.processes import until
from tests.faults.registry import fault
from tests.faults.trial import Trial, percentile

TIMES = 3
GOODPUT, DRAIN_S = 0.9, 30.0
RATES, STEP_S = (50, 100, 200, 400), 2.0
MEMBERS = 1_000
MOVES_BY = 1.10


@fault(25, "three times what it can do", "429 before anything is accepted, goodput >= 90 %, drained in 30 s")
def overload(trial: Trial) -> None:
    """Find out how much the service answers per second, then ask three times that."""
    most = _most_per_second(trial)
    with trial.load(flow("plain"), rate=TIMES * most) as load:
        time.sleep(trial.seconds)
    answers = load.answers
    good = sum(answer.status == 200 for answer in answers) / trial.seconds
    shed = [answer for answer in answers if answer.status == 429]
    trial.note(
        f"{most:.0f}/s at most; at {TIMES * most:.0f}/s {good:.0f}/s answered,"
        f" {len(shed)} of {len(answers)} shed"
    )
    trial.expect(shed, "nothing was shed with 429")
    bare = [answer for answer in shed if "retry-after" not in answer.headers or answer.job_id]
    trial.expect(not bare, f"{len(bare)} shed without Retry-After, or after a job was accepted")
    trial.expect(good >= GOODPUT * most, f"goodput {good:.0f}/s < {GOODPUT:.0%} of {most:.0f}/s")
    trial.only(200, 202, 429)
    account = trial.settle(DRAIN_S)
    trial.within("drained", account.settled_s, DRAIN_S)


def _most_per_second(trial: Trial) -> float:
    """The most answers per second at any of some rates, as the same client counts them."""
    found = []
    for rate in RATES:
        with trial.load(flow("plain"), rate=rate) as load:
            time.sleep(STEP_S)
        found.append(sum(answer.status == 200 for answer in load.answers) / STEP_S)
    trial.settle(DRAIN_S)
    trial.loads.clear()  # What is judged is what comes now.
    return max(found)


@fault(26, f"batch of {MEMBERS} beside people", "every member done once; interactive p95 moves by < 10 %")
def batch_beside_people(trial: Trial) -> None:
    """Ask for the paths of a whole team while people ask for theirs."""
    trial.fleet.start("batch")
    with trial.load(learning_path, rate=trial.rate / 2) as alone:
        time.sleep(trial.seconds / 2)
    body = {
        "orgId": "demo",
        "userIds": _people(trial),
        "goal": "fullstack",
        "timeframe": "3months",
        "hoursPerWeek": 6,
    }
    batch = trial.ask(Ask("/api/batches/learning-paths", body))
    trial.known.clear()  # Its id is that of a batch; its members' jobs are found in the ledger.
    trial.expect(batch.status == 202, f"batch not accepted: {batch.status} {batch.text[:120]}")
    if batch.status != 202:
        return
    started = time.monotonic()
    with trial.load(learning_path, rate=trial.rate / 2) as beside:
        time.sleep(trial.seconds)
    where = Ask(batch.headers["location"])
    until("the batch ends", lambda: trial.ask(where, method="GET").body.get("finishedAt"), 60.0)
    counts = trial.ask(where, method="GET").body.get("counts", {})
    problems = trial.ask(Ask(f"{where.path}/members?limit=1"), method="GET").text[:300]
    trial.expect(counts.get("succeeded") == MEMBERS, f"members: {counts}, the first: {problems}")
    before, during = percentile(alone.answers, 0.95), percentile(beside.answers, 0.95)
    trial.note(
        f"{MEMBERS} members in {time.monotonic() - started:.0f} s;"
        f" p95 {before * 1000:.0f} ms, then {during * 1000:.0f} ms"
    )
    trial.expect(during <= MOVES_BY * before * trial.patience, f"p95 moved by {during / before - 1:.0%}")
    trial.settle()


def _people(trial: Trial) -> list[str]:
    """As many people as a batch has members, each known by one event."""
    people = [f"member-{uuid4().hex}" for _ in range(MEMBERS)]
    at = datetime.now(UTC).isoformat()
    events = [{"id": uuid4().hex, "userId": person, "kind": "code_written", "at": at} for person in people]
    told = trial.ask(Ask("/api/events", {"events": events}))
    trial.expect(told.status == 200, f"people are not known: {told.status} {told.text[:100]}")
    return people
