"""From what a client sent to what ``optimize_model`` works on: defaults filled in, nothing else.

Task and language stay as they were called; the stage knows the names that an organisation uses.
"""

from collections.abc import Mapping
from typing import Any

from flows.catalogue.model_cards import ModelRegistry
from flows.catalogue.nearest import nearest
from flows.errors import InvalidInput, InvalidRequest, UnknownName
from flows.intelligence.routing.candidate import DEFAULT_PROMPT_TOKENS

DEFAULT_COMPLEXITY = "medium"


def optimize_model(organisation: str, sent: Mapping[str, Any], registry: ModelRegistry) -> dict[str, Any]:
    """The request of the ``optimize_model`` flow; raises InvalidRequest with all that is wrong."""
    policy = sent.get("policy") or {}
    errors = [
        *_unknown(policy.get("allow") or (), "allow", registry),
        *_unknown(policy.get("deny") or (), "deny", registry),
    ]
    if errors:
        raise InvalidRequest(errors)
    return {
        "organisation": organisation,
        "task": _as_one(sent["task"]),
        "language": _as_one(sent["language"]),
        "complexity": sent.get("complexity", DEFAULT_COMPLEXITY),
        "latencyBudget": sent["latencyBudget"],
        "promptTokens": sent.get("promptTokens", DEFAULT_PROMPT_TOKENS),
        "policy": {
            "allow": None if policy.get("allow") is None else sorted(set(policy["allow"])),
            "deny": sorted(set(policy.get("deny") or ())),
            "localOnly": policy.get("localOnly", False),
            "maxPricePerMTok": policy.get("maxPricePerMTok"),
        },
    }


def _as_one(name: str) -> str:
    """Spaces do not make two wishes different."""
    return " ".join(name.split())


def _unknown(models: Any, part: str, registry: ModelRegistry) -> list[InvalidInput]:
    return [
        UnknownName("model", model, nearest(model, registry.models), field=f"policy/{part}/{index}")
        for index, model in enumerate(models)
        if model not in registry.models
    ]
