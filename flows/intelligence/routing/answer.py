"""The choice of a model as it goes over the wire."""

from collections.abc import Sequence
from math import ceil
from typing import Any

from flows.intelligence.routing.candidate import Candidate, Wish
from flows.intelligence.routing.choice import Choice, Judged
from flows.intelligence.routing.reasons import factors, nearest_miss, optimization, reason_not_selected


def compose(
    choice: Choice, wish: Wish, *, assumptions: Sequence[str], percent: float = 90.0, most_others: int = 8
) -> dict[str, Any]:
    """The answer of ``optimize_model``; at most so many alternatives, those used here first."""
    selected = choice.selected
    others = sorted(choice.others, key=lambda one: one.candidate.quality.judged == 0)
    shown = [_alternative(one, choice) for one in others[:most_others]]
    near = nearest_miss(choice.others) if selected is None else None
    return {
        "selectedModel": selected.candidate.card.id if selected else None,
        "expected": _expected(selected.candidate) if selected else None,
        "reasoning": {"factors": factors(choice, wish, percent), "alternatives": shown},
        "nearest": _alternative(near, choice) if near else None,
        "optimization": optimization(choice, wish),
        "understoodAs": {"task": wish.task, "language": wish.language},
        "assumptions": list(assumptions),
        "propensity": round(choice.propensity, 4),
    }


def _alternative(other: Judged, choice: Choice) -> dict[str, Any]:
    return {
        "model": other.candidate.card.id,
        "reason_not_selected": reason_not_selected(other, choice),
        "expected": _expected(other.candidate),
    }


def _expected(found: Candidate) -> dict[str, Any]:
    return {
        "quality": round(found.quality.here.mean, 3),
        "qualityDeviation": round(found.quality.here.deviation, 3),
        "latencyMs": round(found.latency.mean_ms),
        "latencyHighMs": ceil(found.latency.high_ms),
        "usdPerMTok": round(found.card.usd_per_m_tok, 4),
        "observations": found.quality.judged,
        "observationsHere": found.quality.judged_here,
        "prior": found.card.quality.source,
    }
