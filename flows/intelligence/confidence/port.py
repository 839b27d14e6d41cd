"""What stages ask of calibration, in the words of the core."""

from typing import Protocol

from flows.intelligence.confidence.calibrator import Calibrator
from flows.intelligence.confidence.prior import prior_of


class Calibrations(Protocol):
    """What scores mean, by flow."""

    def of(self, organisation: str, flow: str) -> Calibrator:
        """The calibrator of a flow, fitted on the organisation's outcomes where there are enough."""
        ...


class PriorCalibrations:
    """Calibrations before there are outcomes."""

    def of(self, organisation: str, flow: str) -> Calibrator:
        """The prior of the flow."""
        return prior_of(flow)
