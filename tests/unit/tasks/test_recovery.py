"""Stages that ended without their runner."""

import json
from typing import cast

import pytest

from flows.errors import NeverRan, StageError, StageTimeout, WorkerLost
from flows.loader import load_flows
from flows.model import Flow
from tasks.recovery import stage_died
from tasks.services import Services
from tasks.store.base import State
from tests.factories import RecordingPublisher, new_job, services_of
from tests.fakes.stages import TEST_STAGES, flow

FLOWS = load_flows(
    json.dumps(
        {
            "version": "1",
            "flows": {
                "may_skip": flow({"type": "test.sleep", "onError": "skip"}, "test.answer"),
                "may_replace": flow(
                    {"type": "test.mark", "onError": "fallback", "fallback": {"marks": ["instead"]}},
                    "test.answer",
                ),
                "sleeps_later": flow("test.mark", {"type": "test.sleep", "onError": "skip"}, "test.answer"),
                "must_run": flow("test.sleep", "test.answer"),
            },
        }
    ),
    TEST_STAGES,
)


class PublishedFlows:
    """The flows above, as version 1."""

    def at(self, version: str) -> dict[str, Flow]:
        return {"1": FLOWS}[version]


@pytest.fixture
def services() -> Services:
    return services_of(PublishedFlows())


def running(services: Services, flow_name: str) -> str:
    """A job whose first stage a worker has just taken up."""
    job_id = services.ledger.accept(new_job(flow=flow_name), 60_000).job_id
    services.ledger.start(job_id, 0, 1)
    return job_id


def test_a_stage_that_died_is_replaced_where_its_flow_says_by_what(services: Services) -> None:
    """The next stage finds the fields that stand in for those of the dead one."""
    job_id = running(services, "may_replace")

    stage_died(services, job_id, 0, 1, WorkerLost("w"))

    job = services.ledger.read(job_id)
    assert (job.step, job.doc["marks"], job.stages[0]["status"]) == (1, ["instead"], "replaced")


@pytest.mark.parametrize("error", [StageTimeout("t"), WorkerLost("w"), NeverRan("n")])
def test_optional_stage_is_skipped(services: Services, error: StageError) -> None:
    """Whatever befell an optional stage, the flow goes on with the next one, degraded."""
    job_id = running(services, "may_skip")

    stage_died(services, job_id, 0, 1, error)

    job = services.ledger.read(job_id)
    assert (job.state, job.step) == (State.QUEUED, 1)
    assert job.degraded_reasons == [f"test.sleep:{error.code}"]
    assert cast(RecordingPublisher, services.publisher).published == [(job_id, 1, 1)]


@pytest.mark.parametrize("error", [StageTimeout("t"), NeverRan("n")])
def test_needed_stage_ends_the_job(services: Services, error: StageError) -> None:
    """Without a stage that it needs, the job fails and says why."""
    job_id = running(services, "must_run")

    stage_died(services, job_id, 0, 1, error)

    job = services.ledger.read(job_id)
    assert job.state is State.FAILED
    assert job.problem == {
        "code": f"test.sleep:{error.code}",
        "detail": "stage test.sleep ended without an answer",
    }


def test_lost_worker_leaves_a_needed_stage_to_the_sweeper(services: Services) -> None:
    """A lost worker is nobody's fault: the next sweep finds the job and gives it another attempt."""
    job_id = running(services, "must_run")

    stage_died(services, job_id, 0, 1, WorkerLost("w"))

    assert services.ledger.read(job_id).state is State.RUNNING
    assert [overdue.job_id for overdue in services.ledger.overdue(10)] == [job_id]
    assert cast(RecordingPublisher, services.publisher).published == []


def test_stage_that_nobody_ran_is_skipped(services: Services) -> None:
    """A message that no worker could run leaves a job that waits; its flow goes on without the stage."""
    job_id = services.ledger.accept(new_job(flow="may_skip"), 60_000).job_id

    stage_died(services, job_id, 0, 1, NeverRan("n"))

    assert services.ledger.read(job_id).step == 1
    assert cast(RecordingPublisher, services.publisher).published == [(job_id, 1, 1)]


def test_stage_that_died_further_on(services: Services) -> None:
    """A task that ran on in place died in the stage that its last save says, not in its first one."""
    job_id = running(services, "sleeps_later")
    job = services.ledger.read(job_id)
    services.ledger.progress(job, 1, {"marks": ["x"]}, [{"type": "test.mark", "status": "ok"}], 60_000)

    stage_died(services, job_id, 0, 1, StageTimeout("t"))

    assert services.ledger.read(job_id).degraded_reasons == ["test.sleep:stage_timeout"]
    assert cast(RecordingPublisher, services.publisher).published == [(job_id, 2, 1)]


@pytest.mark.parametrize(("step", "attempt"), [(1, 1), (0, 2)])
def test_report_of_another_step_or_attempt_is_ignored(services: Services, step: int, attempt: int) -> None:
    """What is reported late about a job that has moved on changes nothing."""
    job_id = running(services, "must_run")

    stage_died(services, job_id, step, attempt, StageTimeout("t"))

    assert services.ledger.read(job_id).state is State.RUNNING


def test_report_of_an_unknown_job_is_ignored(services: Services) -> None:
    """A job whose retention is over needs no end."""
    stage_died(services, "0" * 32, 0, 1, StageTimeout("t"))

    assert cast(RecordingPublisher, services.publisher).published == []


def test_an_end_that_is_told_twice_befalls_no_other_stage(services: Services) -> None:
    """By the second time another worker may have the job, at its next stage."""
    job_id = running(services, "may_skip")
    stage_died(services, job_id, 0, 1, StageTimeout("t"))
    assert services.ledger.start(job_id, 1, 1) is not None

    stage_died(services, job_id, 0, 1, StageTimeout("t"))

    job = services.ledger.read(job_id)
    assert (job.state, job.step, len(job.stages)) == (State.RUNNING, 1, 1)
