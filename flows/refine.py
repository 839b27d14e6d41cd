"""Giving a language model that missed its limit a second chance, when nobody waits any more.

The flow is run once more with the same request, version and chance, so that its answer differs by
the model alone, and by what has been learned meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from config.queues import LLM
from flows.model import Flow, Step

LIMIT = "limitMs"  #: The parameter that limits the model.
MARGIN_MS = 500  #: A stage may take this much longer than the model.
LEAST_REFINE_MS = 1_100  #: A model with less than a second left is asked as if somebody waited.

#: Codes of a limit that was missed, or of a model that had no time: another time it may do better.
MISSED = frozenset({"timeout", "busy", "stage_timeout"})


def can_be_refined(step: Step) -> bool:
    """True for a stage that asks a language model within a limit."""
    return step.stage.queue == LLM and LIMIT in step.stage.params


def missed_its_limit(flow: Flow, stages: Sequence[Mapping[str, Any]]) -> bool:
    """True when a model had too little time, by the records of a job's stages."""
    types = {step.stage.type for step in flow.steps if can_be_refined(step)}
    reasons = [str(stage.get("reason", "")).partition(":") for stage in stages]
    return any(type_ in types and code in MISSED for type_, _, code in reasons)


def refining(flow: Flow) -> Flow:
    """The same flow with the limits of the background."""
    return replace(flow, steps=tuple(_patient(step, flow.refine_limit_ms) for step in flow.steps))


def _patient(step: Step, limit_ms: int) -> Step:
    if not can_be_refined(step):
        return step
    return replace(step, params={**step.params, LIMIT: limit_ms}, timeout_ms=limit_ms + MARGIN_MS)


def has_helped(flow: Flow, stages: Sequence[Mapping[str, Any]]) -> bool:
    """True when every model that was asked again gave an order that could be used."""
    types = {step.stage.type for step in flow.steps if can_be_refined(step)}
    return not any(stage["type"] in types and stage.get("reason") for stage in stages)
