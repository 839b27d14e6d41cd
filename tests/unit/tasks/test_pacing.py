"""Workers of batches rest while people ask."""

import math

import pytest
from celery import signals

from flows.errors import StoreUnavailable
from tasks.batches.pacing import LONGEST_REST_S, LOOK_EVERY_S, PEOPLE_S, SHARE, Pace, keep_pace


class World:
    """A clock that work and rests move, and somebody who may have asked."""

    def __init__(self, since_people_s: float = 0.0) -> None:
        self.now_s, self.since_people_s = 100.0, since_people_s
        self.rested: list[float] = []
        self.looks = 0
        self.pace = Pace(self.since, clock=lambda: self.now_s, pause=self.pause)

    def since(self) -> float:
        self.looks += 1
        return self.since_people_s

    def pause(self, seconds: float) -> None:
        self.rested.append(seconds)
        self.now_s += seconds

    def work(self, seconds: float) -> None:
        with self.pace.kept():
            self.now_s += seconds


def test_work_is_a_share_of_the_time_while_people_ask() -> None:
    """However the work is cut into pieces, and each is followed by its own rest."""
    world = World()
    began_s = world.now_s
    for piece_s in (0.01, 0.002, 0.04):
        world.work(piece_s)
    assert len(world.rested) == 3
    assert 0.052 / (world.now_s - began_s) == pytest.approx(SHARE)


@pytest.mark.parametrize("since_people_s", [PEOPLE_S, math.inf])
def test_nobody_rests_for_nobody(since_people_s: float) -> None:
    """At night a batch goes as fast as it can."""
    world = World(since_people_s)
    world.work(0.01)
    assert world.rested == []


def test_a_rest_is_bounded() -> None:
    """One long piece, as a machine that stood still makes, is no reason to stand still."""
    world = World()
    world.work(60.0)
    assert world.rested == [LONGEST_REST_S]


def test_people_are_looked_for_now_and_then() -> None:
    """Not with each piece, and soon enough to notice who comes and who goes."""
    world = World(math.inf)
    for _ in range(10):
        world.work(LOOK_EVERY_S / 20)
    assert world.looks == 1
    world.since_people_s = 0.0
    world.work(LOOK_EVERY_S)
    assert (world.looks, len(world.rested)) == (2, 1)


def test_without_redis_the_work_goes_on() -> None:
    """What was known last holds."""

    def away() -> float:
        raise StoreUnavailable("away")

    rested: list[float] = []
    with Pace(away, pause=rested.append).kept():
        pass
    assert rested == []


class Task:
    """What Celery's signals tell of a task."""

    def __init__(self, name: str) -> None:
        self.name = name


@pytest.mark.parametrize(("name", "rests"), [("stage.path.schedule", 1), ("scheduled.feed_batches", 0)])
def test_workers_rest_after_stages(monkeypatch: pytest.MonkeyPatch, name: str, rests: int) -> None:
    """The feeder rests by itself, between its parts."""
    prerun, postrun = signals.Signal(name="prerun"), signals.Signal(name="postrun")
    monkeypatch.setattr(signals, "task_prerun", prerun)
    monkeypatch.setattr(signals, "task_postrun", postrun)
    rested: list[float] = []
    pace = Pace(lambda: 0.0, pause=rested.append)
    keep_pace(lambda: pace)

    prerun.send(sender=Task(name), task_id="1")
    postrun.send(sender=Task(name), task_id="1")

    assert len(rested) == rests
