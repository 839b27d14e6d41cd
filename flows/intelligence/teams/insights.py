"""What a team brings to a project and what it lacks, from numbers of people alone.

Nothing is said about fewer than three people: a smaller team gets no insights, and a smaller
number is given as None. The one exception is a skill that a single person holds, which is what
a project most needs to know; that person is not named.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flows.catalogue.model import LEVELS, Catalogue, Skill
from flows.catalogue.projects import Project
from flows.intelligence.teams.tally import TeamTally
from flows.ports import TrainingState

LEAST_PEOPLE = 3  #: The smallest group that anything is said about.
STRONG_SHARE = 0.6  #: A strength is a skill that this share of the members works with.
NEAR_COUNTS = 0.5  #: Somebody near the working level is half a gap.

#: ``impact`` is need (0 to 1) times the share of the team that is missing.
HIGH, MEDIUM, LOW = "HIGH", "MEDIUM", "LOW"
HIGH_FROM, MEDIUM_FROM = 0.55, 0.25
#: How much a project needs a skill, in words.
CRITICAL_FROM, IMPORTANT_FROM = 0.85, 0.6

MOST_STRENGTHS, MOST_GAPS, MOST_RECOMMENDED, MOST_WORKSHOPS, MOST_SINGLE = 6, 6, 10, 5, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A skill that the project needs and members lack.

    ``affected`` members are below the working level. ``impact`` is need x missing share, 0 to 1;
    ``reach`` is the same times the people whom a workshop would reach.
    """

    skill: Skill
    need: float
    affected: int
    far: int
    impact: float

    @property
    def reach(self) -> float:
        """What a workshop is worth: gap times people reached."""
        return self.impact * self.affected

    @property
    def priority(self) -> str:
        """``HIGH`` from an impact of .55 on, ``MEDIUM`` from .25 on, else ``LOW``."""
        return HIGH if self.impact >= HIGH_FROM else MEDIUM if self.impact >= MEDIUM_FROM else LOW


def find_gaps(tally: TeamTally, project: Project, catalogue: Catalogue) -> list[Gap]:
    """The project's skills that somebody lacks, those with the greatest impact first."""
    gaps = []
    for skill_id, need in project.skills.items():
        affected, far = tally.below(skill_id), tally.far(skill_id)
        missing = far + NEAR_COUNTS * (affected - far)
        if affected and skill_id in catalogue.skills:
            impact = round(need * missing / tally.seen, 4)
            skill = catalogue.skills[skill_id]
            gaps.append(Gap(skill=skill, need=need, affected=affected, far=far, impact=impact))
    return sorted(gaps, key=lambda gap: (-gap.impact, -gap.need, gap.skill.id))


def strengths(tally: TeamTally, project: Project, catalogue: Catalogue) -> list[str]:
    """Titles of what most members work with: what the project needs first, then by share and level.

    Foundations are left out unless the project needs them: nearly everybody has them.
    """
    strong = [
        (project.skills.get(s, 0.0), count, _level(catalogue.skills[s]), catalogue.skills[s].title)
        for s, count in tally.working.items()
        if s in catalogue.skills and count >= max(LEAST_PEOPLE, STRONG_SHARE * tally.seen)
    ]
    worth_saying = [found for found in strong if found[0] or found[2] > 0]
    worth_saying.sort(key=lambda found: (-found[0], -found[1], -found[2], found[3]))
    return [title for *_, title in worth_saying[:MOST_STRENGTHS]]


def insights(tally: TeamTally, project: Project, catalogue: Catalogue) -> dict[str, Any]:
    """Everything that is said of a team of at least three members who were observed."""
    gaps = find_gaps(tally, project, catalogue)
    workshops = list(_workshops(gaps))
    return {
        "strengths": strengths(tally, project, catalogue),
        "gaps": [gap.skill.title for gap in gaps if gap.priority != LOW][:MOST_GAPS],
        "recommendations": [_recommendation(gap, tally, project) for gap in gaps[:MOST_RECOMMENDED]],
        "suggestedWorkshops": [workshop["title"] for workshop in workshops],
        "workshops": workshops,
        "singlePointsOfKnowledge": _single_points(tally, project, catalogue),
    }


