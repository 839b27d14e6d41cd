"""The tracer of each organisation: of the model that a job fitted, else of the prior."""

from collections.abc import Mapping
from typing import Any

from flows.intelligence.tracing.model import TracingModel
from flows.intelligence.tracing.tracer import Tracer
from tasks.serving.model_cache import ModelCache
from tasks.signals_in import PRIOR
from tasks.store.trained_models import TRACING, TrainedModels


class TrainedTracers:
    """Tracers by organisation; one instance serves all threads."""

    def __init__(self, models: TrainedModels) -> None:
        self._tracers = ModelCache(models, TRACING, _tracer)

    def of(self, organisation: str) -> Tracer:
        """The tracer to follow the people of an organisation with. Raises PortUnavailable."""
        return self._tracers.get(organisation) or PRIOR


def _tracer(document: Mapping[str, Any]) -> Tracer:
    return Tracer(TracingModel.from_json(document))
