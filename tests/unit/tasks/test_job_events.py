"""Events of a job: what its ledger entry says as a stream, and that the ids hold."""

import json
import math
from typing import Any

import pytest

from flows.loader import BUILT_IN_FILE
from tasks.job_events import ENDED_ID, Event, events_after, events_of, json_text, open_for_s, sse_text
from tasks.job_json import job_view
from tasks.store.base import Job, State

STAGES = [
    {"type": "context.features", "status": "ok", "ms": 1.5},
    {"type": "llm.rerank.qwen3", "status": "skipped", "ms": 130.0, "reason": "llm.rerank.qwen3:timeout"},
    {"type": "explain", "status": "ok", "ms": 0.25},
]


def a_job(**more: Any) -> Job:
    basics = {"id": "j1", "organisation": "acme", "flow": "learning_path", "version": "7", "step": 0}
    times = {"attempt": 1, "created_ms": 1_735_732_800_007, "deadline_ms": 1_735_732_805_007}
    names = {"request_id": "r1", "fingerprint": "f1", "state": State.QUEUED}
    return Job(**(basics | times | names | more))


def ended(**more: Any) -> Job:
    done = {"state": State.SUCCEEDED, "stages": STAGES, "finished_ms": 1_735_732_801_000, "result": '{"n":1}'}
    return a_job(**(done | more))


def shape(job: Job) -> list[tuple[int, str]]:
    return [(event.id, event.type) for event in events_of(job)]


def fields(text: str) -> list[tuple[str, str]]:
    """The fields of one event, as the standard has a reader of server-sent events take them apart."""
    assert text.endswith("\n\n")
    pairs = (line.partition(":") for line in text[:-2].split("\n"))
    return [(name, value.removeprefix(" ")) for name, _, value in pairs]


def test_a_job_that_waits() -> None:
    """The first event says what was accepted, and when."""
    (event,) = events_of(a_job())
    assert (event.id, event.type) == (1, "queued")
    assert json.loads(event.data) == {
        "id": "j1",
        "flow": "learning_path",
        "createdAt": "2025-01-01T12:00:00.007+00:00",
    }


def test_a_job_under_way() -> None:
    """Each stage that was saved is an event with its place, and nothing has ended."""
    job = a_job(state=State.RUNNING, stages=STAGES[:2])
    assert shape(job) == [(1, "queued"), (2, "stage"), (3, "stage")]
    assert json.loads(events_after(job, 2)[0].data) == {"number": 2, **STAGES[1]}


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.FAILED, State.CANCELLED])
def test_the_end_of_a_job(state: State) -> None:
    """The last event has the job as GET shows it, however it ended."""
    job = ended(state=state, result=None, problem={"code": "explain:stage_failed", "detail": "it broke"})
    *_, last = events_of(job)
    assert (last.id, last.type) == (1000, "ended")
    assert json.loads(last.data) == job_view(job)


@pytest.mark.parametrize(
    ("last_id", "rest"),
    [
        (0, [1, 2, 3, 4, 1000]),
        (1, [2, 3, 4, 1000]),
        (2, [3, 4, 1000]),
        (3, [4, 1000]),
        (4, [1000]),
        (999, [1000]),
        (1000, []),
        (1001, []),
    ],
)
def test_going_on_after_any_event(last_id: int, rest: list[int]) -> None:
    """Whoever has an event gets those after it, each once and in order."""
    assert [event.id for event in events_after(ended(), last_id)] == rest


def test_what_was_sent_keeps_its_number() -> None:
    """As a job goes on, also by another attempt from what was saved, sent events stay as they are."""
    early = a_job(state=State.RUNNING, stages=STAGES[:1])
    again = a_job(state=State.RUNNING, stages=STAGES[:2], attempt=2)
    assert list(events_of(again))[:2] == list(events_of(early))
    assert list(events_of(ended(attempt=2)))[:3] == list(events_of(again))


def test_an_end_without_stages_comes_after_the_stages() -> None:
    """A job that ended without a word about its stages still ends for whoever saw some of them."""
    job = ended(state=State.FAILED, stages=[], result=None, problem={"code": "unknown_flow", "detail": "?"})
    assert [event.type for event in events_after(job, 4)] == ["ended"]


def test_no_flow_has_as_many_stages_as_there_are_numbers() -> None:
    """The number of the end is beyond that of any stage."""
    flows = json.loads(BUILT_IN_FILE.read_text("utf-8"))["flows"]
    assert max(len(flow["stages"]) for flow in flows.values()) < ENDED_ID - 1


def test_a_better_answer_that_came_later() -> None:
    """When another job made a better answer, the last event says which."""
    (event,) = events_after(ended(refined_by="j2"), ENDED_ID)
    assert (event.id, event.type) == (1001, "refined")
    assert json.loads(event.data) == {"id": "j1", "refinedBy": "j2", "links": {"refined": "/api/jobs/j2"}}


@pytest.mark.parametrize(
    ("job", "now_ms", "seconds"),
    [
        (a_job(), 0, math.inf),
        (a_job(state=State.RUNNING, refine_until_ms=1), 2, math.inf),
        (ended(), 0, 0.0),
        (ended(finished_ms=1_000, refine_until_ms=6_000), 2_000, 4.0),
        (ended(finished_ms=1_000, refine_until_ms=6_000), 6_000, 0.0),
        (ended(finished_ms=1_000, refine_until_ms=6_000, refined_by="j2"), 2_000, 0.0),
        (ended(finished_ms=1_000, refine_until_ms=600_000), 1_000, 60.0),
    ],
)
def test_how_long_a_stream_is_open(job: Job, now_ms: float, seconds: float) -> None:
    """To the end of the job, and then only while a better answer may come, a minute at most."""
    assert open_for_s(job, now_ms) == seconds


def test_an_event_as_text() -> None:
    """Id, type and data stand in one field each, and an empty line ends the event."""
    (event,) = events_of(a_job(flow="naïve 路径 \N{ROCKET}"))
    assert fields(sse_text(event)) == [("id", "1"), ("event", "queued"), ("data", event.data)]
    assert json.loads(event.data)["flow"] == "naïve 路径 \N{ROCKET}"
    assert "路径" in event.data


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        ("a\nb", ["a", "b"]),
        ("a\r\nb\rc", ["a", "b", "c"]),
        ("\n", ["", ""]),
        (" a: b", [" a: b"]),
        ("a\N{LINE SEPARATOR}b\x0bc\x85d", ["a\N{LINE SEPARATOR}b\x0bc\x85d"]),
    ],
)
def test_data_of_several_lines(data: str, lines: list[str]) -> None:
    """No line break in the data can end an event or begin a field; what is none to a reader is left alone."""
    text = sse_text(Event(7, "stage", data))
    assert fields(text) == [("id", "7"), ("event", "stage"), *(("data", line) for line in lines)]


def test_line_breaks_of_a_result() -> None:
    """An answer with line breaks arrives in one line of data, as JSON has it."""
    *_, last = events_of(ended(result=json.dumps({"text": "one\ntwo\rthree"})))
    assert [name for name, _ in fields(sse_text(last))] == ["id", "event", "data"]
    assert json.loads(last.data)["result"] == {"text": "one\ntwo\rthree"}


def test_an_event_as_a_message() -> None:
    """Over a WebSocket the same event is one JSON object."""
    (event,) = events_of(a_job(flow='"quoted"'))
    assert json.loads(json_text(event)) == {"id": 1, "event": "queued", "data": json.loads(event.data)}
