"""The calibrator of each organisation and flow: the one that a job fitted, else the prior."""

import logging
from collections.abc import Mapping
from typing import Any

from flows.errors import PortUnavailable
from flows.intelligence.confidence.calibrator import Calibrator, from_document
from flows.intelligence.confidence.prior import prior_of
from tasks.serving.model_cache import ModelCache
from tasks.store.trained_models import CALIBRATION, TrainedModels

log = logging.getLogger(__name__)


class TrainedCalibrations:
    """Calibrators by organisation and flow; one instance serves all threads."""

    def __init__(self, models: TrainedModels) -> None:
        self._calibrators = ModelCache(models, CALIBRATION, _parsed)

    def of(self, organisation: str, flow: str) -> Calibrator:
        """The calibrator of a flow; the prior where none was fitted, and while the database is away."""
        try:
            fitted = self._calibrators.get(organisation) or {}
        except PortUnavailable:
            log.warning("calibration_not_read", extra={"organisation": organisation})
            fitted = {}
        return fitted.get(flow) or prior_of(flow)


def _parsed(document: Mapping[str, Any]) -> dict[str, Calibrator]:
    return {flow: from_document(fitted) for flow, fitted in document.items()}
