"""Why a week is in the path: sentences from templates, each part with the ids it rests on.

Evidence ids are ``kind:id``: ``mastery:<skill>`` (observed), ``stated:<skill>`` (the person said
so), ``level:<level>`` (taken as known), ``skill:<skill>`` (a prerequisite in the catalogue),
``week:<n>`` (an earlier week of this path) and ``goal:<goal>``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flows.catalogue.model import Catalogue, Goal
from flows.intelligence.goal_value import GoalValue
from flows.intelligence.known import ASSUMED, OBSERVED, STATED
from flows.intelligence.mastery import Mastery

CORE_WEIGHT = 0.8  #: From this weight on, a target is called a core skill of its goal.

Sentence = tuple[str, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PathFacts:
    """All that a reason may draw on."""

    catalogue: Catalogue
    goal: Goal
    level: str
    known: Mapping[str, str]
    mastery: Mapping[str, Mastery]
    values: Mapping[str, GoalValue]
    finished_in: Mapping[str, int]
    started_in: Mapping[str, int]


def reason_for(facts: PathFacts, skill_id: str, week: int) -> Sentence:
    """Why this skill leads this week, and the ids of the evidence."""
    title = facts.catalogue.skills[skill_id].title
    purpose, purpose_ids = _purpose(facts, skill_id)
    if facts.started_in[skill_id] < week:
        first = facts.started_in[skill_id]
        return f"Continues {title} from week {first}: {purpose}.", [f"week:{first}", *purpose_ids]
    basis, basis_ids = _basis(facts, skill_id, week)
    return f"{basis}, ready for {title}: {purpose}.", [*basis_ids, *purpose_ids]


def review_reason(titles: list[str], weeks: list[int], *, all_planned: bool) -> Sentence:
    """Why a week holds nothing but reviews."""
    left = "Nothing new is left" if all_planned else "What is left does not fit into the time"
    return (
        f"{left}; reviews keep {_listed(titles)} from fading.",
        [f"week:{week}" for week in sorted(set(weeks))],
    )


def _basis(facts: PathFacts, skill_id: str, week: int) -> Sentence:
    """What the skill builds on."""
    prerequisites = facts.catalogue.skills[skill_id].prerequisites
    if not prerequisites:
        return "Nothing else is needed first", [f"skill:{skill_id}"]
    ground = _most_telling(facts, skill_id)
    title = facts.catalogue.skills[ground].title
    source = facts.known.get(ground)
    if source == OBSERVED:
        seen = facts.mastery[ground]
        detail = f"mastery {seen.level:.2f} from {seen.observations} observations"
        return f"Strong {title} detected ({detail})", [f"mastery:{ground}"]
    if source == STATED:
        return f"You know {title}", [f"stated:{ground}"]
    if source == ASSUMED:
        return f"{title} is taken as known at {facts.level} level", [
            f"level:{facts.level}",
            f"skill:{ground}",
        ]
    if source is not None:
        return f"{title} comes with what you know", [f"skill:{ground}"]
    done = facts.finished_in[ground]
    when = "just before" if done == week else f"in week {done}"
    return f"{title} learned {when}", [f"week:{done}", f"skill:{ground}"]


def _most_telling(facts: PathFacts, skill_id: str) -> str:
    """The first prerequisite of the same area, else the first: authors name the nearest first."""
    skill = facts.catalogue.skills[skill_id]
    same_area = (p for p in skill.prerequisites if facts.catalogue.skills[p].area == skill.area)
    return next(same_area, skill.prerequisites[0])


def _purpose(facts: PathFacts, skill_id: str) -> Sentence:
    """What the skill does for the goal: what it leads to in this path, else at all."""
    goal = facts.goal
    if skill_id == goal.id:
        return "it is what you asked for", [f"skill:{skill_id}"]
    weight = goal.skills.get(skill_id)
    if weight is not None:
        kind = "a core skill" if weight >= CORE_WEIGHT else "a skill"
        return f"{kind} of the goal {goal.title}", [f"goal:{goal.id}"]
    leads_to = facts.values[skill_id].targets
    served = ([target for target in leads_to if target in facts.started_in] or leads_to)[:2]
    titles = [facts.catalogue.skills[target].title for target in served]
    return f"needed for {_listed(titles)}", [f"skill:{target}" for target in served]


def _listed(words: list[str]) -> str:
    shown = words[:3]
    rest = f" and {len(words) - 3} more" if len(words) > 3 else ""
    return (
        (", ".join(shown) + rest)
        if rest
        else " and ".join([", ".join(shown[:-1]), shown[-1]][not shown[:-1] :])
    )
