"""The recommender as a job trained it."""

from collections.abc import Collection, Sequence

from flows.intelligence.patterns.step import TYPES
from flows.intelligence.recommender.recommend import Recommendation
from flows.intelligence.recommender.serving import ServedModel
from flows.signals.events import Event
from tasks.serving.model_cache import ModelCache
from tasks.store.trained_models import RECOMMENDER, TrainedModels


class TrainedRecommender:
    """A Recommender over stored models; one instance serves all threads."""

    def __init__(self, models: TrainedModels) -> None:
        self._models = ModelCache(models, RECOMMENDER, ServedModel.from_document)

    def recommend(
        self,
        organisation: str,
        user_id: str,
        history: Sequence[Event],
        limit: int,
        *,
        types: Collection[str] = TYPES,
    ) -> Sequence[Recommendation]:
        """Things to turn to next, best first; nothing without a model. Raises PortUnavailable."""
        model = self._models.get(organisation)
        return [] if model is None else model.recommend(history, limit, types)
