"""The clients of memory and PBML service: what they send, and what they make of answers that are wrong."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from flows.errors import InvalidInput, MemoryNotFound, PortUnavailable
from flows.intelligence.patterns.as_json import pattern_to_json
from flows.intelligence.patterns.model import Pattern, PatternKind, Scope
from flows.memory.as_json import memory_to_json
from flows.memory.model import Added
from flows.signals.events import Kind
from tasks.clients.memory_service import HttpMemoryBank
from tasks.clients.pbml_service import HttpPatterns
from tasks.store.in_memory_memories import InMemoryMemories
from tests.fakes.service import Answering, PlainCaller, listening, memory_app
from tests.memories import NOW, remembered
from tests.pattern_events import MONDAY, at, event, fix

TOKEN = "a-token-of-sixteen-or-more"

PATTERN = pattern_to_json(
    Pattern(
        kind=PatternKind.SKILL_SEQUENCE,
        scope=Scope.OVERALL,
        antecedent=("skill:a",),
        consequent="skill:b",
        support=1,
        opportunities=2,
        expected=0.5,
        people=3,
        first_seen=MONDAY,
        last_seen=MONDAY,
        evidence=(),
    )
)
CANDIDATE = {"type": "skill", "id": "b", "score": 0.5, "pattern": PATTERN}
RESOLUTION = {"fix": "Guard it", "score": 0.5, "successes": 1, "tries": 2, "pattern": PATTERN}
RECALLED = {
    "memory": memory_to_json(remembered("1")),
    "score": 0.5,
    "parts": {"text": 0.5, "recency": 1, "success": 0.5, "scope": 1},
    "scope": "own",
    "matched": [],
}

Call = Callable[[Any], Any]  #: One question over a caller that gives an answer.


def recall(answer: Any, limit: int = 10) -> Any:
    return HttpMemoryBank(Answering(answer)).recall("acme", "ann", "x", limit, now=NOW)


def get(answer: Any) -> Any:
    return HttpMemoryBank(Answering(answer)).get("acme", "ann", "1")


def delete(answer: Any) -> Any:
    return HttpMemoryBank(Answering(answer)).delete("acme", "ann", "1")


def add(answer: Any) -> Any:
    return HttpMemoryBank(Answering(answer)).add("acme", [remembered("1")])


def candidates(answer: Any, limit: int = 10) -> Any:
    return HttpPatterns(Answering(answer)).candidates_for("acme", "ann", [], limit)


def resolutions(answer: Any, limit: int = 10) -> Any:
    return HttpPatterns(Answering(answer)).resolutions_for("acme", "ann", "x", limit)


def test_right_answers_are_read() -> None:
    """What the cases below break is whole here."""
    assert [each.memory.id for each in recall({"recalled": [RECALLED]})] == ["1"]
    assert get({"memory": RECALLED["memory"]}) == remembered("1")
    assert delete({"forgotten": True}) is None
    assert add({"stored": 0, "duplicates": 1}) == Added(0, 1)
    assert [each.id for each in candidates({"candidates": [CANDIDATE]})] == ["b"]
    assert [each.fix for each in resolutions({"resolutions": [RESOLUTION]})] == ["Guard it"]


@pytest.mark.parametrize("call", [recall, get, delete, add, candidates, resolutions])
@pytest.mark.parametrize("answer", [None, [], "no", 7])
def test_an_answer_that_is_no_object_is_none(call: Call, answer: Any) -> None:
    """A service that says something else is as good as away."""
    with pytest.raises(PortUnavailable, match="cannot be read: the whole must be an object"):
        call(answer)


@pytest.mark.parametrize(
    ("call", "answer", "where"),
    [
        (recall, {"recalled": None}, "recalled"),
        (recall, {"recalled": [RECALLED, RECALLED | {"score": 2}]}, "recalled/1/score"),
        (recall, {"recalled": [RECALLED | {"scope": "everybody"}]}, "recalled/0/scope"),
        (recall, {"recalled": [RECALLED | {"memory": {}}]}, "recalled/0/memory/id"),
        (recall, {"recalled": [RECALLED | {"parts": {"text": float("nan")}}]}, "recalled/0/parts/text"),
        (get, {}, "memory"),
        (get, {"memory": memory_to_json(remembered("2"))}, "memory"),
        (get, {"memory": memory_to_json(remembered("1", user_id="bob"))}, "memory"),
        (delete, {}, "forgotten"),
        (delete, {"forgotten": None}, "forgotten"),
        (add, {"stored": 1}, "duplicates"),
        (add, {"stored": -1, "duplicates": 2}, "stored"),
        (add, {"stored": 7, "duplicates": 0}, "stored"),
        (candidates, {"candidates": [CANDIDATE | {"type": "horse"}]}, "candidates/0/type"),
        (
            candidates,
            {"candidates": [CANDIDATE | {"pattern": PATTERN | {"lastSeen": "then"}}]},
            "candidates/0/pattern/lastSeen",
        ),
        (resolutions, {"resolutions": [RESOLUTION | {"tries": None}]}, "resolutions/0/tries"),
        (
            resolutions,
            {"resolutions": [RESOLUTION | {"pattern": PATTERN | {"opportunities": 0}}]},
            "resolutions/0/pattern/opportunities",
        ),
    ],
)
def test_an_answer_that_breaks_the_contract_is_none(call: Call, answer: Any, where: str) -> None:
    """The error says where, and nothing half read comes out."""
    with pytest.raises(PortUnavailable, match=f"cannot be read: {where} "):
        call(answer)


def test_what_is_not_there_is_not_found() -> None:
    """No memory, and nothing forgotten, is the person's answer and no outage."""
    for call, answer in ((get, {"memory": None}), (delete, {"forgotten": False})):
        with pytest.raises(MemoryNotFound):
            call(answer)


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        (recall, {"recalled": [RECALLED] * 3}),
        (candidates, {"candidates": [CANDIDATE] * 3}),
        (resolutions, {"resolutions": [RESOLUTION] * 3}),
    ],
)
def test_more_than_was_asked_for_is_left_out(call: Callable[[Any, int], Any], answer: Any) -> None:
    """A limit is kept whatever the service says; for none, nobody is asked."""
    assert len(call(answer, 2)) == 2
    assert call(None, 0) == []


