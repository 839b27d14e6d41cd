"""Decisions as text, for the way from the worker that made them to the store that keeps them."""

import json
from typing import Any

from flows.decisions.model import Candidate, Decision, Drop, ShownItem
from flows.errors import InvalidInput

LONG = 16_384  #: Characters; the decision of a learning path has some 2,000.

#: Fields that are the same in the text as in the decision.
PLAIN = (
    *("id", "organisation", "flow", "flow_version", "at_ms", "total_ms", "user_id", "variant"),
    *("features", "llm_outcome", "latency_ms"),
)


def bounded_text(decision: Decision) -> str:
    """A decision as :func:`to_text` has it, without long tails where it would be too long."""
    text = to_text(decision)
    return text if len(text) <= LONG else to_text(decision.trimmed())


def to_text(decision: Decision) -> str:
    """A decision as compact JSON, its lists of records as lists of lists."""
    plain: dict[str, Any] = {name: getattr(decision, name) for name in PLAIN}
    lists = {
        "candidates": [[c.id, c.source, c.score] for c in decision.candidates],
        "dropped": [[d.id, d.filter, d.reason] for d in decision.dropped],
        "shown": [[s.id, s.score, s.confidence, s.propensity, s.skills] for s in decision.shown],
        "degraded": decision.degraded,
    }
    return json.dumps(plain | lists, separators=(",", ":"))


def from_text(text: str) -> Decision:
    """The decision again; raises InvalidInput for a text that :func:`to_text` has not written."""
    try:
        found = json.loads(text)
        return Decision(
            **{name: found[name] for name in PLAIN},
            candidates=tuple(Candidate(*entry) for entry in found["candidates"]),
            dropped=tuple(Drop(*entry) for entry in found["dropped"]),
            shown=tuple(
                ShownItem(id_, score, confidence, propensity, tuple(skills))
                for id_, score, confidence, propensity, skills in found["shown"]
            ),
            degraded=tuple(found["degraded"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput(f"not a decision: {error}") from None
