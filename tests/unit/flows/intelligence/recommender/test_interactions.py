"""A log into histories."""

from flows.intelligence.recommender.interactions import Interaction, Step, histories

POSITIONS = {"a": 0, "b": 1, "c": 2}


def test_histories_are_in_the_order_of_time() -> None:
    """Each person's steps come oldest first, whatever the order of the log."""
    log = [Interaction("ann", "b", 20.0), Interaction("bob", "c", 15.0, 0.5), Interaction("ann", "a", 10.0)]
    assert histories(log, POSITIONS) == {"ann": [Step(0, 10.0), Step(1, 20.0)], "bob": [Step(2, 15.0, 0.5)]}


def test_only_the_first_time_counts() -> None:
    """An item that is taken up again keeps its first place, time and strength."""
    log = [Interaction("ann", "a", 30.0), Interaction("ann", "b", 20.0), Interaction("ann", "a", 10.0, 0.3)]
    assert histories(log, POSITIONS) == {"ann": [Step(0, 10.0, 0.3), Step(1, 20.0)]}


def test_equal_times_keep_the_order_of_the_log() -> None:
    """Steps of the same second stay as they were given."""
    log = [Interaction("ann", item, 10.0) for item in "cab"]
    assert [step.item for step in histories(log, POSITIONS)["ann"]] == [2, 0, 1]


def test_what_the_catalogue_does_not_know_is_left_out() -> None:
    """Unknown items leave no step, and a person of nothing else no history."""
    log = [Interaction("ann", "x", 1.0), Interaction("ann", "a", 2.0), Interaction("bob", "x", 3.0)]
    assert histories(log, POSITIONS) == {"ann": [Step(0, 2.0)]}
