"""Durations, moments and the bars of a waterfall."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.ops.figures import Bar, bars, clock, duration, moment, whole_ms
from tasks.store.base import Job, State

CREATED_MS = 1_735_732_800_000


def a_job(*stages: dict[str, Any], finished_ms: int | None = None) -> Job:
    """A job with these stages."""
    return Job(
        id="j",
        organisation="acme",
        flow="plain",
        version="1",
        state=State.RUNNING if finished_ms is None else State.SUCCEEDED,
        step=len(stages),
        attempt=1,
        created_ms=CREATED_MS,
        deadline_ms=CREATED_MS + 250,
        request_id="r",
        fingerprint="f",
        stages=stages,
        finished_ms=finished_ms,
    )


def stage(type_: str, ms: float, at_ms: float | None = None, **more: Any) -> dict[str, Any]:
    """A stage's record in the ledger."""
    return {"type": type_, "status": "ok", "ms": ms, **({} if at_ms is None else {"atMs": at_ms}), **more}


@pytest.mark.parametrize(
    ("milliseconds", "shown"),
    [
        (0, "0 ms"),
        (0.44, "0.4 ms"),
        (12, "12 ms"),
        (999, "999 ms"),
        (1_000, "1 s"),
        (3_440, "3.4 s"),
        (60_000, "1 min"),
        (5_400_000, "1.5 h"),
        (86_400_000, "24 h"),
    ],
)
def test_a_duration_has_the_unit_that_fits(milliseconds: float, shown: str) -> None:
    """One decimal, where there is one."""
    assert duration(milliseconds) == shown


def test_times_are_in_utc() -> None:
    """Also of a moment that was given in another zone."""
    assert moment(CREATED_MS + 999) == "2025-01-01 12:00:00"
    assert clock(datetime(2025, 1, 1, 12, tzinfo=UTC)) == "2025-01-01 12:00:00"


def test_each_stage_stands_where_it_began() -> None:
    """In percent of the whole, with what was waited before it and between two."""
    job = a_job(stage("a", 20, at_ms=10), stage("b", 50, at_ms=50), finished_ms=CREATED_MS + 100)
    assert bars(job, whole_ms(job, 0)) == [
        Bar("waiting", "waiting", 0, 10, 0, 10),
        Bar("a", "ok", 10, 20, 10, 20),
        Bar("waiting", "waiting", 30, 20, 30, 20),
        Bar("b", "ok", 50, 50, 50, 50),
    ]


def test_small_gaps_are_no_waiting() -> None:
    """Under a millisecond, or under two percent, is what the runner itself takes."""
    short = a_job(stage("a", 1, at_ms=0.9), stage("b", 1, at_ms=2), finished_ms=CREATED_MS + 3)
    long = a_job(stage("a", 500, at_ms=15), stage("b", 480, at_ms=520), finished_ms=CREATED_MS + 1_000)
    assert [bar.name for bar in bars(short, 3)] == ["a", "b"]
    assert [bar.name for bar in bars(long, 1_000)] == ["a", "b"]


def test_a_job_under_way_waits_until_now() -> None:
    """What is not saved yet shows as waiting."""
    job = a_job(stage("a", 10, at_ms=0))
    whole = whole_ms(job, CREATED_MS + 40)
    assert (whole, bars(job, whole)[-1]) == (40, Bar("waiting", "waiting", 10, 30, 25, 75))


def test_stages_that_do_not_say_when_they_began() -> None:
    """They follow each other; a reason goes along."""
    failed = stage("b", 5, status="failed", reason="b:stage_failed")
    found = bars(a_job(stage("a", 5), failed, finished_ms=CREATED_MS + 10), 10)
    assert found == [Bar("a", "ok", 0, 5, 0, 50), Bar("b", "failed", 5, 5, 50, 50, "b:stage_failed")]


def test_what_took_no_time_is_still_seen() -> None:
    """Each bar has a width, and none leaves the picture, also where two clocks differ."""
    quick, late = bars(a_job(stage("a", 0, at_ms=0), stage("b", 9, at_ms=500)), 100)[0::2]
    assert (quick.width, late.left + late.width) == (pytest.approx(0.6), pytest.approx(100))


def test_the_whole_has_room_for_every_stage() -> None:
    """The end of a job is known to the millisecond; its last stage may seem to end after it."""
    assert whole_ms(a_job(stage("a", 0.7, at_ms=4.7), finished_ms=CREATED_MS + 5), 0) == pytest.approx(5.4)
    assert whole_ms(a_job(finished_ms=CREATED_MS), 0) == 1.0
