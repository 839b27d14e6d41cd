"""A plain Elo rating of students, skills and items: the reference that a predictor has to beat.

Pelánek 2016, "Applications of the Elo rating system in adaptive educational systems": every
answer is a match of the student (in general, and on the skill) against the item and its skill.
"""

from dataclasses import dataclass, field

from flows.intelligence.calibration import sigmoid
from flows.intelligence.tracing.learner import Answer

FIRST_STEP, SETTLING = 1.0, 0.05


@dataclass(slots=True)
class Rating:
    """A rating in log-odds, and the number of matches behind it."""

    value: float = 0.0
    matches: int = 0

    def move(self, surprise: float) -> None:
        """Follow a result; steps shrink with the matches played."""
        self.value += surprise * FIRST_STEP / (1 + SETTLING * self.matches)
        self.matches += 1


@dataclass(slots=True)
class EloStudent:
    """One student's ratings."""

    general: Rating = field(default_factory=Rating)
    skills: dict[str, Rating] = field(default_factory=dict)


@dataclass(slots=True)
class Elo:
    """Difficulties of skills and items; they go on learning from every answer."""

    skills: dict[str, Rating] = field(default_factory=dict)
    items: dict[str | None, Rating] = field(default_factory=dict)

    def start(self) -> EloStudent:
        """A student of whom nothing is known."""
        return EloStudent()

    def predict(
        self, student: EloStudent, skill: str, item: str | None = None, day: float | None = None
    ) -> float:
        """Probability that the student's next answer is right; time plays no part."""
        general, own, skill_difficulty, item_difficulty = self._ratings(student, skill, item)
        return sigmoid(general.value + own.value - skill_difficulty.value - item_difficulty.value)

    def observe(self, student: EloStudent, answer: Answer) -> None:
        """Take an answer in."""
        surprise = answer.correct - self.predict(student, answer.skill, answer.item)
        general, own, skill_difficulty, item_difficulty = self._ratings(student, answer.skill, answer.item)
        for rating in (general, own):
            rating.move(surprise)
        for rating in (skill_difficulty, item_difficulty):
            rating.move(-surprise)

    def _ratings(self, student: EloStudent, skill: str, item: str | None) -> tuple[Rating, ...]:
        return (
            student.general,
            student.skills.setdefault(skill, Rating()),
            self.skills.setdefault(skill, Rating()),
            self.items.setdefault(item, Rating()),
        )
