"""The tables of the durable store, for SQLite and PostgreSQL alike, one module per subject.

They are gathered here so that whoever asks for the MetaData gets it with all tables in it.
"""

from tasks.store.tables.catalogues import catalogues
from tasks.store.tables.decisions import decisions, outcomes
from tasks.store.tables.drafts import drafts
from tasks.store.tables.entitlement_states import entitlement_states
from tasks.store.tables.learning_paths import learning_paths
from tasks.store.tables.memories import memories
from tasks.store.tables.memory_vectors import memory_indexes, memory_vectors
from tasks.store.tables.models import model_observations, model_timings
from tasks.store.tables.operations import api_keys, batch_members, batches, experiments, flags
from tasks.store.tables.people import mastery, organisations, team_members, teams, users
from tasks.store.tables.schema import metadata
from tasks.store.tables.signals import events
from tasks.store.tables.trained_models import shared_models, trained_models
from tasks.store.tables.training import contracts, seats, training_completions, trainings
from tasks.store.tables.webhooks import webhook_deliveries, webhook_disabled, webhook_secrets

__all__ = [
    "api_keys",
    "batch_members",
    "batches",
    "catalogues",
    "contracts",
    "decisions",
    "drafts",
    "entitlement_states",
    "events",
    "experiments",
    "flags",
    "learning_paths",
    "mastery",
    "memories",
    "memory_indexes",
    "memory_vectors",
    "metadata",
    "model_observations",
    "model_timings",
    "organisations",
    "outcomes",
    "seats",
    "shared_models",
    "team_members",
    "teams",
    "trained_models",
    "training_completions",
    "trainings",
    "users",
    "webhook_deliveries",
    "webhook_disabled",
    "webhook_secrets",
]
