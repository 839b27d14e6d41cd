"""What is known about a person, over HTTP."""

from flask.testing import FlaskClient

ANSWER = {
    "id": "1",
    "userId": "ann",
    "kind": "quiz_answered",
    "at": "2026-10-02T09:00:00Z",
    "skill": "html",
    "success": True,
}
ERROR = {
    "id": "2",
    "userId": "ann",
    "kind": "error_hit",
    "at": "2026-10-03T09:00:00Z",
    "skill": "react",
    "text": "TypeError: x is not a function",
}
EVENTS = [ANSWER, ERROR]


def test_a_person_whom_nobody_has_seen(client: FlaskClient) -> None:
    """An empty profile, and no error."""
    profile = client.get("/api/users/nobody/profile").get_json()
    assert (profile["events"], profile["lastEventAt"], profile["mastery"]) == (0, None, [])
    assert profile["habits"]["medianSessionMinutes"] is None


def test_a_profile_says_what_is_known_and_why(client: FlaskClient) -> None:
    """Mastery with its observations and events, errors with what became of them."""
    client.post("/api/events", json=EVENTS)
    profile = client.get("/api/users/ann/profile").get_json()
    assert [(known["skill"], known["title"]) for known in profile["mastery"]] == [
        ("html", "HTML"),
        ("react", "React"),
    ]
    html = profile["mastery"][0]
    assert html["why"] == "From 1 observation; of late 1 went right and 0 wrong, the last on 2 October 2026."
    assert html["evidence"] == ["event:1"]
    assert profile["lastEventAt"] == "2026-10-03T09:00:00Z"
    assert profile["recentSkills"] == ["react", "html"]
    assert profile["errors"] == [
        {
            "message": "TypeError: x is not a function",
            "skill": "react",
            "times": 1,
            "resolved": False,
            "lastAt": "2026-10-03T09:00:00Z",
        }
    ]


def test_a_profile_stays_in_its_organisation(make_client: object) -> None:
    """Another organisation's key sees nobody."""
    client: FlaskClient = make_client(env={"API_KEYS": "acme:aaaaaaaaaaaaaaaa,rival:bbbbbbbbbbbbbbbb"})  # type: ignore[operator]
    client.post("/api/events", json=EVENTS, headers={"X-API-Key": "aaaaaaaaaaaaaaaa"})
    seen = [
        client.get("/api/users/ann/profile", headers={"X-API-Key": key}).get_json()["events"]
        for key in ("aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb")
    ]
    assert seen == [2, 0]
