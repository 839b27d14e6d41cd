"""The ports of stages for tests, in memory where a test does not bring its own."""

from typing import Any

from flows.catalogue.built_in import built_in_catalogue
from flows.intelligence.confidence.port import PriorCalibrations
from flows.ports import Ports
from tasks.serving.patterns import TrainedPatterns
from tasks.serving.recommender import TrainedRecommender
from tasks.store.in_memory_catalogues import InMemoryCatalogues
from tasks.store.in_memory_entitlements import InMemoryEntitlements
from tasks.store.in_memory_events import InMemoryEvents
from tasks.store.in_memory_learners import InMemoryLearners
from tasks.store.in_memory_memories import InMemoryMemories
from tasks.store.in_memory_model_observations import InMemoryModelObservations
from tasks.store.in_memory_saved_paths import InMemorySavedPaths
from tasks.store.in_memory_teams import InMemoryTeams
from tasks.store.in_memory_trained_models import InMemoryModels
from tasks.store.profiles import StoredProfiles


def make_ports(**own: Any) -> Ports:
    """Ports over the given parts; the rest is empty, and no model is trained."""
    events = own.get("events") or InMemoryEvents()
    models = InMemoryModels()
    parts: dict[str, Any] = {
        "catalogues": InMemoryCatalogues(built_in_catalogue),
        "learners": InMemoryLearners(),
        "events": events,
        "patterns": TrainedPatterns(models, events),
        "recommender": TrainedRecommender(models),
        "calibrations": PriorCalibrations(),
        "memories": InMemoryMemories(),
        "saved_paths": InMemorySavedPaths(),
        "models": InMemoryModelObservations(),
        "entitlements": InMemoryEntitlements(),
    } | own
    if "profiles" not in parts:
        parts["profiles"] = StoredProfiles(events, parts["learners"], parts["catalogues"])
    if "teams" not in parts:
        parts["teams"] = InMemoryTeams(parts["learners"])
    return Ports(**parts)
