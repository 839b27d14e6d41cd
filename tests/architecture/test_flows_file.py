"""What ``flows.json``, registry, queues and Celery say of each other."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from celery import Celery

from config.queues import QUEUES
from flows.loader import BUILT_IN_FILE, load_flows
from flows.registry import STAGES
from tasks.celery_app import WORKER_TRANSPORT, make_celery
from tasks.scheduled import SCHEDULE
from tasks.scheduled.register import register_schedule
from tasks.services import Services
from tasks.stage_task import register_stages

REPOSITORY = Path(__file__).parents[2]
STAGE_FILES = sorted(
    path.stem for path in (REPOSITORY / "flows" / "stages").glob("*.py") if path.stem != "__init__"
)


def no_services() -> Services:
    """No task runs here, so none may ask for services."""
    raise AssertionError("nothing is to run")


@pytest.fixture(scope="module")
def celery() -> Iterator[Celery]:
    """An app with all tasks and the schedule, and a broker that is never called."""
    app = make_celery("redis://127.0.0.1:1/0", STAGES, WORKER_TRANSPORT)
    register_stages(app, STAGES, no_services)
    register_schedule(app, SCHEDULE, no_services)
    yield app
    app.close()


def test_the_flows_of_the_service_load() -> None:
    """flows.json is right, and has the flow of every endpoint."""
    flows = load_flows(BUILT_IN_FILE.read_text("utf-8"), STAGES)
    assert "learning_path" in flows
    assert all(flow.steps for flow in flows.values())


def test_every_stage_is_used() -> None:
    """A stage that no flow names is dead code."""
    flows = load_flows(BUILT_IN_FILE.read_text("utf-8"), STAGES)
    used = {step.stage.type for flow in flows.values() for step in flow.steps}
    assert STAGES.keys() - used == set()


def test_a_stage_is_one_file() -> None:
    """Every file in flows/stages holds the one stage it is named after, and the registry lists it."""
    found = {name: import_module(f"flows.stages.{name}").STAGE for name in STAGE_FILES}
    assert {name: stage.type.replace(".", "_") for name, stage in found.items()} == {
        n: n for n in STAGE_FILES
    }
    assert sorted(found.values(), key=lambda s: str(s.type)) == sorted(STAGES.values(), key=lambda s: s.type)


@pytest.mark.parametrize("stage_type", sorted(STAGES))
def test_a_stage_has_a_task_on_its_queue(celery: Celery, stage_type: str) -> None:
    """Each stage runs as the task of its name, on a queue that exists, with the limits of that queue."""
    stage = STAGES[stage_type]
    assert stage.queue in QUEUES
    task = celery.tasks[f"stage.{stage_type}"]
    policy = QUEUES[stage.queue]
    assert (task.soft_time_limit, task.time_limit) == (policy.soft_time_limit_s, policy.time_limit_s)
    assert celery.amqp.router.route({}, task.name)["queue"].name == stage.queue


def test_every_task_is_a_stage_or_a_scheduled_job(celery: Celery) -> None:
    """Tasks are made from the registry and the schedule, and in no other way."""
    ours = {name for name in celery.tasks if not name.startswith("celery.")}
    stages = {f"stage.{stage_type}" for stage_type in STAGES}
    scheduled = {f"scheduled.{job.name}" for job in SCHEDULE}
    assert ours == stages | scheduled


def test_the_schedule_names_tasks_that_exist(celery: Celery) -> None:
    """Each entry of beat is a registered task, on a queue that exists, and expires with its tick."""
    entries = celery.conf.beat_schedule
    assert list(entries) == [job.name for job in SCHEDULE]
    for job in SCHEDULE:
        entry = entries[job.name]
        assert entry["task"] == f"scheduled.{job.name}"
        assert entry["task"] in celery.tasks
        assert entry["schedule"] == job.every_s > 0
        assert entry["options"] == {"queue": job.queue, "expires": job.every_s}
        assert entry["options"]["queue"] in QUEUES


def test_flower_is_not_flooded(celery: Celery) -> None:
    """It is told of every stage, and of no scheduled job that runs more often than once a minute."""
    silent = {name for name, task in celery.tasks.items() if not task.send_events}
    assert silent == {f"scheduled.{job.name}" for job in SCHEDULE if job.every_s < 60}


def test_trainings_are_kept_away_from_the_sweeper() -> None:
    """What trains, or may wait for a model for minutes, has a queue of its own; the sweeper's is for what
    takes no time, and the one on which entitlements are refreshed for what takes seconds."""
    queues = {job.name: job.queue for job in SCHEDULE}
    trainings = {name for name, queue in queues.items() if queue == "training"}
    assert trainings == {
        *("mine_patterns", "train_recommender", "fit_calibration", "fit_tracing"),
        "index_memories",
    }
    assert [name for name, queue in queues.items() if queue == "upkeep"] == ["refresh_entitlements"]
    assert queues["sweep_ledger"] == "scheduled"


def test_a_long_job_is_not_delivered_twice(celery: Celery) -> None:
    """Messages of scheduled jobs are acknowledged first: a training outlasts the visibility timeout."""
    assert celery.conf.task_acks_late is True
    assert {celery.tasks[f"scheduled.{job.name}"].acks_late for job in SCHEDULE} == {False}


@pytest.mark.parametrize(("name", "limits"), [("sweep_ledger", (None, None)), ("mine_patterns", (600, 660))])
def test_scheduled_jobs_have_the_limits_of_their_queue(
    celery: Celery, name: str, limits: tuple[float | None, float | None]
) -> None:
    """A training that does not end is asked to, and then ended."""
    task = celery.tasks[f"scheduled.{name}"]
    assert (task.soft_time_limit, task.time_limit) == limits


def test_scheduled_jobs_have_names_of_their_own() -> None:
    """No entry of the schedule hides another, and each is named after its function."""
    names = [job.name for job in SCHEDULE]
    assert len(set(names)) == len(names)
    assert [job.run.__name__ for job in SCHEDULE] == names


def test_every_queue_is_known_to_celery(celery: Celery) -> None:
    """The queues that workers may serve are those with a policy; a misspelt one is an error."""
    assert {queue.name for queue in celery.conf.task_queues} == QUEUES.keys()
    assert celery.conf.task_create_missing_queues is False


def test_no_answer_outlives_what_it_promises() -> None:
    """A course is shown when its contract holds for so long; no answer about it is given for longer."""
    for flow in load_flows(BUILT_IN_FILE.read_text("utf-8"), STAGES).values():
        promised = [step.params["validForS"] for step in flow.steps if "validForS" in step.params]
        assert flow.cache_ttl_s + flow.stale_s <= min(promised, default=4_000), flow.name


def test_an_effect_is_never_served_from_memory() -> None:
    """A flow that changes something is done each time: nothing of it is cached, fresh or stale."""
    flows = load_flows(BUILT_IN_FILE.read_text("utf-8"), STAGES).values()
    with_effect = [flow for flow in flows if flow.has_effect]
    assert [flow.name for flow in with_effect] == ["saved_learning_path"]
    assert {(flow.cache_ttl_s, flow.stale_s) for flow in with_effect} == {(0, 0)}
