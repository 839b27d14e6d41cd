"""Published versions of ``flows.json`` in Redis: changed and rolled back without a restart.

A job keeps the version that it started with, so a worker may serve several at once.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from time import monotonic
from typing import cast

import redis

from config import keys
from flows.errors import FlowError, InvalidInput, StoreUnavailable
from flows.loader import load_flows
from flows.model import Flow, Stage
from tasks.store.in_redis import translated

CURRENT_CHECK_S = 1.0  #: A published version is in use everywhere after this long.

Flows = Mapping[str, Flow]

log = logging.getLogger(__name__)


class FlowVersions:
    """Reads and publishes flows. The client must decode responses.

    ``own`` is the text that came with this installation. It stands in where Redis is away before
    this process has seen a published one.
    """

    def __init__(
        self,
        client: "redis.Redis",
        registry: Mapping[str, Stage],
        now_s: Callable[[], float] = monotonic,
        own: str | None = None,
    ) -> None:
        self._own = own
        self._client, self._registry, self._now_s = client, registry, now_s
        self._parsed: dict[str, Flows] = {}
        self._texts: dict[str, str] = {}
        self._current: str | None = None
        self._checked_s = float("-inf")
        self._lock = Lock()

    def current(self) -> Flows:
        """The flows that a new job starts with; raises FlowError when none was published.

        Without Redis the last ones seen go on. Raises StoreUnavailable only where there are none.
        """
        # One thread looks; the others go on with what it found before, where it did.
        if self._is_due() and self._lock.acquire(blocking=self._current is None):
            try:
                if self._is_due():
                    self._look()
            finally:
                self._lock.release()
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
            self._parse(version, text)
        return self._parsed[version]

    def _parse(self, version: str, text: str) -> None:
        self._parsed[version] = load_flows(text, self._registry, f"flows.json version {version}")
        self._texts[version] = text

    def _is_due(self) -> bool:
        return self._now_s() - self._checked_s >= CURRENT_CHECK_S

    def _look(self) -> None:
        """Find out the current version."""
        self._checked_s = self._now_s()  # Also after a failure: the next caller need not wait for one too.
        try:
            with translated():
                found = cast(str | None, self._client.get(keys.FLOWS_CURRENT))
            if found is None:
                found = self._restore()
        except StoreUnavailable:
            found = self._current or self._known()
            if found is None:
                raise
        self._current = found

    def _known(self) -> str | None:
        """The version to go on with when Redis has none: the last one seen, else our own."""
        if self._current is None and self._own is not None:
            version = self._version_of(self._own)
            self._parse(version, self._own)
            return version
        return self._current

    def _restore(self) -> str | None:
        """Publish what this process knows to a Redis that knows nothing: it has lost its data."""
        version = self._known()
        if version is None or version not in self._texts:
            return None
        log.error("redis_was_emptied", extra={"restored": f"flows version {version}"})
        with translated(), self._client.pipeline() as pipeline:
            pipeline.set(keys.flows_version(version), self._texts[version], nx=True)
            pipeline.set(keys.FLOWS_CURRENT, version, nx=True, get=True)
            made_current = pipeline.execute()[1]
            if made_current is None:  # Else another process was faster.
                self._client.lpush(keys.FLOWS_HISTORY, version)
        return cast(str | None, made_current) or version

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
