"""A Qdrant that really listens, in a thread of the test: exact search, and strict about what it is sent.

It speaks the part of the REST API that the service uses, by Qdrant's API reference: a field that the
reference does not have is answered with 400, as are a vector of another dimension and a collection that
is there; a collection that is not is answered with 404. It misbehaves as every ``UpstreamServer`` does.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import hypot, isfinite
from typing import Any

from tests.fakes.upstream_server import Call, UpstreamServer


class Refused(Exception):
    """Raised for what Qdrant answers with a status that is not 200."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass
class Collection:
    """Points by id: vector and payload."""

    config: dict[str, Any]
    fields: dict[str, Any] = field(default_factory=dict)
    points: dict[int, tuple[list[float], dict[str, Any]]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The dimension."""
        return int(self.config["vectors"]["size"])


class FakeQdrant(UpstreamServer):
    """The server. ``collections`` is what it holds; ``key`` is what it wants as ``api-key``.
    ``also`` is how many points more it says it has.

    ``lie`` takes what it would answer to a search, as number to score, and says what it answers instead.
    """

    def __init__(self, key: str | None = None) -> None:
        super().__init__()
        self.collections: dict[str, Collection] = {}
        self.key = key
        self.also = 0
        self.lie: Callable[[dict[int, float]], Any] | None = None

    def respond(self, call: Call) -> tuple[int, bytes]:
        """Status and body."""
        try:
            if self.key and {k.lower(): v for k, v in call.headers.items()}.get("api-key") != self.key:
                raise Refused(401, "Must provide an API key or an Authorization bearer token")
            result = self._result(call)
        except Refused as error:
            said = {"status": {"error": str(error)}, "time": 0.0}
            return error.status, json.dumps(said).encode()
        return 200, json.dumps({"result": result, "status": "ok", "time": 0.001}).encode()

    def _result(self, call: Call) -> Any:
        path, _, query = call.path.partition("?")
        found = re.fullmatch(r"/collections/([^/]+)((?:/\w+)*)", path)
        act = ACTS.get((call.method, found[2] if found else ""))
        if found is None or act is None:
            raise Refused(404, f"no route {call.method} {path}")
        if query not in ("", "wait=true"):
            raise Refused(400, f"unknown parameter {query}")
        body = json.loads(call.body) if call.body else {}
        return act(self, found[1], body)

    def of(self, name: str) -> Collection:
        """A collection that must be there."""
        if name not in self.collections:
            raise Refused(404, f"Not found: Collection `{name}` doesn't exist!")
        return self.collections[name]

    def get(self, name: str, body: Any) -> Any:
        """GET /collections/{name}"""
        it = self.of(name)
        schema = {key: {"data_type": value["type"], "points": 0} for key, value in it.fields.items()}
        return {
            "status": "green",
            "points_count": len(it.points),
            "config": {"params": {"vectors": it.config["vectors"]}},
            "payload_schema": schema,
        }

    def make(self, name: str, body: Any) -> bool:
        """PUT /collections/{name}"""
        only(body, {"vectors": dict}, {"hnsw_config": dict})
        only(body["vectors"], {"size": int, "distance": str}, {})
        only(body.get("hnsw_config", {}), {}, {"m": int, "payload_m": int})
        if body["vectors"]["distance"] not in ("Cosine", "Euclid", "Dot", "Manhattan"):
            raise Refused(400, "unknown distance")
        if name in self.collections:
            raise Refused(409, f"Wrong input: Collection `{name}` already exists!")
        self.collections[name] = Collection(body)
        return True

    def drop(self, name: str, body: Any) -> bool:
        """DELETE /collections/{name}"""
        return self.collections.pop(name, None) is not None

    def index(self, name: str, body: Any) -> Any:
        """PUT /collections/{name}/index"""
        only(body, {"field_name": str, "field_schema": dict}, {})
        only(body["field_schema"], {"type": str}, {"is_tenant": bool})
        self.of(name).fields[body["field_name"]] = body["field_schema"]
        return COMPLETED

    def put(self, name: str, body: Any) -> Any:
        """PUT /collections/{name}/points"""
        only(body, {"points": list}, {})
        it, new = self.of(name), {}
        for point in body["points"]:
            only(point, {"id": int, "vector": list}, {"payload": dict})
            if not 0 <= point["id"] < 2**64:
                raise Refused(400, "value is not a valid point ID")
            dimension(it, point["vector"])
            new[point["id"]] = (point["vector"], point.get("payload", {}))
        it.points |= new
        return COMPLETED

    def delete(self, name: str, body: Any) -> Any:
        """POST /collections/{name}/points/delete"""
        only(body, {"points": list}, {})
        it = self.of(name)
        for number in body["points"]:
            it.points.pop(number, None)
        return COMPLETED

    def query(self, name: str, body: Any) -> Any:
        """POST /collections/{name}/points/query"""
        only(body, {"query": list}, {"filter": dict, "limit": int, "with_payload": bool, "with_vector": bool})
        it = self.of(name)
        dimension(it, body["query"])
        seen = {
            n: cosine(body["query"], v) for n, (v, p) in it.points.items() if passes(body.get("filter"), p)
        }
        best = dict(sorted(seen.items(), key=lambda each: -each[1])[: body.get("limit", 10)])
        if self.lie is not None:
            return {"points": self.lie(best)}
        return {"points": [{"id": number, "version": 1, "score": score} for number, score in best.items()]}

    def scroll(self, name: str, body: Any) -> Any:
        """POST /collections/{name}/points/scroll"""
        only(body, {}, {"offset": int, "limit": int, "with_payload": bool, "with_vector": bool})
        there = sorted(n for n in self.of(name).points if n >= body.get("offset", 0))
        limit = body.get("limit", 10)
        after = there[limit] if len(there) > limit else None
        return {"points": [{"id": n} for n in there[:limit]], "next_page_offset": after}

    def count(self, name: str, body: Any) -> Any:
        """POST /collections/{name}/points/count"""
        only(body, {}, {"exact": bool})
        return {"count": len(self.of(name).points) + self.also}


COMPLETED = {"operation_id": 1, "status": "completed"}

ACTS: Mapping[tuple[str, str], Callable[[FakeQdrant, str, Any], Any]] = {
    ("GET", ""): FakeQdrant.get,
    ("PUT", ""): FakeQdrant.make,
    ("DELETE", ""): FakeQdrant.drop,
    ("PUT", "/index"): FakeQdrant.index,
    ("PUT", "/points"): FakeQdrant.put,
    ("POST", "/points/delete"): FakeQdrant.delete,
    ("POST", "/points/query"): FakeQdrant.query,
    ("POST", "/points/scroll"): FakeQdrant.scroll,
    ("POST", "/points/count"): FakeQdrant.count,
}


def only(body: Any, needed: Mapping[str, type], allowed: Mapping[str, type]) -> None:
    """Refuse an object with a field that is missing, unknown or of another type."""
    if not isinstance(body, dict):
        raise Refused(400, "Format error in JSON body: expected an object")
    known = {**needed, **allowed}
    for name, value in body.items():
        if name not in known or not isinstance(value, known[name]):
            raise Refused(400, f"Format error in JSON body: unknown or wrong field `{name}`")
    if missing := needed.keys() - body.keys():
        raise Refused(400, f"Format error in JSON body: missing field `{missing.pop()}`")


def dimension(it: Collection, vector: list[Any]) -> None:
    """Refuse a vector of another length, as Qdrant does."""
    if len(vector) != it.size or not all(isinstance(v, int | float) and isfinite(v) for v in vector):
        why = f"Wrong input: Vector dimension error: expected dim: {it.size}, got {len(vector)}"
        raise Refused(400, why)


def cosine(one: list[float], other: list[float]) -> float:
    """Of two vectors."""
    return sum(a * b for a, b in zip(one, other, strict=True)) / (hypot(*one) * hypot(*other))


def passes(condition: Any, payload: Mapping[str, Any]) -> bool:
    """True for a payload that a filter or a condition lets through."""
    if condition is None:
        return True
    if "key" in condition:
        only(condition, {"key": str, "match": dict}, {})
        only(condition["match"], {}, {"value": str, "any": list})
        has, wanted = payload.get(condition["key"]), condition["match"]
        return has in wanted["any"] if "any" in wanted else has == wanted["value"]
    only(condition, {}, {"must": list, "should": list})
    must, should = condition.get("must", []), condition.get("should", [])
    met = [passes(each, payload) for each in should]
    return all(passes(each, payload) for each in must) and (not should or any(met))
