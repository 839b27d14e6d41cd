"""``POST /api/recommendations/team-insights``: over HTTP, from request to answer."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from marshmallow import RAISE

from app.schemas.teams import TeamInsightsAnswer
from flows.catalogue.built_in import built_in_catalogue
from flows.intelligence.entitlements.model import Training
from flows.intelligence.mastery import Mastery
from tasks.store.in_memory_catalogues import InMemoryCatalogues
from tasks.store.in_memory_learners import InMemoryLearners
from tasks.store.in_memory_teams import InMemoryTeams

URL = "/api/recommendations/team-insights"
BODY = {"orgId": "enterprise-789", "teamSize": 10, "project": "microservices-migration"}

MakeClient = Callable[..., FlaskClient]


@pytest.fixture
def catalogues() -> InMemoryCatalogues:
    """The catalogue that projects are described in."""
    return InMemoryCatalogues(built_in_catalogue)


@pytest.fixture(autouse=True)
def people(learners: InMemoryLearners, teams: InMemoryTeams) -> None:
    """Five who know React, two of whom also Docker; and a pair."""
    for number in range(5):
        known = {"react-fundamentals": Mastery(0.9, 9)}
        known |= {"docker-basics": Mastery(0.9, 9)} if number < 2 else {}
        learners.record("enterprise-789", f"u{number}", known)
    teams.put("enterprise-789", "web", [f"u{number}" for number in range(5)])
    teams.put("enterprise-789", "pair", ["u0", "u1"])
    late = Training(id="sec", course="Security Awareness", skill=None, due_on=date(2020, 1, 1))
    teams.require("enterprise-789", late, ["u0"])


def answered(client: FlaskClient, **changes: Any) -> Any:
    response = client.post(URL, json=BODY | changes)
    assert response.status_code == 200, response.get_json()
    TeamInsightsAnswer(unknown=RAISE).load(response.get_json())
    return response.get_json()


def test_a_team_before_a_project(client: FlaskClient) -> None:
    """Strengths and gaps come from the members' mastery, weighed by what the project needs."""
    answer = answered(client)
    found = answer["teamInsights"]
    assert "React Fundamentals" in found["strengths"]
    assert found["gaps"][:2] == ["Kubernetes Basics", "Microservices"]
    first = found["recommendations"][0]
    assert (first["priority"], first["topic"], first["affectedMembers"]) == ("HIGH", "Kubernetes Basics", 5)
    assert first["businessImpact"].startswith(
        "Critical for microservices migration: 5 of 5 members are below"
    )
    assert found["suggestedWorkshops"][0] == "Kubernetes Basics, from the ground up"
    assert [(t["course"], t["overdue"], t["openMembers"]) for t in found["mandatoryTraining"]] == [
        ("Security Awareness", True, 4)
    ]
    assert (answer["members"], answer["membersSeen"], answer["teamSize"]) == (5, 5, 10)
    assert answer["note"] == "5 of 10 members were seen; what is said is about these."
    assert answer["projectMatched"]["by"] == "name"


def test_nobody_is_named(client: FlaskClient) -> None:
    """No answer and no job has the id of a member."""
    response = client.post(URL, json=BODY)
    job = client.get(f"/api/jobs/{response.headers['X-Job-Id']}").get_data(as_text=True)
    assert all(f'"u{number}"' not in job + response.get_data(as_text=True) for number in range(5))


def test_nothing_is_said_about_two(client: FlaskClient) -> None:
    """A team of two gets an empty answer that says why, not even its size or its training."""
    answer = answered(client, teamId="pair")
    assert (answer["withheld"], answer["members"], answer["membersSeen"]) == (
        "fewer_than_three_members",
        None,
        None,
    )
    assert set(map(str, answer["teamInsights"].values())) == {"[]"}


def test_nothing_is_said_about_two_who_were_seen(
    client: FlaskClient, teams: InMemoryTeams, learners: InMemoryLearners
) -> None:
    """Of three members two were observed: what they master is not told, what is due is."""
    teams.put("enterprise-789", "new", ["u0", "u1", "u9"])
    answer = answered(client, teamId="new")
    assert (answer["withheld"], answer["members"]) == ("fewer_than_three_members_seen", 3)
    assert answer["teamInsights"]["recommendations"] == []
    assert [t["openMembers"] for t in answer["teamInsights"]["mandatoryTraining"]] == [None]
    learners.record("enterprise-789", "u9", {"go-basics": Mastery(0.5, 3)})
    assert answered(client, teamId="new", teamSize=3)["membersSeen"] == 3


def test_a_name_is_matched_and_the_match_is_told(client: FlaskClient) -> None:
    """The answer says which kind of project the name was taken for, and how."""
    assert answered(client, project="GDPR audit")["projectMatched"] == {
        "asked": "GDPR audit",
        "id": "privacy-compliance",
        "title": "Privacy compliance",
        "by": "words",
        "score": 1.0,
    }


def test_an_organisation_without_people(client: FlaskClient) -> None:
    """Nobody is fewer than three."""
    assert answered(client, orgId="studio-2")["withheld"] == "fewer_than_three_members"


@pytest.mark.parametrize(
    ("change", "pointer", "nearest"),
    [
        ({"project": "banana"}, "/project", []),
        ({"project": "\ud800"}, "/project", None),
        ({"project": "a\nb"}, "/project", None),
        ({"project": ""}, "/project", None),
        ({"teamId": "wep"}, "/teamId", ["web"]),
        ({"teamSize": 0}, "/teamSize", None),
        ({"teamSize": 2.5}, "/teamSize", None),
    ],
)
def test_what_is_refused(
    client: FlaskClient, change: dict[str, Any], pointer: str, nearest: list[str] | None
) -> None:
    """A request that cannot be used is a 422 that points at the field, and names what was meant."""
    response = client.post(URL, json=BODY | change)
    assert response.status_code == 422
    (fault,) = response.get_json()["errors"]
    assert (fault["pointer"], fault.get("nearest")) == (pointer, nearest)


def test_other_organisations_are_closed(make_client: MakeClient) -> None:
    """A key asks for its own organisation only, and nobody for what is not of the demo."""
    keyed = make_client(env={"API_KEYS": "acme:acme-key-0123456789"})
    headers = {"X-API-Key": "acme-key-0123456789"}
    assert keyed.post(URL, json=BODY, headers=headers).status_code == 403
    assert keyed.post(URL, json=BODY | {"orgId": "acme"}, headers=headers).status_code == 200
    assert make_client().post(URL, json=BODY | {"orgId": "acme"}).status_code == 403
