"""Trained models on a dict, for tests and for running without a database."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from flows.fingerprint import fingerprint
from tasks.store.trained_models import EXPIRED, KEPT, ModelSummary, Owner, by_kind_and_owner

Model = tuple[ModelSummary, str]  #: With its document as JSON.


class InMemoryModels:
    """TrainedModels that are gone with the process."""

    def __init__(self) -> None:
        self._models: dict[tuple[Owner, str], list[Model]] = {}
        self._lock = Lock()

    def save(
        self,
        organisation: Owner,
        kind: str,
        document: Mapping[str, Any],
        *,
        measures: Mapping[str, Any],
        trained_at: datetime,
    ) -> str:
        """Make a document the newest, and drop what is older than the one before."""
        summary = ModelSummary(
            organisation=organisation,
            kind=kind,
            version=fingerprint(document),
            trained_at=trained_at.astimezone(UTC),
            measures=json.loads(json.dumps(measures)),
        )
        with self._lock:
            others = [
                model
                for model in self._versions(organisation, kind)
                if model[0].version != summary.version and model[0].trained_at > EXPIRED
            ]
            newest_first = sorted(
                [(summary, json.dumps(document)), *others], key=lambda model: by_kind_and_owner(model[0])
            )
            self._models[organisation, kind] = newest_first[:KEPT]
        return summary.version

    def expire(self, organisation: str) -> None:
        """Say of an organisation's models that they rest on what was erased since."""
        with self._lock:
            for owner, kind in self._models:
                if owner == organisation:
                    self._models[owner, kind] = [
                        (replace(summary, trained_at=EXPIRED), document)
                        for summary, document in self._models[owner, kind]
                    ]

    def latest(self, organisation: Owner, kind: str) -> dict[str, Any] | None:
        """The newest document."""
        versions = self._versions(organisation, kind)
        found: dict[str, Any] | None = json.loads(versions[0][1]) if versions else None
        return found

    def latest_version(self, organisation: Owner, kind: str) -> str | None:
        """The version of the newest document."""
        versions = self._versions(organisation, kind)
        return versions[0][0].version if versions else None

    def summary(self, organisation: Owner, kind: str) -> ModelSummary | None:
        """About the newest model."""
        versions = self._versions(organisation, kind)
        return _copy(versions[0][0]) if versions else None

    def summaries(self) -> Sequence[ModelSummary]:
        """About all models."""
        found = (_copy(summary) for versions in list(self._models.values()) for summary, _ in versions)
        return sorted(found, key=by_kind_and_owner)

    def _versions(self, organisation: Owner, kind: str) -> list[Model]:
        return self._models.get((organisation, kind), [])


def _copy(summary: ModelSummary) -> ModelSummary:
    return replace(summary, measures=json.loads(json.dumps(summary.measures)))
