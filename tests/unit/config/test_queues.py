"""Queues, and the limits that go with them."""

import pytest

from config.queues import LANES, QUEUES, QueuePolicy, queue_on, scheduled_task, stage_task

POLICIES = list(QUEUES.items())


def test_each_kind_of_work_has_a_queue_of_its_own() -> None:
    """Light stages, the model, the clock and trainings do not wait for each other."""
    assert {"interactive", "llm", "scheduled", "training"} <= QUEUES.keys()


def test_the_model_is_cut_off_in_time() -> None:
    """The llm queue has the limits of the design: 150 ms, and 500 ms for what does not listen."""
    assert QUEUES["llm"] == QueuePolicy(pool="prefork", soft_time_limit_s=0.15, time_limit_s=0.5)


def test_a_batch_takes_what_nobody_wants() -> None:
    """Not even the time slices of its workers stand before a person, nor its events before the operator."""
    assert [name for name, policy in POLICIES if policy.idle] == ["batch"]
    assert [name for name, policy in POLICIES if not policy.task_events] == ["batch"]


def test_a_training_delays_nobody() -> None:
    """It may take minutes and memory, in a process of its own that stands back and gives both back."""
    policy = QUEUES["training"]
    assert (policy.pool, policy.soft_time_limit_s, policy.time_limit_s) == ("prefork", 600, 660)
    assert (policy.niceness, policy.child_memory_mb) == (19, 180)
    assert {name for name, other in POLICIES if not other.niceness} == {"interactive", "llm", "webhooks"}


@pytest.mark.parametrize(("name", "policy"), POLICIES)
def test_limits_are_only_set_where_they_work(name: str, policy: QueuePolicy) -> None:
    """Celery's time limits fire in prefork only, so a queue with limits must be prefork."""
    limits = (policy.soft_time_limit_s, policy.time_limit_s)
    assert policy.pool == "prefork" or limits == (None, None), name


@pytest.mark.parametrize(("name", "policy"), POLICIES)
def test_the_soft_limit_comes_first(name: str, policy: QueuePolicy) -> None:
    """A stage is asked to stop before its process is ended, and is never asked in vain."""
    if policy.soft_time_limit_s is None:
        assert policy.time_limit_s is None, name
    else:
        assert policy.time_limit_s is not None, name
        assert 0 < policy.soft_time_limit_s < policy.time_limit_s, name


@pytest.mark.parametrize(("name", "policy"), POLICIES)
def test_every_pool_is_one_that_celery_has(name: str, policy: QueuePolicy) -> None:
    """A pool that Celery does not know would only be noticed when its worker starts."""
    assert policy.pool in ("solo", "threads", "prefork"), name


def test_tasks_are_named_after_what_they_run() -> None:
    """Stages and scheduled jobs have task names that cannot meet."""
    assert stage_task("rank.rules") == "stage.rank.rules"
    assert scheduled_task("sweep_ledger") == "scheduled.sweep_ledger"


def test_a_job_beside_the_interactive_lane_runs_on_one_queue() -> None:
    """Only on the interactive lane does a stage choose its queue."""
    assert LANES == ("interactive", "refine", "batch")
    assert {lane: queue_on(lane, "llm") for lane in LANES} == {
        "interactive": "llm",
        "refine": "refine",
        "batch": "batch",
    }
