"""A model as it is served: scores from 0 to 1, and a document that was read back."""

from datetime import UTC, datetime, timedelta

import pytest

from flows.errors import InvalidInput
from flows.intelligence.recommender.interactions import Interaction, Item
from flows.intelligence.recommender.model import to_document
from flows.intelligence.recommender.serving import ServedModel
from flows.intelligence.recommender.training import train
from flows.signals.events import Event, Kind

START = datetime(2025, 1, 1, tzinfo=UTC)


def model() -> ServedModel:
    """Everybody went from course a to b; c is known and was never taken."""
    taken = [
        Interaction(f"p-{person}", item, START.timestamp() + place)
        for person in range(10)
        for place, item in enumerate(("course:a", "course:b"))
    ]
    items = [Item(item, item) for item in ("course:a", "course:b", "course:c", "skill:s")]
    return ServedModel.from_document(to_document(train(taken, items)))


def took(*items: str) -> list[Event]:
    return [
        Event(
            id=str(number),
            organisation="acme",
            user_id="ann",
            kind=Kind.COURSE_COMPLETED,
            at=START + timedelta(minutes=number),
            item=item,
        )
        for number, item in enumerate(items)
    ]


def test_a_thing_that_every_source_leads_to_scores_one() -> None:
    """After a everything speaks for b; its score is near 1, and no score is above."""
    (best, *rest) = model().recommend(took("a"), 10)
    assert best.item == "course:b"
    assert 0.8 < best.score <= 1
    assert all(0 < one.score < best.score for one in rest)


def test_a_score_is_the_sum_of_its_contributions() -> None:
    """Scaling keeps what each source had to do with it."""
    (best, *_) = model().recommend(took("a"), 1)
    assert sum(part.score for part in best.contributions) == pytest.approx(best.score)
    assert {part.from_item for part in best.contributions} == {"course:a", None}


def test_an_unknown_history_is_none() -> None:
    """Whoever did only what the model does not know gets what somebody new gets."""
    assert model().recommend(took("unknown"), 10) == model().recommend([], 10)
    assert [one.item for one in model().recommend([], 10)] == ["course:a", "course:b"]


def test_items_are_known_by_type() -> None:
    """Types are read from the ids, so that some can be left out."""
    served = model()
    assert served.items == {
        "course": frozenset({"course:a", "course:b", "course:c"}),
        "skill": frozenset({"skill:s"}),
    }
    assert served.recommend(took("a"), 10, types=["skill"]) == []


def test_another_document_is_refused() -> None:
    """What no training wrote raises InvalidInput."""
    with pytest.raises(InvalidInput):
        ServedModel.from_document({"format": 0})
