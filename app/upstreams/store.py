"""The durable store of a service behind the front, and whether it is there."""

import logging.config

from sqlalchemy import Engine

from app.health import Health
from config.logs import logging_config
from config.settings import Settings
from tasks.probes import probe_database, versions
from tasks.store.database import open_database


def open_store(process: str, settings: Settings) -> tuple[Engine, Health]:
    """Start logging as ``process``, and open the store that DATABASE_URL names."""
    logging.config.dictConfig(logging_config(process, settings.log_level))
    engine = open_database(settings.database_url)
    return engine, Health({"database": lambda: probe_database(engine)}, versions())
