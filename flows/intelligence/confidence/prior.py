"""What a score is taken to mean before outcomes say so.

A line through the log-odds of the score: ``typical_score`` is given the ``base_rate``, the chance
that somebody accepts or completes a typical item, and the order of scores is kept. A base rate here is an
assumption, stated per flow below, until outcomes replace it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flows.errors import InvalidInput
from flows.intelligence.calibration import logit, sigmoid

LEAST, MOST = 0.01, 0.99  #: Scores are kept within: no score alone makes an item certain.


def kept(score: float) -> float:
    """A score as it is calibrated. NaN, which no comparison holds for, counts as the least."""
    return min(MOST, score) if score > LEAST else LEAST


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """Monotone map from a score (0 to 1) to a probability; raises InvalidInput for what is none."""

    base_rate: float
    typical_score: float = 0.5
    slope: float = 1.0

    def __post_init__(self) -> None:
        for name in ("base_rate", "typical_score"):
            if not 0 < getattr(self, name) < 1:
                raise InvalidInput("must be over 0 and under 1", field=name)
        if not self.slope > 0:
            raise InvalidInput("must be over 0", field="slope")

    @property
    def method(self) -> str:
        """How the probabilities come about."""
        return "prior"

    def __call__(self, score: float) -> float:
        """The probability for a score, 0 to 1."""
        return sigmoid(logit(self.base_rate) + self.slope * (logit(kept(score)) - logit(self.typical_score)))


#: The score is a probability already, as that of a path's week is (``path_week``).
IDENTITY = Prior(base_rate=0.5)

#: Assumptions, by flow: of typical things shown, the share that is accepted or completed. A fix
#: for an error at hand is mostly tried; a course with a seat and a date is taken by about
#: one in three; other suggestions more seldom than not.
PRIORS: Mapping[str, Prior] = {
    "learning_path": IDENTITY,
    "prompt_suggestions": Prior(base_rate=0.6),
    "next_best_prompt": Prior(base_rate=0.4, typical_score=0.35),
    "contract_aware": Prior(base_rate=0.35),
    "quiz_generation": Prior(base_rate=0.6),
    "recommendations": Prior(base_rate=0.35, typical_score=0.35),
}
OTHER = Prior(base_rate=0.4)  #: For a flow that is not named above.


def prior_of(flow: str) -> Prior:
    """The prior of a flow."""
    return PRIORS.get(flow, OTHER)
