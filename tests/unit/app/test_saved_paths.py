"""Saved learning paths over HTTP: saved, listed, marked as done, planned anew, deleted."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from marshmallow import RAISE

from app.schemas.common import ProblemSchema
from app.schemas.learning_paths import LearningPathAnswer
from app.schemas.saved_paths import ReplannedPathSchema, SavedPathList, SavedPathSchema
from flows.intelligence.mastery import Mastery
from flows.saved_path import SavedPath
from tasks.store.in_memory_learners import InMemoryLearners
from tasks.store.in_memory_saved_paths import InMemorySavedPaths

URL = "/api/learning-paths"
BODY = {
    "userId": "ann",
    "currentSkill": "junior",
    "goal": "frontend",
    "timeframe": "10weeks",
    "hoursPerWeek": 6,
}
KEYS = {"API_KEYS": "acme:aaaaaaaaaaaaaaaa,rival:bbbbbbbbbbbbbbbb"}
ACME, RIVAL = ({"X-API-Key": letter * 16} for letter in "ab")

MakeClient = Callable[..., FlaskClient]


def save(client: FlaskClient, **more: Any) -> str:
    """The id of a path that was just saved."""
    response = client.post(URL, json=BODY | more)
    assert response.status_code == 200
    return str(response.get_json()["decisionId"])


def weeks_of(path: Any) -> list[tuple[int, list[str], bool]]:
    """Number, skills and state of each week."""
    return [(week["week"], [skill["id"] for skill in week["skills"]], week["done"]) for week in path["path"]]


def test_the_answer_is_that_of_the_published_endpoint(client: FlaskClient) -> None:
    """The same request gets the same path from both; only who computed it differs."""
    one, other = (
        client.post(url, json=BODY).get_json() for url in (URL, "/api/recommendations/learning-path")
    )
    assert one.pop("decisionId") != other.pop("decisionId")
    assert one == other
    assert LearningPathAnswer(unknown=RAISE).load({**one, "decisionId": "x"})["degraded"] is False


def test_only_this_endpoint_saves(client: FlaskClient) -> None:
    """A path that was asked for at the published endpoint is kept nowhere."""
    client.post("/api/recommendations/learning-path", json=BODY)
    assert client.get(f"{URL}?userId=ann").get_json() == {"paths": [], "next": None}


def test_a_saved_path_is_shown_whole(client: FlaskClient) -> None:
    """Under the decision's id are the weeks of the answer, none done, at revision 1."""
    answer = client.post(URL, json=BODY).get_json()
    path = client.get(f"{URL}/{answer['decisionId']}").get_json()
    SavedPathSchema(unknown=RAISE).load(path)
    assert [{**week, "done": False} for week in answer["path"]] == path["path"]
    assert weeks_of(path)[:3] == [(1, ["react"], False), (2, ["react"], False), (3, ["graphql"], False)]
    assert (path["userId"], path["goal"], path["currentSkill"]) == (
        "ann",
        {"id": "frontend", "title": "Frontend"},
        "junior",
    )
    assert (path["doneWeeks"], path["revision"], path["hoursPerWeek"], path["weeks"]) == ([], 1, 6.0, 10)


def test_a_path_that_was_not_waited_for_is_saved_by_the_worker(client: FlaskClient) -> None:
    """A 202 names the job; when that is done the path is there under the job's id."""
    begun = client.post(URL, json=BODY, headers={"Prefer": "respond-async"})
    assert begun.status_code == 202
    job = client.get(begun.headers["Location"], headers={"Prefer": "wait=20"}).get_json()
    assert job["result"]["decisionId"] == job["id"]
    assert client.get(f"{URL}/{job['id']}").status_code == 200


def test_a_list_is_newest_first_and_goes_on(client: FlaskClient) -> None:
    """Pages follow each other by what the first says is next; the last says that it is the last."""
    saved = [save(client), save(client, goal="react"), save(client, timeframe="3weeks")]
    save(client, userId="bob")
    first = client.get(f"{URL}?userId=ann&limit=2").get_json()
    second = client.get(f"{URL}?userId=ann&limit=2&before={first['next']}").get_json()
    SavedPathList(unknown=RAISE).load(first)
    assert [path["id"] for path in first["paths"] + second["paths"]] == saved[::-1]
    assert (len(first["paths"]), second["next"]) == (2, None)
    assert [path["goal"]["id"] for path in first["paths"]] == ["frontend", "react"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("", "userId"),
        ("?userId=", "userId"),
        ("?userId=ann&limit=0", "limit"),
        ("?userId=ann&limit=101", "limit"),
        ("?userId=ann&before=x", "before"),
        ("?userId=ann&before=1-%00", "before"),
    ],
)
def test_a_wrong_query_is_refused(client: FlaskClient, query: str, parameter: str) -> None:
    """The problem names the parameter."""
    response = client.get(URL + query)
    problem = ProblemSchema(unknown=RAISE).load(response.get_json())
    assert response.status_code == 422
    assert [error.get("parameter") for error in problem["errors"]] == [parameter]


