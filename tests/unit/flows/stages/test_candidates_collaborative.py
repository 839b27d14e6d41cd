"""``candidates.collaborative``: recommendations as plain JSON, each with what contributed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flows.catalogue.parse import parse
from flows.deadline import Deadline
from flows.intelligence.recommender.recommend import Contribution, Recommendation
from flows.model import StageInput
from flows.signals.events import Event
from flows.stages.candidates_collaborative import STAGE
from tasks.store.in_memory_catalogues import InMemoryCatalogues
from tasks.store.in_memory_events import InMemoryEvents
from tests.pattern_events import skills
from tests.ports import make_ports

SKILL = {"id": "go", "title": "Go", "hours": 4, "prompts": ["Write a loop."]}
CATALOGUE = parse("built-in", [("test", {"skills": [SKILL]})])

FOUND = Recommendation(
    "prompt:go/1",
    0.45,
    (
        Contribution("next", "course:sql", 0.25),
        Contribution("similar", "course:sql", 0.1),
        Contribution("popular", None, 0.0600000004),
        Contribution("later", "skill:css", 0.04),
    ),
)


@dataclass
class Told:
    """A recommender that answers what it is told to, and keeps what it was asked."""

    found: list[Recommendation] = field(default_factory=list)
    asked: list[tuple[str, str, list[str], int]] = field(default_factory=list)

    def recommend(
        self, organisation: str, user_id: str, history: Sequence[Event], limit: int, **_: object
    ) -> Sequence[Recommendation]:
        self.asked.append((organisation, user_id, [event.id for event in history], limit))
        return self.found


def run(source: Told, events: Sequence[Event] = (), **params: int) -> Any:
    store = InMemoryEvents()
    store.append(events)
    catalogues = InMemoryCatalogues(lambda: CATALOGUE)
    ports = make_ports(events=store, recommender=source, catalogues=catalogues)
    defaults = {name: param.default for name, param in STAGE.params.items()}
    given = StageInput(params=defaults | params, ports=ports, deadline=Deadline(2_000_000_000_000))
    return STAGE.run({"request": {"organisation": "acme", "userId": "ann"}}, given)["collaborative"]


def test_a_candidate_says_what_contributed() -> None:
    """Type, id, title, skill, score; the items of the history once each, and every contribution."""
    assert run(Told([FOUND])) == [
        {
            "type": "prompt",
            "id": "go/1",
            "title": "Write a loop.",
            "skill": "go",
            "score": 0.45,
            "evidence": {
                "ids": ["course:sql", "skill:css"],
                "contributions": [
                    {"source": "next", "from": "course:sql", "score": 0.25},
                    {"source": "similar", "from": "course:sql", "score": 0.1},
                    {"source": "popular", "from": None, "score": 0.06},
                    {"source": "later", "from": "skill:css", "score": 0.04},
                ],
            },
        }
    ]


def test_the_strongest_contributions_are_named() -> None:
    """No more than wanted, and the ids are those of what is named."""
    (found,) = run(Told([FOUND]), reasons=3)
    assert [part["source"] for part in found["evidence"]["contributions"]] == ["next", "similar", "popular"]
    assert found["evidence"]["ids"] == ["course:sql"]


def test_the_newest_events_are_the_history() -> None:
    """The recommender is asked with so many events of that person and organisation, and with the limit."""
    source = Told()
    others = [*skills("bob", "ab"), *skills("ann", "x", organisation="rival")]
    assert run(source, [*skills("ann", "abc"), *others], limit=7, history=2) == []
    assert source.asked == [("acme", "ann", ["ann-1", "ann-2"], 7)]


def test_the_order_is_that_of_the_recommender() -> None:
    """Best first, as they came."""
    found = run(Told([Recommendation(f"skill:{name}", 0.5, ()) for name in "ba"]))
    assert [one["id"] for one in found] == ["b", "a"]
    assert found[0]["evidence"] == {"ids": [], "contributions": []}
