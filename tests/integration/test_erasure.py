"""A person comes in by events and leaves by one request, over a real store."""

from flask import Flask

EVENT = {
    "id": "e-1",
    "userId": "leaving",
    "kind": "quiz_answered",
    "at": "2026-11-01T10:00:00Z",
    "skill": "html-fundamentals",
    "success": True,
}

PATH = {"userId": "leaving", "currentSkill": "junior", "goal": "frontend", "timeframe": "6weeks"}


def test_a_person_is_erased_everywhere(app: Flask) -> None:
    """What was stored about a person is counted and gone; nobody else is touched."""
    client = app.test_client()
    client.post("/api/events", json=[EVENT, {**EVENT, "id": "e-2", "userId": "staying"}])

    client.post("/api/recommendations/learning-path?mode=poll", json=PATH)
    assert client.get("/api/users/leaving/profile").get_json()["events"] == 1

    first = client.delete("/api/users/leaving").get_json()
    second = client.delete("/api/users/leaving").get_json()

    assert {table: rows for table, rows in first["erased"].items() if rows} == {
        "events": 1,
        "jobs": 1,
        "mastery": 1,
        "users": 1,
    }
    assert set(second["erased"].values()) == {0}
    assert client.get("/api/users/leaving/profile").get_json()["events"] == 0
    assert client.post("/api/events", json={**EVENT, "id": "e-2"}).get_json()["duplicates"] == 1
