"""What a message says, and that it is never too large."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from flows.errors import InvalidInput
from flows.webhooks.messages import body_of, body_of_job, message_id

AT = datetime(2026, 11, 2, 10, 0, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
JOB: dict[str, Any] = {
    "id": "1" * 32,
    "status": "succeeded",
    "stages": [],
    "result": {"x": "ü"},
    "problem": None,
}


def test_a_message_has_type_time_and_data() -> None:
    """In the form of the specification, the time in UTC, and as ASCII."""
    body = body_of("batch.finished", AT, {"id": "b", "name": "ü"})
    assert body.isascii()
    assert json.loads(body) == {
        "type": "batch.finished",
        "timestamp": "2026-11-02T09:00:00.123+00:00",
        "data": {"id": "b", "name": "ü"},
    }


def test_an_id_follows_from_what_is_told_to_whom() -> None:
    """The same each time, another for another type, job, organisation or address, and of a fixed form."""
    told = ("job.succeeded", "1", "acme", "https://a.example/")
    others = [("job.failed", *told[1:]), (told[0], "2", *told[2:]), (*told[:2], "rival", told[3])]
    ids = {message_id(*other) for other in [told, *others, (*told[:3], "https://b.example/")]}
    assert len(ids) == 5
    assert message_id(*told) == message_id(*told) == "msg_fe6aae78c98a51acf0bd65c7e9aa2541"
    assert {len(id_) for id_ in ids} == {36}


def test_too_much_is_refused() -> None:
    """A message is less than 20 kB; who makes one has to keep to it."""
    room = 20_000 - len(body_of("t", AT, {"x": ""}))
    assert len(body_of("t", AT, {"x": "a" * (room - 1)})) == 19_999
    with pytest.raises(InvalidInput, match="less than 20000 bytes"):
        body_of("t", AT, {"x": "a" * room})


def test_a_job_is_told_whole() -> None:
    """A job of the usual size is as a client sees it."""
    assert json.loads(body_of_job("job.succeeded", AT, JOB))["data"] == JOB


@pytest.mark.parametrize(
    ("large", "omitted"),
    [
        (["result"], ["result"]),
        (["stages"], ["result", "stages"]),
        (["problem"], ["result", "stages", "problem"]),
        (["result", "stages", "problem"], ["result", "stages", "problem"]),
    ],
)
def test_a_large_job_leads_to_the_rest(large: list[str], omitted: list[str]) -> None:
    """What does not fit is left out and named; the id says where it is."""
    body = body_of_job("job.succeeded", AT, JOB | {name: ["a" * 21_000] for name in large})
    data = json.loads(body)["data"]
    assert len(body) < 20_000
    assert data == {k: v for k, v in JOB.items() if k not in omitted} | {"omitted": omitted}


def test_times_are_in_utc() -> None:
    """Whatever zone a time comes in."""
    assert '"2026-01-01T00:00:00.000+00:00"' in body_of("t", datetime(2026, 1, 1, tzinfo=UTC), {})
