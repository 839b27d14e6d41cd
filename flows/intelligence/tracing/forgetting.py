"""How practice fades and what restores it: the memory model of FSRS-6.

Ye, Su & Cao 2022, "A Stochastic Shortest Path Algorithm for Optimizing Spaced Repetition
Scheduling"; formulas and default parameters as published by the Open Spaced Repetition project
(py-fsrs 6, ``DEFAULT_PARAMETERS``). A power law fits forgetting over weeks better than an
exponential. Skills carry no grade of difficulty here, so that of FSRS stands at its middle.
"""

from math import exp
from math import pow as power

DECAY = 0.1542  #: w20
FACTOR = power(0.9, -1 / DECAY) - 1  #: Makes the stability the days until 0.9 is left.
FIRST_STABILITY_DAYS = {True: 2.3065, False: 0.212}  #: w2 (good) and w0 (again)
DIFFICULTY = 5.5  #: On the scale of FSRS, 1 to 10.
RECALL_GAIN, RECALL_SATURATION, RECALL_SPACING = 1.8722, 0.1666, 0.796  #: w8, w9, w10
LAPSE_LEVEL, LAPSE_DIFFICULTY, LAPSE_GROWTH, LAPSE_SPACING = 1.4835, 0.0614, 0.2629, 1.6483  #: w11 to w14
SAME_DAY_GAIN, SAME_DAY_SHIFT, SAME_DAY_SATURATION = 0.5425, 0.0912, 0.0658  #: w17, w18, w19
MIN_STABILITY_DAYS = 0.01


def retrievability(days: float, stability: float) -> float:
    """Share of what was learned that is left so many days after the last practice, 0 to 1.

    ``stability`` is in days. Time that runs backwards counts as no time.
    """
    return power(1 + FACTOR * max(days, 0.0) / stability, -DECAY)


def days_until(share: float, stability: float) -> float:
    """Days after the last practice until only that share (over 0, at most 1) is left."""
    return stability * (power(share, -1 / DECAY) - 1) / FACTOR


def stability_after(stability: float, days: float, correct: bool) -> float:
    """Stability in days after practising, ``days`` after the practice before.

    Success gains the more, the more was forgotten by then (spacing); on the same day it gains only
    up to about two days. Failure falls back.
    """
    if days < 1:
        changed = stability * _same_day_factor(stability, correct)
    elif correct:
        changed = stability * _recall_factor(stability, 1 - retrievability(days, stability))
    else:
        changed = _after_lapse(stability, 1 - retrievability(days, stability))
    return max(changed, MIN_STABILITY_DAYS)


def _same_day_factor(stability: float, correct: bool) -> float:
    grade = 0 if correct else -2  # "Good" and "again", counted from "good".
    factor = exp(SAME_DAY_GAIN * (grade + SAME_DAY_SHIFT)) * power(stability, -SAME_DAY_SATURATION)
    return max(factor, 1.0) if correct else factor


def _recall_factor(stability: float, forgotten: float) -> float:
    spacing = exp(RECALL_SPACING * forgotten) - 1
    return 1 + exp(RECALL_GAIN) * (11 - DIFFICULTY) * power(stability, -RECALL_SATURATION) * spacing


def _after_lapse(stability: float, forgotten: float) -> float:
    growth = power(stability + 1, LAPSE_GROWTH) - 1
    level = LAPSE_LEVEL * power(DIFFICULTY, -LAPSE_DIFFICULTY) * growth
    highest = stability / exp(SAME_DAY_GAIN * SAME_DAY_SHIFT)
    return min(level * exp(LAPSE_SPACING * forgotten), highest)
