"""Entry point of the memory service (``manage.py memory-service``)."""

import os

from prometheus_client import REGISTRY

from app.upstreams.memory_service import create_memory_service
from app.upstreams.store import open_store
from config.settings import Settings
from tasks.store.memories import StoredMemories

settings = Settings.of_upstream(os.environ)
engine, health = open_store("memory-service", settings)
application = create_memory_service(settings, StoredMemories(engine), health, REGISTRY)
