"""How long a model will take: the card's estimate, moved by observations."""

import pytest

from flows.intelligence.routing.latency import ExpectedLatency, expected_latency
from flows.intelligence.routing.observations import ModelTally
from flows.intelligence.routing.timings import TimingTally
from tests.model_cases import card, tally


def expected(
    *tallies: ModelTally, complexity: str = "high", tokens: int = 1000, percent: float = 90
) -> ExpectedLatency:
    found = card(latency_ms=((1000, 100.0), (2000, 250.0)))
    return expected_latency(found, tallies, complexity=complexity, prompt_tokens=tokens, percent=percent)


def test_without_observations_the_card_decides() -> None:
    """The card's mean; nine of ten stay under 1.46 times that, by the usual spread."""
    found = expected()
    assert (found.mean_ms, found.uses) == (pytest.approx(100), 0)
    assert found.high_ms == pytest.approx(145.9, abs=0.1)
    assert expected(percent=50).high_ms == pytest.approx(94.4, abs=0.1)


def test_a_longer_prompt_takes_longer() -> None:
    """What was observed is scaled as the card says, 2.5 times for twice the tokens here."""
    found, longer = expected(tally()), expected(tally(), tokens=2000)
    assert longer.mean_ms == pytest.approx(2.5 * found.mean_ms)
    assert longer.high_ms == pytest.approx(2.5 * found.high_ms)


def test_observations_outweigh_the_card() -> None:
    """A hundred uses of 300 ms leave nearly nothing of an estimate of 100 ms."""
    found = expected(tally(uses=100, latency_ms=300.0))
    assert (found.mean_ms, found.uses) == (pytest.approx(300, abs=10), 100)


def test_steady_models_have_a_high_near_the_mean() -> None:
    """The spread is that of the observations, once there are enough."""
    steady = expected(tally(uses=1000))
    wild = expected(tally(uses=1000, latency_ms_squared=2 * 100.0**2))
    assert steady.high_ms < 105
    assert wild.high_ms == pytest.approx(205, abs=5)
    assert wild.mean_ms == steady.mean_ms


def test_complexity_is_told_apart() -> None:
    """What is slow at high complexity is expected to be, and the gap is no spread."""
    tallies = [tally(uses=100, latency_ms=200.0), tally(uses=100, complexity="low")]
    high, low = expected(*tallies), expected(*tallies, complexity="low")
    assert high.mean_ms > low.mean_ms + 80
    assert high.high_ms < 1.2 * high.mean_ms


def timed(*timings: TimingTally, tokens: int = 1000, seen: tuple[ModelTally, ...] = ()) -> ExpectedLatency:
    found = card(latency_ms=((1000, 100.0), (2000, 250.0)))
    return expected_latency(found, seen, complexity="high", prompt_tokens=tokens, timings=timings)


def timing(calls: int = 396, tokens: float = 1000.0, total_ms: float = 300.0) -> TimingTally:
    return TimingTally(
        model="a", prompt_tokens=tokens, calls=calls, total_ms=total_ms, total_ms_squared=total_ms**2
    )


def test_a_machine_is_as_fast_as_it_was_timed() -> None:
    """Three times slower than the card says; the card counts as four calls."""
    found = timed(timing())
    assert (found.mean_ms, found.uses, found.timed) == (pytest.approx(298), 0, 396)
    assert found.timed_tokens == 1000
    assert found.high_ms < 1.1 * found.mean_ms


def test_a_machine_is_as_fast_at_every_size() -> None:
    """Short prompts tell of long ones, by the card's curve."""
    assert timed(timing(tokens=2000.0, total_ms=500.0)).mean_ms == pytest.approx(199)
    assert timed(timing(), tokens=2000).mean_ms == pytest.approx(2.5 * 298)


def test_what_people_waited_for_outweighs_the_machine() -> None:
    """Their uses ask for more than one token, and count on top."""
    found = timed(timing(), seen=(tally(uses=996, latency_ms=900.0),))
    assert found.mean_ms == pytest.approx(900, rel=0.01)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (ExpectedLatency(1, 1, 0), "p90, estimated"),
        (ExpectedLatency(1, 1, 5), "p90"),
        (ExpectedLatency(1, 1, 0, 240, 419.6), "p90, timed here in 240 calls of about 420 tokens"),
    ],
)
def test_it_is_said_what_a_latency_rests_on(found: ExpectedLatency, words: str) -> None:
    """On the card alone, on uses, or on the times of the own server."""
    assert found.basis(90) == words
