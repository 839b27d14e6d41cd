"""The request of ``team_insights``."""

from typing import Any

import pytest

from flows.catalogue.built_in import built_in_catalogue
from flows.catalogue.projects import built_in_projects
from flows.errors import InvalidRequest
from flows.fingerprint import fingerprint
from flows.requests.team_insights import team_insights
from tasks.store.in_memory_catalogues import InMemoryCatalogues
from tasks.store.in_memory_learners import InMemoryLearners
from tasks.store.in_memory_teams import InMemoryTeams

CATALOGUES = InMemoryCatalogues(built_in_catalogue)
TEAMS = InMemoryTeams(InMemoryLearners())
TEAMS.put("acme", "platform", ["ann"])
TEAMS.put("rival", "secret", ["eve"])


def request(**sent: Any) -> dict[str, Any]:
    return team_insights("demo", {"orgId": "acme", "project": "payments", **sent}, CATALOGUES, TEAMS)


def test_what_the_flow_works_on() -> None:
    """The project is there with all that it needs, and a request without a team has none."""
    found = request(teamSize=10)
    kind = found["project"].pop("kind")
    assert found == {
        "organisation": "demo",
        "orgId": "acme",
        "project": {"asked": "payments", "by": "name", "score": 1.0},
        "catalogue": "built-in",
        "catalogueRevision": built_in_catalogue().revision,
        "teamSize": 10,
    }
    assert (kind["id"], kind["title"]) == ("payments", "Payments")
    assert kind["skills"] == built_in_projects()["payments"].skills
    assert kind["risk"] == built_in_projects()["payments"].risk


def test_the_request_is_plain_json() -> None:
    """It can be digested, also for a kind made of skills, and another team is another request."""
    assert (
        len({fingerprint(request(**sent)) for sent in ({}, {"teamId": "platform"}, {"project": "vue"})}) == 3
    )


def test_everything_wrong_is_said_at_once() -> None:
    """An unknown project and an unknown team are two errors, each with its field."""
    with pytest.raises(InvalidRequest) as raised:
        request(project="banana", teamId="plattform")
    assert [(error.field, str(error)) for error in raised.value.errors] == [
        ("project", "unknown project 'banana'"),
        ("teamId", "unknown team 'plattform'; nearest: platform"),
    ]


def test_a_team_of_another_organisation_is_unknown() -> None:
    """Nor is it among the nearest."""
    with pytest.raises(InvalidRequest) as raised:
        request(teamId="secret")
    assert [str(error) for error in raised.value.errors] == ["unknown team 'secret'"]
