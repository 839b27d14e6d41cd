"""Requests of the flows that blend sources: who asks, about what, and what is filled in."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flows.catalogue.built_in import built_in_catalogue
from flows.errors import InvalidRequest
from flows.ports import Ports
from flows.requests.blended import blended
from flows.signals.events import Event, Kind
from tasks.store.in_memory_catalogues import InMemoryCatalogues
from tasks.store.in_memory_events import InMemoryEvents
from tasks.store.in_memory_learners import InMemoryLearners
from tasks.store.profiles import StoredProfiles
from tests.ports import make_ports

START = datetime(2025, 3, 1, 9, tzinfo=UTC)
LOOP = "Maximum update depth exceeded"


@pytest.fixture
def ports() -> Ports:
    """Ann has an open error in session s."""
    events = InMemoryEvents()
    events.append(
        [
            Event(
                id=f"e{number}",
                organisation="acme",
                user_id="ann",
                kind=kind,
                at=START + timedelta(minutes=number),
                session_id="s",
                text=text,
            )
            for number, (kind, text) in enumerate([(Kind.CODE_WRITTEN, ""), (Kind.ERROR_HIT, LOOP)])
        ]
    )
    catalogues, learners = InMemoryCatalogues(built_in_catalogue), InMemoryLearners()
    profiles = StoredProfiles(events, learners, catalogues)
    return make_ports(catalogues=catalogues, learners=learners, profiles=profiles)


@pytest.mark.parametrize(
    ("sent", "user_id", "errors"),
    [
        ({"sessionId": "s"}, "ann", [LOOP]),
        ({"sessionId": "s", "userId": "ann"}, "ann", [LOOP]),
        ({"sessionId": "s", "userId": "bob"}, "bob", []),
        ({"sessionId": "s", "recentErrors": []}, "ann", []),
        ({"sessionId": "s", "recentErrors": ["other"]}, "ann", ["other"]),
        ({"sessionId": "unseen"}, "", []),
        ({"userId": "ann"}, "ann", []),
        ({"context": "x"}, "", []),
    ],
)
def test_a_session_fills_in_what_was_not_sent(
    ports: Ports, sent: dict[str, Any], user_id: str, errors: list[str]
) -> None:
    """What was sent is the last word, and somebody else's session says nothing."""
    request = blended("acme", sent, ports)
    assert (request["userId"], request["recentErrors"]) == (user_id, errors)


def test_another_organisation_has_other_sessions(ports: Ports) -> None:
    """The same session id elsewhere is nobody's."""
    assert blended("rival", {"sessionId": "s"}, ports)["userId"] == ""


def test_equal_wishes_come_out_equal(ports: Ports) -> None:
    """The order of types does not matter, and what is empty is as if it were not sent."""
    first = blended("acme", {"userId": "ann", "types": ["skill", "course", "skill"], "limit": None}, ports)
    assert first == blended("acme", {"userId": "ann", "types": ["course", "skill"]}, ports)
    assert blended("acme", {"userId": "ann", "types": []}, ports) == blended("acme", {"userId": "ann"}, ports)


def test_an_unknown_goal_is_refused_with_the_nearest(ports: Ports) -> None:
    """Goals and skills are goals; anything else points to the field."""
    assert blended("acme", {"userId": "ann", "goal": "react-hooks"}, ports)["goal"] == "react-hooks"
    with pytest.raises(InvalidRequest, match="unknown goal 'fulstack'; nearest: fullstack") as caught:
        blended("acme", {"userId": "ann", "goal": "fulstack"}, ports)
    assert [error.field for error in caught.value.errors] == ["goal"]
