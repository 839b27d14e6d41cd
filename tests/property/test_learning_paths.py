"""Learning paths keep their promises on every catalogue, for every goal, at every level and budget."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Set
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.catalogue.built_in import built_in_catalogue
from flows.catalogue.exercism import to_document
from flows.catalogue.model import BUILT_IN, LEVELS, Catalogue
from flows.catalogue.parse import parse
from flows.deadline import Deadline
from flows.intelligence.mastery import Mastery
from flows.loader import BUILT_IN_FILE, load_flows
from flows.ports import Ports
from flows.registry import STAGES
from flows.requests.learning_path import learning_path
from flows.run import run_flow
from tasks.store.in_memory_catalogues import InMemoryCatalogues
from tasks.store.in_memory_learners import InMemoryLearners
from tests.ports import make_ports

ROOT = Path(__file__).parents[2]
TRACKS = ROOT.parent / "shared" / "data" / "prerequisites"
FLOW = load_flows(BUILT_IN_FILE.read_text("utf-8"), STAGES)["learning_path"]
BUDGETS = (("4weeks", 3), ("3months", 6), ("12months", 20))

Answer = Mapping[str, Any]


def ports_of(catalogue: Catalogue, mastery: Mapping[str, Mastery] = MappingProxyType({})) -> Ports:
    learners = InMemoryLearners()
    learners.record("acme", "ann", mastery)
    return make_ports(catalogues=InMemoryCatalogues(lambda: catalogue), learners=learners)


def plan(ports: Ports, **sent: Any) -> tuple[dict[str, Any], Answer]:
    """The request as the flow sees it, and the answer."""
    request = learning_path("acme", {"userId": "ann", "currentSkill": "junior", **sent}, ports.catalogues)
    run = run_flow(FLOW, request, ports, Deadline.after(1e9))
    assert [stage.reason for stage in run.runs] == [""] * 5
    assert run.result is not None
    return request, run.result


def closure(catalogue: Catalogue, targets: Iterable[str]) -> set[str]:
    """Targets and all that they need, found the slow way."""
    found = set(targets)
    while more := {p for s in found for p in catalogue.skills[s].prerequisites} - found:
        found |= more
    return found


def known_before(
    catalogue: Catalogue, request: Mapping[str, Any], mastered: Set[str], weak: Set[str]
) -> set[str]:
    """What the documented rule takes as known: the stated list, or else levels below and the mastered.

    What was seen to be weak or asked for by name is not assumed, nor is what builds on it.
    """
    if "knownSkills" in request:
        return closure(catalogue, request["knownSkills"])
    shown = closure(catalogue, mastered)
    doubted = (weak | ({request["goal"]} - catalogue.goals.keys())) - shown
    below = LEVELS[: LEVELS.index(request["currentSkill"])]
    assumed = {s.id for s in catalogue.skills.values() if s.level in below}
    return shown | closure(catalogue, {s for s in assumed if not closure(catalogue, [s]) & doubted})


def minutes(hours: float) -> int:
    return round(hours * 60)


def check_path(
    catalogue: Catalogue,
    request: Mapping[str, Any],
    answer: Answer,
    mastered: Set[str] = frozenset(),
    weak: Set[str] = frozenset(),
) -> Counter[str]:
    """Hold every promise about one path against its answer; returns what was looked at."""
    targets = catalogue.goal(request["goal"]).skills
    wanted = closure(catalogue, targets)
    known = known_before(catalogue, request, mastered, weak) & wanted
    needed = wanted - known
    beyond = [entry["id"] for entry in answer["beyondTimeframe"]]
    parts = [entry for week in answer["path"] for entry in week["skills"]]
    planned = {entry["id"] for entry in parts}
    assert {entry["id"] for entry in answer["assumedKnown"]} == known
    assert planned | set(beyond) == needed
    assert len(planned) + len(beyond) == len(needed)
    need = {s: minutes(catalogue.skills[s].hours) or 1 for s in needed}
    if sum(need.values()) <= request["weeks"] * int(request["hoursPerWeek"] * 60):
        assert beyond == []
    missed = sum(weight for s, weight in targets.items() if s in beyond)
    assert answer["coverage"] == pytest.approx(1 - missed / sum(targets.values()), abs=0.001)
    check_parts(parts, {s: need[s] for s in planned})
    edges = check_order(catalogue, parts, known)
    check_weeks(catalogue, request, answer)
    return Counter(paths=1, weeks=len(answer["path"]), edges=edges)


def check_parts(parts: list[Any], need: Mapping[str, int]) -> None:
    """The parts of a skill are numbered from 1, and together take the skill's own time."""
    of = Counter(entry["id"] for entry in parts)
    seen: Counter[str] = Counter()
    spent: Counter[str] = Counter()
    for entry in parts:
        skill_id = entry["id"]
        seen[skill_id] += 1
        spent[skill_id] += minutes(entry["hours"])
        assert minutes(entry["hours"]) > 0
        part = {"number": seen[skill_id], "of": of[skill_id]}
        assert entry.get("part") == (part if of[skill_id] > 1 else None)
    assert spent == need


def check_order(catalogue: Catalogue, parts: list[Any], known: set[str]) -> int:
    """No skill begins before all that it needs is known or done; returns the edges looked at."""
    places = [(entry["id"], place) for place, entry in enumerate(parts)]
    first, last = dict(reversed(places)), dict(places)
    edges = [(p, s) for s in first for p in catalogue.skills[s].prerequisites if p not in known]
    assert [edge for edge in edges if not (edge[0] in last and last[edge[0]] < first[edge[1]])] == []
    return len(edges)


