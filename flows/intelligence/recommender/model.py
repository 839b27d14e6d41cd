"""The trained model, and the JSON document that a job stores and a worker serves from.

In the document items are named once and then meant by their place; a row of neighbours is a flat
list ``[place, share, place, share, ...]``, strongest first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flows.errors import InvalidInput
from flows.intelligence.recommender.blend import Blend
from flows.intelligence.recommender.neighbours import Row
from flows.intelligence.recommender.popularity import Trend
from flows.intelligence.recommender.sources import LATER, NEXT, SIMILAR, TOGETHER, Sources

FORMAT = 1
LISTS = (NEXT, LATER, TOGETHER, SIMILAR)


@dataclass(frozen=True, slots=True)
class Model:
    """All that is needed to recommend; ``items`` are the ids in the order of the catalogue."""

    items: tuple[str, ...]
    sources: Sources
    blend: Blend
    positions: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "positions", {item: place for place, item in enumerate(self.items)})


def to_document(model: Model) -> dict[str, Any]:
    """The model as plain JSON values; ``from_document`` gives an equal model back."""
    sources = model.sources
    return {
        "format": FORMAT,
        "items": list(model.items),
        "neighbours": {name: [_flat(row) for row in getattr(sources, name)] for name in LISTS},
        "order": [[distance, share] for distance, share in sources.order.items()],
        "popular": _flat(sources.popular),
        "trend": {"times": list(sources.trend.times), "rows": [_flat(row) for row in sources.trend.rows]},
        "blend": [[start, dict(weights)] for start, weights in model.blend.items()],
    }


def from_document(document: Mapping[str, Any]) -> Model:
    """Raises InvalidInput for what ``to_document`` of this version did not write."""
    if document.get("format") != FORMAT:
        raise InvalidInput(f"the recommender's model is not of format {FORMAT}: train it anew")
    try:
        blend = {start: dict(weights) for start, weights in document["blend"]}
        return Model(tuple(document["items"]), _sources(document), blend)
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput(f"the recommender's model is damaged ({error!r}): train it anew") from None


def _sources(document: Mapping[str, Any]) -> Sources:
    trend = document["trend"]
    return Sources(
        size=len(document["items"]),
        order=dict(document["order"]),
        popular=_row(document["popular"]),
        trend=Trend(tuple(trend["times"]), tuple(_row(row) for row in trend["rows"])),
        **{name: tuple(_row(row) for row in document["neighbours"][name]) for name in LISTS},
    )


def _flat(row: Row) -> list[float]:
    return [number for pair in row.items() for number in pair]


def _row(numbers: list[Any]) -> Row:
    return dict(zip(numbers[::2], numbers[1::2], strict=True))
