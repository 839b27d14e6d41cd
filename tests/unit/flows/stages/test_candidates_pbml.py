"""``candidates.pbml``: candidates as plain JSON, each with the pattern as evidence."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from flows.catalogue.parse import parse
from flows.deadline import Deadline
from flows.errors import PortUnavailable
from flows.intelligence.patterns.candidates import Candidate
from flows.intelligence.patterns.model import Pattern, PatternKind, Scope
from flows.intelligence.patterns.resolutions import Resolution
from flows.model import StageInput
from flows.signals.events import Event
from flows.stages.candidates_pbml import STAGE
from tasks.store.in_memory_catalogues import InMemoryCatalogues
from tasks.store.in_memory_events import InMemoryEvents
from tests.pattern_events import skills
from tests.ports import make_ports

MONDAY = datetime(2025, 1, 6, tzinfo=UTC)
SKILL = {"id": "go", "title": "Go", "hours": 4, "prompts": ["Write a loop."]}
CATALOGUE = parse("built-in", [("test", {"skills": [SKILL]})])
REQUEST = {"organisation": "acme", "userId": "ann", "catalogue": "built-in"}


def pattern(**changes: Any) -> Pattern:
    fields: dict[str, Any] = {
        "kind": PatternKind.SKILL_SEQUENCE,
        "scope": Scope.ORGANISATION,
        "antecedent": ("skill:sql",),
        "consequent": "skill:go",
        "support": 6,
        "opportunities": 8,
        "expected": 0.25,
        "people": 4,
        "first_seen": MONDAY,
        "last_seen": MONDAY,
        "evidence": (),
    }
    return Pattern(**fields | changes)


@dataclass
class Told:
    """A source of patterns that answers what it is told to, and keeps what it was asked."""

    found: list[Candidate] = field(default_factory=list)
    asked: list[tuple[str, str, list[str], int]] = field(default_factory=list)

    def candidates_for(
        self, organisation: str, user_id: str, history: Sequence[Event], limit: int
    ) -> Sequence[Candidate]:
        self.asked.append((organisation, user_id, [event.id for event in history], limit))
        return self.found

    def resolutions_for(self, *_: object) -> Sequence[Resolution]:
        raise PortUnavailable("not asked here")


def run(source: Told, events: Sequence[Event] = (), request: dict[str, Any] = REQUEST, **params: int) -> Any:
    store = InMemoryEvents()
    store.append(events)
    catalogues = InMemoryCatalogues(lambda: CATALOGUE)
    ports = make_ports(events=store, patterns=source, catalogues=catalogues)
    defaults = {name: param.default for name, param in STAGE.params.items()}
    given = StageInput(params=defaults | params, ports=ports, deadline=Deadline(2_000_000_000_000))
    return STAGE.run({"request": request}, given)["patterns"]


def test_a_candidate_names_its_pattern() -> None:
    """Type, id, title, skill, score, and how often how many people went that way."""
    assert run(Told([Candidate("skill", "go", 0.123456789, pattern())])) == [
        {
            "type": "skill",
            "id": "go",
            "title": "Go",
            "skill": "go",
            "score": 0.123457,
            "evidence": {
                "ids": ["pattern:organisation/skill_sequence/skill:sql>skill:go"],
                "pattern": "skill_sequence",
                "scope": "organisation",
                "antecedent": ["skill:sql"],
                "support": 6,
                "opportunities": 8,
                "people": 4,
                "lift": 3.0,
            },
        }
    ]


@pytest.mark.parametrize(("people", "named"), [(1, False), (2, False), (3, True)])
def test_counts_of_few_people_are_not_named(people: int, named: bool) -> None:
    """Below three people the pattern is named without how often, how surely, and by how many."""
    (found,) = run(Told([Candidate("skill", "go", 0.5, pattern(people=people))]))
    counts = {"support", "opportunities", "people", "lift"}
    assert counts & found["evidence"].keys() == (counts if named else set())
    assert found["evidence"]["antecedent"] == ["skill:sql"]


def test_own_patterns_name_the_person_s_own_events() -> None:
    """Ids of the events that show the pattern, behind that of the pattern."""
    own = pattern(scope=Scope.OWN, people=1, evidence=("e-2", "e-1"))
    (found,) = run(Told([Candidate("skill", "go", 0.5, own)]))
    assert found["evidence"]["ids"] == [
        "pattern:own/skill_sequence/skill:sql>skill:go",
        "event:e-2",
        "event:e-1",
    ]


def test_what_is_popular_has_no_antecedent() -> None:
    """A pattern after anything is told by its empty antecedent."""
    (found,) = run(Told([Candidate("skill", "go", 0.5, pattern(antecedent=()))]))
    assert found["evidence"]["antecedent"] == []
    assert found["evidence"]["ids"] == ["pattern:organisation/skill_sequence/skill:go"]


def test_the_newest_events_are_the_history() -> None:
    """The source is asked with so many events of that person and organisation, and with the limit."""
    source = Told()
    others = [*skills("bob", "ab"), *skills("ann", "x", organisation="rival")]
    assert run(source, [*skills("ann", "abc"), *others], limit=7, history=2) == []
    assert source.asked == [("acme", "ann", ["ann-1", "ann-2"], 7)]


def test_another_catalogue_gives_its_titles() -> None:
    """Without a catalogue in the request the built-in one is used; what it does not know has no title."""
    (found,) = run(
        Told([Candidate("course", "x", 0.5, pattern())]), request={"organisation": "acme", "userId": "ann"}
    )
    assert {"title", "skill"} & found.keys() == set()


def test_candidates_are_plain_json_in_order() -> None:
    """The order is that of the source, and the document can be stored."""
    found = run(Told([Candidate("skill", name, 0.5, pattern()) for name in ("b", "a")]))
    assert [one["id"] for one in json.loads(json.dumps(found))] == ["b", "a"]
