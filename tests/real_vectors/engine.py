"""Qdrant's own engine behind a plain HTTP shell, for tests of the client.

The engine (``qdrant_edge``) stores, indexes, filters and searches; the models of ``qdrant_client`` check
every body as Qdrant's REST API has it, unknown fields included. The shell only hands one to the other.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import qdrant_edge as edge
from qdrant_client.http import models

from tests.fakes import qdrant
from tests.fakes.upstream_server import Call, UpstreamServer

COMPLETED = {"operation_id": 0, "status": "completed"}


class Missing(Exception):
    """Raised for a collection that is not there."""


class EngineServer(UpstreamServer):
    """Collections are shards of the engine, each in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self.shards: dict[str, edge.EdgeShard] = {}
        self.sizes: dict[str, int] = {}
        self.fields: dict[str, set[str]] = {}

    def respond(self, call: Call) -> tuple[int, bytes]:
        """Status and body."""
        path, _, query = call.path.partition("?")
        found = re.fullmatch(r"/collections/([^/]+)((?:/\w+)*)", path)
        act = ACTS.get((call.method, found[2])) if found else None
        if found is None or act is None or query not in ("", "wait=true"):
            return 404, b""
        try:
            result = act(self, found[1], json.loads(call.body or b"{}"))
        except Missing:
            return 404, b'{"status": {"error": "Not found"}}'
        except Exception as error:  # The engine knows no other.
            return 400, json.dumps({"status": {"error": str(error)}}).encode()
        return 200, json.dumps({"result": result, "status": "ok", "time": 0.0}).encode()

    def of(self, name: str) -> edge.EdgeShard:
        """A collection that must be there."""
        if name not in self.shards:
            raise Missing(name)
        return self.shards[name]

    def get(self, name: str, _: Any) -> Any:
        """Its description."""
        self.of(name)
        schema = {field: {"data_type": "keyword", "points": 0} for field in self.fields[name]}
        vectors = {"size": self.sizes[name], "distance": "Cosine"}
        return {"config": {"params": {"vectors": vectors}}, "payload_schema": schema}

    def make(self, name: str, body: Any) -> bool:
        """A collection of its own kind."""
        asked = models.CreateCollection.model_validate(body)
        if name in self.shards:
            raise ValueError(f"Wrong input: Collection `{name}` already exists!")
        assert isinstance(asked.vectors, models.VectorParams)
        assert asked.hnsw_config is not None
        graph = edge.HnswIndexConfig(asked.hnsw_config.m, 100, 10_000, payload_m=asked.hnsw_config.payload_m)
        distance = getattr(edge.Distance, asked.vectors.distance.value)
        params = edge.EdgeVectorParams(asked.vectors.size, distance)
        folder = self._folder / name
        folder.mkdir()
        self.shards[name] = edge.EdgeShard.create(str(folder), edge.EdgeConfig(params, hnsw_config=graph))
        self.sizes[name], self.fields[name] = asked.vectors.size, set()
        return True

    def drop(self, name: str, _: Any) -> bool:
        """Close it; its folder goes with the test."""
        shard = self.shards.pop(name, None)
        if shard is not None:
            shard.close()
            (self._folder / name).rename(self._folder / f"{name}-{len(list(self._folder.iterdir()))}")
        return shard is not None

    def index(self, name: str, body: Any) -> Any:
        """An index on a field."""
        asked = models.CreateFieldIndex.model_validate(body)
        schema = asked.field_schema
        assert isinstance(schema, models.KeywordIndexParams)
        params = edge.KeywordIndexParams(is_tenant=schema.is_tenant)
        self.of(name).update(edge.UpdateOperation.create_field_index(asked.field_name, params))
        self.fields[name].add(asked.field_name)
        return COMPLETED

    def put(self, name: str, body: Any) -> Any:
        """Points."""
        asked = models.PointsList.model_validate(body)
        shard = self.of(name)
        points = [edge.Point(each.id, each.vector, each.payload) for each in asked.points]
        shard.update(edge.UpdateOperation.upsert_points(points))
        return COMPLETED

    def delete(self, name: str, body: Any) -> Any:
        """Points by their ids."""
        asked = models.PointIdsList.model_validate(body)
        self.of(name).update(edge.UpdateOperation.delete_points(list(asked.points)))
        return COMPLETED

    def query(self, name: str, body: Any) -> Any:
        """The nearest."""
        asked = models.QueryRequest.model_validate(body)
        request = edge.QueryRequest(
            limit=asked.limit,
            query=edge.Query.Nearest(asked.query),
            filter=filter_of(asked.filter),
            with_payload=asked.with_payload,
            with_vector=asked.with_vector,
        )
        found = self.of(name).query(request)
        return {"points": [{"id": each.id, "version": each.version, "score": each.score} for each in found]}

    def scroll(self, name: str, body: Any) -> Any:
        """A page by rising id."""
        asked = models.ScrollRequest.model_validate(body)
        page, after = self.of(name).scroll(
            edge.ScrollRequest(offset=asked.offset, limit=asked.limit, with_payload=False, with_vector=False)
        )
        return {"points": [{"id": each.id} for each in page], "next_page_offset": after}

    def count(self, name: str, body: Any) -> Any:
        """How many."""
        asked = models.CountRequest.model_validate(body)
        return {"count": self.of(name).count(edge.CountRequest(exact=bool(asked.exact)))}


#: The same calls as the fake's, each by the method of the same name.
ACTS: Mapping[tuple[str, str], Callable[[EngineServer, str, Any], Any]] = {
    call: getattr(EngineServer, act.__name__) for call, act in qdrant.ACTS.items()
}


def filter_of(asked: models.Filter | None) -> edge.Filter | None:
    """A filter in the engine's own terms."""
    if asked is None:
        return None
    return edge.Filter(must=conditions(asked.must), should=conditions(asked.should))


def conditions(asked: Any) -> list[Any] | None:
    """Conditions, and filters among them."""
    return None if asked is None else [condition(each) for each in asked]


def condition(asked: Any) -> Any:
    """One of them."""
    if isinstance(asked, models.Filter):
        return filter_of(asked)
    assert isinstance(asked, models.FieldCondition)
    if isinstance(asked.match, models.MatchAny):
        return edge.FieldCondition(asked.key, match=edge.MatchAny(list(asked.match.any)))
    assert isinstance(asked.match, models.MatchValue)
    return edge.FieldCondition(asked.key, match=edge.MatchValue(asked.match.value))
