"""Entry point of the PBML service (``manage.py pbml-service``)."""

import os

from prometheus_client import REGISTRY

from app.upstreams.pbml_service import create_pbml_service
from app.upstreams.store import open_store
from config.settings import Settings
from tasks.serving.patterns import TrainedPatterns
from tasks.store.events import StoredEvents
from tasks.store.trained_models import StoredModels

settings = Settings.of_upstream(os.environ)
engine, health = open_store("pbml-service", settings)
patterns = TrainedPatterns(StoredModels(engine), StoredEvents(engine))
application = create_pbml_service(settings, patterns, health, REGISTRY)
