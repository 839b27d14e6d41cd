"""The contracts as files: ``python -m app.upstreams.contracts`` writes what the services serve.

A test holds ``docs/upstreams`` to the served ``/openapi.json``.
"""

from pathlib import Path
from typing import Any

from flask import Flask
from prometheus_client import CollectorRegistry

from app.health import Health
from app.upstreams.entitlements import create_entitlements_service
from app.upstreams.memory_service import create_memory_service
from app.upstreams.pbml_service import create_pbml_service
from app.upstreams.yaml_text import yaml_text
from config.settings import Settings
from tasks.serving.patterns import TrainedPatterns
from tasks.store.in_memory_events import InMemoryEvents
from tasks.store.in_memory_memories import InMemoryMemories
from tasks.store.in_memory_trained_models import InMemoryModels

FOLDER = Path(__file__).parents[2] / "docs" / "upstreams"

#: The order in which people read; the parts of a part are sorted.
PARTS = ("openapi", "info", "servers", "security", "tags", "paths", "components")


def contracts() -> dict[str, str]:
    """The text of each contract by the name of its file."""
    settings, health = Settings.of_upstream({}), Health({}, {})
    patterns = TrainedPatterns(InMemoryModels(), InMemoryEvents())
    memory = create_memory_service(settings, InMemoryMemories(), health, CollectorRegistry())
    pbml = create_pbml_service(settings, patterns, health, CollectorRegistry())
    entitlements = create_entitlements_service(settings, NothingKnown(), health, CollectorRegistry())
    return {
        "entitlements.yaml": contract(served(entitlements)),
        "memory-service.yaml": contract(served(memory)),
        "pbml-service.yaml": contract(served(pbml)),
    }


class NothingKnown:
    """Entitlements of nobody."""

    def whole(self, organisation: str) -> None:
        """Nothing."""


def served(app: Flask) -> dict[str, Any]:
    """The OpenAPI document that an app serves."""
    document: dict[str, Any] = app.test_client().get("/openapi.json").get_json()
    return document


def contract(document: dict[str, Any]) -> str:
    """An OpenAPI document as a file for people."""
    return yaml_text({part: document[part] for part in PARTS if part in document})


if __name__ == "__main__":
    for name, text in contracts().items():
        (FOLDER / name).write_text(text, "utf-8")
