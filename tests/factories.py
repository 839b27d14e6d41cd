"""Jobs and services for tests, with what does not matter filled in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import uuid4

from flows.catalogue.built_in import built_in_catalogue
from flows.intelligence.confidence.port import PriorCalibrations
from flows.model import Flow
from flows.ports import Ports
from tasks.services import Services
from tasks.signals_in import SignalsIn
from tasks.store.base import NewJob
from tasks.store.flow_versions import FlowVersions
from tasks.store.in_memory import InMemoryLedger
from tasks.store.in_memory_catalogues import InMemoryCatalogues
from tasks.store.in_memory_events import InMemoryEvents
from tasks.store.in_memory_learners import InMemoryLearners
from tasks.store.profiles import StoredProfiles
from tasks.store.records import Records
from tasks.store.worker_presence import WorkerPresence


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


def in_memory_ports(**given: Any) -> Ports:
    """Ports that forget everything with the process; the built-in catalogue where none is given."""
    parts: dict[str, Any] = {
        "catalogues": InMemoryCatalogues(built_in_catalogue),
        "learners": InMemoryLearners(),
        "calibrations": PriorCalibrations(),
    } | given
    if "profiles" not in parts:
        parts["profiles"] = StoredProfiles(InMemoryEvents(), parts["learners"], parts["catalogues"])
    return Ports(**parts)


def in_memory_signals(ports: Ports) -> SignalsIn:
    """Events in, into the stores that such ports read from."""
    events = cast(StoredProfiles, ports.profiles).events
    return SignalsIn(events, ports.learners, ports.profiles, InMemoryLedger())


def services_of(flows: object, **given: Any) -> Services:
    """Services that run stages which ask no port, with these flows."""
    parts: dict[str, Any] = {
        "ledger": InMemoryLedger(),
        "flows": cast(FlowVersions, flows),
        "publisher": RecordingPublisher(),
        "presence": cast(WorkerPresence, None),
        "signals": cast(SignalsIn, None),
        "records": cast(Records, None),
        "ports": cast(Ports, None),
    }
    return Services(**(parts | given))


@dataclass
class RecordingPublisher:
    """Publishes nowhere and remembers what it was given."""

    waiting: int = 0
    published: list[tuple[str, int, int]] = field(default_factory=list)

    def publish(self, flow: Flow, job_id: str, *, step: int, attempt: int) -> None:
        """Remember the call."""
        self.published.append((job_id, step, attempt))

    def backlog(self, queue: str) -> int:
        """As many as the test says."""
        return self.waiting


def reasons(stages: Sequence[dict[str, Any]]) -> list[str]:
    """The reasons in stage records."""
    return [stage["reason"] for stage in stages if "reason" in stage]
