"""The fitted model: plain numbers, fixed until the next fit.

The log-odds of success are ``row . (features, vector) + item . (1, vector)``: one row of weights
per skill, one offset and vector per item, the vector of abilities per person. This is a
factorisation machine for knowledge tracing (Vie & Kashima 2019) whose person side is not fitted
but moved after every answer, as ratings are (Elo 1978; several dimensions: Abdi et al. 2019, "A
Multivariate Elo-based Learner Model for Adaptive Educational Systems").
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from flows.errors import InvalidInput
from flows.fingerprint import fingerprint
from flows.intelligence.tracing.features import FEATURES, PRIOR

DECIMALS = 5

Rows = Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True)
class TracingModel:
    """Weights by skill and by item; ``shared`` is the row of a skill that nobody has answered.

    A row has one weight per feature, then one per dimension; an item an offset, then one per
    dimension. ``version`` changes with any of the numbers.
    """

    version: str
    shared: Sequence[float]
    skills: Rows
    items: Rows

    @property
    def dimensions(self) -> int:
        """How many abilities the vector of a person has."""
        return len(self.shared) - len(FEATURES)

    def to_json(self) -> dict[str, Any]:
        """The model as plain JSON, with the features that its rows are for."""
        return {"features": list(FEATURES), **asdict(self)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "TracingModel":
        """What ``to_json`` gave; raises InvalidInput for one of other features or of odd rows."""
        if document.get("features") != list(FEATURES):
            raise InvalidInput("the model was fitted for other features; fit it again", field="features")
        model = cls(document["version"], document["shared"], document["skills"], document["items"])
        _check_lengths(model)
        return model


def _check_lengths(model: TracingModel) -> None:
    for name, rows, length in (
        ("skills", model.skills, len(model.shared)),
        ("items", model.items, model.dimensions + 1),
    ):
        for key, row in rows.items():
            if len(row) != length:
                raise InvalidInput(f"{len(row)} weights where {length} are needed", field=f"{name}/{key}")


def tracing_model(shared: Sequence[float], skills: Rows, items: Rows) -> TracingModel:
    """A model of these weights, rounded to what is stored of them."""
    contents: dict[str, Any] = {
        "shared": _rounded(shared),
        "skills": {skill: _rounded(row) for skill, row in skills.items()},
        "items": {item: _rounded(row) for item, row in items.items()},
    }
    return TracingModel(fingerprint(contents), **contents)


def _rounded(row: Sequence[float]) -> list[float]:
    return [round(weight, DECIMALS) for weight in row]


def unfitted(dimensions: int = 0) -> TracingModel:
    """The model before there are answers to fit one to: the prior weights and nothing else."""
    return tracing_model([*PRIOR.values(), *[0.0] * dimensions], {}, {})
