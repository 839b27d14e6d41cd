"""Entry point of the entitlements service (``manage.py entitlements-service``)."""

import os

from prometheus_client import REGISTRY

from app.upstreams.entitlements import create_entitlements_service
from app.upstreams.store import open_store
from config.settings import Settings
from tasks.store.sourced_entitlements import StoredSource

settings = Settings.of_upstream(os.environ)
engine, health = open_store("entitlements-service", settings)
application = create_entitlements_service(settings, StoredSource(engine), health, REGISTRY)
