"""The frontier of a person: skills worth working on now, and what to do for each.

The frontier is where learning happens next: not known yet, and everything it needs is known (the
outer fringe of a knowledge state; Falmagne & Doignon 2011), or it is being worked on already.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flows.catalogue.model import Catalogue, Goal, Skill
from flows.intelligence.goal_value import GoalValue, goal_values
from flows.intelligence.known import known_skills
from flows.intelligence.mastery import Mastery
from flows.intelligence.profile.features import Features
from flows.intelligence.ranker.item import Evidence, Item

LOWEST_LEVEL = "junior"  #: What is assumed of a person of whom nothing else is said.
PROMPTS_PER_SKILL = 2
MINUTES_PER_PROMPT = 45  #: A judgement: the catalogue's prompts are tasks of half an hour to an hour.
PROBED = frozenset({"prompt_accepted", "exercise_solved"})  #: Fates after which a prompt is done.


@dataclass(frozen=True, slots=True)
class Aim:
    """A goal, and how surely the person is after it: 1 when they said so."""

    goal: Goal
    sureness: float


def aims_of(catalogue: Catalogue, stated: str | None, features: Features) -> list[Aim]:
    """The goal that was stated, else those that practice points to, the likeliest first."""
    if stated is not None:
        return [Aim(catalogue.goal(stated), 1.0)]
    return [
        Aim(catalogue.goals[likely.id], likely.likeness)
        for likely in features.likely_goals
        if likely.id in catalogue.goals
    ]


def goal_worth(catalogue: Catalogue, aims: Iterable[Aim]) -> dict[str, float]:
    """What each skill is worth to the aims, 0 to 1: the weight of the best target it leads to."""
    worth: dict[str, float] = {}
    for aim in aims:
        needed = catalogue.closure(aim.goal.skills)
        for skill, value in goal_values(catalogue, aim.goal.skills, needed).items():
            worth[skill] = max(worth.get(skill, 0.0), aim.sureness * value.weight)
    return worth


def frontier_items(
    catalogue: Catalogue, features: Features, aims: Iterable[Aim], *, skills: int, level: str = LOWEST_LEVEL
) -> list[Item]:
    """Skills of the frontier of each aim and prompts for them: at most so many skills per aim."""
    known = known_skills(catalogue, level=level, stated=None, mastery=features.mastery)
    return [
        item for aim in aims for item in _items_of_aim(catalogue, features, aim, frozenset(known), skills)
    ]


def _items_of_aim(
    catalogue: Catalogue, features: Features, aim: Aim, known: frozenset[str], most: int
) -> list[Item]:
    needed = catalogue.closure(aim.goal.skills, known=known)
    values = goal_values(catalogue, aim.goal.skills, needed)
    frontier = [skill for skill in values if _is_within_reach(catalogue.skills[skill], known, features)]
    frontier.sort(key=lambda skill: (-values[skill].weight, -values[skill].unlocks, skill))
    items: list[Item] = []
    for skill_id in frontier[:most]:
        skill, value = catalogue.skills[skill_id], values[skill_id]
        sources = {"goal": round(aim.sureness * value.weight, 6)}
        evidence = tuple(evidence_of(catalogue, skill, aim.goal, value, features.mastery))
        items.append(
            Item(
                id=f"skill:{skill.id}",
                type="skill",
                title=skill.title,
                text=skill.summary,
                skill=skill.id,
                sources=sources,
                evidence=evidence,
                minutes=round(skill.hours * 60),
            )
        )
        items += prompts_of(skill, features, sources, evidence)
    return items


def _is_within_reach(skill: Skill, known: frozenset[str], features: Features) -> bool:
    return skill.id in features.practice or known.issuperset(skill.prerequisites)


def prompts_of(
    skill: Skill, features: Features, sources: Mapping[str, float], evidence: tuple[Evidence, ...]
) -> list[Item]:
    """The first prompts of a skill that the person has not done."""
    found = []
    for number, prompt in enumerate(skill.prompts, start=1):
        prompt_id = f"prompt:{skill.id}/{number}"
        fate = features.items.get(prompt_id)
        if fate is None or fate.kind.value not in PROBED:
            found.append(
                Item(
                    id=prompt_id,
                    type="prompt",
                    title=prompt,
                    skill=skill.id,
                    sources=sources,
                    evidence=evidence,
                    minutes=MINUTES_PER_PROMPT,
                )
            )
    return found[:PROMPTS_PER_SKILL]


def evidence_of(
    catalogue: Catalogue, skill: Skill, goal: Goal, value: GoalValue, mastery: Mapping[str, Mastery]
) -> Iterable[Evidence]:
    """Why this skill: what it is to the goal, how far the person is, and what they build on."""
    if skill.id in goal.skills:
        facts = {"title": skill.title, "goal": goal.title, "weight": goal.skills[skill.id]}
        yield Evidence(id=f"goal:{goal.id}", kind="goal", facts=facts)
    elif value.targets:
        target = catalogue.skills[value.targets[0]]
        facts = {"title": skill.title, "leadsTo": target.title}
        yield Evidence(id=f"goal:{goal.id}", kind="goal", facts=facts)
    if skill.id in mastery:
        yield mastery_evidence(skill, mastery[skill.id])
    observed = [(mastery[name].level, name) for name in skill.prerequisites if name in mastery]
    if observed:
        strongest = catalogue.skills[max(observed)[1]]
        facts = {"title": strongest.title, "unlocks": skill.title, **_seen(mastery[strongest.id])}
        yield Evidence(id=f"prerequisite:{strongest.id}", kind="prerequisite", facts=facts)


def mastery_evidence(skill: Skill, seen: Mastery) -> Evidence:
    """How far the person is with a skill."""
    return Evidence(id=f"mastery:{skill.id}", kind="mastery", facts={"title": skill.title, **_seen(seen)})


def _seen(seen: Mastery) -> dict[str, float | int]:
    return {"level": round(seen.level, 4), "observations": seen.observations}
