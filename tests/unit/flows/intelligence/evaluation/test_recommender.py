"""Measures of a recommender."""

from math import log2

import pytest

from flows.intelligence.evaluation.recommender import (
    Case,
    Measures,
    evaluate,
    leave_last_out,
    measure,
    rankers,
)
from flows.intelligence.recommender.interactions import Interaction, Item
from flows.intelligence.recommender.training import train

ITEMS = [Item(f"{number}", f"lesson n{number}") for number in range(30)]


def log(people: int) -> list[Interaction]:
    """Each takes up one to seven items in the sequence of the catalogue."""
    return [
        Interaction(f"p{p}", f"{(7 * p) % 23 + n}", 1e5 * p + 60 * n)
        for p in range(people)
        for n in range(p % 7 + 1)
    ]


def test_measures_of_three_rankings() -> None:
    """Found first, found third, and found eleventh, which is beyond the cut-off of ten."""
    eleven = [f"{number}" for number in range(11)]
    found = measure([("a", ["a", "b"]), ("a", ["b", "c", "a"]), ("10", eleven)], 20)
    assert found.people == 3
    assert found.ndcg == pytest.approx((1 + 1 / log2(4)) / 3)
    assert found.recall == pytest.approx(2 / 3)
    assert found.mrr == pytest.approx((1 + 1 / 3 + 1 / 11) / 3)
    assert found.coverage == pytest.approx(13 / 20)


def test_the_tenth_is_the_last_that_counts() -> None:
    """Rank 10 earns 1 / log2(11) and rank 11 only its reciprocal rank."""
    ranking = [f"{number}" for number in range(1, 12)]
    assert measure([("10", ranking)], 10).ndcg == pytest.approx(0.289065)
    assert measure([("10", ranking)], 10).recall == 1.0
    assert measure([("11", ranking)], 10) == Measures(1, 0.0, 0.0, 1 / 11, 1.0)


def test_an_item_that_is_not_ranked_is_never_found() -> None:
    """It counts in the number of people, and with nothing in every measure."""
    assert measure([("x", ["a"]), ("x", [])], 4) == Measures(2, 0.0, 0.0, 0.0, 0.25)


def test_no_rankings_no_measures() -> None:
    """A group of nobody has zeros."""
    assert measure([], 4) == Measures(0, 0.0, 0.0, 0.0, 0.0)


def test_the_newest_step_of_each_is_held_out() -> None:
    """Who has one step keeps it in training and is not asked; the question's time is no hint."""
    training, cases = leave_last_out(
        [Interaction("ann", "2", 30.0), Interaction("ann", "0", 10.0, 0.5), Interaction("ann", "1", 20.0),
         Interaction("bob", "3", 5.0), Interaction("bob", "gone", 6.0)],
        ITEMS,
    )  # fmt: skip
    assert sorted(training, key=lambda step: step.time) == [
        Interaction("bob", "3", 5.0),
        Interaction("ann", "0", 10.0, 0.5),
        Interaction("ann", "1", 20.0),
    ]
    assert cases == [Case(("0", "1"), 20.0, "2")]


def test_evaluation_groups_by_length_of_history() -> None:
    """All, and those with one, two to four, five and more earlier items."""
    groups = evaluate(log(70), ITEMS).measures["hybrid"]
    assert {name: found.people for name, found in groups.items()} == {"all": 60, "1": 10, "2-4": 30, "5+": 20}
    parts = [groups[name] for name in ("1", "2-4", "5+")]
    assert groups["all"].ndcg == pytest.approx(sum(part.people * part.ndcg for part in parts) / 60)


def test_every_ranker_is_measured() -> None:
    """The blend beside the simpler ways, on the same cases."""
    measures = evaluate(log(35), ITEMS).measures
    assert list(measures) == ["hybrid", "popularity", "content of the last item", "item-kNN"]
    assert {groups["all"].people for groups in measures.values()} == {30}


def test_evaluation_is_repeatable() -> None:
    """The same log gives the same measures, to the last digit."""
    assert evaluate(log(35), ITEMS).measures == evaluate(log(35), ITEMS).measures


def test_the_held_out_steps_are_not_trained_on() -> None:
    """The model is that of the log without them."""
    training, _ = leave_last_out(log(35), ITEMS)
    assert evaluate(log(35), ITEMS).model == train(training, ITEMS)


def test_where_people_follow_the_catalogue_the_blend_finds_out() -> None:
    """Popularity cannot tell them apart, the blend can."""
    measures = evaluate(log(140), ITEMS).measures
    assert measures["hybrid"]["all"].ndcg > 0.8
    assert measures["popularity"]["all"].ndcg < 0.5


def test_rankers_use_one_source_each() -> None:
    """Popularity ranks by count, content by the last item, item-kNN by shared people."""
    titles = {"a": "red fox", "b": "blue sky", "c": "red kite", "d": "blue sea", "e": "x1", "f": "x2"}
    items = [Item(item, title) for item, title in titles.items()]
    steps = {"ann": "abf", "bob": "abe", "eve": "be", "dan": "be"}
    training = [
        Interaction(user, item, float(n)) for user, taken in steps.items() for n, item in enumerate(taken)
    ]
    compared = rankers(train(training, items))
    case = Case(("a", "b"), 0.0, "d")
    assert compared["popularity"](case) == ["e", "f"]
    assert compared["content of the last item"](case) == ["d"]
    assert compared["content of the last item"](Case(("c", "a"), 0.0, "d")) == []
    assert compared["item-kNN"](Case(("f",), 0.0, "d")) == ["a", "b"]
