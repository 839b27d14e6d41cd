"""Shares with the interval that they may well lie in."""

from math import sqrt
from typing import Any

from flows.errors import InvalidInput

Z_95 = 1.959963984540054  #: 97.5 % point of the normal distribution: 95 % on both sides.
DIGITS = 4


def wilson_interval(successes: int, trials: int, z: float = Z_95) -> tuple[float, float]:
    """The Wilson score interval of a share (Wilson 1927), which holds for few trials and shares near 0.

    Raises InvalidInput unless 0 <= successes <= trials and trials > 0.
    """
    if not 0 <= successes <= trials or not trials:
        raise InvalidInput("needs at least one trial, and no more successes than trials")
    share = successes / trials
    shrink = 1 + z * z / trials
    centre = (share + z * z / (2 * trials)) / shrink
    half = z / shrink * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    return low, 1.0 if successes == trials else min(1.0, centre + half)


def rate(successes: int, trials: int) -> dict[str, Any]:
    """A share on the wire: with its interval, all three None where nothing was tried."""
    if not trials:
        return {"items": 0, "count": 0, "rate": None, "low": None, "high": None}
    low, high = wilson_interval(successes, trials)
    shown = {"rate": successes / trials, "low": low, "high": high}
    return {"items": trials, "count": successes} | {name: round(v, DIGITS) for name, v in shown.items()}
