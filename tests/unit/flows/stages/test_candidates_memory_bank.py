"""The stage that recalls."""

from typing import Any

import pytest

from flows.deadline import Deadline
from flows.memory.model import Visibility
from flows.model import StageInput
from flows.stages.candidates_memory_bank import STAGE
from tasks.store.in_memory_memories import InMemoryMemories
from tests.memories import LOOP, NOW, remembered
from tests.ports import make_ports

REQUEST = {"organisation": "acme", "userId": "ann", "context": "debugging useEffect", "sessionId": "s-1"}


def run(bank: InMemoryMemories, limit: int = 5, **request: Any) -> list[dict[str, Any]]:
    """What is remembered for a request."""
    ports = make_ports(memories=bank)
    given = StageInput(params={"limit": limit}, ports=ports, deadline=Deadline(0, NOW.timestamp))
    written = STAGE.run({"request": REQUEST | request}, given)
    assert tuple(written) == STAGE.writes
    remembered_: list[dict[str, Any]] = written["remembered"]
    return remembered_


@pytest.fixture
def bank() -> InMemoryMemories:
    """Two of ann's, one of somebody else for everybody, one of another organisation."""
    bank = InMemoryMemories()
    bank.add(
        "acme", [remembered("loop", days=3, session_id="s-0"), remembered("depth", "Maximum update depth")]
    )
    everyone = {"user_id": "eve", "visibility": Visibility.ORGANISATION}
    bank.add("acme", [remembered("eve", f"eve {LOOP}", **everyone)])
    bank.add("rival", [remembered("rival", organisation="rival", **everyone)])
    return bank


def test_context_and_errors_are_asked_for(bank: InMemoryMemories) -> None:
    """Both are one query; what fits comes with evidence, scope and reason."""
    found = run(bank, recentErrors=["Maximum update depth exceeded"])
    assert {each["id"] for each in found} == {"depth", "loop", "eve"}
    assert [each["id"] for each in run(bank)] == ["loop", "eve"]
    assert run(bank)[0]["evidence"] == "memory:loop"
    assert run(bank)[0]["why"].endswith("your own; 3 days old")


def test_a_limit_is_kept(bank: InMemoryMemories) -> None:
    """The flow says how many."""
    assert [each["id"] for each in run(bank, limit=1)] == ["loop"]


@pytest.mark.parametrize(
    "request_", [{"context": ""}, {"context": None}, {"context": " ", "recentErrors": None}]
)
def test_nothing_asked_nothing_remembered(bank: InMemoryMemories, request_: dict[str, Any]) -> None:
    """Without context and errors the newest memories are about something else."""
    assert run(bank, **request_) == []


def test_the_session_at_hand_is_left_out(bank: InMemoryMemories) -> None:
    """What was said in this session is no memory yet."""
    bank.add("acme", [remembered("now", "debugging useEffect", session_id="s-1")])
    assert [each["id"] for each in run(bank)] == ["loop", "eve"]
    assert "now" in [each["id"] for each in run(bank, sessionId="s-2")]


def test_who_is_not_named_gets_what_is_for_all(bank: InMemoryMemories) -> None:
    """A request without a person is reminded of what the organisation shares."""
    assert [each["id"] for each in run(bank, userId=None)] == ["eve"]


def test_the_bank_hears_how_long_the_job_can_wait() -> None:
    """So that what takes longer and can be left out, is."""
    heard: list[Any] = []

    class Listening(InMemoryMemories):
        def recall(self, *given: Any, **more: Any) -> Any:
            heard.append(more["within_s"])
            return super().recall(*given, **more)

    now_s = NOW.timestamp()
    deadline = Deadline(now_s * 1000 + 30, lambda: now_s)
    given = StageInput(params={"limit": 5}, ports=make_ports(memories=Listening()), deadline=deadline)
    STAGE.run({"request": REQUEST}, given)
    assert heard == [pytest.approx(0.03)]
