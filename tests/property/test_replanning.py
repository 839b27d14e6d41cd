"""Planning a path anew keeps its promises, whatever changed: on random catalogues and the built-in one."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from flows.catalogue.model import BUILT_IN, LEVELS, Catalogue
from flows.catalogue.parse import parse
from flows.deadline import Deadline
from flows.intelligence.mastery import Mastery
from flows.intelligence.replanning.saved import Change, Replanned, replan_saved
from flows.loader import BUILT_IN_FILE, load_flows
from flows.registry import STAGES
from flows.requests.learning_path import learning_path
from flows.run import run_flow
from flows.saved_path import SavedPath
from tasks.store.in_memory_catalogues import InMemoryCatalogues
from tasks.store.in_memory_learners import InMemoryLearners
from tests.ports import make_ports

FLOW = load_flows(BUILT_IN_FILE.read_text("utf-8"), STAGES)["learning_path"]
THEN = datetime(2026, 11, 2, 9, tzinfo=UTC)

Seen = Mapping[str, Mastery]


def saved(catalogue: Catalogue, wish: Mapping[str, Any], mastery: Seen) -> SavedPath:
    """The path that the flow plans, saved with no week done."""
    learners = InMemoryLearners()
    learners.record("acme", "ann", mastery)
    ports = make_ports(catalogues=InMemoryCatalogues(lambda: catalogue), learners=learners)
    request = learning_path("acme", {"userId": "ann", **wish}, ports.catalogues)
    plan = run_flow(FLOW, request, ports, Deadline.after(1e9)).result
    assert plan is not None
    moment = {"created_at": THEN, "updated_at": THEN}
    return SavedPath(organisation="acme", id="p", user_id="ann", request=request, plan=plan, **moment)


def minutes(entries: Iterable[Mapping[str, Any]]) -> int:
    return sum(round(entry["hours"] * 60) for entry in entries)


def spent(weeks: Iterable[Mapping[str, Any]]) -> Counter[str]:
    """Minutes of learning by skill."""
    found: Counter[str] = Counter()
    for week in weeks:
        for entry in week["skills"]:
            found[entry["id"]] += round(entry["hours"] * 60)
    return found


def places(weeks: Iterable[Mapping[str, Any]]) -> dict[str, tuple[int, int]]:
    """First and last week of each skill."""
    found: dict[str, tuple[int, int]] = {}
    for week in weeks:
        for entry in week["skills"]:
            found[entry["id"]] = (found.get(entry["id"], (week["week"],))[0], week["week"])
    return found


def check(catalogue: Catalogue, path: SavedPath, change: Change, made: Replanned) -> None:
    """Hold every promise about one path that was planned anew against it."""
    old, new = path.plan["path"], made.plan["path"]
    done = [week for week in old if week["week"] in path.done_weeks]
    rest = new[len(done) :]
    assert new[: len(done)] == done
    assert [week["week"] for week in rest] == sorted({week["week"] for week in rest})
    assert all(change.first <= week["week"] <= change.weeks for week in rest)
    for week in rest:
        assert minutes(week["skills"] + week["reviews"]) == round(week["hours"] * 60) > 0
        assert minutes(week["skills"] + week["reviews"]) <= change.hours_per_week * 60 + 1e-6
        assert week["prompts"]
        assert week["reason"]
    known = {entry["id"] for entry in made.plan["assumedKnown"]}
    check_needed(catalogue, path, made, known, spent(done))
    check_order(catalogue, new, rest, known, spent(done))
    check_reviews(catalogue, new, rest)
    check_moves(path, made, rest)
    assert round(made.plan["totalHours"] * 60) == sum(round(week["hours"] * 60) for week in new)


def check_needed(
    catalogue: Catalogue, path: SavedPath, made: Replanned, known: set[str], done: Counter[str]
) -> None:
    """What the goal needs is known, done, planned whole, or named as beyond; and nothing is twice."""
    beyond = {entry["id"] for entry in made.plan["beyondTimeframe"]}
    planned = spent(made.plan["path"])
    rest = planned - done
    assert rest.keys() & (known | beyond) == set()
    for skill in catalogue.closure(catalogue.goal(path.goal).skills, known=frozenset(known | done.keys())):
        assert skill in rest or skill in beyond
    for skill in rest:
        assert planned[skill] == max(1, round(catalogue.skills[skill].hours * 60))
    for target in catalogue.goal(path.goal).skills:
        assert target in known | beyond | planned.keys()


def check_order(
    catalogue: Catalogue, new: list[Any], rest: list[Any], known: set[str], done: Counter[str]
) -> None:
    """No skill of the open weeks begins before what it needs is known or finished."""
    entries = [entry["id"] for week in new for entry in week["skills"]]
    last = {skill: place for place, skill in enumerate(entries)}
    first = {skill: place for place, skill in reversed(list(enumerate(entries)))}
    for skill in {entry["id"] for week in rest for entry in week["skills"]} - done.keys():
        for needed in catalogue.skills[skill].prerequisites:
            assert needed in known or last[needed] < first[skill]


def check_reviews(catalogue: Catalogue, new: list[Any], rest: list[Any]) -> None:
    """Only what was learned in an earlier week is reviewed."""
    learned = places(new)
    for week in rest:
        for entry in week["reviews"]:
            assert learned[entry["id"]][1] < week["week"]
            assert entry["prompt"] in catalogue.skills[entry["id"]].prompts


def check_moves(path: SavedPath, made: Replanned, rest: list[Any]) -> None:
    """The moves are those between the two plans, and each skill that was planned has one fate."""
    before = places(week for week in path.plan["path"] if week["week"] not in path.done_weeks)
    after = places(rest)
    moved = {move.skill: move for move in made.moves}
    for skill, (start, end) in before.items():
        if skill in made.not_needed:
            assert skill not in after
            assert skill not in moved
        elif skill in after:
            distance = max(abs(after[skill][0] - start), abs(after[skill][1] - end))
            assert (moved[skill].weeks if skill in moved else 0) == distance
        else:
            assert moved[skill].to_week is None
            assert moved[skill].weeks > 0
    assert set(made.added) == after.keys() - before.keys()
    assert moved.keys() <= before.keys()


def fresh_moves(catalogue: Catalogue, path: SavedPath, change: Change, made: Replanned) -> int | None:
    """The weeks that a plan from nothing would move, None where the flow cannot be asked for it: it
    knows no half-learned skills, and takes what a known skill needs as known too.
    """
    rest = [week for week in made.plan["path"] if week["week"] >= change.first]
    beyond = {entry["id"] for entry in made.plan["beyondTimeframe"]}
    needed = places(rest).keys() | beyond
    done = spent(week for week in path.plan["path"] if week["week"] in path.done_weeks)
    known = catalogue.skills.keys() - needed
    weeks = change.weeks - change.first + 1
    if needed & done.keys() or catalogue.closure(known) & needed or weeks < 1:
        return None
    wish = {"goal": path.goal, "currentSkill": "junior", "knownSkills": sorted(known)}
    time = {"timeframe": f"{weeks}weeks", "hoursPerWeek": change.hours_per_week}
    after = places(saved(catalogue, {**wish, **time}, {}).plan["path"])
    before = places(week for week in path.plan["path"] if week["week"] not in path.done_weeks)
    shift, moved = change.first - 1, 0
    for skill in before.keys() & needed:
        start, end = before[skill]
        gone = max(change.weeks, end) + 1 - shift
        first, last = after.get(skill, (gone, gone))
        moved += max(abs(first + shift - start), abs(last + shift - end))
    return moved


@st.composite
def paths(draw: st.DrawFn) -> tuple[Catalogue, SavedPath, dict[str, Mastery]]:
    """A random catalogue, a path through it that was planned, and what is known by then."""
    hours = st.floats(0.5, 25)
    names = [f"s{index}" for index in range(draw(st.integers(1, 40)))]
    skills = [
        {
            "id": name,
            "title": name.upper(),
            "area": draw(st.sampled_from("abc")),
            "level": draw(st.sampled_from(LEVELS)),
            "hours": draw(hours),
            "prerequisites": draw(st.lists(st.sampled_from(names[:index]), max_size=3)) if index else [],
            "prompts": ["One.", "Two.", "Three."][: draw(st.integers(1, 3))],
        }
        for index, name in enumerate(names)
    ]
    targets = draw(st.dictionaries(st.sampled_from(names), st.floats(0.01, 1), min_size=1, max_size=12))
    goals = [{"id": "goal", "title": "Goal", "skills": targets}]
    wish = {
        "goal": draw(st.sampled_from(["goal", "goal", names[-1]])),
        "currentSkill": draw(st.sampled_from(LEVELS[1:])),
        "timeframe": f"{draw(st.integers(1, 16))}weeks",
        "hoursPerWeek": draw(hours),
        "knownSkills": draw(st.none() | st.lists(st.sampled_from(names), max_size=6)),
    }
    seen = st.builds(Mastery, st.floats(0, 1), st.integers(0, 10))
    mastery = draw(st.dictionaries(st.sampled_from(names), seen, max_size=5))
    catalogue = parse(BUILT_IN, [("random", {"skills": skills, "goals": goals})])
    return catalogue, saved(catalogue, wish, mastery), mastery


def with_done(draw: Any, path: SavedPath) -> SavedPath:
    """The path with some of its weeks done, mostly from the first on."""
    numbers = [week["week"] for week in path.plan["path"]]
    first = numbers[: draw(st.integers(0, len(numbers)))]
    some = draw(st.sets(st.sampled_from(first))) if first and draw(st.booleans()) else set(first)
    return replace(path, done_weeks=tuple(sorted(some)))


EXAMPLES = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@EXAMPLES
@given(st.data())
def test_whatever_changed_the_promises_hold(data: st.DataObject) -> None:
    """Done weeks stay, order and hours are kept, nothing needed is lost, and moves are counted right."""
    catalogue, path, mastery = data.draw(paths())
    path = with_done(data.draw, path)
    seen = st.builds(Mastery, st.floats(0, 1), st.integers(0, 10))
    now = {
        **mastery,
        **data.draw(st.dictionaries(st.sampled_from(sorted(catalogue.skills)), seen, max_size=5)),
    }
    done = max(path.done_weeks, default=0)
    weeks = data.draw(st.just(path.request["weeks"]) | st.integers(max(done, 1), 20))
    first = data.draw(st.just(done + 1) | st.integers(done + 1, max(weeks, done + 1)))
    hours = data.draw(st.just(path.request["hoursPerWeek"]) | st.floats(0.5, 25))
    change = Change(first=first, weeks=weeks, hours_per_week=hours)
    made = replan_saved(path, change, catalogue, now)
    check(catalogue, path, change, made)
    assert replan_saved(path, change, catalogue, now) == made
    fresh = fresh_moves(catalogue, path, change, made)
    event("compared with a fresh plan" if fresh is not None else "no fresh plan to compare with")
    assert fresh is None or sum(move.weeks for move in made.moves) <= fresh


@EXAMPLES
@given(st.data())
def test_nothing_changed_moves_nothing(data: st.DataObject) -> None:
    """With the weeks done in their order and nothing else new, the path stays what it is."""
    catalogue, path, mastery = data.draw(paths())
    numbers = [week["week"] for week in path.plan["path"]]
    done = tuple(numbers[: data.draw(st.integers(0, len(numbers)))])
    path = replace(path, done_weeks=done)
    own = {"weeks": path.request["weeks"], "hours_per_week": path.request["hoursPerWeek"]}
    made = replan_saved(path, Change(first=max(done, default=0) + 1, **own), catalogue, mastery)
    assert (made.moves, made.added, made.not_needed, made.request) == ((), (), (), path.request)
    content = [(week["week"], week["skills"], week["reviews"], week["prompts"]) for week in made.plan["path"]]
    assert content == [(w["week"], w["skills"], w["reviews"], w["prompts"]) for w in path.plan["path"]]
    assert made.plan["beyondTimeframe"] == path.plan["beyondTimeframe"]
    if not done:
        assert made.plan == path.plan
