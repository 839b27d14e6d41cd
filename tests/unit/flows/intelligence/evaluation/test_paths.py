"""Judging paths: plans and orders that are right and wrong on purpose."""

from typing import Any

import pytest

from flows.catalogue.model import Catalogue
from flows.catalogue.parse import parse
from flows.intelligence.evaluation.paths import PlanCounts, check, evaluate, judge, violated
from flows.intelligence.path_planner import Plan
from flows.intelligence.week_plan import Week

#: Skills of two hours each; in the file before what they need, by the alphabet after it.
NEEDS = {"d": ["c"], "c": ["b", "a"], "b": ["a"], "a": []}


def catalogue() -> Catalogue:
    skills: list[dict[str, Any]] = [
        {"id": name, "title": name, "hours": 2, "prompts": ["Do it."], "prerequisites": needs}
        for name, needs in NEEDS.items()
    ]
    return parse("test", [("test", {"skills": skills, "goals": [GOAL]})])


GOAL = {"id": "goal", "title": "Goal", "skills": {"d": 1.0}}


def plan(weeks: list[dict[str, int]], beyond: tuple[str, ...] = ()) -> Plan:
    """A plan with the given minutes of learning per week."""
    filled = tuple(Week(number, learning) for number, learning in enumerate(weeks, start=1))
    return Plan(filled, tuple(dict.fromkeys(name for week in weeks for name in week)), beyond)


def judged(weeks: list[dict[str, int]], *beyond: str, budget: int = 240) -> PlanCounts:
    """Counts of a plan for ``c``, which needs ``a`` and ``b``, in two weeks."""
    return judge(catalogue(), plan(weeks, beyond), {"a", "b", "c"}, 2, budget)


def test_a_plan_that_holds() -> None:
    """Edges are those of what is planned, and all is well."""
    assert judged([{"a": 120, "b": 120}, {"c": 120}]) == PlanCounts(
        plans=1, edges=3, violated=0, complete=1, roomy=1, extra=0, weeks=2, overfull=0
    )


def test_a_skill_before_what_it_needs_is_violated() -> None:
    """Once per edge."""
    assert judged([{"c": 120, "a": 120}, {"b": 120}]).violated == 2


def test_a_skill_that_begins_before_the_last_part_is_violated() -> None:
    """All parts of a prerequisite come first: ``b`` does not wait for them, ``c`` does."""
    assert judged([{"a": 60, "b": 120}, {"a": 60, "c": 120}]).violated == 1


def test_a_missing_prerequisite_is_violated() -> None:
    """What is not planned is not done."""
    counts = judged([{"a": 120, "c": 120}], "b")
    assert (counts.edges, counts.violated) == (2, 1)


def test_a_plan_is_complete_when_nothing_goes_unsaid() -> None:
    """What is left out is named, and nothing is left out when there is time."""
    assert judged([{"a": 120, "b": 120}], "c").complete == 0
    assert judged([{"a": 120, "b": 120}]).complete == 0
    short = judged([{"a": 120}, {"b": 120}], "c", budget=120)
    assert (short.complete, short.roomy) == (1, 0)
    assert judged([{"a": 120}, {"b": 120}], budget=120).complete == 0


def test_what_the_goal_does_not_need_is_extra() -> None:
    """Here ``d``."""
    assert judged([{"a": 120, "b": 120}, {"c": 120, "d": 120}]).extra == 1


def test_a_week_over_its_budget_is_counted() -> None:
    """Reviews count, and a full week is none too many."""
    assert judged([{"a": 120, "b": 120}, {"c": 120}]).overfull == 0
    assert judged([{"a": 120, "b": 121}, {"c": 120}]).overfull == 1
    full = plan([{"a": 120, "b": 120}])
    full.weeks[0].reviews["a"] = 1
    assert judge(catalogue(), full, {"a", "b"}, 2, 240).overfull == 1


def test_counts_add_up() -> None:
    """Number by number."""
    one = PlanCounts(plans=1, edges=2, violated=3, complete=4, roomy=5, extra=6, weeks=7, overfull=8)
    assert one + one == PlanCounts(
        plans=2, edges=4, violated=6, complete=8, roomy=10, extra=12, weeks=14, overfull=16
    )


def test_edges_in_an_order() -> None:
    """Forwards all hold, backwards none."""
    edges = [(p, s) for s, needs in NEEDS.items() for p in needs]
    assert list(violated(edges, "abcd")) == [False] * 4
    assert list(violated(edges, "dcba")) == [True] * 4


def test_a_skill_begins_with_its_first_part() -> None:
    """Even if it ends after what it needs."""
    assert list(violated([("a", "b")], "bab")) == [True]
    assert list(violated([("a", "b")], "abb")) == [False]


def test_a_check_is_of_our_own_plan() -> None:
    """Three hours hold one skill of two hours and a part of the next."""
    assert check(catalogue(), {"d": 1.0}, 1, 3.0) == PlanCounts(
        plans=1, edges=0, violated=0, complete=1, roomy=0, extra=0, weeks=1, overfull=0
    )


def test_the_report_holds_ours_against_the_baselines() -> None:
    """In this file all edges run backwards, by the alphabet none does."""
    report = evaluate(catalogue(), seed=1)
    assert (report.skills, report.edges) == (4, 4)
    assert report.violations["ours"] == 0.0
    assert report.violations["alphabetical"] == 0.0
    assert report.violations["file order"] == 1.0
    assert 0.3 < report.violations["random"] < 0.7
    assert report.counts.plans == 15
    assert (report.counts.violated, report.counts.extra, report.counts.overfull) == (0, 0, 0)
    assert report.counts.complete == 15


def test_every_goal_and_skill_is_planned_in_every_budget() -> None:
    """Five goals in one budget that holds all: the goal and ``d`` have four edges, the others fewer."""
    counts = evaluate(catalogue(), seed=1, budgets=[(1, 8.0)]).counts
    assert counts == PlanCounts(
        plans=5, edges=4 + 4 + 3 + 1, violated=0, complete=5, roomy=5, extra=0, weeks=5, overfull=0
    )


def test_random_orders_are_seeded() -> None:
    """The same seed, the same report; another, another."""
    assert evaluate(catalogue(), seed=1) == evaluate(catalogue(), seed=1)
    assert evaluate(catalogue(), seed=1).violations != evaluate(catalogue(), seed=2).violations


def test_a_catalogue_without_edges_has_none_violated() -> None:
    """Nothing to divide by."""
    alone = {"id": "a", "title": "A", "hours": 2, "prompts": ["Do it."]}
    report = evaluate(parse("test", [("test", {"skills": [alone]})]), seed=1)
    assert set(report.violations.values()) == {0.0}


@pytest.mark.parametrize("hours", [0.5, 1.9])
def test_an_hour_too_few_plans_nothing_wrong(hours: float) -> None:
    """Where not even one skill fits, all are named as left out."""
    counts = check(catalogue(), {"a": 1.0}, 1, hours)
    assert (counts.violated, counts.complete, counts.weeks) == (0, 1, 0)
