"""Ordered skills into weeks, with reviews where they are due."""

from collections.abc import Mapping

import pytest

from flows.catalogue.model import Catalogue
from flows.catalogue.parse import parse
from flows.intelligence.goal_value import goal_values
from flows.intelligence.path_planner import Plan, minutes_of, plan_path
from flows.intelligence.week_plan import Pacing, fill_weeks, review_minutes

LOOSEST = Pacing(reviews=False, avoid_slivers=False)
NO_REVIEWS = Pacing(reviews=False)

Spec = tuple[str, int, list[str]]  #: Area, minutes, what it needs.
Filled = list[tuple[dict[str, int], dict[str, int]]]  #: Learning and reviews, week by week.


def catalogue(specs: Mapping[str, Spec]) -> Catalogue:
    skills = [
        {
            "id": skill_id,
            "title": skill_id,
            "area": area,
            "hours": minutes / 60,
            "prompts": ["Do it."],
            "prerequisites": needs,
        }
        for skill_id, (area, minutes, needs) in specs.items()
    ]
    return parse("test", [("test", {"skills": skills})])


def fill(
    specs: Mapping[str, Spec], *, weeks: int, budget: int, pacing: Pacing = NO_REVIEWS
) -> tuple[Filled, int]:
    """Lay all skills, in their order, into weeks."""
    minutes = {skill_id: spec[1] for skill_id, spec in specs.items()}
    plan, overflow = fill_weeks(
        catalogue(specs), list(specs), minutes, weeks=weeks, budget=budget, pacing=pacing
    )
    assert [week.number for week in plan] == list(range(1, weeks + 1))
    return [(week.learning, week.reviews) for week in plan], overflow


def learned(
    specs: Mapping[str, Spec], *, weeks: int, budget: int, pacing: Pacing = NO_REVIEWS
) -> list[dict[str, int]]:
    return [learning for learning, _ in fill(specs, weeks=weeks, budget=budget, pacing=pacing)[0]]


def reviewed(specs: Mapping[str, Spec], *, weeks: int, budget: int) -> dict[int, dict[str, int]]:
    """The weeks that have reviews."""
    filled, _ = fill(specs, weeks=weeks, budget=budget, pacing=Pacing())
    return {number: reviews for number, (_, reviews) in enumerate(filled, 1) if reviews}


def plan(
    specs: Mapping[str, Spec], targets: Mapping[str, float], *, weeks: int, minutes_per_week: int
) -> Plan:
    built = catalogue(specs)
    values = goal_values(built, targets, built.closure(targets))
    return plan_path(built, targets, values, weeks=weeks, minutes_per_week=minutes_per_week)


def test_skills_fill_weeks_in_their_order() -> None:
    """What fits into a week is in it; a skill longer than what is left goes on in the next weeks."""
    specs: dict[str, Spec] = {"a": ("x", 60, []), "b": ("x", 310, []), "c": ("x", 60, [])}
    assert learned(specs, weeks=4, budget=180) == [{"a": 60, "b": 120}, {"b": 180}, {"b": 10, "c": 60}, {}]


def test_what_does_not_fit_is_counted() -> None:
    """The minutes of learning that found no week are returned, those of a part as well."""
    specs: dict[str, Spec] = {"a": ("x", 150, []), "b": ("x", 70, [])}
    assert fill(specs, weeks=1, budget=100) == ([({"a": 100}, {})], 120)


@pytest.mark.parametrize(
    ("first", "second", "weeks"),
    [
        (120, 100, [{"a": 120, "b": 60}, {"b": 40}]),
        (121, 100, [{"a": 121}, {"b": 100}]),
        (121, 59, [{"a": 121, "b": 59}, {}]),
    ],
)
def test_a_skill_is_not_begun_for_less_than_an_hour(
    first: int, second: int, weeks: list[dict[str, int]]
) -> None:
    """Less than an hour at the end of a week stays free, unless the skill fits into it whole."""
    assert learned({"a": ("x", first, []), "b": ("x", second, [])}, weeks=2, budget=180) == weeks


@pytest.mark.parametrize(
    ("first", "area", "weeks"),
    [
        (301, "x", [{"a": 301, "b": 99}, {"b": 101}]),
        (301, "y", [{"a": 301}, {"b": 200}]),
        (300, "y", [{"a": 300, "b": 100}, {"b": 100}]),
    ],
)
def test_another_subject_is_not_begun_for_less_than_a_quarter(
    first: int, area: str, weeks: list[dict[str, int]]
) -> None:
    """A quarter of the week must be left for another subject to begin; the same one may go on."""
    assert learned({"a": ("x", first, []), "b": (area, 200, [])}, weeks=2, budget=400) == weeks


