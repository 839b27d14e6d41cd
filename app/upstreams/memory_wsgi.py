"""Entry point of the memory service (``manage.py memory-service``)."""

import os

from prometheus_client import REGISTRY

from app.upstreams.memory_service import create_stored_memory_service
from app.upstreams.store import open_store
from config.settings import Settings

settings = Settings.of_upstream(os.environ)
engine, health = open_store("memory-service", settings)
application = create_stored_memory_service(settings, engine, health, REGISTRY)