def test_no_more_is_asked_for_than_the_contract_allows() -> None:
    """Limits are cut to 200, a query to what is read of it."""
    memories, patterns = Answering({"recalled": []}), Answering({"candidates": [], "resolutions": []})
    HttpMemoryBank(memories).recall("acme", "ann", "x" * 5_000, 999, now=NOW)
    HttpPatterns(patterns).candidates_for("acme", "ann", [], 999)
    HttpPatterns(patterns).resolutions_for("acme", "ann", "x", 999)
    limits = [asked["limit"] for _, asked in memories.asked + patterns.asked]
    assert (limits, len(memories.asked[0][1]["query"])) == ([200, 200, 200], 4_000)


def test_what_cannot_be_stored_is_not_sent() -> None:
    """The whole batch is refused here, with the field, before anything leaves."""
    caller = Answering({"stored": 1, "duplicates": 0})
    with pytest.raises(InvalidInput) as caught:
        HttpMemoryBank(caller).add("acme", [remembered("1"), remembered("a\x00")])
    assert (caught.value.field, caller.asked) == ("1/id", [])


def test_nothing_to_add_asks_nobody() -> None:
    """An empty batch needs no service."""
    assert HttpMemoryBank(Answering(None)).add("acme", []) == Added(0, 0)


def test_many_memories_go_in_batches() -> None:
    """A hundred at a time, in their order; the counts are added up."""
    bank = InMemoryMemories()
    with listening(memory_app(bank)) as url:
        over_http = HttpMemoryBank(PlainCaller(url))
        assert over_http.add("acme", [remembered(str(n)) for n in range(250)]) == Added(250, 0)
        assert over_http.add("acme", [remembered(str(n)) for n in range(240, 260)]) == Added(10, 10)
    assert len(bank.recall("acme", "ann", "", 500, now=NOW)) == 260


