"""What is kept of events, and that it depends on which came, not on how."""

from typing import Any

import pytest

from flows.errors import InvalidInput
from flows.intelligence.patterns.event_log import EventLog, Retention
from flows.intelligence.patterns.step import Step, step_of
from flows.signals.events import Event, Kind
from tests.pattern_events import at, courses, event, fix, hit, skills

NINE = 1_740_992_400_000  #: Nine on Monday in milliseconds since 1970.


def kept(events: list[Event], **bounds: int) -> EventLog:
    log = EventLog(Retention(**bounds))
    for one in events:
        log.add(one)
    return log


def ids(log: EventLog, person: str = "ann", organisation: str = "acme") -> list[str]:
    return [step.id for step in log.steps(organisation, person)]


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        (
            event(1, Kind.COURSE_STARTED, skill="react", item="react-101"),
            Step(
                NINE + 60_000,
                "ann-1",
                "course_started",
                "session-1",
                "skill:react",
                "course:react-101",
                "",
                True,
            ),
        ),
        (
            hit(0, "KeyError: 'a'", item="E1"),
            Step(NINE, "ann-0", "error_hit", "session-1", "", "error:E1", "keyerror: <quoted>", True),
        ),
        (
            fix(0, " use\n get. ", success=False),
            Step(NINE, "ann-0", "error_resolved", "session-1", "", "", "use get", False),
        ),
        (
            event(0, Kind.PROMPT_USED, item="p1", text="private", session_id=None),
            Step(NINE, "ann-0", "prompt_used", "day 20150", "", "prompt:p1", "", True),
        ),
        (
            event(0, Kind.ERROR_HIT, item="E1"),
            Step(NINE, "ann-0", "error_hit", "session-1", "", "error:E1", "e1", True),
        ),
    ],
)
def test_a_step_is_what_was_worked_on(happened: Event, expected: Step) -> None:
    """Skill and item are typed, an error is its fingerprint, and what else was written is not kept."""
    assert step_of(happened) == expected


@pytest.mark.parametrize(
    "happened",
    [
        event(0, Kind.PROMPT_DISMISSED, item="p1"),
        event(0, Kind.SESSION_CONTEXT, skill="react"),
        event(0, Kind.CODE_WRITTEN, item="main.py"),
        hit(0, ""),
    ],
)
def test_what_is_no_work_is_no_step(happened: Event) -> None:
    """Looking, dismissing, and events without skill, item or error leave nothing to mine."""
    assert step_of(happened) is None
    assert kept([happened]).to_json() == {"version": 1, "organisations": {}}


def test_steps_are_in_order_of_time() -> None:
    """Late events land where they belong; at one time the id decides."""
    events = [event(3, item="c"), event(1, item="a"), event(2, item="z", id="z"), event(2, item="b", id="b")]
    assert ids(kept(events)) == ["ann-1", "b", "z", "ann-3"]


def test_an_event_counts_once() -> None:
    """The same id again changes nothing."""
    log = kept([event(1, item="a")])
    assert not log.add(event(1, item="a"))
    assert ids(log) == ["ann-1"]


def test_one_of_two_contents_of_an_id_wins() -> None:
    """Whichever comes first, the later in time is kept."""
    one, other = event(1, id="x", item="a"), event(2, id="x", item="b")
    assert kept([one, other]).to_json() == kept([other, one]).to_json() == kept([other]).to_json()


def test_the_newest_events_of_a_person_are_kept() -> None:
    """Of seven events with room for three the last three stay, also when old ones come late."""
    events = skills("ann", "abcdefg")
    for order in (events, events[::-1], events[3:] + events[:3]):
        assert ids(kept(order, events_per_person=3)) == ["ann-4", "ann-5", "ann-6"]


def test_a_large_organisation_is_a_sample_of_people() -> None:
    """Of five people the same three are kept in whatever order they come, in each organisation others."""
    people = ["ann", "bob", "eve", "kim", "lee"]
    for order in (people, people[::-1]):
        log = kept([e for p in order for e in skills(p, "ab")], people_per_organisation=3)
        assert list(log.people("acme")) == ["eve", "kim", "lee"]
        assert ids(log, "kim") == ["kim-0", "kim-1"]
    other = [e for p in people for e in skills(p, "ab", organisation="zenith")]
    assert list(kept(other, people_per_organisation=3).people("zenith")) == ["ann", "kim", "lee"]


def test_merging_is_feeding_both() -> None:
    """Two logs that overlap give the log of all, and name the organisations that changed."""
    first = kept(skills("ann", "abc") + skills("bob", "a"))
    second = kept(skills("ann", "abcd") + skills("bob", "a") + skills("eve", "a", organisation="zenith"))
    assert first.merge(second) == {"acme", "zenith"}
    assert first.to_json() == second.to_json()
    assert first.merge(second) == set()


def test_a_person_can_be_forgotten() -> None:
    """Nothing of the person is left, others stay, and an organisation without people is gone."""
    log = kept(skills("ann", "ab") + skills("bob", "a"))
    assert log.forget("acme", "ann")
    assert not log.forget("acme", "ann")
    assert log.to_json() == kept(skills("bob", "a")).to_json()
    assert log.forget("acme", "bob")
    assert log.to_json() == {"version": 1, "organisations": {}}
    assert not log.forget("nowhere", "bob")


def test_forgetting_makes_room() -> None:
    """Who was not in the sample can be once somebody has left it."""
    log = kept([e for p in ("ann", "kim", "lee") for e in skills(p, "a")], people_per_organisation=2)
    assert list(log.people("acme")) == ["kim", "lee"]
    log.forget("acme", "lee")
    assert log.add(event(0, user_id="ann", item="a"))
    assert list(log.people("acme")) == ["ann", "kim"]
    assert log.add(event(0, user_id="eve", item="a"))
    assert list(log.people("acme")) == ["eve", "kim"]


def test_a_log_is_plain_json() -> None:
    """It is written as lists and texts, and comes back the same, or smaller when the bounds are."""
    log = kept([event(1, item="a", skill="s"), *courses("bob", "xyz")])
    document = log.to_json()
    assert document["organisations"]["acme"]["ann"] == [
        [NINE + 60_000, "ann-1", "exercise_attempted", "session-1", "skill:s", "exercise:a", "", True]
    ]
    assert EventLog.from_json(document).to_json() == document
    assert ids(EventLog.from_json(document, Retention(events_per_person=1)), "bob") == ["bob-2"]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"version": 2, "organisations": {}},
        {"version": 1},
        {"version": 1, "organisations": {"acme": {"ann": [[1]]}}},
        {"version": 1, "organisations": []},
    ],
)
def test_what_is_no_log_is_refused(document: dict[str, Any]) -> None:
    """Another version, or something else altogether, is an error in our words."""
    with pytest.raises(InvalidInput, match="pattern state"):
        EventLog.from_json(document)


def test_time_is_milliseconds_since_1970() -> None:
    """Also before 1970, since clocks can be wrong."""
    assert at(0).timestamp() * 1000 == NINE
    step = step_of(event(item="a", at=at(0).replace(year=1969, month=12, day=31, hour=23, minute=59)))
    assert step is not None
    assert step.at == -60_000
