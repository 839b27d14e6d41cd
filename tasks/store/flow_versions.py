"""Published versions of ``flows.json`` in Redis: changed and rolled back without a restart.

A job keeps the version that it started with, so a worker may serve several at once.
"""

from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from time import monotonic
from typing import cast

import redis

from config import keys
from flows.errors import FlowError, InvalidInput
from flows.loader import load_flows
from flows.model import Flow, Stage
from tasks.store.in_redis import translated

CURRENT_CHECK_S = 1.0  #: A published version is in use everywhere after this long.

Flows = Mapping[str, Flow]


class FlowVersions:
    """Reads and publishes flows. The client must decode responses."""

    def __init__(
        self,
        client: "redis.Redis",
        registry: Mapping[str, Stage],
        now_s: Callable[[], float] = monotonic,
    ) -> None:
        self._client, self._registry, self._now_s = client, registry, now_s
        self._parsed: dict[str, Flows] = {}
        self._current: str | None = None
        self._checked_s = float("-inf")
        self._lock = Lock()

    def current(self) -> Flows:
        """The flows that a new job starts with; raises FlowError when none was published."""
        with self._lock:
            if self._now_s() - self._checked_s >= CURRENT_CHECK_S:
                with translated():
                    self._current = cast(str | None, self._client.get(keys.FLOWS_CURRENT))
                self._checked_s = self._now_s()
            version = self._current
        if version is None:
            raise FlowError("flows.json", 1, "no version was published; run: manage.py flows publish")
        return self.at(version)

    def at(self, version: str) -> Flows:
        """The flows of one version; raises FlowError when it was never published."""
        if version not in self._parsed:
            with translated():
                text = cast(str | None, self._client.get(keys.flows_version(version)))
            if text is None:
                raise FlowError("flows.json", 1, f"version {version} was never published")
            self._parsed[version] = load_flows(text, self._registry, f"flows.json version {version}")
        return self._parsed[version]

    def publish(self, text: str) -> str:
        """Check and publish; returns the version. The same text twice changes nothing.

        Raises FlowError for a text that is wrong, InvalidInput for another text under a
        version that was published before.
        """
        version = self._version_of(text)
        with translated():
            published = self._client.set(keys.flows_version(version), text, nx=True, get=True)
        if published is not None and published != text:
            raise InvalidInput(f"version {version} was published with another content; raise the version")
        self._make_current(version)
        return version

    def introduce(self, text: str) -> str:
        """Publish a version that is new here, and leave the current one alone when it is not.

        So a start does not undo what was published or rolled back by hand. Returns the current
        version; raises as ``publish`` does.
        """
        version = self._version_of(text)
        with translated():
            known = cast(str | None, self._client.get(keys.flows_version(version)))
            current = cast(str | None, self._client.get(keys.FLOWS_CURRENT))
        return current if known == text and current else self.publish(text)

    def rollback(self) -> str:
        """Go back to the version before the current one; raises InvalidInput without one."""
        versions = self.history()
        if len(versions) < 2:
            raise InvalidInput("there is no version to go back to")
        with translated(), self._client.pipeline() as pipeline:
            pipeline.lpop(keys.FLOWS_HISTORY)
            pipeline.set(keys.FLOWS_CURRENT, versions[1])
            pipeline.execute()
        self._checked_s = float("-inf")
        return versions[1]

    def history(self) -> Sequence[str]:
        """Versions as they came into use, the current one first."""
        with translated():
            return cast(list[str], self._client.lrange(keys.FLOWS_HISTORY, 0, -1))

    def _version_of(self, text: str) -> str:
        flows = load_flows(text, self._registry)
        if not flows:
            raise FlowError("flows.json", 1, "has no flows")
        return next(iter(flows.values())).version

    def _make_current(self, version: str) -> None:
        if self.history()[:1] != [version]:
            with translated(), self._client.pipeline() as pipeline:
                pipeline.lpush(keys.FLOWS_HISTORY, version)
                pipeline.set(keys.FLOWS_CURRENT, version)
                pipeline.execute()
        self._checked_s = float("-inf")
