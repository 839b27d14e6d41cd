"""What a process needs to do its work, built once per process and handed to whoever needs it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import redis
from celery import Celery
from sqlalchemy import Engine

from config.queues import INTERACTIVE, QUEUES
from config.settings import Settings
from flows.catalogue.built_in import built_in_catalogue
from flows.loader import BUILT_IN_FILE
from flows.model import Stage
from flows.ports import Ports
from flows.webhooks.addresses import AddressRules
from tasks.batches.pacing import Pace, people_of
from tasks.clients.base import UpstreamClient
from tasks.clients.model_care import ModelCare
from tasks.clients.upstreams import make_upstreams, model_server, over_http, teller
from tasks.decision_log import DecisionLog
from tasks.entitlement_refresh import EntitlementRefresh
from tasks.entitlement_source import make_refresh
from tasks.feedback_in import FeedbackIn
from tasks.memory_vectors.make import MemoryVectors, make_vectors
from tasks.memory_vectors.prompting import prompter
from tasks.memory_vectors.reconciler import MemoryIndex
from tasks.publish import ChainPublisher, Publisher
from tasks.redis_client import fast_client
from tasks.redis_guard import GuardedPublisher, RedisGuard, guarded_client
from tasks.serving.calibration import TrainedCalibrations
from tasks.serving.patterns import TrainedPatterns
from tasks.serving.recommender import TrainedRecommender
from tasks.serving.tracing import TrainedTracers
from tasks.signals_in import SignalsIn
from tasks.store.analytics import Analytics
from tasks.store.batch_feeding import BatchFeeding
from tasks.store.batches import StoredBatches
from tasks.store.breaker_states import BreakerStates
from tasks.store.cached_entitlements import CachedEntitlements
from tasks.store.catalogues import StoredCatalogues
from tasks.store.database import open_database
from tasks.store.decisions import StoredDecisions
from tasks.store.drafts import StoredDrafts
from tasks.store.events import StoredEvents
from tasks.store.flow_versions import FlowVersions
from tasks.store.idempotency import IdempotencyKeys
from tasks.store.in_redis import RedisLedger
from tasks.store.learners import StoredLearners
from tasks.store.ledger import Ledger
from tasks.store.memories import StoredMemories
from tasks.store.model_observations import StoredModelObservations
from tasks.store.model_timings import PendingTimings, StoredModelTimings
from tasks.store.outcomes import StoredOutcomes
from tasks.store.pending_decisions import RedisPendingDecisions
from tasks.store.profiles import CachedProfiles, StoredProfiles
from tasks.store.queue_depths import QueueDepths
from tasks.store.records import Records
from tasks.store.saved_paths import StoredPaths
from tasks.store.schedule_runs import ScheduleRuns
from tasks.store.team_records import StoredTeams
from tasks.store.trained_models import StoredModels
from tasks.store.webhook_deliveries import WebhookDeliveries
from tasks.store.webhook_outbox import RedisOutbox
from tasks.store.webhook_secrets import WebhookSecrets
from tasks.store.worker_presence import WorkerPresence
from tasks.training.calibration import CalibrationFitter, make_fitter
from tasks.training.trainer import Trainer, make_trainer
from tasks.webhooks.guard import GuardedResolver
from tasks.webhooks.outgoing import Webhooks
from tasks.webhooks.post import Post
from tasks.webhooks.sender import SENDERS, WebhookSender

T = TypeVar("T")

SLOT_TIMEOUT_S = 0.05  #: A stage that asks the model has no more to spare for finding out whether it may.


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts that front, runner and scheduled jobs share."""

    ledger: Ledger
    flows: FlowVersions
    publisher: Publisher
    presence: WorkerPresence
    signals: SignalsIn
    decisions: DecisionLog
    idempotency: IdempotencyKeys
    feedback: FeedbackIn
    analytics: Analytics
    records: Records
    trainer: Trainer
    calibration: CalibrationFitter
    schedules: ScheduleRuns
    queues: QueueDepths
    entitlements: EntitlementRefresh
    webhooks: Webhooks
    webhook_sender: WebhookSender
    batches: StoredBatches
    feeding: BatchFeeding
    pace: Pace
    ports: Ports
    upstreams: Mapping[str, UpstreamClient] = field(default_factory=dict)
    model_care: ModelCare | None = None
    memory_index: MemoryIndex | None = None
    drafts_per_hour: int = 0


