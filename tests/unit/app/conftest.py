"""The HTTP shell over parts in memory: whole apps, with as much of a worker as a test wants."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from threading import Semaphore, Thread
from types import SimpleNamespace
from typing import cast

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine

from app.answer_memory import AnswerMemory
from app.factory import create_app, put_parts
from app.front import Front
from app.health import Check, Health
from app.local_answers import LocalAnswers
from app.parts import Parts
from app.stand_in import StandIn
from config.settings import OperatorLogin, Settings
from flows.catalogue.parse import parse
from flows.loader import BUILT_IN_FILE, load_flows
from flows.model import Flow
from flows.ports import CatalogueLibrary, Ports, SavedPaths
from flows.registry import STAGES
from tasks.completion import WaiterTable
from tasks.decision_log import DecisionLog
from tasks.entitlement_refresh import EntitlementRefresh
from tasks.feedback_in import FeedbackIn
from tasks.local_decisions import LocalDecisions
from tasks.stage_task import StageRunner
from tasks.store.analytics import Analytics
from tasks.store.batch_feeding import BatchFeeding
from tasks.store.batches import StoredBatches
from tasks.store.database import open_database
from tasks.store.decisions import Recorded, StoredDecisions
from tasks.store.in_memory import InMemoryLedger
from tasks.store.in_memory_catalogues import InMemoryCatalogues
from tasks.store.in_memory_entitlements import InMemoryEntitlements
from tasks.store.in_memory_events import InMemoryEvents
from tasks.store.in_memory_learners import InMemoryLearners
from tasks.store.in_memory_memories import InMemoryMemories
from tasks.store.in_memory_saved_paths import InMemorySavedPaths
from tasks.store.in_memory_teams import InMemoryTeams
from tasks.store.ledger import Ledger
from tasks.store.outcomes import StoredOutcomes
from tasks.store.queue_depths import QueueDepths
from tasks.store.schedule_runs import ScheduleRuns
from tasks.store.worker_presence import SampledPresence
from tests.factories import in_memory_signals, services_of, webhooks_of
from tests.ports import make_ports

STEPS = ("context.features", "candidates.catalogue", "rank.rules", "path.schedule", "explain")

CATALOGUE = {
    "area": {"id": "web", "title": "Web"},
    "skills": [
        {"id": "html", "title": "HTML", "level": "foundation", "hours": 4, "prompts": ["A page."]},
        {
            "id": "react",
            "title": "React",
            "level": "junior",
            "hours": 12,
            "prerequisites": ["html"],
            "prompts": ["Build a list.", "Build a form."],
        },
        {
            "id": "graphql",
            "title": "GraphQL",
            "level": "mid",
            "hours": 40,
            "prerequisites": ["react"],
            "prompts": ["Write a query.", "Write a resolver."],
        },
    ],
    "goals": [{"id": "frontend", "title": "Frontend", "skills": {"react": 1.0, "graphql": 0.25}}],
}


class Flows:
    """Stands in for FlowVersions without Redis: the same flows under any version.

    The learning path is spelt out here; the others are those of the service.
    """

    def __init__(self, version: str, budget_ms: int) -> None:
        self._version, self._budget_ms = version, budget_ms

    def current(self) -> Mapping[str, Flow]:
        return self.at(self._version)

    def at(self, version: str) -> Mapping[str, Flow]:
        stages = [{"type": step, "timeoutMs": 5000, "onError": "fail"} for step in STEPS]
        flow = {"budgetMs": self._budget_ms, "cacheTtlS": 60, "stages": stages}
        others = json.loads(BUILT_IN_FILE.read_text("utf-8"))["flows"]
        for other in others.values():
            other["budgetMs"] = self._budget_ms
            for stage in other["stages"]:
                stage["timeoutMs"] = 5000
        return load_flows(json.dumps({"version": version, "flows": others | {"learning_path": flow}}), STAGES)


class Publisher:
    """Publishes by calling a function with the job's id, step and attempt."""

    def __init__(self, publish: Callable[[str, int, int], None]) -> None:
        self._publish = publish

    def publish(self, flow: Flow, job_id: str, *, step: int, attempt: int, lane: str = "interactive") -> None:
        self._publish(job_id, step, attempt)

    def backlog(self, queue: str) -> int:
        return 0


