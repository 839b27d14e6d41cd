"""What one person's steps say, observation by observation."""

from collections import Counter
from collections.abc import Iterable

import pytest

from flows.intelligence.patterns.error_episodes import attempts, recurring_errors, resolutions
from flows.intelligence.patterns.observations import (
    Observation,
    longer_sequences,
    sequences,
    together,
    transitions,
)
from flows.intelligence.patterns.step import Step, step_of
from flows.intelligence.patterns.track import Window, item_track, skill_track
from flows.signals.events import Event, Kind
from tests.pattern_events import courses, event, fix, hit, skills

DAY = 24 * 60
KEY, TYPE = "error:keyerror: <quoted>", "error:typeerror: bad"


def steps(events: Iterable[Event]) -> list[Step]:
    return sorted(step for one in events if (step := step_of(one)))


def counted(observations: Iterable[Observation]) -> Counter[str]:
    """How often each key is seen, written as ``a>b``; ``*`` counts opportunities."""
    return Counter(
        ">".join(
            [
                *(name.partition(":")[2] for name in antecedent),
                consequent.partition(":")[2] or consequent or "*",
            ]
        )
        for antecedent, seen in observations
        for consequent, _, _ in seen
    )


def test_steps_on_end_are_one_visit() -> None:
    """A visit lasts from its first step to its last and carries the first one's id."""
    track = skill_track(steps(skills("ann", "aaba")))
    assert [(visit.name, visit.end - visit.start, visit.id) for visit in track] == [
        ("skill:a", 60_000, "ann-0"),
        ("skill:b", 0, "ann-2"),
        ("skill:a", 0, "ann-3"),
    ]


def test_items_are_what_one_can_do_next() -> None:
    """Courses, exercises, prompts and questions are on the way through items, errors are not."""
    kinds = [Kind.COURSE_STARTED, Kind.PROMPT_USED, Kind.ERROR_HIT, Kind.QUIZ_ANSWERED, Kind.EXERCISE_SOLVED]
    track = item_track(steps(event(n, kind, item="x", text="e") for n, kind in enumerate(kinds)))
    assert [visit.name for visit in track] == ["course:x", "prompt:x", "question:x", "exercise:x"]


def test_a_sequence_counts_once_per_visit_of_its_first() -> None:
    """With a window of two visits, a b a c has a>b once, and a>c and b>a and b>c once each."""
    found = counted(sequences(skill_track(steps(skills("ann", "abac"))), Window(visits=2)))
    assert found == {
        "*": 4, "b": 1, "a": 1, "c": 2,
        "a>*": 2, "a>b": 1, "a>c": 1,
        "b>*": 1, "b>a": 1, "b>c": 1,
        "c>*": 1,
    }  # fmt: skip


def test_a_window_ends() -> None:
    """What is further away than the window's visits or its time does not follow."""
    track = skill_track(steps([event(0, skill="a"), event(DAY, skill="b"), event(3 * DAY, skill="c")]))
    two_days = Window(visits=5, milliseconds=2 * DAY * 60_000)
    assert counted(sequences(track, two_days))["a>b"] == 1
    assert counted(sequences(track, two_days))["b>c"] == 1
    assert counted(sequences(track, two_days))["a>c"] == 0
    assert counted(sequences(track, Window(visits=2)))["a>c"] == 1
    assert counted(sequences(track, Window(visits=1)))["a>c"] == 0


def test_the_window_opens_at_the_end_of_a_visit() -> None:
    """Whoever works on a for a month and then on b goes from a to b."""
    track = skill_track(steps([event(0, skill="a"), event(30 * DAY, skill="a"), event(31 * DAY, skill="b")]))
    assert counted(sequences(track, Window(milliseconds=2 * DAY * 60_000)))["a>b"] == 1


def test_longer_sequences_grow_from_frequent_ones() -> None:
    """a b c has a>b>c only when a>b and a>c are frequent; repeats count once per visit of the first."""
    track = skill_track(steps(skills("ann", "abcbc")))
    frequent = {("skill:a", "skill:b"), ("skill:a", "skill:c")}
    assert counted(longer_sequences(track, Window(visits=4), frequent)) == {"a>b>c": 1, "a>c>b": 1}
    assert counted(longer_sequences(track, Window(visits=4), {("skill:a", "skill:b")})) == {}
    assert counted(longer_sequences(track, Window(visits=2), frequent)) == {"a>b>c": 1}