def test_a_subject_of_the_week_is_not_another_one() -> None:
    """A subject that the week has touched before goes on, also after one in between."""
    specs: dict[str, Spec] = {"a": ("x", 200, []), "b": ("y", 120, []), "c": ("x", 100, [])}
    assert learned(specs, weeks=2, budget=400) == [{"a": 200, "b": 120, "c": 80}, {"c": 20}]


def test_weeks_shorter_than_an_hour_are_used() -> None:
    """Half-hour weeks hold learning too: a week begins with what is next, however little fits."""
    specs: dict[str, Spec] = {"a": ("x", 40, []), "b": ("x", 40, [])}
    assert learned(specs, weeks=4, budget=30) == [{"a": 30}, {"a": 10}, {"b": 30}, {"b": 10}]


def test_the_loosest_pacing_wastes_no_minute() -> None:
    """Without care for slivers, every week but the last is full."""
    specs: dict[str, Spec] = {"a": ("x", 95, []), "b": ("y", 95, [])}
    assert learned(specs, weeks=2, budget=100, pacing=LOOSEST) == [{"a": 95, "b": 5}, {"b": 90}]


@pytest.mark.parametrize(
    ("minutes", "length"), [(1, 15), (159, 15), (160, 16), (300, 30), (605, 60), (6000, 60)]
)
def test_a_review_takes_a_tenth_of_the_skill(minutes: int, length: int) -> None:
    """Never less than a quarter of an hour, nor more than an hour."""
    assert review_minutes(minutes) == length


def test_reviews_come_at_growing_distances() -> None:
    """A finished skill is reviewed two weeks later, then after four, then after eight."""
    assert reviewed({"a": ("x", 200, [])}, weeks=20, budget=200) == {
        3: {"a": 20},
        7: {"a": 20},
        15: {"a": 20},
    }


def test_a_skill_is_not_reviewed_before_it_is_finished() -> None:
    """The distance counts from the last part of a skill."""
    assert reviewed({"a": ("x", 300, [])}, weeks=7, budget=160) == {4: {"a": 30}}


@pytest.mark.parametrize(
    ("needs", "weeks"), [([], {3: {"a": 20}, 6: {"b": 40}, 7: {"a": 20}}), (["a"], {6: {"a": 20, "b": 40}})]
)
def test_learning_practises_what_it_needs(needs: list[str], weeks: dict[int, dict[str, int]]) -> None:
    """What is being built upon is reviewed two weeks after that ends, anything else in between."""
    specs: dict[str, Spec] = {"a": ("x", 200, []), "b": ("x", 580, needs)}
    assert reviewed(specs, weeks=9, budget=200) == weeks


def test_reviews_take_time_from_learning() -> None:
    """While there is something to learn, a week's reviews come off its hours."""
    specs: dict[str, Spec] = {"a": ("x", 200, []), "b": ("x", 500, [])}
    filled, overflow = fill(specs, weeks=3, budget=200, pacing=Pacing())
    assert filled == [({"a": 200}, {}), ({"b": 200}, {}), ({"b": 180}, {"a": 20})]
    assert overflow == 120


def test_a_review_waits_two_weeks_rather_than_split_a_skill() -> None:
    """A skill that can be finished in a week is finished in it; after two weeks the review goes first."""
    filled, _ = fill({s: ("x", 200, []) for s in "abcde"}, weeks=5, budget=200, pacing=Pacing())
    assert filled[2:] == [({"c": 200}, {}), ({"d": 200}, {}), ({"e": 180}, {"a": 20})]


def test_a_review_does_not_wait_when_it_splits_nothing() -> None:
    """Reviews that fit beside what is to be finished are in that week, and the next one waits."""
    specs = {s: ("x", minutes, []) for s, minutes in (("a", 100), ("b", 100), ("c", 200), ("d", 180))}
    filled, _ = fill(specs, weeks=3, budget=200, pacing=Pacing())
    assert filled[2] == ({"d": 180}, {"a": 15})


