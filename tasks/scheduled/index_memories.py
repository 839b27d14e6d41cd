"""The index of vectors is made to hold what the memory bank does."""

import logging
from typing import Any

from flows.errors import PortUnavailable
from tasks.services import Services

#: How often, which is how soon a point goes whose memory is gone.
EVERY_S = 30.0

#: No batch is begun after so long: trainings wait for the same queue. A model that hangs holds it for a
#: minute or two, which trainings can bear, and a person's entitlements could not.
FOR_S = 5.0

log = logging.getLogger(__name__)


def index_memories(services: Services) -> dict[str, Any]:
    """One run; returns memories by what was done with them. What cannot be reached is tried again.

    Raises InvalidInput for an embedding model that is of no use.
    """
    if services.memory_index is None:
        return {}
    try:
        return dict(services.memory_index.reconcile(FOR_S))
    except PortUnavailable as error:
        log.warning("memory_index_waits", extra={"error": str(error)})
        return {"waits": error.code}
