"""The request of a batch: who is in it, and everything that is wrong for all of them."""

from typing import Any

import pytest

from flows.catalogue.built_in import built_in_catalogue
from flows.errors import InvalidRequest
from flows.requests.learning_path_batch import learning_path_batch
from tasks.store.in_memory_catalogues import InMemoryCatalogues
from tasks.store.in_memory_learners import InMemoryLearners
from tasks.store.in_memory_teams import InMemoryTeams

SENT = {"orgId": "acme", "userIds": ["b", "a"], "goal": "devops", "timeframe": "6weeks"}
BY_TEAM = {"orgId": "acme", "teamId": "web", "goal": "devops", "timeframe": "6weeks"}


def asked(sent: dict[str, Any], most: int = 3) -> Any:
    """The people of a request, from an organisation with a team of two and one of four."""
    teams = InMemoryTeams(InMemoryLearners())
    teams.put("acme", "web", ["ann", "bob"])
    teams.put("acme", "large", ["a", "b", "c", "d"])
    teams.put("rival", "secret", ["x"])
    return learning_path_batch("acme", sent, InMemoryCatalogues(built_in_catalogue), teams, most)


def faults(sent: dict[str, Any]) -> list[str]:
    """The fields at fault."""
    with pytest.raises(InvalidRequest) as raised:
        asked(sent)
    return [error.field for error in raised.value.errors]


def test_people_stay_in_their_order() -> None:
    """Named people come as they were named; of a team, by id."""
    assert list(asked(SENT).user_ids) == ["b", "a"]
    assert list(asked(BY_TEAM).user_ids) == ["ann", "bob"]


def test_what_all_have_in_common() -> None:
    """All that was sent but the people, their goals and where to call."""
    sent = {**SENT, "hoursPerWeek": 3.0, "goalByUser": {"a": "python"}, "callbackUrl": "https://example.org"}
    found = asked(sent)
    assert found.in_common == {"orgId": "acme", "goal": "devops", "timeframe": "6weeks", "hoursPerWeek": 3.0}
    assert found.goals == {"a": "python"}


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({**SENT, "teamId": "web"}, ["teamId"]),
        ({**BY_TEAM, "teamId": "secret"}, ["teamId"]),
        ({**BY_TEAM, "teamId": "large"}, ["teamId"]),
        ({**SENT, "userIds": ["a", "b", "a", "b", "a"]}, ["userIds/2", "userIds/3", "userIds/4"]),
        ({**SENT, "goalByUser": {"c": "python", "a~/b": "x"}}, ["goalByUser/c", "goalByUser/a~0~1b"]),
        ({**SENT, "timeframe": "soon", "goal": "nogoal"}, ["timeframe", "goal"]),
        ({**SENT, "catalogue": "none"}, ["catalogue"]),
    ],
)
def test_what_is_wrong_for_all(sent: dict[str, Any], expected: list[str]) -> None:
    """Each fault has its field, and all of them are said at once."""
    assert faults(sent) == expected


def test_everybody_needs_a_goal() -> None:
    """Without one for all, whoever has none of their own is counted."""
    sent = {name: value for name, value in SENT.items() if name != "goal"}
    assert faults(sent) == ["goal"]
    with pytest.raises(InvalidRequest, match="1 of 2 have no goal"):
        asked({**sent, "goalByUser": {"a": "python"}})
    assert asked({**sent, "goalByUser": {"a": "python", "b": "no such goal"}}).goals["b"] == "no such goal"