def test_a_longer_sequence_has_three_different_members() -> None:
    """a b a is no sequence of three, and neither is a b b."""
    track = skill_track(steps(skills("ann", "aba")))
    frequent = {("skill:a", "skill:b"), ("skill:b", "skill:a")}
    assert counted(longer_sequences(track, Window(), frequent)) == {}


def test_the_evidence_of_a_sequence_are_its_events() -> None:
    """Each occurrence has the time of its last event and the ids of all."""
    track = item_track(steps(courses("ann", "xyz")))
    pairs = {key: seen for key, seen in sequences(track, Window()) if key == ("course:x",)}
    start = track[0].start
    assert sorted(pairs["course:x",]) == [
        ("", start, ("ann-0",)),
        ("course:y", start + 60_000, ("ann-0", "ann-1")),
        ("course:z", start + 120_000, ("ann-0", "ann-2")),
    ]
    frequent = {("course:x", "course:y"), ("course:x", "course:z")}
    assert list(longer_sequences(track, Window(), frequent)) == [
        (("course:x", "course:y"), [("course:z", start + 120_000, ("ann-0", "ann-1", "ann-2"))])
    ]


def test_the_first_of_several_arrivals_counts() -> None:
    """From a to b in a b c b is the first b."""
    track = skill_track(steps(skills("ann", "abcb")))
    ((_, seen),) = [found for found in sequences(track, Window()) if found[0] == ("skill:a",)]
    assert ("skill:b", track[1].start, ("ann-0", "ann-1")) in seen


def test_a_transition_is_to_the_very_next_skill() -> None:
    """Other events between do not matter, time does: a a b, an error, c, and d a year later."""
    events = [*skills("ann", "aab"), hit(2.5, "boom"), event(3, skill="c"), event(400 * DAY, skill="d")]
    assert counted(transitions(steps(events), Window())) == {
        "*": 2, "b": 1, "c": 1, "a>*": 1, "a>b": 1, "b>*": 1, "b>c": 1,
    }  # fmt: skip


def test_skills_of_a_session_go_together() -> None:
    """Each pair counts in both directions, once per session; sessions without id are days."""
    events = skills("ann", "aba", session_id="s1")
    events += [event(10, skill="a", session_id=None), event(20, skill="c", session_id=None)]
    events += [event(10 + DAY, skill="b", session_id=None), event(5, item="x", session_id="s2")]
    assert counted(together(steps(events))) == {
        "*": 3, "a": 2, "b": 2, "c": 1,
        "a>*": 2, "b>*": 2, "c>*": 1,
        "a>b": 1, "b>a": 1, "a>c": 1, "c>a": 1,
    }  # fmt: skip


def test_a_session_of_very_many_skills_is_cut() -> None:
    """Of 30 skills in one session the first 20 are paired: 20 times 19 pairs."""
    found = counted(together(steps(skills("ann", [f"s{n}" for n in range(30)]))))
    assert sum(1 for key in found if ">" in key and "*" not in key) == 380
    assert "s19" in found
    assert "s20" not in found


def test_an_error_recurs_in_another_session() -> None:
    """Hits of one session are one episode; two sessions with it are one return."""
    events = [
        hit(0, "KeyError: 'a'"),
        hit(1, "KeyError: 'b'"),
        hit(DAY, "KeyError: 'c'", session_id="s2"),
        hit(DAY, "TypeError: bad", session_id="s2", id="t"),
    ]
    found = list(recurring_errors(steps(events)))
    assert counted(found) == {
        "*": 3, "again": 1,
        "keyerror: <quoted>>*": 2, "keyerror: <quoted>>again": 1,
        "typeerror: bad>*": 1,
    }  # fmt: skip
    ((_, _, ids),) = [c for key, seen in found if key == (KEY,) for c in seen if c[0] == "again"]
    assert ids == ("ann-0", f"ann-{DAY}")


