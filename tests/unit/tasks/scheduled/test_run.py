"""One tick of a scheduled job, over a real Redis."""

import logging
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest
import redis

from config.metrics import SCHEDULED_SECONDS, SCHEDULED_TICKS
from config.queues import QUEUES, TRAINING
from flows.errors import PortUnavailable, StoreUnavailable
from tasks.redis_client import fast_client
from tasks.scheduled import SCHEDULE
from tasks.scheduled.model import ScheduledJob
from tasks.scheduled.run import planned, run_tick
from tasks.services import Services
from tasks.store.schedule_runs import ScheduleRuns, ScheduleState, Tick
from tests.factories import services_of


@pytest.fixture
def services(redis_client: "redis.Redis") -> Services:
    return services_of(None, schedules=ScheduleRuns(redis_client))


def state(services: Services, job: ScheduledJob) -> ScheduleState:
    (found,) = services.schedules.table([planned(job)])
    return found


def ticks(job: str, outcome: str) -> float:
    return SCHEDULED_TICKS.labels(job, outcome)._value.get()


def test_two_runners_make_one_run(services: Services, redis_url: str) -> None:
    """Two workers that get the same tick at the same moment, each with a Redis client of its own."""
    done: list[str] = []
    job = ScheduledJob("once", 3600.0, lambda _: done.append("run"))
    together = Barrier(2)

    def worker(_: int) -> Tick:
        with fast_client(redis_url) as client:
            own = services_of(None, schedules=ScheduleRuns(client))
            together.wait(10)
            return run_tick(job, own)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(worker, range(2))) == [Tick.DUPLICATE, Tick.RUN]
    assert done == ["run"]
    assert (state(services, job).runs, state(services, job).duplicates) == (1, 1)


def test_a_run_does_not_begin_beside_itself(services: Services) -> None:
    """Somebody who asks for a run while one goes on gets none."""
    begun, go_on = Event(), Event()

    def wait(_: Services) -> None:
        begun.set()
        assert go_on.wait(10)

    job = ScheduledJob("slow", 3600.0, wait)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(run_tick, job, services)
        assert begun.wait(10)
        assert run_tick(job, services, forced=True) is Tick.OVERLAP
        go_on.set()
        assert first.result(10) is Tick.RUN
    assert run_tick(job, services, forced=True) is Tick.RUN
    assert state(services, job).skips == 1


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PortUnavailable("the database did not answer"), "port_unavailable: the database did not answer"),
        (ValueError("what ann wrote"), "ValueError"),
    ],
)
def test_a_job_that_fails_is_recorded_and_raises(
    services: Services, caplog: pytest.LogCaptureFixture, error: Exception, said: str
) -> None:
    """It is logged, counted and shown, in our own words or by its kind only, and holds up nothing."""

    def fail(_: Services) -> None:
        raise error

    job = ScheduledJob(f"failing-{type(error).__name__}", 3600.0, fail)
    before = ticks(job.name, "failed")
    with caplog.at_level(logging.WARNING), pytest.raises(type(error)):
        run_tick(job, services)
    assert ticks(job.name, "failed") == before + 1
    assert [r.__dict__["error"] for r in caplog.records if r.message == "scheduled_job"] == [said]
    found = state(services, job)
    assert found.last is not None
    assert (found.last.status, found.last.error, found.failures) == ("failed", said, 1)
    with pytest.raises(type(error)):
        run_tick(job, services, forced=True)


def test_a_run_is_counted_and_timed(services: Services) -> None:
    """By job, under the names that the metrics have."""
    job = ScheduledJob("counted", 3600.0, lambda _: {"rows": 3})
    run_tick(job, services)
    assert ticks("counted", "run") == 1
    run_tick(job, services)
    assert ticks("counted", "duplicate") == 1
    assert SCHEDULED_SECONDS.labels("counted")._sum.get() > 0
    found = state(services, job)
    assert found.last is not None
    assert found.last.result == {"rows": 3}


def test_without_redis_nothing_runs() -> None:
    """Nobody could say that the tick was not run already."""
    done: list[Any] = []
    with fast_client("redis://127.0.0.1:1/0") as nobody:
        services = services_of(None, schedules=ScheduleRuns(nobody))
        with pytest.raises(StoreUnavailable):
            run_tick(ScheduledJob("x", 1.0, done.append), services)
    assert done == []


def test_a_run_of_which_the_end_cannot_be_told_has_run(
    services: Services, redis_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Its lease runs out; the job's work is done and its task has not failed."""
    runs = services.schedules

    class Forgetful:
        claim = runs.claim

        def end(self, *_: object, **__: object) -> bool:
            raise StoreUnavailable("gone")

    job = ScheduledJob("untold", 3600.0, lambda _: None)
    assert run_tick(job, services_of(None, schedules=Forgetful())) is Tick.RUN
    assert "scheduled_job_not_recorded" in [record.message for record in caplog.records]
    assert state(services, job).running_since is not None


def test_limits_follow_from_the_queue() -> None:
    """A run that its queue would have ended by force counts as lost soon after, any other in a minute."""
    assert ScheduledJob("x", 1.0, lambda _: None).limit_s == 60
    assert ScheduledJob("x", 1.0, lambda _: None, longest_s=5.0).limit_s == 5
    hard = QUEUES[TRAINING].time_limit_s
    assert hard is not None
    assert ScheduledJob("x", 1.0, lambda _: None, queue=TRAINING).limit_s == hard + 5


def test_what_looks_after_lost_jobs_does_not_stand_still() -> None:
    """When the worker that ran it is gone, the next tick runs it, and not the one after its limit."""
    overlapping = {job.name for job in SCHEDULE if job.may_overlap}
    assert {"sweep_ledger", "store_decisions"} <= overlapping
    assert not any(job.queue == TRAINING for job in SCHEDULE if job.may_overlap)
