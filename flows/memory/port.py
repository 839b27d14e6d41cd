"""What stages and routes ask of a memory bank, in the words of the core."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from flows.memory.model import Added, Memory, MemoryKind, Recalled


class MemoryBank(Protocol):
    """Past solutions, sessions and notes of people.

    A person is reminded of their own memories, of those of team mates that are for the team or the
    organisation, and of everybody's that are for the organisation; an organisation can narrow this
    (``organisations.memory_policy``). Nothing is ever found across organisations.
    """

    def add(self, organisation: str, memories: Sequence[Memory]) -> Added:
        """Store all memories, or none when it raises; an id that the organisation has is left out.

        A person, and an organisation, that nobody has seen before comes into being with it. Texts
        are cut to the lengths of ``flows.memory.model``. Raises InvalidInput for a memory of another
        organisation, for a character in an id that no database keeps and for a time without a
        zone; and PortUnavailable.
        """
        ...

    def recall(
        self,
        organisation: str,
        user_id: str,
        query: str,
        limit: int,
        *,
        now: datetime,
        kinds: Collection[MemoryKind] | None = None,
        within_s: float | None = None,
    ) -> Sequence[Recalled]:
        """At most ``limit`` memories that fit a query, the best first.

        The query is a text as people and compilers write it; nothing in it is an operator. Without
        a word in it, the newest memories come, newest first. ``within_s`` is for how long the caller can
        wait, in seconds: what takes longer and can be left out, is. Raises PortUnavailable.
        """
        ...

    def get(self, organisation: str, user_id: str, memory_id: str) -> Memory:
        """A person's own memory; raises MemoryNotFound and PortUnavailable."""
        ...

    def delete(self, organisation: str, user_id: str, memory_id: str) -> None:
        """Forget a person's own memory; raises MemoryNotFound and PortUnavailable."""
        ...
