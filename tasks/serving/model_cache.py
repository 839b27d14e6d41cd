"""Trained models at hand in this process, parsed; a new version is noticed within half a minute.

A request never waits for a training, and for the database only when nobody asked for its
organisation lately. While the database is away, what is at hand goes on being used.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Generic, TypeVar

from flows.errors import InvalidInput, PortUnavailable
from tasks.store.trained_models import Owner, TrainedModels

CHECK_S = 30.0
MOST_HELD = 16  #: Models of one kind; the largest take some 20 MB each once they are parsed.

Parsed = TypeVar("Parsed")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Held(Generic[Parsed]):
    """None stands for a model that is not there, or not of a format that this version reads."""

    model: Parsed | None
    version: str | None
    check_at_s: float


class ModelCache(Generic[Parsed]):
    """Models of one kind by owner; one instance serves all threads."""

    def __init__(
        self,
        models: TrainedModels,
        kind: str,
        parse: Callable[[Mapping[str, Any]], Parsed],
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """``parse`` makes a model of a document and raises InvalidInput for one of another format."""
        self._models, self._kind, self._parse, self._now_s = models, kind, parse, now_s
        self._held: dict[Owner, _Held[Parsed]] = {}
        self._lock = Lock()  # Around changes of what is held only, never around a query.

    def get(self, owner: Owner) -> Parsed | None:
        """The newest model, at most half a minute behind, or None. Raises PortUnavailable at first use."""
        held = self._held.get(owner)
        if held is None:
            return self._load(owner)
        if self._now_s() < held.check_at_s or not self._claim_check(owner, held):
            return held.model
        try:
            if self._models.latest_version(owner, self._kind) == held.version:
                return held.model
            return self._load(owner)
        except PortUnavailable:
            log.warning("model_served_unchecked", extra={"kind": self._kind})
            return held.model

    def _claim_check(self, owner: Owner, held: _Held[Parsed]) -> bool:
        """True for the one thread that shall look; the others go on with what is at hand."""
        with self._lock:
            if self._held.get(owner) is not held:
                return False
            self._held[owner] = replace(held, check_at_s=self._now_s() + CHECK_S)
            return True

    def _load(self, owner: Owner) -> Parsed | None:
        version = self._models.latest_version(owner, self._kind)
        document = None if version is None else self._models.latest(owner, self._kind)
        model = None if document is None else self._parsed(document)
        with self._lock:
            self._held.pop(owner, None)
            while len(self._held) >= MOST_HELD:
                del self._held[next(iter(self._held))]
            self._held[owner] = _Held(model, version, self._now_s() + CHECK_S)
        return model

    def _parsed(self, document: Mapping[str, Any]) -> Parsed | None:
        try:
            return self._parse(document)
        except InvalidInput as error:  # Written by another version of the service.
            log.warning("model_not_read", extra={"kind": self._kind, "error": str(error)})
            return None
