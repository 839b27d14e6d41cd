"""The rest of a path planned anew: what keeps its week, what gives way, and what it is measured by."""

from typing import Any

import pytest

from flows.catalogue.model import Catalogue
from flows.catalogue.parse import parse
from flows.intelligence.goal_value import goal_values
from flows.intelligence.replanning.model import Layout, Remainder, by_skill
from flows.intelligence.replanning.moves import Move, moved_weeks, moves
from flows.intelligence.replanning.replan import candidates, fresh, replan

HOUR = 60
#: Each skill with its hours and what it needs; the goal is all of them.
SKILLS = {
    "a": (2, []),
    "b": (2, ["a"]),
    "c": (2, []),
    "d": (2, []),
    "e": (4, ["d"]),
    "f": (2, []),
}


def catalogue(weights: dict[str, float]) -> Catalogue:
    skills = [
        {"id": s, "title": s, "area": "x", "hours": hours, "prerequisites": needs, "prompts": ["Do."]}
        for s, (hours, needs) in SKILLS.items()
    ]
    goals = [{"id": "goal", "title": "Goal", "skills": weights}]
    return parse("built-in", [("test", {"skills": skills, "goals": goals})])


def rest_of(hours: dict[str, float], learning: Layout, *, first: int, last: int, **more: Any) -> Remainder:
    """What is left: hours by skill, the old weeks, and weeks of two hours unless said otherwise."""
    weights: dict[str, float] = more.pop("weights", dict.fromkeys(hours, 1.0))
    found = catalogue(weights)
    fields: dict[str, Any] = {
        "reviews": {},
        "done": {},
        "done_reviews": {},
        "budget": 2 * HOUR,
    } | more
    return Remainder(
        catalogue=found,
        targets=weights,
        minutes={skill: int(h * HOUR) for skill, h in hours.items()},
        values=goal_values(found, weights, hours),
        learning=learning,
        first=first,
        last=last,
        **fields,
    )


def in_hours(layout: Layout) -> dict[int, dict[str, float]]:
    return {week: {s: minutes / HOUR for s, minutes in skills.items()} for week, skills in layout.items()}


def weeks(**skills: int) -> Layout:
    """Two hours of each skill in the week that is given."""
    found: Layout = {}
    for skill, week in skills.items():
        found.setdefault(week, {})[skill] = 2 * HOUR
    return found


def test_a_skill_is_known_by_its_weeks() -> None:
    """Minutes by week of each skill, skills in the order in which they begin."""
    layout = {3: {"b": 30}, 1: {"c": 60, "b": 10}}
    assert by_skill(layout) == {"c": {1: 60}, "b": {1: 10, 3: 30}}
    assert list(by_skill(layout)) == ["c", "b"]


def test_a_move_is_the_farther_of_beginning_and_end() -> None:
    """E began in week 2 and ended in 3; it begins in 3 and ends in 6: it moved by three weeks."""
    rest = rest_of({"e": 4}, {2: {"e": 120}, 3: {"e": 120}}, first=1, last=6)
    assert moves(rest, {3: {"e": 120}, 6: {"e": 120}}) == [Move("e", 2, 3, 3)]
    assert moves(rest, {2: {"e": 60}, 3: {"e": 180}}) == []


def test_a_needed_skill_that_falls_out_moves_past_the_end() -> None:
    """It goes past the time there is and past its old weeks; what is not needed any more moves nowhere."""
    rest = rest_of({"a": 2}, weeks(a=1, c=2), first=1, last=4)
    assert moves(rest, {}) == [Move("a", 1, None, 4)]
    shorter = rest_of({"a": 2}, weeks(a=5), first=1, last=3)
    assert moves(shorter, {}) == [Move("a", 5, None, 1)]


def test_what_is_new_moves_nothing() -> None:
    """Only skills that had a place are measured."""
    rest = rest_of({"a": 2, "c": 2}, weeks(a=1), first=1, last=3)
    assert moved_weeks(rest, weeks(a=1, c=3)) == 0