def test_reviews_never_crowd_out_learning() -> None:
    """At most a fifth of a week is reviews: what has waited longest comes first, the others wait."""
    first: dict[str, Spec] = {s: ("x", 50, []) for s in "zxyw"}
    specs = first | {"a": ("x", 200, []), "long": ("x", 3000, [])}
    assert reviewed(specs, weeks=8, budget=200) == {
        3: {"w": 15, "x": 15},
        4: {"y": 15, "z": 15},
        5: {"a": 20},
        7: {"w": 15, "x": 15},
        8: {"y": 15, "z": 15},
    }


def test_reviews_have_the_weeks_that_learning_leaves() -> None:
    """Once nothing is left to learn, a due review needs no more than its own time."""
    assert reviewed({"a": ("x", 74, [])}, weeks=10, budget=74) == {3: {"a": 15}, 7: {"a": 15}}


def test_a_week_too_short_for_a_review_has_none() -> None:
    """While there is something to learn, a review never takes more than a fifth of a week."""
    assert reviewed({"a": ("x", 74, []), "b": ("x", 370, [])}, weeks=6, budget=74) == {}


def test_a_long_skill_is_reviewed_in_short_weeks() -> None:
    """The review of a long skill is cut to what a short week has for reviews."""
    assert reviewed({"a": ("x", 420, [])}, weeks=6, budget=180) == {5: {"a": 36}}


@pytest.mark.parametrize(
    ("specs", "weeks", "budget", "planned"),
    [
        (
            {"a": ("x", 200, []), "b": ("x", 80, ["a"])},
            *(5, 200),
            [(1, {"a": 200}, {}), (2, {"b": 80}, {}), (4, {}, {"a": 20, "b": 15})],
        ),
        (
            {"a": ("x", 150, []), "b": ("x", 600, [])},
            *(4, 200),
            [(1, {"a": 150}, {}), (2, {"b": 200}, {}), (3, {"b": 200}, {}), (4, {"b": 200}, {})],
        ),
        (
            {"a": ("x", 95, []), "b": ("y", 105, [])},
            *(2, 100),
            [(1, {"a": 95, "b": 5}, {}), (2, {"b": 100}, {})],
        ),
    ],
)
def test_all_is_planned_when_all_fits_by_the_hour(
    specs: dict[str, Spec], weeks: int, budget: int, planned: list[tuple[int, dict[str, int], dict[str, int]]]
) -> None:
    """Reviews, and then whole beginnings, are given up before anything needed is; empty weeks go."""
    found = plan(specs, {"a": 1.0, "b": 0.5}, weeks=weeks, minutes_per_week=budget)
    assert [(week.number, week.learning, week.reviews) for week in found.weeks] == planned
    assert (found.planned, found.beyond) == (("a", "b"), ())


def test_reviews_keep_their_place_when_not_all_fits() -> None:
    """The least valuable goes instead, and what fits into its place comes in."""
    specs: dict[str, Spec] = {"a": ("x", 200, []), "b": ("x", 200, []), "c": ("x", 400, [])}
    targets = {"a": 1.0, "b": 0.9, "c": 0.8, "d": 0.001}
    found = plan(specs | {"d": ("x", 10, [])}, targets, weeks=4, minutes_per_week=200)
    assert [week.learning for week in found.weeks] == [{"a": 200}, {"b": 200}, {"d": 10}, {}]
    assert [week.reviews for week in found.weeks] == [{}, {}, {"a": 20}, {"b": 20}]
    assert (found.planned, found.beyond) == (("a", "b", "d"), ("c",))


def test_what_lies_beyond_is_named_by_weight() -> None:
    """The weightiest first, of equals the one that unlocks more, then by id."""
    specs: dict[str, Spec] = {s: ("x", 100, []) for s in ("a", "zero", "d")}
    specs |= {s: ("x", 100, ["zero"]) for s in "cb"}
    found = plan(specs, {"a": 1.0, "b": 0.5, "c": 0.5, "d": 0.9}, weeks=1, minutes_per_week=100)
    assert (found.planned, found.beyond) == (("a",), ("d", "zero", "b", "c"))


@pytest.mark.parametrize(("hours", "minutes"), [(2, 120), (1.51, 91), (0.001, 1)])
def test_a_skill_takes_whole_minutes(hours: float, minutes: int) -> None:
    """Hours become the nearest whole minutes, at least one."""
    skill = {"id": "a", "title": "a", "hours": hours, "prompts": ["Do it."]}
    assert minutes_of(parse("test", [("test", {"skills": [skill]})]), "a") == minutes
