"""Letting go of what is kept: of one person at their wish, of everybody's after its time."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine

from tasks.store.erasure import erase_user
from tasks.store.retention import sweep


@dataclass(frozen=True, slots=True)
class Records:
    """The durable store, seen from the side of deleting."""

    engine: Engine

    def erase(self, organisation: str, user_id: str) -> dict[str, int]:
        """Delete every row about a person; returns the rows by table. Raises PortUnavailable."""
        return erase_user(self.engine, organisation, user_id)

    def sweep(self) -> dict[str, int]:
        """Delete what was kept long enough; returns the rows by table. Raises PortUnavailable."""
        return sweep(self.engine, datetime.now(UTC))