def test_a_hole_stays_a_hole() -> None:
    """C is known by now: what came after it stays in its week, though there is room before."""
    rest = rest_of({"a": 2, "d": 2}, weeks(a=1, c=2, d=3), first=1, last=3)
    made = replan(rest, {})
    assert (made.learning, made.moves, made.beyond) == (weeks(a=1, d=3), (), ())
    assert moved_weeks(rest, fresh(rest)) == 1


def test_a_skill_that_fits_again_takes_the_hole() -> None:
    """What lay beyond the time comes in where there is room; the others keep their weeks."""
    rest = rest_of({"a": 2, "d": 2, "f": 2}, weeks(a=1, c=2, d=3), first=1, last=3)
    made = replan(rest, {})
    assert (made.learning, made.moves) == (weeks(a=1, f=2, d=3), ())


def test_a_missed_week_goes_where_there_is_room() -> None:
    """A was missed in week 1 and week 4 is free: only A moves."""
    rest = rest_of({"a": 2, "c": 2, "d": 2}, weeks(a=1, c=2, d=3), first=2, last=4)
    made = replan(rest, {})
    assert (made.learning, made.moves) == (weeks(c=2, d=3, a=4), (Move("a", 1, 4, 3),))


def test_overdue_work_goes_first_where_that_moves_less() -> None:
    """B needs A, which was missed: both a week later move two, A at the end would move four."""
    rest = rest_of({"a": 2, "b": 2}, weeks(a=1, b=2), first=2, last=4)
    made = replan(rest, {})
    assert made.learning == weeks(a=2, b=3)
    assert made.moves == (Move("a", 1, 2, 1), Move("b", 2, 3, 1))


def test_a_fresh_plan_is_taken_when_it_moves_less() -> None:
    """E and C were both missed. E, which stood first, would push C to the end; C first moves less."""
    old = {1: {"e": 120, "c": 120}}
    rest = rest_of({"e": 4, "c": 2}, old, first=2, last=4, weights={"e": 0.2, "c": 0.5})
    made = replan(rest, {})
    assert in_hours(made.learning) == {2: {"c": 2}, 3: {"e": 2}, 4: {"e": 2}}
    assert [moved_weeks(rest, layout) for layout in candidates(rest)] == [5, 5, 4]


def test_a_new_prerequisite_comes_before_what_needs_it() -> None:
    """D turns out not to be known: it takes the free week before E, which stays."""
    rest = rest_of({"d": 2, "e": 2}, weeks(e=3), first=1, last=3, weights={"e": 1.0})
    made = replan(rest, {})
    assert (made.learning, made.moves) == (weeks(d=1, e=3), ())


def test_no_skill_is_begun_for_a_moment() -> None:
    """With half an hour free a new skill waits for the next week, as long as there is one."""
    rest = rest_of({"a": 1.5, "c": 2}, {1: {"a": 90}}, first=1, last=2)
    assert in_hours(replan(rest, {}).learning) == {1: {"a": 1.5}, 2: {"c": 2}}


def test_every_minute_is_used_when_time_is_short() -> None:
    """What fits in all is planned in all: skills are pulled forward and split for it."""
    rest = rest_of({"a": 1.5, "c": 2.5}, {1: {"a": 90}, 2: {"c": 150}}, first=1, last=2)
    made = replan(rest, {})
    assert (in_hours(made.learning), made.beyond) == ({1: {"a": 1.5, "c": 0.5}, 2: {"c": 2}}, ())


def test_less_time_drops_what_is_worth_least() -> None:
    """With two weeks for three skills the one of least weight goes, and is named."""
    weights = {"a": 1.0, "c": 0.2, "d": 0.5}
    rest = rest_of({"a": 2, "c": 2, "d": 2}, weeks(a=1, c=2, d=3), first=1, last=2, weights=weights)
    made = replan(rest, {})
    assert (made.learning, made.beyond) == (weeks(a=1, d=2), ("c",))
    assert made.moves == (Move("c", 2, None, 1), Move("d", 3, 2, 1))


