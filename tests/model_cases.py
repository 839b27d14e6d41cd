"""Cards and tallies for tests of the choice of a model, with what does not matter filled in."""

from typing import Any

from flows.catalogue.model_cards import ModelCard, QualityPrior
from flows.intelligence.routing.observations import ModelTally


def card(id_: str = "a", *, overall: float = 0.8, latency: float = 100.0, **changes: Any) -> ModelCard:
    """A card of a model on own machines, made for code review, as fast for every prompt."""
    fields: dict[str, Any] = {
        "id": id_,
        "family": "f",
        "runs_on": "api" if changes.get("usd_per_m_tok_out") else "ollama",
        "parameters_b": None,
        "context_tokens": 8192,
        "usd_per_m_tok_in": 0.0,
        "usd_per_m_tok_out": 0.0,
        "languages": (),
        "tasks": ("code review",),
        "latency_ms": ((1000, latency),),
        "quality": QualityPrior(overall=overall, tasks={}, weight=4, source="estimate"),
    }
    return ModelCard(**{**fields, **changes})


def tally(model: str = "a", **changes: Any) -> ModelTally:
    """Ten judged uses for high code reviews in Python, of quality .9 and always 100 ms."""
    fields: dict[str, Any] = {
        "model": model,
        "task": "code review",
        "language": "Python",
        "complexity": "high",
        "uses": 10,
        "judged": 10,
        "quality": 0.9,
        "latency_ms": 100.0,
    }
    fields.update(changes)
    fields.setdefault("latency_ms_squared", fields["latency_ms"] ** 2)
    return ModelTally(**fields)
