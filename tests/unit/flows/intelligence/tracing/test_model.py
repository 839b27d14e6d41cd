"""The fitted model as a thing to store."""

import json

import pytest

from flows.errors import InvalidInput
from flows.intelligence.tracing.features import PRIOR
from flows.intelligence.tracing.model import TracingModel, tracing_model, unfitted

ROW = [0.0] * 12


def model(offset: float = 0.5) -> TracingModel:
    return tracing_model([*ROW, 1.0], {"loops": [*ROW, 2.0]}, {"task": [offset, 0.123456789]})


def test_a_model_survives_storage() -> None:
    """What goes through JSON comes back equal: its numbers are rounded before they are used."""
    assert TracingModel.from_json(json.loads(json.dumps(model().to_json()))) == model()
    assert model().items["task"] == [0.5, 0.12346]


def test_version_is_of_the_numbers() -> None:
    """Equal numbers, equal version; another number, another version."""
    assert model().version == model().version
    assert model(0.5).version != model(0.6).version


def test_dimensions_are_what_follows_the_features() -> None:
    """A row of thirteen weights leaves one dimension beside the twelve features."""
    assert (model().dimensions, unfitted().dimensions, unfitted(3).dimensions) == (1, 0, 3)


def test_the_unfitted_model_has_the_prior() -> None:
    """Before any answers: the prior weights, no dimension of which anything is known."""
    assert unfitted(2).shared == [*PRIOR.values(), 0.0, 0.0]
    assert (unfitted().skills, unfitted().items) == ({}, {})


def test_a_model_of_other_features_is_refused() -> None:
    """Weights mean nothing without the features that they are for."""
    document = model().to_json()
    with pytest.raises(InvalidInput, match="fit it again"):
        TracingModel.from_json({**document, "features": document["features"][::-1]})
    del document["features"]
    with pytest.raises(InvalidInput, match="fit it again"):
        TracingModel.from_json(document)


@pytest.mark.parametrize(
    ("part", "rows", "field"),
    [("skills", {"loops": [1.0] * 12}, "skills/loops"), ("items", {"task": [1.0] * 3}, "items/task")],
)
def test_rows_of_odd_length_are_refused(part: str, rows: dict[str, list[float]], field: str) -> None:
    """A row that is too short or too long names itself."""
    with pytest.raises(InvalidInput, match="are needed") as caught:
        TracingModel.from_json({**model().to_json(), part: rows})
    assert caught.value.field == field
