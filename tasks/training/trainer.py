"""Trains the models of all organisations, one organisation after the other."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from time import perf_counter

from celery.exceptions import SoftTimeLimitExceeded
from sqlalchemy import Engine

from config.metrics import TRAINING_SECONDS
from flows.errors import PortUnavailable
from tasks.store.event_corpus import EventCorpus
from tasks.store.trained_models import TrainedModels
from tasks.training.model import Document, Training
from tasks.training.patterns import PATTERNS_TRAINING
from tasks.training.recommender import RECOMMENDER_TRAINING
from tasks.training.tracing import TRACING_TRAINING

TRAININGS = {one.kind: one for one in (PATTERNS_TRAINING, RECOMMENDER_TRAINING, TRACING_TRAINING)}

#: Organisations that shared models are made from, those whose hashed ids are lowest; their
#: documents are in memory together.
MOST_SHARING = 20

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Trainer:
    """Trains what is due, or what it is told to. All its methods raise PortUnavailable."""

    corpus: EventCorpus
    models: TrainedModels
    trainings: Mapping[str, Training]
    now: Callable[[], datetime]

    def train_due(self, kind: str) -> dict[str, int]:
        """Train every organisation for which it is time and whose events have changed.

        A training that goes wrong is logged and costs the others nothing. Returns how many were
        ``trained``, ``failed`` or ``left`` as they are.
        """
        fates: Counter[str] = Counter()
        for organisation in self.corpus.organisations():
            due = self._is_due(self.trainings[kind], organisation)
            fates[self._try(kind, organisation) if due else "left"] += 1
        if fates["trained"]:
            self.share(kind)
        return dict(fates)

    def train(self, kind: str, organisation: str) -> None:
        """Train one model now."""
        training, started = self.trainings[kind], perf_counter()
        extent = self.corpus.extent(organisation)  # Before reading: what comes meanwhile is a change.
        trained = training.train(self.corpus.pages(organisation))
        measures = {**trained.measures, "extent": extent}
        self.models.save(organisation, kind, trained.document, measures=measures, trained_at=self.now())
        seconds = perf_counter() - started
        TRAINING_SECONDS.labels(kind).observe(seconds)
        said = {"kind": kind, "organisation": organisation, "seconds": round(seconds, 3)}
        log.info("model_trained", extra=said)

    def share(self, kind: str) -> None:
        """Make what organisations have in common, if models of this kind have that, from what is stored."""
        training = self.trainings[kind]
        if training.share is not None:
            trained = training.share(self._documents(kind))
            self.models.save(None, kind, trained.document, measures=trained.measures, trained_at=self.now())

    def _is_due(self, training: Training, organisation: str) -> bool:
        last = self.models.summary(organisation, training.kind)
        if last is None:
            return bool(self.corpus.extent(organisation)["events"])
        if self.now() < last.trained_at + training.every:
            return False
        return bool(last.measures["extent"] != self.corpus.extent(organisation))

    def _try(self, kind: str, organisation: str) -> str:
        try:
            self.train(kind, organisation)
        except (PortUnavailable, SoftTimeLimitExceeded):
            raise
        except Exception:
            log.exception("training_failed", extra={"kind": kind, "organisation": organisation})
            return "failed"
        return "trained"

    def _documents(self, kind: str) -> Sequence[Document]:
        sample = sorted(self.corpus.organisations(), key=_rank)[:MOST_SHARING]
        documents = (self.models.latest(organisation, kind) for organisation in sample)
        return [document for document in documents if document is not None]


def _rank(organisation: str) -> bytes:
    return blake2b(organisation.encode(), digest_size=8).digest()


def make_trainer(engine: Engine, models: TrainedModels) -> Trainer:
    """A trainer of all kinds over the events of a durable store."""
    return Trainer(EventCorpus(engine), models, TRAININGS, lambda: datetime.now(UTC))
