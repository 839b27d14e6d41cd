"""The memory model of FSRS-6, against values worked out from its published formulas."""

import pytest

from flows.intelligence.tracing.forgetting import days_until, retrievability, stability_after

near = pytest.approx


def test_nine_tenths_are_left_after_the_stability() -> None:
    """That is what stability means, for any of them."""
    assert retrievability(2.3065, 2.3065) == near(0.9)
    assert retrievability(100, 100) == near(0.9)


@pytest.mark.parametrize(("days", "left"), [(0, 1.0), (30, 0.667526), (365, 0.458945), (-5, 1.0)])
def test_forgetting_is_a_power_curve(days: float, left: float) -> None:
    """Fast at first, slow later: (1 + .98035 t / S) ** -.1542. No time runs backwards."""
    assert retrievability(days, 2.3065) == near(left, abs=1e-5)


@pytest.mark.parametrize(("share", "days"), [(1.0, 0.0), (0.9, 2.3065), (0.8, 7.64826), (0.667526, 30)])
def test_when_so_much_is_left(share: float, days: float) -> None:
    """The curve read backwards: the stability for .9, and nothing for all of it."""
    assert days_until(share, 2.3065) == near(days, rel=1e-4)
    assert retrievability(days_until(share, 2.3065), 2.3065) == near(share)


def test_success_gains_more_when_more_was_forgotten() -> None:
    """Spacing: after 30 days a success is worth far more than after two."""
    assert stability_after(2.3065, 2.3065, True) == near(8.2528, abs=1e-4)
    assert stability_after(2.3065, 30, True) == near(24.0505, abs=1e-4)


def test_success_on_the_same_day_gains_little() -> None:
    """Massed practice lifts a low stability and leaves a higher one as it is."""
    assert stability_after(0.212, 0.01, True) == near(0.246689, abs=1e-6)
    assert stability_after(2.3065, 0.5, True) == 2.3065


def test_failure_falls_back() -> None:
    """A lapse costs most of the stability, at once or later; none is gained by it."""
    assert stability_after(8, 8, False) == near(1.231787, abs=1e-6)
    assert stability_after(2.3065, 0, False) == near(0.775084, abs=1e-6)


def test_failure_never_leaves_more_than_there_was() -> None:
    """The formula for a lapse would gain on a tiny stability; a twentieth is lost at least."""
    assert stability_after(0.1, 300, False) == near(0.0951728, abs=1e-6)


def test_stability_has_a_floor() -> None:
    """However often one fails, time does not divide by nothing."""
    stability = 1.0
    for _ in range(50):
        stability = stability_after(stability, 0, False)
    assert stability == 0.01