def test_what_people_wrote_stays_at_home() -> None:
    """Of the history goes out what patterns are made of: texts of errors and fixes, and no data."""
    caller = Answering({"candidates": []})
    history = [
        event(0, Kind.CODE_WRITTEN, skill="a", text="secret", data={"file": "secret"}),
        fix(1, "Guard it"),
    ]
    HttpPatterns(caller).candidates_for("acme", "ann", history, 5)
    (path, asked) = caller.asked[0]
    assert path == "/v1/candidates"
    assert {(one["id"], one.get("text", ""), str(one.get("data", {}))) for one in asked["history"]} == {
        ("ann-0", "", "{}"),
        ("ann-1", "Guard it", "{}"),
    }


def test_of_a_long_history_the_newest_goes_out() -> None:
    """A thousand events, whatever order they are in."""
    caller = Answering({"candidates": []})
    history = [replace(event(0, skill="a"), id=str(n), at=at(n)) for n in range(1_100)]
    HttpPatterns(caller).candidates_for("acme", "ann", [*history[550:], *history[:550]], 5)
    times = [one["at"] for one in caller.asked[0][1]["history"]]
    assert (len(times), min(times)) == (1_000, (MONDAY + timedelta(minutes=100)).isoformat())


def test_without_the_token_there_is_no_answer() -> None:
    """A service that wants a token is away for who has none, and there for who has it."""
    with listening(memory_app(InMemoryMemories(), UPSTREAM_TOKEN=TOKEN)) as url:
        assert HttpMemoryBank(PlainCaller(url, TOKEN)).recall("acme", "ann", "", 5, now=NOW) == []
        with pytest.raises(PortUnavailable, match="401"):
            HttpMemoryBank(PlainCaller(url)).recall("acme", "ann", "", 5, now=NOW)


def test_a_service_that_is_away_is_unavailable() -> None:
    """Nothing listens on the address any more."""
    with listening(memory_app(InMemoryMemories())) as url:
        bank = HttpMemoryBank(PlainCaller(url))
        assert bank.recall("acme", "ann", "", 5, now=NOW) == []
    for ask in (
        lambda: bank.recall("acme", "ann", "", 5, now=NOW),
        lambda: bank.add("acme", [remembered("1")]),
        lambda: bank.get("acme", "ann", "1"),
        lambda: bank.delete("acme", "ann", "1"),
    ):
        with pytest.raises(PortUnavailable):
            ask()


def test_every_call_may_be_sent_again_and_has_a_deadline() -> None:
    """Whoever carries the calls knows that repeating one does no harm, and how long it may take."""
    asked: list[tuple[str, float, bool]] = []

    class Told:
        def call(
            self, method: str, path: str, json: Mapping[str, Any], *, deadline_s: float, idempotent: bool
        ) -> Any:
            asked.append((f"{method} {path}", deadline_s, idempotent))
            return {"recalled": [], "memory": None, "forgotten": True, "stored": 1, "duplicates": 0}

    bank = HttpMemoryBank(Told(), recall_s=0.03, change_s=1.5)
    bank.recall("acme", "ann", "x", 5, now=NOW)
    bank.add("acme", [remembered("1")])
    bank.delete("acme", "ann", "1")
    with pytest.raises(MemoryNotFound):
        bank.get("acme", "ann", "1")
    assert asked == [
        ("POST /v1/recall", 0.03, True),
        ("POST /v1/memories", 1.5, True),
        ("POST /v1/memories/forget", 1.5, True),
        ("POST /v1/memories/read", 0.03, True),
    ]
