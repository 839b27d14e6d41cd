"""What an operator does with jobs."""

from types import SimpleNamespace
from typing import cast

import pytest

from flows.errors import FlowError
from flows.loader import load_flows
from tasks.job_control import Wanted, cancel_job, count_jobs, dead_jobs, list_jobs, retry_job
from tasks.services import Services
from tasks.store.base import Outcome, PoisonMessage, State
from tests.factories import RecordingPublisher, new_job, services_of
from tests.fakes.stages import TEST_STAGES

FLOWS = load_flows(
    '{"version": "1", "flows": {"plain": {"budgetMs": 1000, "cacheTtlS": 0, "stages": ['
    '{"type": "test.mark", "timeoutMs": 100, "onError": "fail"},'
    ' {"type": "test.answer", "timeoutMs": 100, "onError": "fail"}]}}}',
    TEST_STAGES,
)


@pytest.fixture
def services() -> Services:
    return services_of(SimpleNamespace(at=lambda version: FLOWS))


def accepted(services: Services, **changes: object) -> str:
    return services.ledger.accept(new_job(**changes), 60_000).job_id


def failed(services: Services, **changes: object) -> str:
    job = services.ledger.start(accepted(services, **changes), 0, 1)
    assert job is not None
    services.ledger.finish(job, Outcome(state=State.FAILED, stages=[], problem={"code": "x", "detail": "d"}))
    return job.id


def test_list_by_state_flow_and_organisation(services: Services) -> None:
    """Only jobs that are all of what is wanted are listed, newest first, as many as are asked for."""
    ids = [failed(services) for _ in range(3)]
    accepted(services)
    failed(services, organisation="acme")
    failed(services, flow="other")

    found = list_jobs(services, Wanted(state=State.FAILED, flow="plain", organisation="demo"), limit=2)

    assert [job.id for job in found] == [ids[2], ids[1]]


def test_count_by_state(services: Services) -> None:
    """Every state is there, also the ones that no job is in."""
    failed(services)
    accepted(services)

    assert count_jobs(services) == {"queued": 1, "running": 0, "succeeded": 0, "failed": 1, "cancelled": 0}


def test_retry_publishes_the_new_attempt(services: Services) -> None:
    """A failed job is published again from where it failed."""
    job_id = failed(services)

    job = retry_job(services, job_id)

    assert (job.state, job.attempt) == (State.QUEUED, 2)
    assert cast(RecordingPublisher, services.publisher).published == [(job_id, 0, 2)]


def test_retry_of_a_flow_that_is_gone(services: Services) -> None:
    """A job whose version has no such flow stays as it is."""
    job_id = failed(services, flow="gone")

    with pytest.raises(FlowError, match="no flow gone"):
        retry_job(services, job_id)
    assert services.ledger.read(job_id).state is State.FAILED


def test_cancel_says_whether_it_did(services: Services) -> None:
    """A job is cancelled once."""
    job_id = accepted(services)

    assert [cancel_job(services, job_id), cancel_job(services, job_id)] == [True, False]
    assert services.ledger.read(job_id).state is State.CANCELLED


def test_dead_letters_are_jobs_and_messages(services: Services) -> None:
    """Both what was given up and what could not be read is there."""
    message = PoisonMessage(at_ms=1, task="t", reason="r", body="b")
    services.ledger.record_poison(message)
    services.ledger.accept(new_job(), 0)
    (overdue,) = services.ledger.overdue(1)
    services.ledger.bury(overdue, {"code": "attempts_used_up", "detail": "d"})

    letters = dead_jobs(services, 10)

    assert [(job.id, job.reason) for job in letters.jobs] == [(overdue.job_id, "attempts_used_up")]
    assert letters.poison == [message]
