"""Ticks and runs of scheduled jobs: in Redis, in Valkey, and on fakeredis' idea of Redis."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import fakeredis
import pytest
import redis

from config import keys
from flows.errors import StoreUnavailable
from tasks.redis_client import fast_client
from tasks.store.schedule_runs import Planned, Run, ScheduleRuns, ScheduleState, Tick

HOUR = Planned("clean", every_s=3600.0, queue="scheduled", limit_s=60.0, may_overlap=False)


@pytest.fixture(params=["redis", "valkey", "fakeredis"])
def client(request: pytest.FixtureRequest) -> Iterator["fakeredis.FakeRedis"]:
    """An empty server of each kind."""
    if request.param == "redis":
        yield request.getfixturevalue("redis_client")
    elif request.param == "valkey":
        with fast_client(request.getfixturevalue("valkey_server").url) as opened:
            opened.flushall()
            yield opened
    else:
        with fakeredis.FakeRedis(decode_responses=True) as opened:
            yield opened


@pytest.fixture
def runs(client: "redis.Redis") -> ScheduleRuns:
    return ScheduleRuns(client)


def began(claimed: Run | Tick) -> Run:
    assert isinstance(claimed, Run), claimed
    return claimed


def state(runs: ScheduleRuns, job: Planned = HOUR) -> ScheduleState:
    (found,) = runs.table([job])
    return found


def result(runs: ScheduleRuns) -> Any:
    last = state(runs).last
    assert last is not None
    return last.result


def change(client: Any, **fields: object) -> None:
    """What is kept of the job, as if it had come about in another way."""
    client.hset(keys.scheduled_runs(HOUR.name), mapping=fields)


def next_tick(client: Any) -> None:
    """The next message comes in a tick that nobody has seen."""
    change(client, tick="0")


def test_a_tick_is_run_once(runs: ScheduleRuns) -> None:
    """The second message of a tick finds it taken, also when the first run has ended already."""
    run = began(runs.claim(HOUR, "a"))
    assert runs.claim(HOUR, "b") is Tick.DUPLICATE
    assert runs.end(run, "a", ms=1)
    assert runs.claim(HOUR, "b") is Tick.DUPLICATE
    assert (state(runs).runs, state(runs).duplicates) == (1, 2)


def test_of_many_at_once_one_runs(redis_url: str) -> None:
    """However many runners claim a tick at the same moment, exactly one of them gets it."""
    together = Barrier(8)

    def claim(number: int) -> Run | Tick:
        with fast_client(redis_url) as client:
            runs = ScheduleRuns(client)
            together.wait(10)
            return runs.claim(HOUR, f"host-{number}")

    with ThreadPoolExecutor(8) as pool:
        claimed = list(pool.map(claim, range(8)))
    assert sum(isinstance(one, Run) for one in claimed) == 1
    assert claimed.count(Tick.DUPLICATE) == 7


def test_jobs_have_ticks_of_their_own(runs: ScheduleRuns) -> None:
    """A tick that one job has run is another job's to run."""
    began(runs.claim(HOUR, "a"))
    began(runs.claim(replace(HOUR, name="other"), "a"))


def test_a_run_that_goes_on_is_not_joined(runs: ScheduleRuns, client: "redis.Redis") -> None:
    """The next tick passes without a run; with the run's end the one after that is free."""
    run = began(runs.claim(HOUR, "a"))
    next_tick(client)
    assert runs.claim(HOUR, "b") is Tick.OVERLAP
    assert (state(runs).skips, state(runs).running_on) == (1, "a")
    runs.end(run, "a", ms=1)
    next_tick(client)
    began(runs.claim(HOUR, "b"))


def test_a_job_may_say_that_it_overlaps(runs: ScheduleRuns, client: "redis.Redis") -> None:
    """Then a run that does not end stops nothing."""
    overlapping = replace(HOUR, may_overlap=True)
    began(runs.claim(overlapping, "a"))
    next_tick(client)
    began(runs.claim(overlapping, "b"))
    assert (state(runs, overlapping).skips, state(runs, overlapping).lost) == (0, 0)


def test_a_run_that_is_not_heard_of_is_lost(runs: ScheduleRuns, client: "redis.Redis") -> None:
    """After its limit the next run begins, and whatever the lost one says at last is not believed."""
    lost = began(runs.claim(HOUR, "a"))
    change(client, tick="0", lease_ms=1)
    later = began(runs.claim(HOUR, "b"))
    assert not runs.end(lost, "a", ms=1, error="too late")
    assert (state(runs).running_on, state(runs).last, state(runs).lost) == ("b", None, 1)
    assert runs.end(later, "b", ms=2, result={"done": 1})
    found = state(runs)
    assert found.last is not None
    assert (found.last.result, found.last.host, found.running_since) == ({"done": 1}, "b", None)


