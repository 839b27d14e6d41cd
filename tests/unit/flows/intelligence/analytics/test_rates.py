"""Shares and their intervals."""

import pytest

from flows.errors import InvalidInput
from flows.intelligence.analytics.rates import rate, wilson_interval


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (20, 20, 0.8389, 1.0),
    ],
)
def test_wilson(successes: int, trials: int, low: float, high: float) -> None:
    """The intervals are those of Newcombe (1998), table I, and their mirror image."""
    assert wilson_interval(successes, trials) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("successes", "trials"), [(0, 0), (-1, 5), (6, 5)])
def test_no_share(successes: int, trials: int) -> None:
    """Without trials there is no share, and more successes than trials are a mistake."""
    with pytest.raises(InvalidInput):
        wilson_interval(successes, trials)


def test_on_the_wire() -> None:
    """A rate has what it was made from, and is empty rather than zero when nothing was tried."""
    assert rate(1, 10) == {"items": 10, "count": 1, "rate": 0.1, "low": 0.0179, "high": 0.4042}
    assert rate(0, 0) == {"items": 0, "count": 0, "rate": None, "low": None, "high": None}
