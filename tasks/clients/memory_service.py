"""The memory bank of a memory service, by the contract ``docs/upstreams/memory-service.yaml``."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from flows.json_object import JsonObject
from flows.memory.as_json import (
    MAX_BATCH,
    MOST_RECALLED,
    added_from_json,
    memory_from_json,
    memory_to_json,
    recalled_from_json,
)
from flows.memory.model import Added, Memory, MemoryKind, Recalled
from flows.memory.port import MemoryBank
from flows.memory.words import MAX_QUERY
from tasks.clients.caller import Caller, ask, in_batches
from tasks.store.in_memory_memories import not_found, storable

RECALL_S = 0.04  #: As long as the stage that recalls may take (flows.json): nothing else cuts it off.
BESIDE_VECTORS_S = 0.015  #: What of it is for everything but finding by meaning.
CHANGE_S = 2.0  #: Nobody waits for it longer than for the database behind it.


class HttpMemoryBank:
    """A MemoryBank over HTTP; one instance serves all threads.

    More than a hundred memories go in several requests. When one fails, those before it stay;
    adding all again stores the rest, since an id is stored once.
    """

    def __init__(self, caller: Caller, *, recall_s: float = RECALL_S, change_s: float = CHANGE_S) -> None:
        """The deadlines are in seconds, one per request."""
        self._caller, self._recall_s, self._change_s = caller, recall_s, change_s

    def add(self, organisation: str, memories: Sequence[Memory]) -> Added:
        """Store what is new; raises InvalidInput before anything is sent, and PortUnavailable."""
        kept = storable(organisation, memories)
        stored = sum(self._add(organisation, batch).stored for batch in in_batches(kept, MAX_BATCH))
        return Added(stored, len(kept) - stored)

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
        """At most ``limit`` memories, and at most 200, the best first. Raises PortUnavailable.

        The service has its own budget for what can be left out, so ``within_s`` changes nothing.
        """
        if limit < 1:
            return []
        asked = {
            "organisation": organisation,
            "userId": user_id,
            "query": query[:MAX_QUERY],
            "limit": min(limit, MOST_RECALLED),
            "now": now.isoformat(),
        }
        if kinds is not None:
            asked["kinds"] = [kind.value for kind in kinds]

        def read(answer: JsonObject) -> list[Recalled]:
            return [recalled_from_json(organisation, each) for each in answer.objects("recalled")]

        return ask(self._caller, "/v1/recall", asked, self._recall_s, read)[:limit]

    def get(self, organisation: str, user_id: str, memory_id: str) -> Memory:
        """A person's own memory; raises MemoryNotFound and PortUnavailable."""
        asked = {"organisation": organisation, "userId": user_id, "id": memory_id}

        def read(answer: JsonObject) -> Memory | None:
            if answer.values.get("memory", answer) is None:
                return None
            memory = memory_from_json(organisation, answer.object("memory"))
            if (memory.id, memory.user_id) != (memory_id, user_id):
                raise answer.wrong("memory", "is another one")
            return memory

        memory = ask(self._caller, "/v1/memories/read", asked, self._recall_s, read)
        if memory is None:
            raise not_found(memory_id)
        return memory

    def delete(self, organisation: str, user_id: str, memory_id: str) -> None:
        """Forget a person's own memory; raises MemoryNotFound and PortUnavailable."""
        asked = {"organisation": organisation, "userId": user_id, "id": memory_id}
        path = "/v1/memories/forget"
        if not ask(self._caller, path, asked, self._change_s, lambda answer: answer.flag("forgotten")):
            raise not_found(memory_id)

    def _add(self, organisation: str, batch: Sequence[Memory]) -> Added:
        sent = {"organisation": organisation, "memories": [memory_to_json(memory) for memory in batch]}

        def read(answer: JsonObject) -> Added:
            added = added_from_json(answer)
            if added.stored + added.duplicates != len(batch):
                raise answer.wrong("stored", "must be all that is no duplicate")
            return added

        return ask(self._caller, "/v1/memories", sent, self._change_s, read)


def recall_s(vectors_ms: int) -> float:
    """How long to wait for a service that finds by meaning for so many milliseconds."""
    return max(RECALL_S, BESIDE_VECTORS_S + vectors_ms / 1000)


def memory_bank_of(url: str, caller: Callable[[str], Caller]) -> MemoryBank:
    """The memory bank at an address; ``caller`` connects to one."""
    return HttpMemoryBank(caller(url))
