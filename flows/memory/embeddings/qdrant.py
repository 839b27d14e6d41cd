"""Qdrant's REST API, as far as it is used: bodies as they are sent, answers as they are read.

By the API reference of Qdrant, 1.11 and newer (``is_tenant`` came with that version). A memory's number is
the id of its point.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flows.json_object import JsonObject
from flows.memory.embeddings.port import Point, Sight, Vector
from flows.memory.model import Scope, Visibility

#: Fields of a payload. All are indexed: Qdrant may be set up to refuse filters on what is not.
TENANT, USER, KIND, VISIBILITY = "organisation", "user", "kind", "visibility"
FIELDS = (TENANT, USER, KIND, VISIBILITY)

DISTANCE = "Cosine"
MOST_NUMBER = 2**63 - 1


def collection_body(dimension: int) -> dict[str, Any]:
    """A collection for vectors of this length, with a graph for each tenant and none over all.

    That is what Qdrant's page on multitenancy advises where every search names a tenant.
    """
    return {"vectors": {"size": dimension, "distance": DISTANCE}, "hnsw_config": {"m": 0, "payload_m": 16}}


def field_body(field: str) -> dict[str, Any]:
    """An index on a field of the payload; points of one tenant are stored together."""
    schema = {"type": "keyword", "is_tenant": True} if field == TENANT else {"type": "keyword"}
    return {"field_name": field, "field_schema": schema}


def described(answer: object) -> tuple[int, str, frozenset[str]]:
    """A collection's dimension, distance and indexed fields. Raises InvalidInput."""
    result = JsonObject.of(answer).object("result")
    vectors = result.object("config").object("params").object("vectors")
    fields = result.object("payload_schema") if result.values.get("payload_schema") else JsonObject({})
    return vectors.count("size"), vectors.text("distance"), frozenset(fields.values)


def points_body(points: Sequence[Point]) -> dict[str, Any]:
    """Points with their payload, which holds no text."""
    return {
        "points": [
            {
                "id": point.number,
                "vector": list(point.vector),
                "payload": {
                    TENANT: point.organisation,
                    USER: point.user_id,
                    KIND: point.kind.value,
                    VISIBILITY: point.visibility.value,
                },
            }
            for point in points
        ]
    }


def query_body(vector: Vector, sight: Sight, limit: int) -> dict[str, Any]:
    """The nearest points among those that a person may see."""
    return {
        "query": list(vector),
        "filter": filter_of(sight),
        "limit": limit,
        "with_payload": False,
        "with_vector": False,
    }


def filter_of(sight: Sight) -> dict[str, Any]:
    """Whose points: all of ``must`` and at least one of ``should``."""
    must = [_is(TENANT, sight.organisation)]
    if sight.kinds is not None:
        must.append(_any(KIND, [kind.value for kind in sight.kinds]))
    should: list[dict[str, Any]] = [_is(USER, sight.user_id)]
    if sight.policy is not Scope.OWN and sight.mates:
        shared = _any(VISIBILITY, [Visibility.TEAM.value, Visibility.ORGANISATION.value])
        should.append({"must": [_any(USER, sorted(sight.mates)), shared]})
    if sight.policy is Scope.ORGANISATION:
        should.append(_is(VISIBILITY, Visibility.ORGANISATION.value))
    return {"must": must, "should": should}


def cosines_in(answer: object) -> Mapping[int, float]:
    """Number to cosine. Raises InvalidInput, also for a number that no memory can have."""
    points = JsonObject.of(answer).object("result").objects("points")
    return {_number(point): max(-1.0, min(1.0, point.number("score"))) for point in points}


def numbers_in(answer: object) -> list[int]:
    """The numbers of a page of points. Raises InvalidInput, also for a point that is no memory's."""
    return [_number(point) for point in JsonObject.of(answer).object("result").objects("points")]


def scroll_body(start: int, limit: int) -> dict[str, Any]:
    """A page of points by rising number."""
    return {"offset": start, "limit": limit, "with_payload": False, "with_vector": False}


def remove_body(numbers: Collection[int]) -> dict[str, Any]:
    """Points by their numbers."""
    return {"points": sorted(numbers)}


def count_in(answer: object) -> int:
    """Raises InvalidInput."""
    return JsonObject.of(answer).object("result").count("count")


def done(answer: object) -> bool:
    """True when a change is done, and not just taken note of."""
    return JsonObject.of(answer).object("result").values.get("status") == "completed"


def _number(point: JsonObject) -> int:
    number = point.values.get("id")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= MOST_NUMBER:
        raise point.wrong(
            "id",
            f"is {str(number)[:40]!r} and no memory's: take out what others keep in the"
            " collection, or set another QDRANT_COLLECTION",
        )
    return number


def _is(field: str, value: str) -> dict[str, Any]:
    return {"key": field, "match": {"value": value}}


def _any(field: str, values: Sequence[str]) -> dict[str, Any]:
    return {"key": field, "match": {"any": list(values)}}
