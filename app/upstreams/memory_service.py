"""The memory service: a memory bank over HTTP, by the contract ``docs/upstreams/memory-service.yaml``."""

from dataclasses import replace
from typing import Any, cast

from flask import Flask
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine

from app.blueprint import Blueprint
from app.health import Health
from app.schemas.common import ProblemSchema
from app.schemas.events import StoredSchema
from app.schemas.memory_service import (
    AddMemories,
    ForgetAnswer,
    OneMemory,
    ReadAnswer,
    RecallAnswer,
    RecallRequest,
)
from app.upstreams.service import PROBLEM_JSON, create_service, engine_of_app
from config.settings import Settings
from flows.errors import MemoryNotFound
from flows.json_object import JsonObject, moment_of
from flows.memory.as_json import added_to_json, memory_from_json, memory_to_json, recalled_to_json
from flows.memory.model import MemoryKind
from flows.memory.port import MemoryBank
from tasks.memory_vectors.make import connect
from tasks.store.memories import StoredMemories

CONTRACT = {
    "info": {
        "title": "Memory Service",
        "description": "Past solutions, sessions and notes of people. Every call may be repeated.",
    },
    "servers": [{"url": "http://127.0.0.1:3003"}],
}

blueprint = Blueprint("memory-service", __name__, url_prefix="/v1", description="The memory bank")


def create_memory_service(
    settings: Settings, bank: MemoryBank, health: Health, registry: CollectorRegistry
) -> Flask:
    """The app; ``registry`` is where its request metrics go and what ``/metrics`` shows."""
    return create_service(CONTRACT, blueprint, bank, settings, health, registry)


def create_stored_memory_service(
    settings: Settings, engine: Engine, health: Health, registry: CollectorRegistry
) -> Flask:
    """The app on a store, whose memories are found by meaning, too, where the settings say so."""
    vectors = connect(settings, engine)
    if vectors:
        health = replace(health, checks={**health.checks, "upstreams": vectors.report})
    bank = StoredMemories(engine, vectors.neighbours if vectors else None)
    return create_memory_service(settings, bank, health, registry)


def _bank() -> MemoryBank:
    return cast(MemoryBank, engine_of_app())


@blueprint.post("/memories")
@blueprint.arguments(AddMemories())
@blueprint.response(200, StoredSchema)
@blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM_JSON)
def add(sent: dict[str, Any]) -> dict[str, int]:
    """Add memories, all or none; an id that the organisation has stays as it is"""
    organisation = sent["organisation"]
    memories = [
        memory_from_json(organisation, JsonObject(memory, f"memories/{place}"))
        for place, memory in enumerate(sent["memories"])
    ]
    return added_to_json(_bank().add(organisation, memories))


@blueprint.post("/recall")
@blueprint.arguments(RecallRequest())
@blueprint.response(200, RecallAnswer)
@blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM_JSON)
def recall(asked: dict[str, Any]) -> dict[str, Any]:
    """Recall memories that fit a query: the person's own, their team's and their organisation's"""
    kinds = [MemoryKind(kind) for kind in asked["kinds"]] if "kinds" in asked else None
    found = _bank().recall(
        asked["organisation"],
        asked["userId"],
        asked["query"],
        asked["limit"],
        now=moment_of(asked["now"]),
        kinds=kinds,
    )
    return {"recalled": [recalled_to_json(each) for each in found]}


@blueprint.post("/memories/read")
@blueprint.arguments(OneMemory())
@blueprint.response(200, ReadAnswer)
@blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM_JSON)
def read(asked: dict[str, Any]) -> dict[str, Any]:
    """Read one memory of a person's own"""
    try:
        memory = _bank().get(asked["organisation"], asked["userId"], asked["id"])
    except MemoryNotFound:
        return {"memory": None}
    return {"memory": memory_to_json(memory)}


@blueprint.post("/memories/forget")
@blueprint.arguments(OneMemory())
@blueprint.response(200, ForgetAnswer)
@blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM_JSON)
def forget(asked: dict[str, Any]) -> dict[str, Any]:
    """Forget one memory of a person's own"""
    try:
        _bank().delete(asked["organisation"], asked["userId"], asked["id"])
    except MemoryNotFound:
        return {"forgotten": False}
    return {"forgotten": True}
