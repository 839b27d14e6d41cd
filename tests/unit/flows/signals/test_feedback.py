"""Feedback, and the events that it stands for."""

import pytest

from flows.signals.events import Event, Kind
from flows.signals.feedback import Verdict, event_of, feedback_from
from tests.decisions import NOON, a_feedback


def test_the_wire_form() -> None:
    """Every field is taken over; the organisation and the time are the service's."""
    sent = {"decisionId": "d-1", "itemId": "prompt:1", "outcome": "dismissed", "rating": 2, "comment": "old"}
    found = feedback_from("acme", sent | {"eventId": "e-1"}, NOON)
    assert found == a_feedback(verdict=Verdict.DISMISSED, rating=2, comment="old", event_id="e-1")
    bare = feedback_from("acme", {"decisionId": "d-1", "itemId": "prompt:1", "outcome": "accepted"}, NOON)
    assert bare == a_feedback()


def test_the_same_feedback_has_the_same_id() -> None:
    """Without an event id, decision, item and outcome say which feedback it is, and nothing else."""
    later = NOON.replace(hour=13)
    assert a_feedback().id == a_feedback(rating=5, comment="good", at=later).id
    others = [a_feedback("d-2"), a_feedback(item_id="prompt:2"), a_feedback(verdict=Verdict.COMPLETED)]
    assert len({a_feedback().id, *(other.id for other in others)}) == 4
    assert a_feedback(event_id="e-1").id == "e-1"


@pytest.mark.parametrize(
    ("item_id", "verdict", "kind"),
    [
        ("prompt:1", Verdict.ACCEPTED, Kind.PROMPT_ACCEPTED),
        ("prompt:1", Verdict.DISMISSED, Kind.PROMPT_DISMISSED),
        ("prompt:1", Verdict.COMPLETED, Kind.PROMPT_USED),
        ("course:1", Verdict.ACCEPTED, Kind.COURSE_STARTED),
        ("course:1", Verdict.COMPLETED, Kind.COURSE_COMPLETED),
        ("exercise:1", Verdict.COMPLETED, Kind.EXERCISE_SOLVED),
        ("skill:go", Verdict.ACCEPTED, Kind.COURSE_STARTED),
        ("skill:go", Verdict.COMPLETED, Kind.COURSE_COMPLETED),
    ],
)
def test_what_feedback_says_as_an_event(item_id: str, verdict: Verdict, kind: Kind) -> None:
    """The type of the item and the outcome say what happened."""
    event = event_of(a_feedback(item_id=item_id, verdict=verdict), "ann", ())
    assert event is not None
    assert (event.kind, event.item, event.user_id, event.organisation) == (
        kind,
        item_id.partition(":")[2],
        "ann",
        "acme",
    )


@pytest.mark.parametrize(
    ("item_id", "verdict"),
    [
        ("course:1", Verdict.DISMISSED),
        ("skill:go", Verdict.DISMISSED),
        ("exercise:1", Verdict.ACCEPTED),
        ("week-1", Verdict.COMPLETED),
        ("prompt", Verdict.ACCEPTED),
        ("skill:", Verdict.COMPLETED),
        ("sneeze:1", Verdict.ACCEPTED),
    ],
)
def test_what_says_nothing(item_id: str, verdict: Verdict) -> None:
    """An item of another type, or an outcome that shows nothing, is no event."""
    assert event_of(a_feedback(item_id=item_id, verdict=verdict), "ann", ("go",)) is None


def test_the_event_in_full() -> None:
    """Its id follows from the feedback's, so that it counts once, and it names the decision."""
    assert event_of(a_feedback(event_id="e-1"), "ann", ("go",)) == Event(
        id="feedback:e-1",
        organisation="acme",
        user_id="ann",
        kind=Kind.PROMPT_ACCEPTED,
        at=NOON,
        skill="go",
        item="1",
        data={"decisionId": "d-1"},
    )


@pytest.mark.parametrize(
    ("item_id", "skills", "skill"),
    [("prompt:1", (), None), ("prompt:1", ("go", "sql"), None), ("skill:css", ("go",), "css")],
)
def test_the_skill_of_an_event(item_id: str, skills: tuple[str, ...], skill: str | None) -> None:
    """An item of one skill names it, one of several names none, and a skill names itself."""
    event = event_of(a_feedback(item_id=item_id), "ann", skills)
    assert event is not None
    assert event.skill == skill
