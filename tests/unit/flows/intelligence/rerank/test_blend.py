"""Rules and model in one order."""

import pytest

from flows.intelligence.ranker.item import Item
from flows.intelligence.ranker.scoring import Contribution, Ranked, placed
from flows.intelligence.rerank.blend import blended, moved


def ranking(*scores: float) -> tuple[Ranked, ...]:
    """Items a, b, c ... with these scores, all of them relevance."""
    return placed(
        [
            Ranked(
                item=Item(id=id_, type="prompt", title=id_.upper()),
                score=score,
                contributions=(Contribution("relevance", score, 1.0, score),),
            )
            for id_, score in zip("abcdef", scores, strict=False)
        ]
    )


def ids(ranked: tuple[Ranked, ...]) -> str:
    return "".join(one.item.id for one in ranked)


@pytest.mark.parametrize(
    ("scores", "order", "weight", "expected"),
    [
        ((0.9, 0.5, 0.4), (2, 1, 0), 0.0, "abc"),
        ((0.5, 0.5, 0.5), (2, 0, 1), 0.1, "cab"),
        ((0.9, 0.5, 0.4), (2, 1, 0), 0.3, "acb"),
        ((0.6, 0.5, 0.4), (2, 1, 0), 0.3, "cba"),
        ((0.2, 0.9, 0.4), (2, 1, 0), 0.0, "abc"),
        ((0.9, 0.8, 0.7, 0.65), (1, 0), 0.5, "bacd"),
        ((0.9,), (0,), 0.5, "a"),
        ((), (), 0.5, ""),
    ],
)
def test_both_make_the_order(
    scores: tuple[float, ...], order: tuple[int, ...], weight: float, expected: str
) -> None:
    """By (1 - w) * score + w * rank; with no weight, and beyond the pool, the rules' order stands."""
    after = blended(ranking(*scores), order, weight)
    assert ids(after) == expected
    assert [one.position for one in after] == list(range(1, len(scores) + 1))


def test_a_score_can_still_be_taken_apart() -> None:
    """The model's part stands among the others, which count for less; beyond the pool nothing changes."""
    first, second, beyond = blended(ranking(0.5, 0.5, 0.4), (1, 0), 0.2)
    assert first.item.id == "b"
    assert first.score == pytest.approx(0.6)
    assert first.contributions == (
        Contribution("relevance", 0.5, 0.8, 0.4),
        Contribution("model", 1.0, 0.2, 0.2),
    )
    assert second.score == pytest.approx(0.4)
    assert beyond == ranking(0.5, 0.5, 0.4)[2]


def test_ranks_go_down_in_equal_steps() -> None:
    """The favourite has 1, the last 0, and the one between them a half."""
    after = blended(ranking(0.5, 0.5, 0.5), (2, 0, 1), 0.5)
    assert [one.score for one in after] == pytest.approx([0.75, 0.5, 0.25])


@pytest.mark.parametrize(("order", "expected"), [((0, 1, 2), 0), ((1, 0, 2), 2), ((2, 0, 1), 3)])
def test_moved_items_are_counted(order: tuple[int, ...], expected: int) -> None:
    """An item counts when its place is another."""
    before = ranking(0.5, 0.5, 0.5)
    assert moved(before, blended(before, order, 0.5)) == expected
