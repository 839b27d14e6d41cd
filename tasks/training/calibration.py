"""What scores mean, per organisation and flow: fitted on what became of the items that were shown."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from flows.intelligence.blend.answers import COMPOSERS
from flows.intelligence.confidence.calibrator import CalibrationSettings, Outcome, fit, to_document
from flows.intelligence.confidence.prior import prior_of
from flows.intelligence.confidence.report import calibration_report
from tasks.store.event_corpus import EventCorpus
from tasks.store.outcomes import StoredOutcomes
from tasks.store.trained_models import CALIBRATION, TrainedModels

FLOWS = tuple(COMPOSERS)  #: Those whose confidences are calibrated scores.
SINCE = timedelta(days=180)
MOST_OUTCOMES = 5_000  #: The newest of each flow.

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CalibrationFitter:
    """Fits the calibrations of all organisations. All its methods raise PortUnavailable."""

    corpus: EventCorpus
    outcomes: StoredOutcomes
    models: TrainedModels
    now: Callable[[], datetime]

    def fit_all(self) -> dict[str, int]:
        """Fit every organisation; returns how many were ``fitted``, and how many ``left`` as they were."""
        fates = [self.fit(organisation) for organisation in self.corpus.organisations()]
        return {"fitted": sum(fates), "left": len(fates) - sum(fates)}

    def fit(self, organisation: str) -> bool:
        """Fit one organisation; False when there are no outcomes, or the same as before."""
        found = {flow: self._outcomes(organisation, flow) for flow in FLOWS}
        measures = {flow: _measures(flow, outcomes) for flow, outcomes in found.items()}
        last = self.models.summary(organisation, CALIBRATION)
        if not any(found.values()) or (last is not None and last.measures == measures):
            return False
        document = {
            flow: to_document(fit(outcomes, CalibrationSettings(prior=prior_of(flow))))
            for flow, outcomes in found.items()
        }
        self.models.save(organisation, CALIBRATION, document, measures=measures, trained_at=self.now())
        log.info("calibration_fitted", extra={"organisation": organisation})
        return True

    def _outcomes(self, organisation: str, flow: str) -> list[Outcome]:
        pairs = self.outcomes.outcome_pairs(organisation, flow, self.now() - SINCE, MOST_OUTCOMES)
        return [
            (pair.score, pair.accepted) for pair in pairs if pair.score is not None and 0 <= pair.score <= 1
        ]


def _measures(flow: str, outcomes: list[Outcome]) -> Mapping[str, Any]:
    """Cross-validated, so that they say how good the fit is on what it was not fitted on."""
    return asdict(calibration_report(outcomes, CalibrationSettings(prior=prior_of(flow))))


def make_fitter(engine: Engine, models: TrainedModels) -> CalibrationFitter:
    """A fitter over the outcomes of a durable store."""
    return CalibrationFitter(EventCorpus(engine), StoredOutcomes(engine), models, lambda: datetime.now(UTC))
