"""The upstreams that the settings name, one client each, and what ``/health`` says of them."""

import logging
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import redis

from config.settings import Settings
from flows.errors import StoreUnavailable
from flows.ports import Ports
from flows.upstreams.breaker import BreakerSettings, BreakerState
from flows.upstreams.retry import RetryPolicy
from tasks.clients.base import UpstreamClient, UpstreamSettings
from tasks.clients.memory_service import HttpMemoryBank, recall_s
from tasks.clients.model_server import ModelServer
from tasks.clients.pbml_service import HttpPatterns
from tasks.clients.reranker import UpstreamReranker
from tasks.clients.vectors import vector_upstreams
from tasks.clients.writer import UpstreamWriter
from tasks.store.breaker_states import BreakerStates
from tasks.store.model_slots import RedisSlots

MEMORY, PBML, LLM, ENTITLEMENTS = "memory", "pbml", "llm", "entitlements"
LLM_PATIENT = "llm_patient"  #: The same server, for what no person waits for.

SLOW_S = 0.2
SLOW_ENTITLEMENTS_S = 4.0
MOST_ENTITLEMENTS_BYTES = 32 * 1024 * 1024

#: The name of an upstream, the new state of its breaker, and for how many seconds it is left alone.
Told = Callable[[str, BreakerState, float], None]

SLOW_IN_THE_BACKGROUND_S = 60.0

log = logging.getLogger(__name__)


def upstream_settings(settings: Settings) -> list[UpstreamSettings]:
    """How each upstream is treated whose address is set."""
    found: list[UpstreamSettings] = []
    services = (
        (MEMORY, settings.memory_service_url, max(SLOW_S, recall_s(settings.memory_vectors_ms))),
        (PBML, settings.pbml_service_url, SLOW_S),
    )
    for name, url, slow_s in services:
        if url:
            found.append(
                UpstreamSettings(
                    name, url, BreakerSettings(slow_s=slow_s), headers=_bearer(settings.upstream_token)
                )
            )
    if settings.entitlements_url:
        # Nobody waits for it, and an organisation may have a great many contracts and seats.
        found.append(
            UpstreamSettings(
                ENTITLEMENTS,
                settings.entitlements_url,
                BreakerSettings(slow_s=SLOW_ENTITLEMENTS_S),
                most_bytes=MOST_ENTITLEMENTS_BYTES,
                headers=_bearer(settings.entitlements_token),
            )
        )
    if settings.ollama_url:
        # A model's limit is short: what it misses by a failed connection may be tried once more.
        found.append(
            UpstreamSettings(
                LLM,
                settings.ollama_url,
                BreakerSettings(slow_s=0.15),
                RetryPolicy(attempts=2, first_wait_s=0.005),
                most_bytes=256 * 1024,
            )
        )
        patience = BreakerSettings(slow_s=SLOW_IN_THE_BACKGROUND_S)
        found.append(UpstreamSettings(LLM_PATIENT, settings.ollama_url, patience, most_bytes=256 * 1024))
    return [*found, *vector_upstreams(settings)]


def _bearer(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def model_server(
    upstreams: Mapping[str, UpstreamClient], settings: Settings, client: "redis.Redis"
) -> ModelServer | None:
    """The server of the language model, None where none is configured; its slots are in this Redis."""
    if LLM not in upstreams:
        return None
    return ModelServer(
        quick=upstreams[LLM],
        patient=upstreams[LLM_PATIENT],
        model=settings.qwen_model,
        api=settings.llm_api,
        slots=RedisSlots(client, LLM, settings.llm_slots),
    )


def over_http(
    ports: Ports, upstreams: Mapping[str, UpstreamClient], server: ModelServer | None, vectors_ms: int
) -> Ports:
    """The ports, each that an upstream stands behind in place of the embedded one."""
    found: dict[str, Any] = {}
    if MEMORY in upstreams:
        found["memories"] = HttpMemoryBank(upstreams[MEMORY], recall_s=recall_s(vectors_ms))
    if PBML in upstreams:
        found["patterns"] = HttpPatterns(upstreams[PBML])
    if server is not None:
        found |= {"reranker": UpstreamReranker(server), "writer": UpstreamWriter(server)}
    return replace(ports, **found)


def make_upstreams(settings: Settings, told: Told) -> dict[str, UpstreamClient]:
    """A client for each upstream whose address is set, by name. Connects at first use."""
    return {found.name: UpstreamClient(found, told=told) for found in upstream_settings(settings)}


def teller(states: BreakerStates) -> Told:
    """Logs a change of a breaker, and tells the other processes."""
    process = f"{socket.gethostname()}:{os.getpid()}"

    def told(upstream: str, state: BreakerState, left_alone_s: float) -> None:
        log.warning("breaker_changed", extra={"upstream": upstream, "state": state})
        try:
            states.tell(upstream, process, state, left_alone_s)
        except StoreUnavailable as error:
            log.warning("breaker_not_told", extra={"error": str(error)})

    return told


def upstreams_report(upstreams: Mapping[str, UpstreamClient], states: BreakerStates) -> dict[str, Any]:
    """The breaker of each upstream, as this process and all others have it. Raises nothing of ours.

    The service does without any of them, so none of this makes it unwell.
    """
    try:
        elsewhere = states.not_closed()
    except StoreUnavailable:
        elsewhere = {}
    return {
        name: {"breaker": client.breaker.state, "processesNotAsking": elsewhere.get(name, 0)}
        for name, client in upstreams.items()
    }
