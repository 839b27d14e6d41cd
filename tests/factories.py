"""Jobs and services for tests, with what does not matter filled in."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import Engine

from flows.model import Flow
from flows.ports import Ports
from flows.webhooks.addresses import AddressRules
from tasks.batches.pacing import Pace
from tasks.clients.resolver import Lookup, lookup_by_system
from tasks.decision_log import DecisionLog
from tasks.entitlement_refresh import EntitlementRefresh
from tasks.feedback_in import FeedbackIn
from tasks.services import Services
from tasks.signals_in import SignalsIn
from tasks.store.analytics import Analytics
from tasks.store.base import NewJob
from tasks.store.batch_feeding import BatchFeeding
from tasks.store.batches import StoredBatches
from tasks.store.decisions import StoredDecisions
from tasks.store.flow_versions import FlowVersions
from tasks.store.idempotency import IdempotencyKeys
from tasks.store.in_memory import InMemoryLedger
from tasks.store.pending_decisions import InMemoryPendingDecisions
from tasks.store.queue_depths import QueueDepths
from tasks.store.records import Records
from tasks.store.schedule_runs import ScheduleRuns
from tasks.store.webhook_deliveries import WebhookDeliveries
from tasks.store.webhook_secrets import WebhookSecrets
from tasks.store.worker_presence import WorkerPresence
from tasks.training.calibration import CalibrationFitter
from tasks.training.trainer import Trainer
from tasks.webhooks.guard import GuardedResolver
from tasks.webhooks.outgoing import Webhooks
from tasks.webhooks.sender import WebhookSender
from tests.ports import make_ports


def new_job(**changes: Any) -> NewJob:
    """A job of the flow ``plain`` that nobody has seen before."""
    fields: dict[str, Any] = {
        "id": uuid4().hex,
        "organisation": "demo",
        "flow": "plain",
        "version": "1",
        "request": {"userId": "u"},
        "fingerprint": uuid4().hex,
        "created_ms": 1_000,
        "deadline_ms": 2_000,
        "run_lease_ms": 60_000,
        "request_id": "request-1",
    }
    return NewJob(**{**fields, **changes})


def in_memory_signals(ports: Ports) -> SignalsIn:
    """Events in, into the stores that such ports read from."""
    return SignalsIn(ports, InMemoryLedger())


def records_of(engine: Engine) -> Records:
    """Records over a database, with jobs and profiles that are nobody's."""
    nothing_pending = DecisionLog(InMemoryPendingDecisions(), StoredDecisions(engine))
    ledger = InMemoryLedger()
    return Records(engine, ledger, make_ports().profiles, nothing_pending, webhooks_of(engine, ledger))


def webhooks_of(
    engine: Engine,
    ledger: InMemoryLedger,
    rules: AddressRules | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    lookup: Lookup = lookup_by_system,
) -> Webhooks:
    """Webhooks over a database and a ledger in memory."""
    resolver = GuardedResolver(rules or AddressRules(), lookup)
    return Webhooks(
        ledger, ledger.outbox, WebhookDeliveries(engine, now), WebhookSecrets(engine, now), resolver
    )


def services_of(flows: object, **given: Any) -> Services:
    """Services that run stages which ask no port, with these flows."""
    parts: dict[str, Any] = {
        "ledger": InMemoryLedger(),
        "flows": cast(FlowVersions, flows),
        "publisher": RecordingPublisher(),
        "presence": cast(WorkerPresence, None),
        "signals": cast(SignalsIn, None),
        "decisions": cast(DecisionLog, None),
        "idempotency": cast(IdempotencyKeys, None),
        "feedback": cast(FeedbackIn, None),
        "analytics": cast(Analytics, None),
        "records": cast(Records, None),
        "trainer": cast(Trainer, None),
        "calibration": cast(CalibrationFitter, None),
        "entitlements": cast(EntitlementRefresh, None),
        "schedules": cast(ScheduleRuns, None),
        "queues": cast(QueueDepths, None),
        "webhooks": cast(Webhooks, None),
        "webhook_sender": cast(WebhookSender, None),
        "batches": cast(StoredBatches, None),
        "feeding": cast(BatchFeeding, None),
        "pace": Pace(lambda: math.inf),
        "ports": cast(Ports, None),
    }
    return Services(**(parts | given))


@dataclass
class RecordingPublisher:
    """Publishes nowhere and remembers what it was given."""

    waiting: int = 0
    published: list[tuple[str, int, int]] = field(default_factory=list)

    def publish(self, flow: Flow, job_id: str, *, step: int, attempt: int, lane: str = "interactive") -> None:
        """Remember the call."""
        self.published.append((job_id, step, attempt))

    def backlog(self, queue: str) -> int:
        """As many as the test says."""
        return self.waiting


def reasons(stages: Sequence[dict[str, Any]]) -> list[str]:
    """The reasons in stage records."""
    return [stage["reason"] for stage in stages if "reason" in stage]
