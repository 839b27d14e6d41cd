"""Entry point of the memory service (``manage.py memory-service``)."""

import os
from dataclasses import replace

from prometheus_client import REGISTRY

from app.upstreams.memory_service import create_memory_service
from app.upstreams.store import open_store
from config.settings import Settings
from tasks.memory_vectors.make import connect
from tasks.store.memories import StoredMemories

settings = Settings.of_upstream(os.environ)
engine, health = open_store("memory-service", settings)
vectors = connect(settings, engine)
if vectors:
    health = replace(health, checks={**health.checks, "upstreams": vectors.report})
bank = StoredMemories(engine, vectors.neighbours if vectors else None)
application = create_memory_service(settings, bank, health, REGISTRY)
