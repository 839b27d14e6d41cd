"""What many take up, ever and of late."""

from flows.intelligence.recommender.interactions import Step
from flows.intelligence.recommender.popularity import Trend, popular, trend

DAY = 86400.0


def test_popular_is_the_share_of_all_steps() -> None:
    """Every item that anybody took up, by strength."""
    past = {"ann": [Step(0, 0.0), Step(1, 1.0)], "bob": [Step(0, 5.0), Step(2, 6.0, 0.5)]}
    assert popular(past) == {0: 0.57143, 1: 0.28571, 2: 0.14286}


def test_popular_knows_all_items() -> None:
    """The floor is not cut to the hundred strongest."""
    assert len(popular({"ann": [Step(item, 0.0) for item in range(150)]})) == 150


def test_a_trend_halves_in_thirty_days() -> None:
    """A step thirty days older counts half."""
    found = trend({"ann": [Step(0, 0.0)], "bob": [Step(1, 30 * DAY)]})
    assert found.at(None) == {1: 0.66667, 0: 0.33333}


def test_a_trend_of_weak_steps_is_weaker() -> None:
    """Strength weighs here too."""
    found = trend({"ann": [Step(0, DAY, 0.25)], "bob": [Step(1, DAY, 0.75)]})
    assert found.at(None) == {1: 0.75, 0: 0.25}


def test_a_trend_knows_nothing_of_the_future() -> None:
    """At any time only steps of finished periods of 14 days are known, and none of later ones."""
    found = trend({"ann": [Step(0, 13 * DAY)], "bob": [Step(1, 15 * DAY)], "eve": [Step(2, 50 * DAY)]})
    assert found.at(13.5 * DAY) == {}
    assert list(found.at(14 * DAY)) == [0]
    assert list(found.at(27.9 * DAY)) == [0]
    assert list(found.at(28 * DAY)) == [1, 0]
    assert list(found.at(49.9 * DAY)) == [1, 0]


def test_the_newest_period_is_known_at_once() -> None:
    """From the newest step on, what happened up to it is trending."""
    found = trend({"ann": [Step(0, 1 * DAY)], "bob": [Step(1, 15 * DAY), Step(2, 16 * DAY)]})
    assert found.times == (14 * DAY, 16 * DAY)
    assert list(found.at(16 * DAY)) == [2, 1, 0]
    assert found.at(None) == found.at(400 * DAY) == found.at(16 * DAY)


def test_without_steps_there_is_no_trend() -> None:
    """An empty log trends nowhere, at any time."""
    assert trend({}) == Trend((), ())
    assert trend({}).at(5.0) == {}
    assert trend({}).at(None) == {}
