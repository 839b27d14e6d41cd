"""Memories for tests, with what does not matter filled in."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flows.memory.model import Memory, MemoryKind

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
LOOP = "Add a dependency array to useEffect, or its setState renders for ever."


def remembered(id_: str, text: str = LOOP, days: float = 0, **more: Any) -> Memory:
    """A solution of ann at acme, so many days old."""
    fields = {"organisation": "acme", "user_id": "ann", "kind": MemoryKind.SOLUTION}
    return Memory(id=id_, text=text, at=NOW - timedelta(days=days), **(fields | more))
