"""Logging: one JSON object per line on standard output, for every process.

Event names are fixed words; what varies goes into fields (``request_id``, ``job_id``,
``stage``, ``ms``). Ids are logged, not objects, and never what a person wrote.
"""

from typing import Any


def logging_config(process: str, level: str) -> dict[str, Any]:
    """Settings for :func:`logging.config.dictConfig`; ``process`` names this one in each line."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": "pythonjsonlogger.json.JsonFormatter",
                "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
                "rename_fields": {
                    "asctime": "time",
                    "levelname": "level",
                    "name": "logger",
                    "message": "event",
                },
                "static_fields": {"process": process},
            }
        },
        "handlers": {
            "stdout": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": "json",
            }
        },
        "root": {"level": level, "handlers": ["stdout"]},
        "loggers": {
            # Celery logs each task twice at INFO; our one line per stage says more.
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            "werkzeug": {"level": "WARNING"},
            "alembic": {"level": "WARNING"},
        },
    }
