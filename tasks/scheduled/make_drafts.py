"""The language model drafts a little every hour, where that is switched on."""

from time import time

from tasks.drafting import start_due
from tasks.services import Services

HOUR_S = 3600.0


def make_drafts(services: Services) -> dict[str, int]:
    """Start the jobs of this hour; returns how many."""
    return {"started": start_due(services, int(time() // HOUR_S))}
