"""The flow of a quiz as it is published, over parts in memory."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from flows.catalogue.built_in import built_in_catalogue
from flows.catalogue.question_bank import built_in_questions
from flows.deadline import Deadline
from flows.errors import PortUnavailable
from flows.loader import BUILT_IN_FILE, load_flows
from flows.ports import EventStore
from flows.registry import STAGES
from flows.requests.quiz import quiz
from flows.run import FlowRun, run_flow
from flows.signals.events import Event, Kind
from tasks.store.in_memory_catalogues import InMemoryCatalogues
from tasks.store.in_memory_events import InMemoryEvents
from tasks.store.in_memory_learners import InMemoryLearners
from tests.ports import make_ports

FLOW = load_flows(BUILT_IN_FILE.read_text("utf-8"), STAGES)["quiz_generation"]
CATALOGUES = InMemoryCatalogues(built_in_catalogue)


class NoEvents(InMemoryEvents):
    """A store that does not answer."""

    def of_user(self, *_: Any, **__: Any) -> Sequence[Event]:
        """Fail as a store does that cannot be reached."""
        raise PortUnavailable("the database does not answer")


def run(events: EventStore, **sent: Any) -> FlowRun:
    """Ann's quiz of 23 November; thirty questions on the command line are all there are."""
    given = {"userId": "ann", "skill": "command-line", "length": 30, **sent}
    request = quiz("acme", given, CATALOGUES, built_in_questions(), date(2026, 11, 23))
    ports = make_ports(catalogues=CATALOGUES, learners=InMemoryLearners(), events=events)
    return run_flow(FLOW, request, ports, Deadline.after(60_000))


def answered(day: int, month: int = 11, organisation: str = "acme") -> Event:
    """Ann's right answer to a question on the command line."""
    return Event(
        id=f"{organisation}-{month}-{day}",
        organisation=organisation,
        user_id="ann",
        kind=Kind.QUIZ_ANSWERED,
        at=datetime(2026, month, day, tzinfo=UTC),
        skill="command-line",
        item="command-line-exit-status",
        success=True,
    )


def asked(events: InMemoryEvents, **sent: Any) -> tuple[list[str], int]:
    """The ids of the questions, and how many were held back."""
    result = run(events, **sent).result
    assert result is not None
    return sorted(question["id"] for question in result["questions"]), result["heldBack"]


ALL = ["command-line-exit-status", "command-line-glob-expansion", "command-line-pipe-stderr"]


def test_a_quiz_ends_where_the_questions_do() -> None:
    """Whoever asks for more questions than there are gets all of them."""
    assert asked(InMemoryEvents()) == (ALL, 0)


def test_a_right_answer_counts_for_thirty_days() -> None:
    """A question answered right is left out until the thirty days are over."""
    recent, old = InMemoryEvents(), InMemoryEvents()
    recent.append([answered(24, month=10)])
    old.append([answered(23, month=10)])

    assert asked(recent) == (ALL[1:], 1)
    assert asked(old) == (ALL, 0)


def test_answers_in_another_organisation_do_not_count() -> None:
    """A person of the same id elsewhere is another person."""
    events = InMemoryEvents()
    events.append([answered(22, organisation="bolt")])

    assert asked(events) == (ALL, 0)


def test_a_quiz_without_history_is_still_a_quiz() -> None:
    """When the events do not answer, nothing is held back, and the answer says why."""
    found = run(NoEvents())

    assert found.reasons == ["context.features:port_unavailable", "context.answers:port_unavailable"]
    assert found.result is not None
    assert len(found.result["questions"]) == 3
