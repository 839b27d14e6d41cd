"""What all clients of upstreams share: one call, with everything that keeps it from doing harm.

A call has one deadline for all it does, attempts and waits between them included. It goes through
the breaker of its upstream, and ends as JSON or as an error of ours. Nothing is kept of an upstream
but open connections: no cookies, no redirects, no proxies or passwords from the environment.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from time import monotonic, sleep
from typing import Any
from urllib.parse import quote

import requests
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from config.metrics import UPSTREAM_BREAKER, UPSTREAM_BREAKER_CHANGES, UPSTREAM_SECONDS
from flows.errors import BreakerOpen, UpstreamTimeout
from flows.upstreams.breaker import BreakerSettings, BreakerState, CircuitBreaker, Verdict
from flows.upstreams.retry import Outcome, RetryPolicy
from tasks.clients.answers import Attempt, attempt_of, failed_attempt
from tasks.clients.call_context import context_headers
from tasks.clients.connections import bare_session
from tasks.clients.resolver import Resolver
from tasks.clients.retries import RetryPlan, with_retries

#: RFC 9110, 9.2.2. A POST that only asks is idempotent too, which its caller must say.
IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})

CLOCK_STEP_S = 0.001  #: A socket may wake that much before its time.

STATE_NUMBERS = {BreakerState.CLOSED: 0, BreakerState.HALF_OPEN: 1, BreakerState.OPEN: 2}


@dataclass(frozen=True, slots=True)
class UpstreamSettings:
    """How one upstream is treated; ``url`` without a slash at its end, sizes in bytes, times in seconds.

    ``fair_s``: a call that got less time than this, and timed out, says nothing about the upstream.
    ``ca_file``: certificates to trust in place of the usual ones.
    """

    name: str
    url: str
    breaker: BreakerSettings
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    most_bytes: int = 1024 * 1024
    connections: int = 8
    fair_s: float = 0.02
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class Representation:
    """What a path holds: its JSON and the ``etag`` of that, or that it is ``unchanged``."""

    value: Any
    etag: str | None
    unchanged: bool


def path_of(*parts: str) -> str:
    """A path of these parts, each quoted; raises ValueError for a part that would change the path."""
    if any(part in ("", ".", "..") for part in parts):
        raise ValueError(f"no path can be made of {parts}")
    return "".join("/" + quote(part, safe="") for part in parts)


class UpstreamClient:
    """Calls one upstream. Threads may share it; each process builds its own.

    ``told`` hears the name of the upstream and each new state of its breaker.
    """

    def __init__(
        self,
        settings: UpstreamSettings,
        *,
        random: Random | None = None,
        clock: Callable[[], float] = monotonic,
        pause: Callable[[float], None] = sleep,
        resolver: Resolver | None = None,
        told: Callable[[str, BreakerState], None] = lambda *_: None,
    ) -> None:
        self.settings, self._told = settings, told
        self.breaker = CircuitBreaker(settings.breaker, clock, self._observe_state)
        self._random, self._clock, self._pause = random or Random(), clock, pause
        self._session = _session(settings, resolver or Resolver())
        UPSTREAM_BREAKER.labels(settings.name).set(STATE_NUMBERS[BreakerState.CLOSED])

    def call(
        self, method: str, path: str, json: Any, deadline_s: float, *, idempotent: bool | None = None
    ) -> Any:
        """The JSON that the upstream answers, None for an empty body.

        ``path`` begins with a slash, quoted by ``path_of``. ``json`` is sent unless it is None. The
        whole call ends ``deadline_s`` seconds from now. ``idempotent`` says whether sending twice
        does the same as once; by default that is told by the method.

        Raises UpstreamUnavailable, UpstreamTimeout, UpstreamRefused, BadUpstreamAnswer and BreakerOpen.
        """
        safe = method in IDEMPOTENT if idempotent is None else idempotent
        return self._ended_well(self._prepared(method, path, json), deadline_s, safe).value

    def get_if_changed(self, path: str, etag: str | None, deadline_s: float) -> Representation:
        """The JSON of a path, unless it is still what ``etag`` stands for (RFC 9110, 13.1.2).

        Takes and raises what ``call`` does.
        """
        request = self._prepared("GET", path, None)
        if etag is not None:
            request.headers["If-None-Match"] = etag
        attempt = self._ended_well(request, deadline_s, safe=True)
        return Representation(
            attempt.value, attempt.etag or (etag if attempt.unchanged else None), attempt.unchanged
        )

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._session.close()

    def _ended_well(self, request: requests.PreparedRequest, deadline_s: float, safe: bool) -> Attempt:
        ends_s = self._clock() + deadline_s
        attempt = with_retries(
            lambda: self._attempt(request, ends_s),
            RetryPlan(self.settings.retry, safe, lambda: ends_s - self._clock(), self._random),
            self._pause,
        )
        if attempt.error is not None:
            raise attempt.error
        return attempt

    def _prepared(self, method: str, path: str, body: Any) -> requests.PreparedRequest:
        headers, data = context_headers(), None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body, separators=(",", ":"), allow_nan=False).encode()
        request = requests.Request(method, self.settings.url + path, headers=headers, data=data)
        return self._session.prepare_request(request)

    def _attempt(self, request: requests.PreparedRequest, ends_s: float) -> Attempt:
        """One attempt, through the breaker, timed and counted."""
        started_s = self._clock()
        try:
            permit = self.breaker.enter()
        except BreakerOpen as error:
            self._count(Outcome.BREAKER_OPEN, 0.0)
            return Attempt(Outcome.BREAKER_OPEN, error=BreakerOpen(f"{self.settings.name}: {error}"))
        verdict = Verdict.FAILED  # What stands when a signal cuts this off.
        try:
            attempt = self._exchange(request, ends_s)
            verdict = self._verdict(attempt.outcome, ends_s - started_s)
        finally:
            self.breaker.leave(permit, verdict)
        self._count(attempt.outcome, self._clock() - started_s)
        return attempt

    def _exchange(self, request: requests.PreparedRequest, ends_s: float) -> Attempt:
        left_s = ends_s - self._clock()
        if left_s <= 0:
            return self._timed_out()
        try:
            with self._session.send(
                request, timeout=left_s, stream=True, allow_redirects=False, proxies={}
            ) as response:
                return attempt_of(self.settings.name, response, self.settings.most_bytes)
        except (RequestException, HTTPError) as error:
            # A time-out while the body is read comes as a lost connection.
            if isinstance(error, requests.Timeout) or self._clock() >= ends_s - CLOCK_STEP_S:
                return self._timed_out()
            return failed_attempt(self.settings.name, error)

    def _timed_out(self) -> Attempt:
        return Attempt(Outcome.TIMEOUT, error=UpstreamTimeout(f"{self.settings.name} took too long"))

    def _verdict(self, outcome: Outcome, had_s: float) -> Verdict:
        if outcome in (Outcome.OK, Outcome.REFUSED):
            return Verdict.WELL
        hurried = outcome is Outcome.TIMEOUT and had_s < self.settings.fair_s
        return Verdict.UNKNOWN if hurried else Verdict.FAILED

    def _count(self, outcome: Outcome, seconds: float) -> None:
        UPSTREAM_SECONDS.labels(self.settings.name, outcome).observe(seconds)

    def _observe_state(self, state: BreakerState) -> None:
        UPSTREAM_BREAKER.labels(self.settings.name).set(STATE_NUMBERS[state])
        UPSTREAM_BREAKER_CHANGES.labels(self.settings.name, state).inc()
        self._told(self.settings.name, state)


def _session(settings: UpstreamSettings, resolver: Resolver) -> requests.Session:
    session = bare_session(resolver, settings.connections)
    session.verify = settings.ca_file or True
    session.headers.update({"Accept": "application/json", "User-Agent": "learning-service"})
    session.headers.update(settings.headers)
    return session