def test_what_was_planned_stays_before_what_would_be_worth_more() -> None:
    """F has more weight than C and lay beyond the time: that is no reason to take C out."""
    weights = {"a": 1.0, "c": 0.2, "f": 0.9}
    rest = rest_of({"a": 2, "c": 2, "f": 2}, weeks(a=1, c=2), first=1, last=2, weights=weights)
    made = replan(rest, {})
    assert (made.learning, made.beyond, made.moves) == (weeks(a=1, c=2), ("f",), ())


def test_no_weeks_are_left() -> None:
    """All that is needed lies beyond, the weightiest first."""
    weights = {"a": 0.5, "c": 1.0}
    rest = rest_of({"a": 2, "c": 2}, weeks(a=1, c=2), first=3, last=2, weights=weights)
    made = replan(rest, {})
    assert (made.learning, made.reviews, made.beyond) == ({}, {}, ("c", "a"))


def test_reviews_that_were_planned_stay() -> None:
    """A review keeps its week and its minutes; learning takes what is left beside it."""
    rest = rest_of(
        {"c": 2},
        {2: {"c": 90}, 3: {"c": 30}},
        first=2,
        last=3,
        done={1: {"a": 120}},
        reviews={3: {"a": 15}},
    )
    made = replan(rest, {"a": 1})
    assert (made.learning, made.reviews) == ({2: {"c": 90}, 3: {"c": 30}}, {3: {"a": 15}})


@pytest.mark.parametrize(
    ("done", "done_reviews", "expected"),
    [
        ({1: {"a": 120}}, {}, {3: {"a": 15}, 7: {"a": 15}}),
        ({1: {"a": 120}, 2: {"b": 120}}, {}, {4: {"a": 15}, 5: {"b": 15}, 8: {"a": 15}}),
        ({1: {"a": 120}}, {3: {"a": 15}}, {7: {"a": 15}}),
    ],
)
def test_reviews_come_when_they_are_due(done: Layout, done_reviews: Layout, expected: Layout) -> None:
    """Two weeks after it was last practised, then after four; what builds on a skill practises it, and
    there is room for one review a week.
    """
    first = max([*done, *done_reviews]) + 1
    rest = rest_of({}, {}, first=first, last=8, done=done, done_reviews=done_reviews, weights={"a": 1.0})
    learned = {skill: week for week, skills in done.items() for skill in skills}
    assert replan(rest, learned).reviews == expected


def test_reviews_keep_their_place_when_not_all_fits_anyway() -> None:
    """B does not fit: then no quarter of an hour is taken from a planned review, not even for C."""
    rest = rest_of(
        {"b": 10, "c": 0.25, "d": 1.75, "f": 1.75},
        {3: {"d": 105}, 4: {"f": 105}},
        first=3,
        last=4,
        done={1: {"a": 120}},
        reviews={3: {"a": 15}, 4: {"a": 15}},
    )
    made = replan(rest, {"a": 1})
    assert (made.learning, made.beyond) == ({3: {"d": 105}, 4: {"f": 105}}, ("b", "c"))
    assert made.reviews == {3: {"a": 15}, 4: {"a": 15}}


def test_reviews_give_way_when_all_fits_only_without_them() -> None:
    """Two full weeks of learning leave no room for the review that stood there."""
    rest = rest_of(
        {"c": 2, "d": 2},
        {2: {"c": 105}, 3: {"c": 15}},
        first=2,
        last=3,
        done={1: {"a": 120}},
        reviews={2: {"a": 15}},
    )
    made = replan(rest, {"a": 1})
    assert (sum(sum(week.values()) for week in made.learning.values()), made.beyond) == (240, ())
    assert made.reviews == {}


def test_an_unchanged_rest_is_kept_as_it_is() -> None:
    """Then nothing is planned: weeks and reviews stay, gaps too."""
    old = {2: {"c": 30}, 4: {"c": 90}}
    rest = rest_of({"c": 2, "f": 2}, old, first=1, last=6, reviews={5: {"c": 15}})
    made = replan(rest, {}, unchanged=True)
    assert (made.learning, made.reviews, made.beyond, made.moves) == (old, {5: {"c": 15}}, ("f",), ())
