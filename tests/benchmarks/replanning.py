"""How much planning a saved path anew moves, and how long it takes.

Plans every goal of the built-in catalogue in four budgets, takes up to half of the weeks as done,
and changes one thing: a week is missed, there is a fifth less time, one planned skill is known by
now, or one that was taken as known is not. Prints the weeks moved by each of the three plans that
are made, by the one that is taken, and the CPU milliseconds of the whole. Seeded.
Run: ``PYTHONPATH=. .venv/bin/python tests/benchmarks/replanning.py``.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from time import process_time
from typing import Any

from flows.catalogue.built_in import built_in_catalogue
from flows.deadline import Deadline
from flows.intelligence.mastery import Mastery
from flows.intelligence.replanning.moves import moved_weeks
from flows.intelligence.replanning.replan import candidates
from flows.intelligence.replanning.saved import Change, remainder, replan_saved
from flows.loader import BUILT_IN_FILE, load_flows
from flows.registry import STAGES
from flows.requests.learning_path import learning_path
from flows.run import run_flow
from flows.saved_path import SavedPath
from tests.ports import make_ports

CATALOGUE = built_in_catalogue()
FLOW = load_flows(BUILT_IN_FILE.read_text("utf-8"), STAGES)["learning_path"]
BUDGETS = (("4weeks", 3), ("3months", 6), ("12months", 6), ("24months", 20))
KINDS = ("missed", "less time", "known", "not known")
THEN = datetime(2026, 11, 2, tzinfo=UTC)

Case = tuple[SavedPath, Change, dict[str, Mastery]]


def main() -> None:
    """Measure and print."""
    took: list[float] = []
    print(f"{'':12}{'cases':>7}{'in place':>10}{'overdue':>10}{'fresh':>10}{'taken':>10}  weeks moved")
    for kind in KINDS:
        moved = [0, 0, 0, 0]
        cases = [case for case in _cases(kind) if case]
        for path, change, mastery in cases:
            started = process_time()
            made = replan_saved(path, change, CATALOGUE, mastery)
            took.append((process_time() - started) * 1000)
            rest = remainder(path, change, CATALOGUE, mastery)
            each = [moved_weeks(rest, layout) for layout in candidates(rest)]
            for place, weeks in enumerate([*each, sum(move.weeks for move in made.moves)]):
                moved[place] += weeks
        print(f"{kind:12}{len(cases):7}" + "".join(f"{weeks:10}" for weeks in moved))
    took.sort()
    shares = ", ".join(f"p{share} {took[len(took) * share // 100]:.1f}" for share in (50, 95, 99))
    print(f"CPU ms: {shares}, max {took[-1]:.1f}")


def _cases(kind: str) -> Iterator[Case | None]:
    random = Random(kind)
    for goal in CATALOGUE.goals:
        for timeframe, hours in BUDGETS:
            path = _saved(goal, timeframe, hours)
            numbers = [week["week"] for week in path.plan["path"]]
            done = tuple(numbers[: random.randint(0, len(numbers) // 2)])
            yield _changed(kind, replace(path, done_weeks=done), random)


def _changed(kind: str, path: SavedPath, random: Random) -> Case | None:
    first = max(path.done_weeks, default=0) + 1
    change = Change(first, path.request["weeks"], path.request["hoursPerWeek"])
    open_ = [week for week in path.plan["path"] if week["week"] >= first]
    planned = [entry["id"] for week in open_ for entry in week["skills"]]
    known = [entry["id"] for entry in path.plan["assumedKnown"]]
    if kind == "missed":
        return path, replace(change, first=first + 1), {}
    if kind == "less time":
        return path, replace(change, hours_per_week=change.hours_per_week * 0.8), {}
    if kind == "known":
        return (path, change, {random.choice(planned): Mastery(0.95, 9)}) if planned else None
    return (path, change, {random.choice(known): Mastery(0.2, 9)}) if known else None


def _saved(goal: str, timeframe: str, hours: float) -> SavedPath:
    ports = make_ports()
    sent: dict[str, Any] = {"userId": "ann", "currentSkill": "junior", "goal": goal}
    request = learning_path("acme", {**sent, "timeframe": timeframe, "hoursPerWeek": hours}, ports.catalogues)
    plan = run_flow(FLOW, request, ports, Deadline.after(60_000)).result or {}
    moment = {"created_at": THEN, "updated_at": THEN}
    return SavedPath(organisation="acme", id="p", user_id="ann", request=request, plan=plan, **moment)


if __name__ == "__main__":
    main()