def build_services(
    settings: Settings,
    redis_url: str,
    app: Celery,
    stages: Mapping[str, Stage],
    guard: RedisGuard | None = None,
) -> Services:
    """Open the stores. ``redis_url`` is the one that is in use, embedded or not. A front asks Redis
    through its ``guard``.
    """
    client = guarded_client(redis_url, guard) if guard else fast_client(redis_url)
    publisher = ChainPublisher(app)
    engine = open_database(settings.database_url)
    ledger, models = RedisLedger(client), StoredModels(engine)
    upstreams = make_upstreams(settings, teller(BreakerStates(client)))
    entitlements = make_refresh(settings, engine, client, upstreams)
    server = model_server(upstreams, settings, fast_client(redis_url, SLOT_TIMEOUT_S))
    vectors = make_vectors(settings, engine, upstreams)
    embedded = _ports(engine, client, models, entitlements.cache, vectors)
    ports = over_http(embedded, upstreams, server, settings.memory_vectors_ms)
    signals = SignalsIn(ports, ledger, TrainedTracers(models).of)
    decisions = DecisionLog(RedisPendingDecisions(client), StoredDecisions(engine))
    webhooks = _webhooks(engine, client, ledger, settings)
    return Services(
        ledger=ledger,
        flows=FlowVersions(client, stages, own=flows_text(settings)),
        publisher=GuardedPublisher(publisher, guard) if guard else publisher,
        presence=WorkerPresence(client),
        signals=signals,
        decisions=decisions,
        idempotency=IdempotencyKeys(client),
        feedback=FeedbackIn(decisions, StoredOutcomes(engine), signals),
        analytics=Analytics(engine),
        records=Records(engine, ledger, ports.profiles, decisions, webhooks, prompter(app, vectors)),
        trainer=make_trainer(engine, models),
        calibration=make_fitter(engine, models),
        schedules=ScheduleRuns(client),
        queues=QueueDepths(client, QUEUES),
        entitlements=entitlements,
        webhooks=webhooks,
        webhook_sender=WebhookSender(webhooks.deliveries, webhooks.secrets, Post(webhooks.resolver, SENDERS)),
        batches=StoredBatches(engine),
        feeding=BatchFeeding(engine),
        pace=Pace(people_of(QueueDepths(client, [INTERACTIVE]))),
        ports=ports,
        upstreams=upstreams,
        memory_index=vectors.index if vectors else None,
        drafts_per_hour=settings.drafts_per_hour,
        model_care=ModelCare(server, client, PendingTimings(client, StoredModelTimings(engine))),
    )


def _webhooks(engine: Engine, client: "redis.Redis", ledger: Ledger, settings: Settings) -> Webhooks:
    rules = AddressRules(settings.webhook_allowed_networks, settings.webhook_allow_http)
    return Webhooks(
        ledger, RedisOutbox(client), WebhookDeliveries(engine), WebhookSecrets(engine), GuardedResolver(rules)
    )


def _ports(
    engine: Engine,
    client: "redis.Redis",
    models: StoredModels,
    entitlements: CachedEntitlements,
    vectors: MemoryVectors | None,
) -> Ports:
    learners, events = StoredLearners(engine), StoredEvents(engine)
    catalogues = StoredCatalogues(engine, built_in_catalogue)
    return Ports(
        catalogues=catalogues,
        learners=learners,
        profiles=CachedProfiles(client, StoredProfiles(events, learners, catalogues)),
        calibrations=TrainedCalibrations(models),
        events=events,
        patterns=TrainedPatterns(models, events),
        recommender=TrainedRecommender(models),
        memories=StoredMemories(engine, vectors.neighbours if vectors else None),
        models=StoredModelObservations(engine),
        entitlements=entitlements,
        teams=StoredTeams(engine),
        saved_paths=StoredPaths(engine),
        drafts=StoredDrafts(engine),
    )


def flows_text(settings: Settings) -> str:
    """The flows that come with this installation."""
    return (settings.flows_file or BUILT_IN_FILE).read_text("utf-8")


def once_per_process(build: Callable[[], T]) -> Callable[[], T]:
    """``build``, called at the first use in each process: a fork opens connections of its own."""
    built: dict[int, T] = {}

    def get() -> T:
        pid = os.getpid()
        if pid not in built:
            built[pid] = build()
        return built[pid]

    return get