def test_asking_for_a_run_passes_by_the_ticks_only(runs: ScheduleRuns) -> None:
    """A run that somebody asks for needs no new tick, and does not begin beside another one."""
    run = began(runs.claim(HOUR, "a"))
    assert runs.claim(HOUR, "a", forced=True) is Tick.OVERLAP
    runs.end(run, "a", ms=1)
    began(runs.claim(HOUR, "a", forced=True))
    assert state(runs).duplicates == 0


def test_a_clock_that_is_set_back_stops_nothing(runs: ScheduleRuns, client: "redis.Redis") -> None:
    """A tick that lies ahead is no reason not to run, and no lease lasts longer than the limit."""
    began(runs.claim(HOUR, "a"))
    change(client, tick="99999999", lease_ms=99_999_999_999_999)
    assert runs.claim(HOUR, "b") is Tick.OVERLAP
    lease_ms = int(client.hget(keys.scheduled_runs(HOUR.name), "lease_ms") or 0)
    assert lease_ms / 1000 - client.time()[0] <= 61
    change(client, tick="99999999", lease_ms=1)
    began(runs.claim(HOUR, "b"))


def test_what_a_run_said_is_kept(runs: ScheduleRuns, client: "redis.Redis") -> None:
    """Times by the server's clock, duration, result and host; a failure counts and says why."""
    runs.end(began(runs.claim(HOUR, "a")), "a", ms=12.3456, result={"swept": {"events": 3}})
    last = state(runs).last
    assert last is not None
    assert (last.ms, last.status, last.result, last.error) == (12.346, "ok", {"swept": {"events": 3}}, None)
    assert abs(last.started_at.timestamp() - client.time()[0]) < 5
    assert last.started_at <= last.finished_at
    next_tick(client)
    runs.end(began(runs.claim(HOUR, "b")), "b", ms=1, error="port_unavailable: gone")
    found = state(runs)
    assert found.last is not None
    assert (found.last.status, found.last.error, found.last.result) == (
        "failed",
        "port_unavailable: gone",
        None,
    )
    assert (found.runs, found.failures) == (2, 1)


def test_a_result_is_bounded(runs: ScheduleRuns) -> None:
    """One that is too long is left out; one that is no JSON is kept as text."""
    runs.end(began(runs.claim(HOUR, "a")), "a", ms=1, result="x" * 3_000)
    assert result(runs) is None
    runs.end(began(runs.claim(HOUR, "a", forced=True)), "a", ms=1, result={"kind": Tick})
    assert "Tick" in result(runs)["kind"]


def test_what_is_announced_is_shown(runs: ScheduleRuns, client: "redis.Redis") -> None:
    """By name, each as it was said last; beat's own record says when one is due."""
    other = replace(HOUR, name="a first", every_s=0.5, may_overlap=True)
    runs.announce([HOUR, replace(HOUR, name="gone")])
    runs.announce([HOUR, other])
    client.zadd("lsvc:beat::schedule", {"lsvc:beat:clean": 1_700_000_000.5})
    found = runs.table()
    assert [one.planned for one in found] == [other, HOUR]
    assert [one.next_at and one.next_at.timestamp() for one in found] == [None, 1_700_000_000.5]
    assert [one.last for one in found] == [None, None]


def test_who_has_not_begun_for_three_periods_is_overdue(runs: ScheduleRuns, client: "redis.Redis") -> None:
    """Counted from the last begin, or from when it was heard of first; one that runs is not overdue."""
    runs.announce([HOUR])
    assert not state(runs).overdue
    now_ms = client.time()[0] * 1000
    change(client, known_ms=now_ms - 4 * 3_600_000)
    runs.announce([HOUR])  # What starts again makes nothing new.
    assert state(runs).overdue
    began(runs.claim(HOUR, "a"))
    assert not state(runs).overdue
    change(client, begun_ms=now_ms - 4 * 3_600_000)
    assert not state(runs).overdue
    change(client, lease_ms=1)
    assert state(runs).overdue


def test_an_outage_is_said_to_be_one() -> None:
    """Without Redis nothing is claimed, ended or shown."""
    with fast_client("redis://127.0.0.1:1/0") as nobody:
        runs = ScheduleRuns(nobody)
        for ask in (
            lambda: runs.claim(HOUR, "a"),
            lambda: runs.end(Run("clean", "1", "1"), "a", ms=1),
            lambda: runs.announce([HOUR]),
            runs.table,
        ):
            with pytest.raises(StoreUnavailable):
                ask()
