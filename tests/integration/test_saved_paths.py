"""Saved paths through a real broker, real workers and a real store: saved once, planned anew, erased."""

from threading import Thread

import pytest
from flask import Flask

from app.front import Front
from app.preferences import Preference
from flows.requests.learning_path import learning_path
from tasks.services import Services

pytestmark = pytest.mark.usefixtures("workers")

URL = "/api/learning-paths"
SENT = {"userId": "dev-7", "currentSkill": "junior", "goal": "fullstack", "timeframe": "3months"}
PATIENT = {"Prefer": "wait=20"}


def test_the_worker_saves_the_path(app: Flask) -> None:
    """Whoever does not wait for the answer finds it kept, under the id of the job."""
    client = app.test_client()
    begun = client.post(URL, json=SENT, headers={"Prefer": "respond-async"})
    assert begun.status_code == 202

    job = client.get(begun.headers["Location"], headers=PATIENT).get_json()

    assert [(stage["type"], stage["status"]) for stage in job["stages"]][-2:] == [
        ("explain", "ok"),
        ("path.save", "ok"),
    ]
    path = client.get(f"{URL}/{job['id']}").get_json()
    assert path["path"] == [{**week, "done": False} for week in job["result"]["path"]]
    assert (path["userId"], path["doneWeeks"], path["revision"]) == ("dev-7", [], 1)


def test_a_job_that_is_done_again_saves_one_path(app: Flask, front: Front, services: Services) -> None:
    """A second message for a job that has ended changes nothing: the path is there once."""
    sent = {**SENT, "userId": "dev-twice"}
    request = learning_path("demo", sent, services.ports.catalogues)
    response = front.answer("saved_learning_path", request, Preference(wait_s=20), "request-1")
    job_id = response.headers["X-Job-Id"]
    flow = services.flows.current()["saved_learning_path"]

    services.publisher.publish(flow, job_id, step=0, attempt=1)
    front.answer("plain", {"organisation": "demo", "n": "after it"}, Preference(wait_s=20), "request-2")

    paths = app.test_client().get(f"{URL}?userId=dev-twice").get_json()["paths"]
    assert [(path["id"], path["revision"]) for path in paths] == [(job_id, 1)]


def test_a_path_lives_through_its_weeks(app: Flask) -> None:
    """Weeks are done, a week is missed, the rest is planned anew, and nothing done changes."""
    client = app.test_client()
    path_id = client.post(URL, json={**SENT, "userId": "dev-8"}, headers=PATIENT).get_json()["decisionId"]
    before = client.patch(f"{URL}/{path_id}", json={"doneWeeks": [1, 2]}).get_json()

    after = client.post(f"{URL}/{path_id}/replan", json={"fromWeek": 4}).get_json()

    assert after["path"][:2] == before["path"][:2]
    assert after["path"][2]["week"] == 4
    assert after["replan"]["movedWeeks"] == sum(move["weeks"] for move in after["replan"]["moved"]) > 0
    assert client.get(f"{URL}?userId=dev-8").get_json()["paths"][0]["revision"] == 3


def test_two_replans_that_race(app: Flask) -> None:
    """Of changes that are made at once, each is made whole or refused with 409."""
    client = app.test_client()
    path_id = client.post(URL, json={**SENT, "userId": "dev-9"}, headers=PATIENT).get_json()["decisionId"]
    answers: list[tuple[int, float]] = []

    def replan(hours: float) -> None:
        response = app.test_client().post(
            f"{URL}/{path_id}/replan", json={"hoursPerWeek": hours, "revision": 1}
        )
        answers.append((response.status_code, hours))

    threads = [Thread(target=replan, args=(hours,)) for hours in (4.0, 8.0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(status for status, _ in answers) == [200, 409]
    path = client.get(f"{URL}/{path_id}").get_json()
    assert (path["revision"], path["hoursPerWeek"]) == (2, next(h for status, h in answers if status == 200))


def test_erasure_takes_saved_paths(app: Flask) -> None:
    """Erasing a person takes their saved paths, and says how many."""
    client = app.test_client()
    sent = {**SENT, "userId": "dev-gone"}
    path_id = client.post(URL, json=sent, headers=PATIENT).get_json()["decisionId"]

    erased = client.delete("/api/users/dev-gone").get_json()["erased"]

    assert erased["learning_paths"] == 1
    assert client.get(f"{URL}/{path_id}").status_code == 404