def test_weeks_are_marked_as_done(client: FlaskClient) -> None:
    """The list that is sent is the whole truth: it can be said again, and taken back."""
    url = f"{URL}/{save(client)}"
    path = client.patch(url, json={"doneWeeks": [2, 1, 2]}).get_json()
    assert (path["doneWeeks"], path["revision"]) == ([1, 2], 2)
    assert [week["done"] for week in path["path"]][:3] == [True, True, False]
    assert client.get(url).get_json() == path
    assert client.patch(url, json={"doneWeeks": []}).get_json()["doneWeeks"] == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/doneWeeks"),
        ({"doneWeeks": [1, 11]}, "/doneWeeks/1"),
        ({"doneWeeks": [0]}, "/doneWeeks/0"),
        ({"doneWeeks": ["1"]}, "/doneWeeks/0"),
        ({"doneWeeks": [1], "revision": 0}, "/revision"),
        ({"doneWeeks": [1], "more": 1}, "/more"),
    ],
)
def test_progress_that_cannot_be_is_refused(client: FlaskClient, body: Any, pointer: str) -> None:
    """A week that the path does not have is named, and nothing changes."""
    url = f"{URL}/{save(client)}"
    response = client.patch(url, json=body)
    assert response.status_code == 422
    assert [error["pointer"] for error in response.get_json()["errors"]] == [pointer]
    assert client.get(url).get_json()["revision"] == 1


def test_planning_anew_with_nothing_new_moves_nothing(client: FlaskClient) -> None:
    """The weeks stay as they are, and the answer says that nothing moved."""
    url = f"{URL}/{save(client)}"
    before = client.patch(url, json={"doneWeeks": [1]}).get_json()
    after = client.post(f"{url}/replan", json={}).get_json()
    ReplannedPathSchema(unknown=RAISE).load(after)
    assert after["replan"] == {"fromWeek": 2, "movedWeeks": 0, "moved": [], "added": [], "noLongerNeeded": []}
    assert (weeks_of(after), after["path"][0]) == (weeks_of(before), before["path"][0])
    assert after["revision"] == 3


def test_a_missed_week_moves_what_was_in_it(client: FlaskClient) -> None:
    """React was to end in week 2: it ends in week 3, and GraphQL, which needs it, gives way by a week."""
    url = f"{URL}/{save(client)}"
    client.patch(url, json={"doneWeeks": [1]})
    after = client.post(f"{url}/replan", json={"fromWeek": 3}).get_json()
    assert weeks_of(after)[:3] == [(1, ["react"], True), (3, ["react"], False), (4, ["graphql"], False)]
    assert after["replan"]["moved"][0] == {
        "id": "react",
        "title": "React",
        "fromWeek": 2,
        "toWeek": 3,
        "weeks": 1,
    }
    assert after["replan"]["movedWeeks"] == 2
    kept = client.get(url).get_json()
    assert kept == {name: value for name, value in after.items() if name != "replan"}


def test_what_fits_no_more_is_said(client: FlaskClient) -> None:
    """After two missed weeks GraphQL has no room: it moves past the end, and lies beyond the time."""
    url = f"{URL}/{save(client)}"
    client.patch(url, json={"doneWeeks": [1]})
    after = client.post(f"{url}/replan", json={"fromWeek": 4}).get_json()
    moved = [(move["id"], move["toWeek"], move["weeks"]) for move in after["replan"]["moved"]]
    assert moved == [("react", 4, 2), ("graphql", None, 8)]
    assert after["replan"]["movedWeeks"] == 10
    assert [entry["id"] for entry in after["beyondTimeframe"]] == ["graphql"]
    assert after["coverage"] == 0.8


def test_more_hours_make_room(client: FlaskClient) -> None:
    """What lay beyond the time is planned, what was planned stays, and the path remembers the hours."""
    path_id = save(client, timeframe="4weeks")
    before = client.get(f"{URL}/{path_id}").get_json()
    assert [entry["id"] for entry in before["beyondTimeframe"]] == ["graphql"]
    after = client.post(
        f"{URL}/{path_id}/replan", json={"hoursPerWeek": 20, "timeframe": "5weeks"}
    ).get_json()
    assert (after["replan"]["added"], after["beyondTimeframe"]) == (["graphql"], [])
    assert (after["hoursPerWeek"], after["weeks"], after["coverage"]) == (20.0, 5, 1.0)
    assert [week for week in weeks_of(after) if "react" in week[1]] == [
        (1, ["react"], False),
        (2, ["react", "graphql"], False),
    ]


