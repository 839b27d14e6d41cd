"""Looking after the language model: loaded, its common prefix at hand, and its times known.

Once a minute, unless people use it anyway. One probe at a time in all processes, in a slot as every
other question, and never in one that would have to be waited for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import time
from typing import Any, cast
from uuid import uuid4

import redis

from config import keys
from config.metrics import MODEL_PROBES
from flows.deadline import Deadline
from flows.errors import RerankFailed
from flows.intelligence.rerank.ollama import ollama_load_request, ollama_timings
from flows.intelligence.rerank.probe import probe
from flows.intelligence.routing.timings import LOAD
from tasks.clients.model_server import ModelServer
from tasks.clients.reranker import ASK
from tasks.store.in_redis import translated
from tasks.store.model_timings import PendingTimings

LIMIT_MS = 30_000.0  #: Loading a model from disk takes seconds.
EVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class ModelCare:
    """Keeps the model warm and its timings stored."""

    server: ModelServer | None
    client: "redis.Redis"
    pending: PendingTimings
    now_s: Callable[[], float] = time

    def look_after(self) -> dict[str, Any]:
        """Probe where that is due, and store what waits; returns what came of both.

        Raises StoreUnavailable and PortUnavailable.
        """
        if self.server is None:
            return {}
        fate = self._probe_if_due(self.server)
        MODEL_PROBES.labels(fate).inc()
        return {"probe": fate, "timings": self.pending.move()}

    def _probe_if_due(self, server: ModelServer) -> str:
        holder = f"probe-{uuid4().hex}"
        with translated():
            if self.client.exists(keys.MODEL_USED):
                return "in_use"
            lease_ms = int(LIMIT_MS + 5_000)
            if not self.client.set(keys.MODEL_TRIED, holder, nx=True, px=lease_ms):
                return "tried_elsewhere"
        try:
            return self._probe(server, holder)
        finally:
            self._done(holder)

    def _done(self, holder: str) -> None:
        with translated():
            if cast(str | None, self.client.get(keys.MODEL_TRIED)) == holder:
                self.client.delete(keys.MODEL_TRIED)

    def _probe(self, server: ModelServer, holder: str) -> str:
        deadline = Deadline.after(LIMIT_MS)
        try:
            with server.use(holder, deadline, "probe", waits=False) as use:
                if server.api == "ollama":
                    path, body = ollama_load_request(server.model)
                    use.call(path, body, ollama_timings, LOAD)
                ASK[server.api](use, probe(int(self.now_s() // EVERY_S)))
        except RerankFailed as error:
            return error.code
        return "ok"