class Presence:
    """Stands in for WorkerPresence: so many are seen on the interactive queue."""

    def __init__(self, workers: int) -> None:
        self._workers = workers

    def seen(self, name: str) -> None:
        pass

    def present(self) -> dict[str, int]:
        return {"interactive": self._workers}


class NoDecisions:
    """Stands in for the decision log where there is no database: it has none, and keeps none."""

    def store(self, texts: Mapping[str, str]) -> Mapping[str, int]:
        return {}

    def find(self, organisation: str, ids: Collection[str]) -> Mapping[str, Recorded]:
        return {}


class Records:
    """Stands in for the durable store's: keeps what was asked."""

    def __init__(self, learners: InMemoryLearners) -> None:
        self._learners = learners

    def erase(self, organisation: str, user_id: str) -> dict[str, int]:
        return {"mastery": len(self._learners.mastery(organisation, user_id)), "events": 0}

    def sweep(self) -> dict[str, int]:
        return {}


@pytest.fixture
def catalogues() -> InMemoryCatalogues:
    """A built-in catalogue of three skills, and nothing imported."""
    return InMemoryCatalogues(lambda: parse("built-in", [("test", CATALOGUE)]))


@pytest.fixture
def learners() -> InMemoryLearners:
    """What is known about people; nothing at first."""
    return InMemoryLearners()


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Engine]:
    """A database with all tables and no rows, for what is about more than jobs and catalogues."""
    engine = open_database(sqlite_url)
    yield engine
    engine.dispose()


@pytest.fixture
def memories() -> InMemoryMemories:
    """What people remember; nothing at first. At acme, ann and bob are a team."""
    return InMemoryMemories({"acme": [frozenset({"ann", "bob"})]})


@pytest.fixture
def events() -> InMemoryEvents:
    """What people did; nothing at first."""
    return InMemoryEvents()


@pytest.fixture
def entitlements() -> InMemoryEntitlements:
    """What organisations have bought; nothing at first."""
    return InMemoryEntitlements()


@pytest.fixture
def teams(learners: InMemoryLearners) -> InMemoryTeams:
    """Who works with whom; nobody at first."""
    return InMemoryTeams(learners)


@pytest.fixture
def saved_paths() -> InMemorySavedPaths:
    """The learning paths that people keep; none at first."""
    return InMemorySavedPaths()


@pytest.fixture
def ports(
    catalogues: InMemoryCatalogues,
    learners: InMemoryLearners,
    events: InMemoryEvents,
    memories: InMemoryMemories,
    entitlements: InMemoryEntitlements,
    teams: InMemoryTeams,
    saved_paths: InMemorySavedPaths,
) -> Ports:
    """What the front and the worker of a test ask."""
    return make_ports(
        catalogues=catalogues,
        learners=learners,
        events=events,
        memories=memories,
        entitlements=entitlements,
        teams=teams,
        saved_paths=saved_paths,
    )


@pytest.fixture
def waiters() -> WaiterTable:
    """Who waits for the ledger's jobs."""
    return WaiterTable()


@pytest.fixture
def ledger(waiters: WaiterTable) -> InMemoryLedger:
    """The ledger of every app of a test; it tells the waiters."""
    return InMemoryLedger(told=waiters.tell)


@pytest.fixture
def run_job(ledger: InMemoryLedger, ports: Ports) -> Callable[[str, int, int], None]:
    """Runs a job of the ledger to its end, as a worker would, in the calling thread."""
    services = services_of(Flows("7", 5000), ledger=ledger, ports=ports)

    def run(job_id: str, step: int = 0, attempt: int = 1) -> None:
        request = SimpleNamespace(chain=["a stage"] * 20)  # More than the longest flow takes off.
        StageRunner(services, frozenset({"interactive"})).run(request, job_id, step, attempt)

    return run


@pytest.fixture
def in_thread(
    run_job: Callable[[str, int, int], None],
) -> Iterator[Callable[[str, int, int], None]]:
    """Runs a job of the ledger in a thread of its own; the threads end with the test."""
    threads: list[Thread] = []

    def start(job_id: str, step: int, attempt: int) -> None:
        thread = Thread(target=run_job, args=(job_id, step, attempt))
        threads.append(thread)
        thread.start()

    yield start
    for thread in threads:
        thread.join()


