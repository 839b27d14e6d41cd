"""What goes between services comes back as it was, to the last bit."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.errors import InvalidInput
from flows.intelligence.patterns.as_json import (
    candidate_from_json,
    candidate_to_json,
    pattern_from_json,
    pattern_to_json,
    resolution_from_json,
    resolution_to_json,
)
from flows.intelligence.patterns.candidates import Candidate
from flows.intelligence.patterns.model import Pattern, PatternKind, Scope
from flows.intelligence.patterns.resolutions import Resolution
from flows.intelligence.patterns.step import TYPES
from flows.json_object import JsonObject
from flows.memory import model as memory_model
from flows.memory.as_json import (
    added_from_json,
    added_to_json,
    memory_from_json,
    memory_to_json,
    recalled_from_json,
    recalled_to_json,
)
from flows.memory.model import Added, Memory, MemoryKind, Parts, Recalled, Visibility
from flows.signals.as_json import event_from_json, event_to_json
from flows.signals.events import Event, Kind

TEXT = st.text(max_size=20)
IDS, TEXTS = st.text(min_size=1, max_size=9), st.lists(TEXT, max_size=3).map(tuple)
MAYBE = st.none() | TEXT
TIMES = st.datetimes(timezones=st.just(UTC))
SHARES, COUNTS = st.floats(0, 1), st.integers(0, 2**53)
FLAGS = st.none() | st.booleans()

MEMORIES = st.builds(
    Memory,
    id=IDS,
    organisation=st.just("acme"),
    user_id=IDS,
    kind=st.sampled_from(MemoryKind),
    text=TEXT,
    at=TIMES,
    title=TEXT,
    skill=MAYBE,
    error=TEXT,
    tags=TEXTS,
    success=FLAGS,
    visibility=st.sampled_from(Visibility),
    session_id=MAYBE,
    events=TEXTS,
)
RECALLED = st.builds(
    Recalled,
    MEMORIES,
    SHARES,
    st.builds(Parts, SHARES, SHARES, SHARES, SHARES),
    st.sampled_from(memory_model.Scope),
    TEXTS,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
EVENTS = st.builds(
    Event,
    id=IDS,
    organisation=st.just("acme"),
    user_id=IDS,
    kind=st.sampled_from(Kind),
    at=TIMES,
    session_id=MAYBE,
    skill=MAYBE,
    item=MAYBE,
    success=FLAGS,
    text=TEXT,
    data=st.dictionaries(TEXT, JSON, max_size=3),
)
PATTERNS = st.builds(
    Pattern,
    kind=st.sampled_from(PatternKind),
    scope=st.sampled_from(Scope),
    antecedent=TEXTS,
    consequent=TEXT,
    support=COUNTS,
    opportunities=st.integers(1, 2**53),
    expected=st.floats(0, 1, exclude_min=True),
    people=COUNTS,
    first_seen=TIMES,
    last_seen=TIMES,
    evidence=TEXTS,
)
CANDIDATES = st.builds(Candidate, st.sampled_from(TYPES), TEXT, SHARES, PATTERNS)
RESOLUTIONS = st.builds(Resolution, TEXT, SHARES, COUNTS, COUNTS, PATTERNS)


def sent(document: Any) -> JsonObject:
    """A document as it arrives on the other side."""
    return JsonObject.of(json.loads(json.dumps(document, allow_nan=False)))


@given(MEMORIES)
def test_memories(memory: Memory) -> None:
    """A memory comes back whole; its organisation is the one that was asked for."""
    assert memory_from_json("acme", sent(memory_to_json(memory))) == memory
    assert memory_from_json("rival", sent(memory_to_json(memory))).organisation == "rival"


@given(RECALLED)
def test_what_was_recalled(recalled: Recalled) -> None:
    """Score and parts are not rounded."""
    assert recalled_from_json("acme", sent(recalled_to_json(recalled))) == recalled


@given(EVENTS)
def test_events(event: Event) -> None:
    """An event comes back whole, its data too."""
    assert event_from_json("acme", sent(event_to_json(event))) == event


@given(PATTERNS)
def test_patterns(pattern: Pattern) -> None:
    """A pattern comes back whole."""
    assert pattern_from_json(sent(pattern_to_json(pattern))) == pattern


@given(CANDIDATES)
def test_candidates(candidate: Candidate) -> None:
    """A candidate comes back with its pattern."""
    assert candidate_from_json(sent(candidate_to_json(candidate))) == candidate


@given(RESOLUTIONS)
def test_resolutions(resolution: Resolution) -> None:
    """A resolution comes back with its pattern."""
    assert resolution_from_json(sent(resolution_to_json(resolution))) == resolution


@given(st.builds(Added, COUNTS, COUNTS))
def test_counts_of_what_was_added(added: Added) -> None:
    """Both counts come back."""
    assert added_from_json(sent(added_to_json(added))) == added


def test_the_form_of_a_memory() -> None:
    """Names are in camel case; what is not said is private, empty or not known."""
    least = {"id": "1", "userId": "ann", "kind": "note", "text": "a", "at": "2025-06-01T14:00:00+02:00"}
    memory = memory_from_json("acme", sent(least))
    assert memory_to_json(memory) == least | {
        "at": "2025-06-01T12:00:00+00:00",
        "title": "",
        "skill": None,
        "error": "",
        "tags": [],
        "success": None,
        "visibility": "private",
        "sessionId": None,
        "events": [],
    }


def test_the_form_of_a_candidate() -> None:
    """The pattern is inside, with times by ISO 8601."""
    east = timezone(timedelta(hours=1))
    pattern = Pattern(
        kind=PatternKind.SKILL_SEQUENCE,
        scope=Scope.ORGANISATION,
        antecedent=("skill:a",),
        consequent="skill:b",
        support=3,
        opportunities=4,
        expected=0.25,
        people=3,
        first_seen=datetime(2025, 6, 1, tzinfo=east),
        last_seen=datetime(2025, 6, 2, tzinfo=UTC),
        evidence=(),
    )
    document = candidate_to_json(Candidate("skill", "b", 0.5, pattern))
    assert document == {
        "type": "skill",
        "id": "b",
        "score": 0.5,
        "pattern": {
            "kind": "skill_sequence",
            "scope": "organisation",
            "antecedent": ["skill:a"],
            "consequent": "skill:b",
            "support": 3,
            "opportunities": 4,
            "expected": 0.25,
            "people": 3,
            "firstSeen": "2025-06-01T00:00:00+01:00",
            "lastSeen": "2025-06-02T00:00:00+00:00",
            "evidence": [],
        },
    }
    for change, field in (
        ({"type": "cheese"}, "type"),
        ({"score": 1.5}, "score"),
        ({"pattern": document["pattern"] | {"opportunities": 0}}, "pattern/opportunities"),
        ({"pattern": document["pattern"] | {"expected": 0}}, "pattern/expected"),
    ):
        with pytest.raises(InvalidInput) as caught:
            candidate_from_json(sent(document | change))
        assert caught.value.field == field


@pytest.mark.parametrize("data", [[], "a", 1])
def test_the_data_of_an_event_is_an_object(data: Any) -> None:
    """Anything else is refused."""
    event = {"id": "1", "userId": "ann", "kind": "error_hit", "at": "2025-06-01T12:00:00Z", "data": data}
    with pytest.raises(InvalidInput) as caught:
        event_from_json("acme", sent({"event": event}).object("event"))
    assert caught.value.field == "event/data"


def test_the_form_of_an_event() -> None:
    """What is not said is left out; an attempt that failed is said."""
    at = datetime(2025, 6, 1, tzinfo=UTC)
    event = Event(id="1", organisation="acme", user_id="ann", kind=Kind.ERROR_HIT, at=at)
    least = {"id": "1", "userId": "ann", "kind": "error_hit", "at": "2025-06-01T00:00:00+00:00"}
    assert event_to_json(event) == least
    assert event_to_json(replace(event, success=False, skill="")) == least | {"success": False, "skill": ""}
