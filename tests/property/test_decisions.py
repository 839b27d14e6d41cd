"""Whatever a stage has written, its decision can be read, stored and has a bounded size."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from flows.decisions.reading import decision_of
from flows.decisions.text import from_text, to_text

NAMES = st.sampled_from(
    [
        "id",
        "score",
        "confidence",
        "skill",
        "skills",
        "source",
        "sources",
        "path",
        "items",
        "outcome",
        "mastery",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
FIELDS = (
    *("request", "candidates", "ranking", "dropped", "propensities"),
    *("features", "variant", "llm", "answer"),
)


@given(st.dictionaries(st.sampled_from(FIELDS), VALUES))
def test_any_document_can_be_read(doc: dict[str, Any]) -> None:
    """No document raises, and what was read survives the way as text."""
    decision = decision_of(
        doc,
        [],
        decision_id="d",
        organisation="acme",
        flow="plain",
        flow_version="1",
        asked_ms=0,
        ended_ms=1.0,
    )
    assert from_text(to_text(decision)) == decision
    assert all(item.confidence is None or 0 <= item.confidence <= 1 for item in decision.shown)
