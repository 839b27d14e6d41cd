"""The stored document of a model."""

import json

import pytest

from flows.errors import InvalidInput
from flows.intelligence.recommender.interactions import Interaction, Item
from flows.intelligence.recommender.model import Model, from_document, to_document
from flows.intelligence.recommender.training import train


@pytest.fixture
def model() -> Model:
    items = [Item("a", "One apple"), Item("b", "Two apple"), Item("c", "Pear"), Item("d", "Plum")]
    log = [Interaction(user, item, 1e9 + 1e6 * n) for n, user in enumerate(["ann", "bob"]) for item in "abc"]
    return train(log, items)


def test_a_model_survives_storage(model: Model) -> None:
    """Through JSON and back it is equal, to the last digit."""
    again = from_document(json.loads(json.dumps(to_document(model))))
    assert again == model
    assert again.positions == {"a": 0, "b": 1, "c": 2, "d": 3}


def test_the_document_means_items_by_place(model: Model) -> None:
    """Ids are written once; rows are flat lists of place and share."""
    document = to_document(model)
    assert document["items"] == ["a", "b", "c", "d"]
    assert document["neighbours"]["next"] == [[1, 1.0], [2, 1.0], [], []]
    assert document["order"] == [[1, 1.0]]
    assert document["popular"] == [0, 0.33333, 1, 0.33333, 2, 0.33333]
    assert [start for start, _ in document["blend"]] == [1, 2, 5]


def test_another_format_is_refused(model: Model) -> None:
    """A model that an older version wrote is trained anew, not guessed at."""
    with pytest.raises(InvalidInput, match="not of format 1: train it anew"):
        from_document({**to_document(model), "format": 0})
    with pytest.raises(InvalidInput, match="not of format 1"):
        from_document({})


@pytest.mark.parametrize(
    "damage",
    [
        {"neighbours": {}},
        {"blend": [[1]]},
        {"popular": [1, 0.5, 2]},
        {"trend": None},
        {"order": 7},
    ],
)
def test_a_damaged_document_is_refused(model: Model, damage: dict[str, object]) -> None:
    """Whatever is missing or bent, the error says to train anew."""
    with pytest.raises(InvalidInput, match="is damaged"):
        from_document({**to_document(model), **damage})
