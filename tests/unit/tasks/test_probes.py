"""Which workers a healthy service needs."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
import redis
from sqlalchemy import Engine

from app.health import Health
from config import keys
from config.settings import Settings
from flows.errors import StoreUnavailable
from flows.upstreams.breaker import Verdict
from tasks.clients.upstreams import make_upstreams
from tasks.probes import probes
from tasks.redis_client import fast_client
from tasks.services import Services
from tasks.store.schedule_runs import Planned, ScheduleRuns

ALL = {"interactive": 1, "llm": 1, "refine": 1, "batch": 1, "scheduled": 1, "training": 1, "upkeep": 1}


def workers(present: dict[str, int]) -> Any:
    """What the probe of workers says when these are there; nothing is connected to."""
    services = cast(Services, SimpleNamespace(presence=SimpleNamespace(present=lambda: present)))
    return probes(fast_client("redis://127.0.0.1:1/0"), cast(Engine, None), services)["workers"]()


def test_it_says_who_is_there() -> None:
    """With a worker for every queue all is well, and the counts are shown."""
    assert workers(ALL) == {"present": ALL}


@pytest.mark.parametrize("queue", ["interactive", "llm", "scheduled"])
def test_a_queue_that_answers_depend_on_needs_a_worker(queue: str) -> None:
    """The queue that nobody serves is named."""
    with pytest.raises(StoreUnavailable, match=f"no worker serves {queue}$"):
        workers({name: count for name, count in ALL.items() if name != queue})


@pytest.mark.parametrize("queue", ["refine", "batch", "training", "upkeep"])
def test_answers_go_on_without_what_runs_in_the_background(queue: str) -> None:
    """No answer waits for a training, a batch or a refinement, so its worker may be away."""
    present = {name: count for name, count in ALL.items() if name != queue}
    assert workers(present) == {"present": present}


def test_overdue_schedules_are_told_of(redis_client: "redis.Redis", redis_url: str) -> None:
    """A scheduled job that has not begun for three periods is named, and is nothing to be unwell for."""
    runs = ScheduleRuns(redis_client)
    jobs = [Planned(name, 60.0, "scheduled", 60.0, False) for name in ("late", "well")]
    runs.announce(jobs)
    redis_client.hset(keys.scheduled_runs("late"), "known_ms", 1)
    services = cast(Services, SimpleNamespace(schedules=runs))
    assert probes(redis_url, cast(Engine, None), services)["schedules"]() == {"overdue": ["late"]}


def test_upstreams_are_told_of_and_not_needed() -> None:
    """A breaker that is open is shown, also without a Redis, and is nothing to be unwell for."""
    upstreams = make_upstreams(Settings.from_env({"OLLAMA_URL": "http://127.0.0.1:1"}), lambda *_: None)
    breaker = upstreams["llm"].breaker
    for permit in [breaker.enter() for _ in range(5)]:
        breaker.leave(permit, Verdict.FAILED)
    services = cast(Services, SimpleNamespace(upstreams=upstreams))
    probe = probes(fast_client("redis://127.0.0.1:1/0"), cast(Engine, None), services)["upstreams"]
    report = Health({"upstreams": probe}, {}).report()
    report["dependencies"]["upstreams"].pop("ms")
    assert report == {
        "status": "ok",
        "dependencies": {"upstreams": {"status": "ok", "llm": {"breaker": "open", "processesNotAsking": 0}}},
        "versions": {},
    }
