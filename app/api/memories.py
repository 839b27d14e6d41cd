"""``/api/memories``: what people want to be reminded of."""

from datetime import UTC, datetime
from typing import Any

from app.blueprint import Blueprint
from app.context import principal
from app.parts import services
from app.schemas.common import ProblemSchema
from app.schemas.events import StoredSchema
from app.schemas.memories import ForgottenSchema, MemoryBatch, OwnerQuery, RecalledList, RecallQuery
from flows.memory.model import MemoryKind
from flows.memory.wire import memory_from, recalled_json

blueprint = Blueprint("memories", __name__, url_prefix="/api/memories", description="The memory bank")


@blueprint.post("")
@blueprint.arguments(MemoryBatch())
@blueprint.response(200, StoredSchema)
@blueprint.alt_response(422, schema=ProblemSchema, content_type="application/problem+json")
def post(sent: dict[str, Any]) -> dict[str, int]:
    """Add memories, up to 100 at a time; sending one again changes nothing"""
    organisation = principal().organisation
    memories = [memory_from(organisation, memory) for memory in sent["memories"]]
    added = services().ports.memories.add(organisation, memories)
    return {"stored": added.stored, "duplicates": added.duplicates}


@blueprint.get("")
@blueprint.arguments(RecallQuery(), location="query")
@blueprint.response(200, RecalledList)
@blueprint.alt_response(422, schema=ProblemSchema, content_type="application/problem+json")
def recall(asked: dict[str, Any]) -> dict[str, Any]:
    """Recall memories that fit a query: the person's own, their team's and their organisation's"""
    now = datetime.now(UTC)
    kinds = [MemoryKind(asked["kind"])] if "kind" in asked else None
    found = services().ports.memories.recall(
        principal().organisation, asked["userId"], asked["query"], asked["limit"], now=now, kinds=kinds
    )
    return {"memories": [recalled_json(each, now) for each in found]}


@blueprint.delete("/<path:memory_id>")
@blueprint.arguments(OwnerQuery(), location="query")
@blueprint.response(200, ForgottenSchema)
@blueprint.alt_response(404, schema=ProblemSchema, content_type="application/problem+json")
@blueprint.alt_response(422, schema=ProblemSchema, content_type="application/problem+json")
def delete(asked: dict[str, Any], memory_id: str) -> dict[str, Any]:
    """Forget one memory of a person"""
    services().ports.memories.delete(principal().organisation, asked["userId"], memory_id)
    return {"id": memory_id, "deleted": True}
