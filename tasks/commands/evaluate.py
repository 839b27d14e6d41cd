"""``manage.py evaluate``: each evaluation is a module that adds its command to the group."""

import tasks.commands.evaluate_tracing  # noqa: F401 - adds ``tracing``
from tasks.commands.evaluate_group import evaluate

__all__ = ["evaluate"]
