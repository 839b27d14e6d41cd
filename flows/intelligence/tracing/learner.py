"""What is remembered of one person, and how an answer changes it.

The state is plain numbers, so that it can be stored as JSON: per skill what the table of mastery
holds (observations, last practice) and what the model needs beside it; per person a vector of
abilities, success rates over two windows, and the last outcome on each item.

Most of it means the same under every model. Only the vector belongs to the model that it was
moved by: its axes are that model's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from flows.intelligence.tracing.forgetting import FIRST_STABILITY_DAYS, retrievability, stability_after

UNKNOWN_RATE = 0.5  #: Where every success rate starts.
RECENT, LONG_RUN = 0.2, 0.05  #: Weight of a new answer: windows of about 5 and 20 answers.
VECTOR_STEP, VECTOR_SETTLING = 0.6, 0.003
REMEMBERED_ITEMS = 1000  #: Per person; the least recent are dropped.


@dataclass(frozen=True, slots=True)
class Answer:
    """One observation of a person on a skill.

    ``item`` is the task, None where there is none (an error hit). ``day`` is days since any fixed
    moment, None where time is unknown. ``weight`` 0 to 1 is how much it says about the skill.
    An item of several skills is observed once per skill, one directly after the other.
    """

    skill: str
    correct: bool
    item: str | None = None
    day: float | None = None
    weight: float = 1.0


def same_act(last: Answer | None, skill: str, item: str | None, day: float | None) -> bool:
    """Whether this is the answer just seen, now under another skill of its item."""
    return (
        last is not None
        and item is not None
        and last.item == item
        and last.skill != skill
        and last.day == day
    )


@dataclass(slots=True)
class SkillMemory:
    """One person's practice of one skill.

    ``rights`` and ``wrongs`` are sums of weights, ``recent`` is the success rate over about five
    answers, ``record`` counts the person's records up to the last practice, ``day`` is its day,
    ``stability`` is in days.
    """

    observations: int = 0
    rights: float = 0.0
    wrongs: float = 0.0
    recent: float = UNKNOWN_RATE
    record: int = 0
    day: float | None = None
    stability: float = 0.0

    def retained(self, day: float | None) -> float:
        """Share of the practice that is not forgotten; all of it where time is unknown."""
        if day is None or self.day is None:
            return 1.0
        return retrievability(day - self.day, self.stability)

    def practise(self, answer: Answer, record: int) -> None:
        """Count an answer, the person's ``record``-th."""
        self.observations += 1
        self.rights += answer.weight * answer.correct
        self.wrongs += answer.weight * (not answer.correct)
        self.recent += RECENT * answer.weight * (answer.correct - self.recent)
        self.record = record
        if answer.day is not None:
            self.stability = (
                FIRST_STABILITY_DAYS[answer.correct]
                if self.day is None
                else stability_after(self.stability, answer.day - self.day, answer.correct)
            )
            self.day = answer.day if self.day is None else max(answer.day, self.day)


@dataclass(slots=True)
class Learner:
    """One person as the model sees them; ``model`` is the version whose axes ``vector`` has.

    ``records`` counts everything observed, ``answers`` an item of several skills only once.
    """

    model: str
    vector: list[float]
    records: int = 0
    answers: int = 0
    recent: float = UNKNOWN_RATE
    long_run: float = UNKNOWN_RATE
    last: Answer | None = None
    skills: dict[str, SkillMemory] = field(default_factory=dict)
    items: dict[str, bool] = field(default_factory=dict)

    def learn(self, answer: Answer, error: float, direction: Sequence[float]) -> None:
        """Take an answer in. ``error`` is outcome minus prediction; the vector moves along
        ``direction``, the gradient of the log-odds (an Elo update in several dimensions).
        """
        if not same_act(self.last, answer.skill, answer.item, answer.day):
            self._learn_in_general(answer, error, direction)
        self.records += 1
        self.skills.setdefault(answer.skill, SkillMemory()).practise(answer, self.records)
        if answer.item is not None:
            self._remember_item(answer.item, answer.correct)
        self.last = answer

    def _learn_in_general(self, answer: Answer, error: float, direction: Sequence[float]) -> None:
        step = VECTOR_STEP * answer.weight * error / (1 + VECTOR_SETTLING * self.answers)
        self.vector = [ability + step * along for ability, along in zip(self.vector, direction, strict=True)]
        self.recent += RECENT * answer.weight * (answer.correct - self.recent)
        self.long_run += LONG_RUN * answer.weight * (answer.correct - self.long_run)
        self.answers += 1

    def _remember_item(self, item: str, correct: bool) -> None:
        self.items.pop(item, None)
        self.items[item] = correct
        if len(self.items) > REMEMBERED_ITEMS:
            del self.items[next(iter(self.items))]

    def to_json(self) -> dict[str, Any]:
        """All of it as plain JSON, by the names of the fields."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Learner":
        """What ``to_json`` gave."""
        last = document["last"]
        skills = {skill: SkillMemory(**memory) for skill, memory in document["skills"].items()}
        parts = {"last": last and Answer(**last), "skills": skills, "items": dict(document["items"])}
        return cls(**{**document, **parts, "vector": list(document["vector"])})
