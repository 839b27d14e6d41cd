"""The chance that a person gets a question right, from mastery and difficulty.

Item response theory: a logistic curve over ability less difficulty (Rasch 1960), with a floor for
guessing (Birnbaum 1968, in Lord & Novick, "Statistical Theories of Mental Test Scores"). Ability
is the log-odds of the person's mastery, so that at difficulty 3 the curve without its floor is the
mastery itself. Discrimination is 1: the bank has no answers yet from which another could be fitted.
"""

from flows.catalogue.question_bank import Question
from flows.intelligence.calibration import logit, sigmoid

GUESSING = 0.25  #: Four options, one of them right.
MIDDLE, STEP = 3, 0.8  #: Log-odds between two steps of difficulty; a judgement, not a fit.

#: What is asked for. Practice is kept up at an expected success near .75 in Maths Garden
#: (Klinkenberg, Straatemeier & van der Maas 2011), of .6 to .7 in adaptive tests that are not to
#: discourage (Eggen & Verschoor 2006), and learning by small steps is fastest at .85 (Wilson,
#: Shenhav, Straccia & Cohen 2019, "The Eighty Five Percent Rule").
TARGET = 0.7


def expected_success(level: float, difficulty: int) -> float:
    """Probability of a right answer, .25 to 1, at a mastery of ``level`` (0 to 1)."""
    return GUESSING + (1 - GUESSING) * sigmoid(logit(level) - STEP * (difficulty - MIDDLE))


def fit(level: float, question: Question) -> float:
    """How near a question comes to the target, 1 for on it and about .1 for the farthest."""
    return 1 - 2 * abs(expected_success(level, question.difficulty) - TARGET)
