"""What demo people do around their practice: prompts, exercises, quizzes, errors and courses.

A suggestion is taken more often while a skill is being learned than when it is known already,
and errors are rarer and sooner resolved the better it is known. So there is something to find
for whoever learns from the events.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from flows.catalogue.model import Catalogue, Skill
from flows.signals.events import Kind
from tasks.store.demo_errors import ERRORS, NAMES, ErrorCase
from tasks.store.demo_people import Person
from tasks.store.demo_practice import WORKDAYS, Attempt, Practice

SUGGESTED, DISMISSED, DISMISSED_WHEN_KNOWN = 0.20, 0.06, 0.22
KNOWN = 0.9
QUIZ = 0.25
COURSE_TAKEN, COURSE_FINISHED, COURSE_DAYS = 0.3, 0.75, (8.0, 25.0)
ERROR_AT_BEST, ERROR_MORE = 0.25, 0.6
RESOLVED_AT_WORST, RESOLVED_MORE = 0.5, 0.45
LONGEST_ERROR_MIN = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One thing done: on which working day (with its fraction), and how many minutes after that.

    ``id`` is unique for the person; the other fields are those of an event. ``doing`` says what
    a session with it is about.
    """

    id: str
    day: float
    minutes: float
    kind: Kind
    skill: str
    item: str
    success: bool | None = None
    text: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    doing: str = ""


def activities(
    catalogue: Catalogue, person: Person, practices: Iterable[Practice], seed: str
) -> Iterator[Activity]:
    """Everything a person did, skill by skill."""
    for practice in practices:
        skill = catalogue.skills[practice.skill_id]
        drawn = _Drawn(skill, Random(f"{seed}/{person.id}/{skill.id}/activity"))
        yield from drawn.course(practice)
        for number, attempt in enumerate(practice.attempts):
            yield from drawn.around(number, attempt)


def course_item(skill_id: str) -> str:
    """How events name the course that teaches a skill."""
    return f"course/{skill_id}"


class _Drawn:
    """The activities of one person for one skill, drawn one after the other."""

    def __init__(self, skill: Skill, random: Random) -> None:
        self._skill, self._random = skill, random
        self._errors = [case for case in ERRORS if case.skill_id == skill.id]
        random.shuffle(self._errors)  # Everybody has errors of their own that keep coming back.

    def course(self, practice: Practice) -> Iterator[Activity]:
        """Whoever begins a skill may take its course, and may finish it."""
        random, skill = self._random, self._skill
        taken, finished = random.random() < COURSE_TAKEN, random.random() < COURSE_FINISHED
        ended = practice.begun + random.uniform(*COURSE_DAYS)
        if practice.begun == 0.0 or not taken:
            return
        item, text = course_item(skill.id), skill.title
        yield self._at(practice.begun, -30, Kind.COURSE_STARTED, "course", item, text=text)
        if finished and ended < WORKDAYS:
            yield self._at(ended, 0, Kind.COURSE_COMPLETED, "course-end", item, text=text)

    def around(self, number: int, attempt: Attempt) -> Iterator[Activity]:
        """One attempt with what came before it."""
        random, day = self._random, attempt.day
        place = number % len(self._skill.prompts)
        item = f"{self._skill.id}/{place + 1}"
        if random.random() < (DISMISSED_WHEN_KNOWN if attempt.mastery > KNOWN else DISMISSED):
            yield self._at(
                day, -9, Kind.PROMPT_DISMISSED, f"{number}-dismissed", item, text=self._prompt(place)
            )
        if random.random() < SUGGESTED:
            yield self._at(
                day, -8, Kind.PROMPT_ACCEPTED, f"{number}-accepted", item, text=self._prompt(place)
            )
            yield self._at(day, -6, Kind.PROMPT_USED, f"{number}-used", item, text=self._prompt(place))
        if random.random() < QUIZ:
            question = f"{self._skill.id}/question-{number + 1}"
            yield self._at(day, 0, Kind.QUIZ_ANSWERED, f"{number}", question, success=attempt.success)
        else:
            kind = Kind.EXERCISE_SOLVED if attempt.success else Kind.EXERCISE_ATTEMPTED
            data = {"minutes": random.randint(5, 45)}
            yield self._at(day, 0, kind, f"{number}", item, success=attempt.success, data=data)
        yield from self._error(number, attempt)

    def _error(self, number: int, attempt: Attempt) -> Iterator[Activity]:
        random, unknown = self._random, 1 - attempt.mastery
        if not self._errors or random.random() >= ERROR_AT_BEST + ERROR_MORE * unknown:
            return
        case = self._errors[min(int(random.expovariate(1.0)), len(self._errors) - 1)]
        name = random.choice(NAMES)
        took = min(LONGEST_ERROR_MIN, 3 + round(random.expovariate(1 / (8 + 40 * unknown))))
        yield self._hit(f"{number}-hit", attempt.day, case, name)
        if random.random() < RESOLVED_AT_WORST + RESOLVED_MORE * attempt.mastery:
            fix = case.fix.replace("{name}", name)
            data = {"error": case.message.replace("{name}", name), "language": case.language, "minutes": took}
            kind, id_ = Kind.ERROR_RESOLVED, f"{number}-resolved"
            yield self._at(attempt.day, 2 + took, kind, id_, case.id, success=True, text=fix, data=data)

    def _hit(self, id_: str, day: float, case: ErrorCase, name: str) -> Activity:
        message, data = case.message.replace("{name}", name), {"language": case.language}
        return self._at(day, 2, Kind.ERROR_HIT, id_, case.id, text=message, data=data, doing=case.doing)

    def _prompt(self, place: int) -> str:
        return self._skill.prompts[place]

    def _at(self, day: float, minutes: float, kind: Kind, id_: str, item: str, **more: Any) -> Activity:
        skill_id = self._skill.id
        return Activity(
            id=f"{skill_id}/{id_}", day=day, minutes=minutes, kind=kind, skill=skill_id, item=item, **more
        )
