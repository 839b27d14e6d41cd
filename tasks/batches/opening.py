"""Opening a batch: the same for a request over HTTP and for a command."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from flows.fingerprint import fingerprint
from flows.ports import CatalogueLibrary, TeamRecords
from flows.requests.learning_path_batch import learning_path_batch
from tasks.batches.model import MOST_MEMBERS, Batch, NewBatch
from tasks.store.batches import StoredBatches


def open_learning_paths(
    batches: StoredBatches,
    catalogues: CatalogueLibrary,
    teams: TeamRecords,
    organisation: str,
    sent: Mapping[str, Any],
    idempotency_key: str | None = None,
) -> tuple[Batch, bool]:
    """Open a batch of learning paths; the feeder's next turn starts it. The batch, and whether it is new.

    ``organisation`` asks, and may ask for ``sent["orgId"]``. Raises InvalidRequest, InvalidInput for a key
    that was used with another request, and PortUnavailable.
    """
    asked = learning_path_batch(organisation, sent, catalogues, teams, MOST_MEMBERS)
    new = NewBatch(
        organisation=organisation,
        id=uuid4().hex,
        request=asked.in_common,
        user_ids=asked.user_ids,
        goals=asked.goals,
        created_at=datetime.now(UTC),
        callback_url=sent.get("callbackUrl"),
        idempotency_key=idempotency_key,
        digest=fingerprint(sent),
    )
    return batches.open(new)
