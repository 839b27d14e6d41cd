"""Flows through a real broker and real workers, from submit to answer."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from celery import Celery

from app.front import Front
from app.preferences import Preference
from flows.deadline import Deadline
from flows.requests.learning_path import learning_path
from flows.run import run_flow
from tasks.services import Services
from tasks.store.base import Job, State
from tests.factories import new_job

pytestmark = pytest.mark.usefixtures("workers")

PATIENT = Preference(wait_s=20)


def run(front: Front, flow: str) -> Job:
    """Ask for a flow, wait for it, and return its job."""
    request = {"organisation": "demo", "userId": "u"}
    response = front.answer(flow, request, Preference(wait_s=0), "request-1")
    return front.wait_for(response.headers["X-Job-Id"], 20)


def result_of(job: Job) -> dict[str, Any]:
    """The job's answer."""
    assert job.result is not None, job.problem
    answer: dict[str, Any] = json.loads(job.result)
    return answer


def statuses(job: Job) -> list[tuple[str, str]]:
    """What became of each stage."""
    return [(stage["type"], stage["status"]) for stage in job.stages]


def test_learning_path_is_what_the_flow_computes(front: Front, services: Services) -> None:
    """The chain gives the same answer as the flow run in one process."""
    sent = {"userId": "dev-1", "currentSkill": "junior", "goal": "fullstack", "timeframe": "6weeks"}
    request = learning_path("demo", sent, services.ports.catalogues)

    response = front.answer("learning_path", request, PATIENT, "request-1")

    flow = services.flows.current()["learning_path"]
    expected = run_flow(flow, request, services.ports, Deadline.after(60_000)).result
    assert response.status_code == 200
    assert expected is not None
    answer = response.get_json()
    assert {name: answer[name] for name in expected} == json.loads(json.dumps(expected))
    assert answer["decisionId"] == response.headers["X-Job-Id"]


def test_crossing_queues(front: Front) -> None:
    """A chain that changes queues keeps its order and its document."""
    job = run(front, "crossing")

    assert result_of(job)["marks"] == ["a", "b", "c"]
    assert [kind for kind, _ in statuses(job)] == ["test.mark", "test.mark_llm", "test.mark", "test.answer"]
    assert not job.degraded_reasons


def test_chain_without_run_on(front: Front) -> None:
    """With run-on switched off every stage is a task of its own, and the answer is the same."""
    job = run(front, "plain_hopping")

    assert result_of(job)["marks"] == ["a", "c"]


def test_soft_limit_skips_the_stage(front: Front) -> None:
    """A stage of the llm queue is cut off at its soft limit; the flow goes on, degraded."""
    job = run(front, "too_slow")

    assert ("test.sleep", "skipped") in statuses(job)
    assert result_of(job)["marks"] == ["a", "c"]
    assert result_of(job)["degradedReasons"] == ["test.sleep:stage_timeout"]


def test_hard_limit_ends_what_swallows_the_soft_one(front: Front) -> None:
    """A stage that swallows its soft limit is ended with its process; the waiter gets its answer."""
    job = run(front, "stubborn")

    assert result_of(job)["degradedReasons"] == ["test.stubborn:stage_timeout"]


def test_crashed_stage_is_skipped(front: Front) -> None:
    """When a stage takes its process down, the flow goes on without the stage.

    Whether the pool notices the dead child or the hard limit first is up to Celery.
    """
    job = run(front, "crashing")

    assert ("test.crash", "skipped") in statuses(job)
    assert result_of(job)["marks"] == ["a"]


def test_pool_serves_after_a_crash(front: Front) -> None:
    """A lost child process is replaced: the next job of the queue is served."""
    run(front, "crashing")

    assert result_of(run(front, "crossing"))["marks"] == ["a", "b", "c"]


def test_failed_stage_ends_the_job(front: Front) -> None:
    """A stage that the flow cannot go on without ends the job with its reason."""
    job = run(front, "too_slow_fatal")

    assert job.state is State.FAILED
    assert job.problem is not None
    assert job.problem["code"] == "test.sleep:stage_timeout"


def test_unforeseen_error_ends_the_job(front: Front) -> None:
    """Also an exception that nobody foresaw is recorded, so that nobody waits for a dead job."""
    job = run(front, "blundering")

    assert job.state is State.FAILED
    assert job.problem is not None
    assert job.problem["code"] == "test.blunder:unexpected_error"


def test_degraded_answer_says_why(front: Front) -> None:
    """A skipped stage shows in the answer."""
    answer = result_of(run(front, "refusing"))

    assert (answer["degraded"], answer["degradedReasons"]) == (True, ["test.refuse:port_unavailable"])


def test_late_answer_warms_the_cache(front: Front) -> None:
    """An answer that comes after its caller gave up is there for the next one."""
    hurried = front.answer("plain", {"organisation": "demo", "n": 1}, Preference(wait_s=0), "request-1")
    assert hurried.status_code == 202

    front.wait_for(hurried.headers["X-Job-Id"], 20)
    again = front.answer("plain", {"organisation": "demo", "n": 1}, PATIENT, "request-2")

    assert (again.status_code, again.headers["X-Cache"]) == (200, "hit")


def test_cancelled_job_stops_between_stages(front: Front, services: Services) -> None:
    """A job cancelled under way ends as cancelled, whatever its worker still does."""
    response = front.answer("dawdling", {"organisation": "demo"}, Preference(wait_s=0), "request-1")
    job_id = response.headers["X-Job-Id"]

    assert services.ledger.cancel(job_id)

    assert run(front, "plain").state is State.SUCCEEDED
    assert services.ledger.read(job_id).state is State.CANCELLED


@pytest.mark.parametrize("how", ["expired", "revoked"])
def test_a_stage_that_never_runs_ends_its_job(
    front: Front, services: Services, celery_app: Celery, how: str
) -> None:
    """Whoever waits is told at once: nothing else will come."""
    job = new_job(version=services.flows.current()["plain"].version)
    services.ledger.accept(job, 60_000)
    task_id = uuid4().hex
    if how == "revoked":
        celery_app.control.revoke(task_id)
    more = {"expires": datetime.now(UTC) - timedelta(seconds=1)} if how == "expired" else {}
    celery_app.send_task("stage.test.mark", args=[job.id, 0, 1], task_id=task_id, **more)

    ended = front.wait_for(job.id, 20)

    assert (ended.state, ended.attempt) == (State.FAILED, 1)
    assert ended.problem is not None
    assert ended.problem["code"] == "test.mark:never_ran"
