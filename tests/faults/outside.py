"""What the service talks to: a language model, a receiver of webhooks, a source of entitlements.

Each is a real HTTP server on loopback that misbehaves on demand; a proxy of ours stands before those
that a fault takes away altogether.
"""

from collections.abc import Mapping
from contextlib import ExitStack

from tests.fakes.upstream_server import UpstreamServer
from tests.faults.proxy import Proxy

LETTERS = "ABCDEFGHIJKLMNOPQRST"


def model_answer() -> dict[str, object]:
    """What Ollama answers about an order of at most twenty: all letters, the first the likeliest."""
    likely = [{"token": letter, "logprob": -0.3 * (place + 1)} for place, letter in enumerate(LETTERS)]
    return {"response": "A", "done": True, "logprobs": [{**likely[0], "top_logprobs": likely}]}


class Outside:
    """Everything outside, as a context."""

    def __enter__(self) -> "Outside":
        self._stack = ExitStack()
        self.model, self.receiver, self.source = (
            self._stack.enter_context(UpstreamServer()) for _ in range(3)
        )
        self.model.answers["/api/generate"] = model_answer()
        self.way_to_model, self.way_to_source = self._proxy(self.model), self._proxy(self.source)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _proxy(self, server: UpstreamServer) -> Proxy:
        proxy = Proxy()
        proxy.start(server.server_address[1])
        self._stack.callback(proxy.stop)
        return proxy

    @property
    def env(self) -> Mapping[str, str]:
        """What tells the service where all of this is, and that it may call this machine."""
        return {
            "OLLAMA_URL": f"http://127.0.0.1:{self.way_to_model.port}",
            "ENTITLEMENTS_URL": f"http://127.0.0.1:{self.way_to_source.port}",
            "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
            "WEBHOOK_ALLOW_HTTP": "yes",
        }

    def heal(self) -> None:
        """As it was before a fault."""
        for server in (self.model, self.receiver, self.source):
            server.behave("normal")
        for proxy in (self.way_to_model, self.way_to_source):
            proxy.mode = "pass"