def test_what_is_known_by_now_is_not_planned(client: FlaskClient, learners: InMemoryLearners) -> None:
    """A skill that was mastered meanwhile leaves the path; the others stay where they are."""
    url = f"{URL}/{save(client)}"
    before = client.get(url).get_json()
    learners.record("demo", "ann", {"react": Mastery(0.95, 9)})
    after = client.post(f"{url}/replan", json={}).get_json()
    assert after["replan"]["noLongerNeeded"] == ["react"]
    assert {"id": "react", "source": "observed"} in after["assumedKnown"]
    assert [w for w in weeks_of(after) if w[1] == ["graphql"]] == [
        w for w in weeks_of(before) if w[1] == ["graphql"]
    ]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"fromWeek": 2}, "/fromWeek"),
        ({"fromWeek": 11}, "/fromWeek"),
        ({"fromWeek": 0}, "/fromWeek"),
        ({"timeframe": "1week"}, "/timeframe"),
        ({"timeframe": "soon"}, "/timeframe"),
        ({"hoursPerWeek": 0.4}, "/hoursPerWeek"),
        ({"goal": "react"}, "/goal"),
    ],
)
def test_a_change_that_cannot_be_is_refused(client: FlaskClient, body: Any, pointer: str) -> None:
    """Done weeks are not planned again, the time must hold them, and the goal is what it is."""
    url = f"{URL}/{save(client)}"
    client.patch(url, json={"doneWeeks": [1, 2]})
    response = client.post(f"{url}/replan", json=body)
    assert response.status_code == 422
    assert [error["pointer"] for error in response.get_json()["errors"]] == [pointer]


@pytest.mark.parametrize("change", ["patch", "replan"])
def test_a_change_of_another_version_is_refused(client: FlaskClient, change: str) -> None:
    """Who says what revision they read is told when it is not the current one any more."""
    url = f"{URL}/{save(client)}"
    client.patch(url, json={"doneWeeks": [1], "revision": 1})
    if change == "patch":
        response = client.patch(url, json={"doneWeeks": [1, 2], "revision": 1})
    else:
        response = client.post(f"{url}/replan", json={"revision": 1})
    problem = response.get_json()
    assert (response.status_code, problem["code"]) == (409, "path_changed")
    assert problem["detail"] == "the path is at revision 2 and not at 1: read it again"
    assert client.get(url).get_json()["revision"] == 2


class Overtaken:
    """Saved paths of which each that is read is changed by somebody else right afterwards."""

    def __init__(self, paths: InMemorySavedPaths) -> None:
        self._paths = paths
        self.change = paths.change

    def get(self, organisation: str, id_: str) -> SavedPath:
        path = self._paths.get(organisation, id_)
        self._paths.change(path, done_weeks=[1])
        return path


def test_two_replans_that_race(make_client: MakeClient, saved_paths: InMemorySavedPaths) -> None:
    """A change between reading and writing refuses the write with 409, and stays."""
    url = f"{URL}/{save(make_client())}"
    overtaken = make_client(saved_paths=Overtaken(saved_paths))
    response = overtaken.post(f"{url}/replan", json={"hoursPerWeek": 3})
    assert (response.status_code, response.get_json()["code"]) == (409, "path_changed")
    path = make_client().get(url).get_json()
    assert (path["doneWeeks"], path["hoursPerWeek"], path["revision"]) == ([1], 6.0, 2)


def test_a_deleted_path_is_gone(client: FlaskClient) -> None:
    """It is neither shown nor listed nor deleted again."""
    path_id = save(client)
    url = f"{URL}/{path_id}"
    assert client.delete(url).get_json() == {"id": path_id}
    assert [client.get(url).status_code, client.delete(url).status_code] == [404, 404]
    assert client.get(f"{URL}?userId=ann").get_json()["paths"] == []


def test_saving_again_after_deleting(client: FlaskClient) -> None:
    """Each request saves a path of its own: no answer from a cache names one that is gone."""
    first = save(client)
    client.delete(f"{URL}/{first}")
    second = save(client)
    assert second != first
    assert client.get(f"{URL}/{second}").status_code == 200


@pytest.mark.parametrize("path_id", ["0" * 32, "nothing", "%00", "0" * 31 + "G"])
def test_a_path_that_is_not_there(client: FlaskClient, path_id: str) -> None:
    """Whatever is asked of it is answered with 404, whether such an id can be or not."""
    url = f"{URL}/{path_id}"
    responses = [
        client.get(url),
        client.patch(url, json={"doneWeeks": [1]}),
        client.post(f"{url}/replan", json={}),
        client.delete(url),
    ]
    assert [(r.status_code, r.get_json()["code"]) for r in responses] == [(404, "path_not_found")] * 4


def test_another_organisation_sees_nothing(make_client: MakeClient) -> None:
    """With another organisation's key a path is not there, for any method, and stays as it is."""
    client = make_client(env=KEYS)
    path_id = client.post(URL, json=BODY, headers=ACME).get_json()["decisionId"]
    url = f"{URL}/{path_id}"
    responses = [
        client.get(url, headers=RIVAL),
        client.patch(url, json={"doneWeeks": [1]}, headers=RIVAL),
        client.post(f"{url}/replan", json={}, headers=RIVAL),
        client.delete(url, headers=RIVAL),
    ]
    assert [response.status_code for response in responses] == [404] * 4
    assert client.get(f"{URL}?userId=ann", headers=RIVAL).get_json()["paths"] == []
    assert client.get(url, headers=ACME).get_json()["revision"] == 1
