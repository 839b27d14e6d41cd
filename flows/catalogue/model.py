"""Skills, goals and the graph over them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import TopologicalSorter

from flows.catalogue.nearest import nearest
from flows.errors import UnknownName

#: A skill's level is the seniority at which a developer usually acquires it. A person of a
#: level is taken to know the levels below it: a junior the foundation, a mid also junior.
LEVELS = ("foundation", "junior", "mid", "senior")

BUILT_IN = "built-in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """One thing a person can learn. ``level`` is None when the source does not state one."""

    id: str
    title: str
    area: str
    level: str | None
    hours: float
    prerequisites: tuple[str, ...]
    prompts: tuple[str, ...]
    summary: str = ""
    resources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What a person wants to become: target skills with their weight, 0 < weight <= 1."""

    id: str
    title: str
    skills: Mapping[str, float]
    summary: str = ""


@dataclass(frozen=True)
class Catalogue:
    """A checked catalogue: every prerequisite exists and there is no cycle.

    Build it with :func:`flows.catalogue.parse.parse`, which does the checking.
    ``revision`` changes whenever the content does.
    """

    name: str
    revision: str
    skills: Mapping[str, Skill]
    goals: Mapping[str, Goal]
    areas: Mapping[str, str] = field(default_factory=dict)

    def goal(self, name: str) -> Goal:
        """The goal of that id, or a goal made of the one skill of that id.

        Raises UnknownName with the nearest goals and skills.
        """
        if name in self.goals:
            return self.goals[name]
        if name in self.skills:
            skill = self.skills[name]
            return Goal(id=skill.id, title=skill.title, skills={skill.id: 1.0}, summary=skill.summary)
        raise UnknownName("goal", name, nearest(name, [*self.goals, *self.skills]), field="goal")

    def closure(self, targets: Iterable[str], known: frozenset[str] = frozenset()) -> set[str]:
        """The targets and all that they need, directly or not, less what is known."""
        needed: set[str] = set()
        stack = [target for target in targets if target not in known]
        while stack:
            skill_id = stack.pop()
            if skill_id not in needed:
                needed.add(skill_id)
                stack.extend(p for p in self.skills[skill_id].prerequisites if p not in known)
        return needed

    @cached_property
    def dependents(self) -> Mapping[str, tuple[str, ...]]:
        """For each skill, the skills that name it as a prerequisite, in catalogue order."""
        found: dict[str, list[str]] = {skill_id: [] for skill_id in self.skills}
        for skill in self.skills.values():
            for prerequisite in skill.prerequisites:
                found[prerequisite].append(skill.id)
        return {skill_id: tuple(ids) for skill_id, ids in found.items()}

    @cached_property
    def prerequisites_first(self) -> tuple[str, ...]:
        """All skills in an order in which no prerequisite comes after what needs it."""
        graph = {skill.id: skill.prerequisites for skill in self.skills.values()}
        return tuple(TopologicalSorter(graph).static_order())

    def area_title(self, area: str) -> str:
        """The area's title, or its id when it has none."""
        return self.areas.get(area, area)
