"""What is recommended, and why."""

import pytest

from flows.intelligence.recommender.blend import CLASSES, PRIOR
from flows.intelligence.recommender.model import Model
from flows.intelligence.recommender.popularity import Trend
from flows.intelligence.recommender.recommend import Contribution, rank, recommend
from flows.intelligence.recommender.sources import NAMES, Sources

ITEMS = ("ant", "bee", "cat", "dog", "emu")
SOURCES = Sources(
    size=5,
    next=({1: 1.0}, {2: 0.75, 3: 0.25}, {}, {}, {}),
    later=({1: 0.5, 2: 0.5}, {2: 1.0}, {}, {}, {}),
    together=({2: 1.0}, {0: 1.0}, {}, {}, {}),
    similar=({}, {}, {}, {}, {}),
    order={1: 0.5},
    popular={0: 0.5, 2: 0.3, 3: 0.2},
    trend=Trend((100.0, 200.0), ({3: 1.0}, {2: 1.0})),
)
MODEL = Model(ITEMS, SOURCES, dict.fromkeys(CLASSES, PRIOR))


def only(**weights: float) -> Model:
    """The model with these sources alone."""
    own = {name: weights.get(name, 0.0) for name in NAMES}
    return Model(ITEMS, SOURCES, dict.fromkeys(CLASSES, own))


def test_best_first_and_nothing_of_the_history() -> None:
    """Items in falling order of score, without those already taken up."""
    found = recommend(MODEL, ["ant", "bee"])
    assert [one.item for one in found] == ["cat", "dog"]
    assert found[0].score > found[1].score


def test_contributions_add_up_to_the_score() -> None:
    """Nothing of a score is without a source."""
    for one in recommend(MODEL, ["ant", "bee"]):
        assert sum(part.score for part in one.contributions) == pytest.approx(one.score)


def test_contributions_name_source_and_item_of_the_history() -> None:
    """Each says from which item of the history it speaks, None for what everybody does."""
    cat = recommend(MODEL, ["ant", "bee"], time=250.0)[0]
    assert {(part.source, part.from_item) for part in cat.contributions} == {
        ("next", "bee"),
        ("later", "bee"),
        ("later", "ant"),
        ("together", "ant"),
        ("order", "bee"),
        ("popular", None),
        ("trending", None),
    }


def test_contributions_come_strongest_first() -> None:
    """The first is the one to explain by."""
    parts = [part.score for part in recommend(MODEL, ["ant", "bee"])[0].contributions]
    assert parts == sorted(parts, reverse=True)
    assert parts[0] > parts[-1]


def test_a_score_is_divided_by_each_item_s_part_in_the_share() -> None:
    """``later`` names cat from bee with 1 and from ant with .5 at seven tenths of the weight."""
    (cat,) = recommend(only(later=2.0), ["ant", "bee"])
    assert cat.score == pytest.approx(2 * 6.678490)
    assert cat.contributions == (
        Contribution("later", "bee", pytest.approx(cat.score * 1 / 1.35)),
        Contribution("later", "ant", pytest.approx(cat.score * 0.35 / 1.35)),
    )


def test_excluded_items_are_never_recommended() -> None:
    """Neither through a source nor through popularity; unknown ids do no harm."""
    assert [one.item for one in recommend(MODEL, ["ant"], exclude={"cat", "unicorn"})] == ["bee", "dog"]


def test_no_more_than_asked_for() -> None:
    """The limit cuts the list, and rank gives all of it in the same order."""
    assert [one.item for one in recommend(MODEL, ["ant"], limit=1)] == ["cat"]
    assert rank(MODEL, ["ant"]) == ["cat", "bee", "dog"]


def test_ten_when_nothing_is_said() -> None:
    """The limit is ten unless told."""
    items = tuple(f"{number}" for number in range(20))
    rows = tuple({} for _ in items)
    sources = Sources(20, rows, rows, rows, rows, {}, dict.fromkeys(range(20), 0.05), Trend())
    assert [one.item for one in recommend(Model(items, sources, MODEL.blend), [])] == list(items[:10])


def test_somebody_new_gets_what_is_popular() -> None:
    """Without a history popularity and the newest trend decide."""
    found = recommend(MODEL, [])
    assert [one.item for one in found] == ["cat", "ant", "dog"]
    assert {part.from_item for one in found for part in one.contributions} == {None}


def test_unknown_items_of_the_history_are_passed_over() -> None:
    """A history of nothing known is as none at all."""
    assert recommend(MODEL, ["unicorn"]) == recommend(MODEL, [])
    assert recommend(MODEL, ["ant", "unicorn"]) == recommend(MODEL, ["ant"])


def test_the_time_decides_what_is_trending() -> None:
    """Asked about the past, only what was trending then counts."""
    assert rank(only(trending=1.0), [], time=150.0) == ["dog"]
    assert rank(only(trending=1.0), []) == ["cat"]
    assert rank(only(trending=1.0), [], time=50.0) == []


def test_an_item_taken_up_again_counts_where_it_came_last() -> None:
    """A history that comes back to an item goes on from there."""
    assert recommend(MODEL, ["bee", "ant", "bee"]) == recommend(MODEL, ["ant", "bee"])


def test_nothing_is_recommended_without_a_reason() -> None:
    """What no source knows is left out, even when the list stays short."""
    assert "emu" not in rank(MODEL, ["ant", "bee"])


def test_weights_depend_on_the_length_of_the_history() -> None:
    """One item, two and five items are weighed by their own class."""
    one = {name: float(name == "popular") for name in NAMES}
    two = {name: float(name == "next") for name in NAMES}
    model = Model(ITEMS, SOURCES, {1: one, 2: two, 5: PRIOR})
    assert rank(model, ["bee"]) == ["ant", "cat", "dog"]
    assert rank(model, ["ant", "bee"]) == ["cat", "dog"]