def check_weeks(catalogue: Catalogue, request: Mapping[str, Any], answer: Answer) -> None:
    """Every week keeps to its budget, comes after the one before, and says what it is for."""
    done = {entry["id"]: week["week"] for week in answer["path"] for entry in week["skills"]}
    numbers = {week["week"] for week in answer["path"]}
    assert [week["week"] for week in answer["path"]] == sorted(numbers)
    assert numbers <= set(range(1, request["weeks"] + 1))
    for week in answer["path"]:
        entries = week["skills"] + week["reviews"]
        spent = sum(minutes(entry["hours"]) for entry in entries)
        assert 0 < spent == minutes(week["hours"]) <= request["hoursPerWeek"] * 60 + 1e-6
        assert len({entry["id"] for entry in week["skills"]}) == len(week["skills"])
        assert all(done[entry["id"]] < week["week"] and entry["prompt"] for entry in week["reviews"])
        assert week["focus"]
        assert week["reason"]
        assert 0 < week["confidence"] < 1
        assert week["prompts"]
        assert all(week["prompts"])
        assert week["evidence"]
        assert [e for e in week["evidence"] if not evident(e, catalogue, request, week["week"])] == []
    assert minutes(answer["totalHours"]) == sum(minutes(week["hours"]) for week in answer["path"])


def evident(evidence: str, catalogue: Catalogue, request: Mapping[str, Any], week: int) -> bool:
    """Does a piece of evidence name something that is there?"""
    kind, _, name = evidence.partition(":")
    there: Mapping[str, Iterable[str]] = {
        "skill": catalogue.skills,
        "mastery": catalogue.skills,
        "stated": request.get("knownSkills", ()),
        "level": [request["currentSkill"]],
        "goal": [request["goal"]],
        "week": map(str, range(1, week + 1)),
    }
    return name in there[kind]


def catalogue_named(name: str) -> Catalogue:
    if name == BUILT_IN:
        return built_in_catalogue()
    file = TRACKS / f"exercism-{name}.json"
    if not file.is_file():
        pytest.skip(f"no {file}: the Exercism tracks are kept outside the checkout")
    return parse(BUILT_IN, [(file.name, to_document(file.name, json.loads(file.read_text("utf-8"))))])


@pytest.mark.filterwarnings("ignore:record_property is incompatible")  # It warns, but --junitxml has them.
@pytest.mark.parametrize(("timeframe", "hours"), BUDGETS)
@pytest.mark.parametrize("level", LEVELS[1:])
@pytest.mark.parametrize("name", [BUILT_IN, "python", "javascript", "csharp"])
def test_every_goal_and_every_skill_gets_a_path_that_holds(
    name: str, level: str, timeframe: str, hours: float, record_property: Callable[[str, object], None]
) -> None:
    """No prerequisite comes late, nothing is left out, added or over budget, and a repeat is equal."""
    catalogue = catalogue_named(name)
    ports, others = ports_of(catalogue), ports_of(catalogue)
    wish = {"currentSkill": level, "timeframe": timeframe, "hoursPerWeek": hours}
    counts: Counter[str] = Counter()
    for goal in (*catalogue.goals, *catalogue.skills):
        request, answer = plan(ports, goal=goal, **wish)
        counts += check_path(catalogue, request, answer)
        assert plan(others, goal=goal, **wish)[1] == answer
    for subject, count in counts.items():
        record_property(subject, count)
    assert counts["paths"] == len(catalogue.goals) + len(catalogue.skills)
    assert counts["weeks"] > 0


def test_a_path_is_the_same_in_every_process() -> None:
    """Equal input gives equal output, also where sets and dicts hash another way."""
    script = (
        "import json, runpy, sys; t = runpy.run_path(sys.argv[1]); c = t['built_in_catalogue']();"
        "wish = {'timeframe': '3months', 'knownSkills': []};"
        "print(json.dumps([t['plan'](t['ports_of'](c), goal=g, **wish)[1] for g in c.goals]))"
    )
    command = [sys.executable, "-c", script, __file__]
    outputs = {
        subprocess.run(
            command, cwd=ROOT, env={"PYTHONHASHSEED": seed}, check=True, capture_output=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(outputs) == 1
    assert len(json.loads(outputs.pop())) == len(built_in_catalogue().goals)


@st.composite
def wishes(draw: st.DrawFn) -> tuple[Catalogue, dict[str, Any], dict[str, Mastery]]:
    """A random catalogue without cycles, a wish for a path through it, and what a person masters."""
    hours = st.floats(0.5, 40)
    names = [f"s{index}" for index in range(draw(st.integers(1, 60)))]
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
        "timeframe": f"{draw(st.integers(1, 20))}weeks",
        "hoursPerWeek": draw(hours),
        "knownSkills": draw(st.none() | st.lists(st.sampled_from(names), max_size=10)),
    }
    seen = st.builds(Mastery, st.floats(0, 1), st.integers(0, 10))
    mastery = draw(st.dictionaries(st.sampled_from(names), seen, max_size=5))
    return parse(BUILT_IN, [("random", {"skills": skills, "goals": goals})]), wish, mastery


@settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(wishes())
def test_a_path_holds_on_any_catalogue(drawn: tuple[Catalogue, dict[str, Any], dict[str, Mastery]]) -> None:
    """What holds on the catalogues we know holds on any without cycles, whatever is known."""
    catalogue, wish, mastery = drawn
    mastered = {s for s, seen in mastery.items() if seen.level >= 0.8 and seen.observations >= 5}
    weak = {s for s, seen in mastery.items() if seen.level < 0.5 and seen.observations >= 5}
    request, answer = plan(ports_of(catalogue, mastery), **wish)
    check_path(catalogue, request, answer, mastered, weak)
    assert plan(ports_of(catalogue, mastery), **wish)[1] == answer