def linked(*events: Event) -> list[tuple[str, str, bool]]:
    return [(attempt.error, attempt.fix.text, attempt.worked) for attempt in attempts(steps(events))]


def test_a_fix_resolves_the_newest_open_error() -> None:
    """Each fix closes one error, the newest first; a fix when none is open is for nothing."""
    found = linked(hit(0, "KeyError: 'a'"), hit(1, "TypeError: bad"), fix(2, "B"), fix(3, "A"), fix(4, "C"))
    assert found == [(TYPE, "B", True), (KEY, "A", True)]


def test_a_fix_resolves_the_error_it_names() -> None:
    """An item in common goes before what is newest; an item that no hit has takes unnamed ones only."""
    named = hit(0, "KeyError: 'a'", item="E1")
    assert linked(named, hit(1, "TypeError: bad", item="E2"), fix(2, "A", item="E1")) == [(KEY, "A", True)]
    assert linked(named, hit(1, "TypeError: bad"), fix(2, "A", item="E1")) == [(KEY, "A", True)]
    assert linked(named, fix(2, "A", item="E9")) == []
    assert linked(named, fix(2, "A")) == [(KEY, "A", True)]
    assert linked(hit(0, "KeyError: 'a'"), fix(2, "A", item="E9")) == [(KEY, "A", True)]


def test_a_fix_resolves_an_error_of_its_skill() -> None:
    """Between errors without names the skill decides; an error without skill fits any."""
    python = hit(0, "KeyError: 'a'", skill="python")
    assert linked(python, hit(1, "TypeError: bad", skill="js"), fix(2, "A", skill="python")) == [
        (KEY, "A", True)
    ]
    assert linked(python, fix(2, "A", skill="js")) == []
    assert linked(hit(0, "KeyError: 'a'"), fix(2, "A", skill="js")) == [(KEY, "A", True)]
    assert linked(python, fix(2, "A")) == [(KEY, "A", True)]


def test_a_fix_counts_in_its_own_session() -> None:
    """A fix in another session than the hit is for nothing."""
    assert linked(hit(0, "KeyError: 'a'"), fix(1, "A", session_id="s2")) == []


@pytest.mark.parametrize(
    ("after", "worked"),
    [
        ([], True),
        ([hit(2, "KeyError: 'z'")], False),
        ([hit(2, "KeyError: 'z'", session_id="s2")], True),
        ([hit(2, "TypeError: bad")], True),
    ],
)
def test_a_fix_works_when_the_error_stays_away(after: list[Event], worked: bool) -> None:
    """It did not when the same error came back in the session."""
    assert linked(hit(0, "KeyError: 'a'"), fix(1, "A"), *after) == [(KEY, "A", worked)]


def test_a_fix_can_say_that_it_failed() -> None:
    """An unsuccessful resolution is an attempt that did not work."""
    assert linked(hit(0, "KeyError: 'a'"), fix(1, "A", success=False)) == [(KEY, "A", False)]


def test_a_fix_without_words_closes_the_error() -> None:
    """It is no attempt, but a later fix is not for that error either."""
    assert linked(hit(0, "KeyError: 'a'"), fix(1, "", skill="x"), fix(2, "A")) == []


def test_a_hit_comes_before_its_fix_at_the_same_time() -> None:
    """Also when the ids say otherwise."""
    assert linked(hit(0, "KeyError: 'a'", id="z"), fix(0, "A", id="a")) == [(KEY, "A", True)]


def test_resolutions_are_counted_by_error_and_fix() -> None:
    """Two attempts with one fix, of which one worked, are one success in two."""
    events = [hit(0, "KeyError: 'a'"), fix(1, "A"), hit(2, "KeyError: 'b'"), fix(3, "A")]
    found = Counter(
        (*antecedent, consequent)
        for antecedent, seen in resolutions(steps(events))
        for consequent, _, _ in seen
    )
    assert found == {("",): 2, ("resolved",): 1, (KEY, "A", ""): 2, (KEY, "A", "resolved"): 1}