class IdleApps:
    """Apps that no test is using, by their settings: a new one takes 0.1 s, most of it for its documents."""

    def __init__(self) -> None:
        self._idle: dict[object, list[Flask]] = {}

    def take(self, parts: Parts, env: Mapping[str, str], operator: OperatorLogin | None) -> Flask:
        """An app with these parts and settings; it belongs to the caller until it is given back."""
        settings, idle = Settings.from_env(env), self._idle.get(_settings_key(env, operator))
        if not idle:
            return create_app(settings, parts, CollectorRegistry(), operator)
        put_parts(app := idle.pop(), settings, parts)
        return app

    def give_back(self, app: Flask, env: Mapping[str, str], operator: OperatorLogin | None) -> None:
        """The test that took it has ended."""
        self._idle.setdefault(_settings_key(env, operator), []).append(app)


def _settings_key(env: Mapping[str, str], operator: OperatorLogin | None) -> object:
    return frozenset(env.items()), operator


@pytest.fixture(scope="session")
def idle_apps() -> IdleApps:
    """Shared by all tests."""
    return IdleApps()


@pytest.fixture
def make_client(
    ledger: InMemoryLedger,
    waiters: WaiterTable,
    learners: InMemoryLearners,
    ports: Ports,
    in_thread: Callable[[str, int, int], None],
    idle_apps: IdleApps,
) -> Iterator[Callable[..., FlaskClient]]:
    """Makes a client of an app of its own; apps of one test share ledger, waiters and catalogues.

    Feedback and analytics need a database, and are there when one is given. ``local`` is how many
    flows the front may run itself when ledger or ``workers`` are away.
    """
    pending_decisions, in_memory_ledger = ledger.pending_decisions, ledger
    ended = ExitStack()

    def make(
        *,
        env: Mapping[str, str] | None = None,
        publish: Callable[[str, int, int], None] = in_thread,
        version: str = "7",
        budget_ms: int = 5000,
        ledger: Ledger = ledger,
        catalogues: CatalogueLibrary = ports.catalogues,
        checks: Mapping[str, Check] | None = None,
        registry: CollectorRegistry | None = None,
        engine: Engine | None = None,
        saved_paths: SavedPaths = ports.saved_paths,
        schedules: ScheduleRuns | None = None,
        queues: QueueDepths | None = None,
        operator: OperatorLogin | None = None,
        refresh: EntitlementRefresh | None = None,
        workers: int = 1,
        local: int = 0,
        memory: AnswerMemory | None = None,
        places: int = 100,
    ) -> FlaskClient:
        own_ports = replace(ports, catalogues=catalogues, saved_paths=saved_paths)
        signals = in_memory_signals(own_ports)
        store = cast(Engine, engine)
        decisions = DecisionLog(pending_decisions, StoredDecisions(store)) if engine else None
        services = services_of(
            Flows(version, budget_ms),
            ledger=ledger,
            publisher=Publisher(publish),
            presence=Presence(workers),
            signals=signals,
            decisions=decisions or NoDecisions(),
            feedback=decisions and FeedbackIn(decisions, StoredOutcomes(store), signals),
            analytics=engine and Analytics(engine),
            records=Records(learners),
            schedules=schedules,
            queues=queues,
            entitlements=refresh,
            webhooks=engine and webhooks_of(engine, in_memory_ledger),
            batches=engine and StoredBatches(engine),
            feeding=engine and BatchFeeding(engine),
            ports=own_ports,
        )
        stand_in = StandIn(
            ledger,
            AnswerMemory() if memory is None else memory,
            SampledPresence(services.presence, "interactive"),
            LocalAnswers(services, LocalDecisions(services.decisions), local),
            waiters,
        )
        front = Front(services, waiters, stand_in, Semaphore(places))
        parts = Parts(front, Health(checks or {}, {"learning-service": "9.9.9"}))
        if registry is not None:  # Whoever counts wants to begin at 0.
            return create_app(Settings.from_env(env or {}), parts, registry, operator).test_client()
        app = idle_apps.take(parts, env or {}, operator)
        ended.callback(idle_apps.give_back, app, env or {}, operator)
        return app.test_client()

    with ended:
        yield make


@pytest.fixture
def client(make_client: Callable[..., FlaskClient]) -> FlaskClient:
    """A client that needs no key, with a worker that answers."""
    return make_client()