def no_insights() -> dict[str, Any]:
    """The same fields with nothing in them, for a team too small to speak of."""
    names = ("strengths", "gaps", "recommendations", "suggestedWorkshops", "workshops")
    return {**{name: [] for name in names}, "singlePointsOfKnowledge": []}


def training_report(states: Sequence[TrainingState], size: int, today: date) -> list[dict[str, Any]]:
    """Mandatory trainings that members of a team of ``size`` have not completed, earliest due first."""
    report = []
    for state in sorted(states, key=lambda state: (state.training.due_on, state.training.id)):
        if (left := size - state.completed) > 0:
            training = state.training
            report.append(
                {
                    "id": training.id,
                    "course": training.course,
                    "dueOn": training.due_on.isoformat(),
                    "overdue": training.due_on < today,
                    "daysLeft": (training.due_on - today).days,
                    "openMembers": told(left),
                }
            )
    return report


def told(people: int) -> int | None:
    """A number of people as it may be told: None for one or two."""
    return people if people >= LEAST_PEOPLE or people == 0 else None


def _recommendation(gap: Gap, tally: TeamTally, project: Project) -> dict[str, Any]:
    return {
        "id": f"gap:{gap.skill.id}",
        "priority": gap.priority,
        "topic": gap.skill.title,
        "skill": gap.skill.id,
        "affectedMembers": told(gap.affected),
        "impact": gap.impact if told(gap.affected) else None,  # It would give the number away.
        "businessImpact": _business_impact(gap, tally, project),
        "evidence": [f"project:{project.id}", f"skill:{gap.skill.id}", f"members:{tally.seen}"],
    }


def _business_impact(gap: Gap, tally: TeamTally, project: Project) -> str:
    """The project's own words and the team's figures."""
    need = (
        "Critical" if gap.need >= CRITICAL_FROM else "Important" if gap.need >= IMPORTANT_FROM else "Useful"
    )
    count = "fewer than three" if told(gap.affected) is None else str(gap.affected)
    figures = f"{count} of {tally.seen} members are below working level"
    risk = f"; without it {project.risk}" if project.risk and gap.need >= CRITICAL_FROM else ""
    return f"{need} for {_in_a_sentence(project.title)}: {figures}{risk}."


def _in_a_sentence(title: str) -> str:
    """A title inside a sentence: ``Cloud migration`` is no name, ``CI/CD`` and ``iOS app`` are."""
    first, _, rest = title.partition(" ")
    plain = first[:1].isupper() and first[1:].replace("-", "").islower()
    return f"{first.lower()} {rest}".strip() if plain and first not in PROPER_NOUNS else title


PROPER_NOUNS = frozenset({"Android", "Java", "Kubernetes", "Python", "Rust", "Go"})


def _workshops(gaps: Sequence[Gap]) -> Iterator[dict[str, Any]]:
    """The gaps that reach three or more people, by gap x people reached; LOW ones need no workshop."""
    worth = [gap for gap in gaps if gap.affected >= LEAST_PEOPLE and gap.priority != LOW]
    for gap in sorted(worth, key=lambda gap: (-gap.reach, gap.skill.id))[:MOST_WORKSHOPS]:
        kind = "from the ground up" if 2 * gap.far >= gap.affected else "in practice"
        yield {
            "title": f"{gap.skill.title}, {kind}",
            "skill": gap.skill.id,
            "membersReached": gap.affected,
            "value": round(gap.reach, 2),
        }


def _single_points(tally: TeamTally, project: Project, catalogue: Catalogue) -> list[dict[str, Any]]:
    """Skills beyond the foundations that exactly one member works with, the project's first."""
    held = [catalogue.skills[s] for s, n in tally.working.items() if n == 1 and s in catalogue.skills]
    alone = [skill for skill in held if skill.id in project.skills or _level(skill) > 0]
    alone.sort(key=lambda skill: (-project.skills.get(skill.id, 0.0), -_level(skill), skill.id))
    return [
        {"skill": s.id, "title": s.title, "need": project.skills.get(s.id, 0.0)} for s in alone[:MOST_SINGLE]
    ]


def _level(skill: Skill) -> int:
    """0 for a foundation, up to 3 for senior; a skill without a level counts as 1."""
    return LEVELS.index(skill.level) if skill.level else 1
