"""Starting a job from within: accepted, published on its lane, and once."""

from typing import Any

import pytest

from config.queues import BATCH, REFINE
from flows.errors import StoreUnavailable
from flows.loader import BUILT_IN_FILE, load_flows
from flows.registry import STAGES
from tasks.services import Services
from tasks.store.base import Accepted, How
from tasks.submit import submit
from tests.factories import RecordingPublisher, services_of

FLOW = load_flows(BUILT_IN_FILE.read_text("utf-8"), STAGES)["learning_path"]
REQUEST = {"organisation": "acme", "userId": "ann"}


@pytest.fixture
def services() -> Services:
    """A ledger in memory and a publisher that remembers."""
    return services_of(None, publisher=RecordingPublisher())


def start(services: Services, lane: str = BATCH, **more: Any) -> Accepted:
    """Start a job for ann."""
    return submit(services, FLOW, REQUEST, lane=lane, deadline_ms=5_000, request_id="r", **more)


def test_a_job_is_accepted_and_published(services: Services) -> None:
    """The entry says everything, and the message goes out after it."""
    accepted = start(services, REFINE)
    job = services.ledger.read(accepted.job_id)
    assert not accepted.joined
    assert (job.lane, job.flow, job.deadline_ms, job.request_id) == (REFINE, "learning_path", 5_000, "r")
    assert job.doc == {"request": REQUEST}
    assert services.publisher.published == [(accepted.job_id, 0, 1)]  # type: ignore[attr-defined]


def test_equal_requests_share_a_job(services: Services) -> None:
    """The second joins the first, and nothing more is published."""
    first, second = start(services), start(services)
    assert second == Accepted(first.job_id, How.JOINED)
    assert len(services.publisher.published) == 1  # type: ignore[attr-defined]


def test_a_job_with_an_id_of_its_own(services: Services) -> None:
    """It joins no equal request, and submitting it again joins it, also when it has ended."""
    start(services)
    own = "0" * 32
    assert start(services, job_id=own) == Accepted(own, How.NEW)
    services.ledger.cancel(own)
    assert start(services, job_id=own) == Accepted(own, How.JOINED)
    assert len(services.publisher.published) == 2  # type: ignore[attr-defined]


def test_a_lost_broker_is_the_sweepers_affair(services: Services) -> None:
    """What was accepted counts as started."""

    class Broken(RecordingPublisher):
        def publish(self, *_: object, **__: object) -> None:  # type: ignore[override]
            raise StoreUnavailable("no broker")

    broken = services_of(None, ledger=services.ledger, publisher=Broken())
    assert not start(broken).joined
